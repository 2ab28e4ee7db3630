"""What a robot asks: one record per operation, decoded but not yet judged.

Numbers of prices and amounts are exact decimals as they came; the venue turns them into
integers, because only it knows the instrument. Source: wire.md section 4.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.quote import Interval


class Connect(Struct, frozen=True, tag=True):
    """Auth/Connected."""

    login: str
    password: str
    is_real: bool = False


class Reconnect(Struct, frozen=True, tag=True):
    """Auth/Reconnection."""

    login: str
    password: str
    is_real: bool = False


class Disconnect(Struct, frozen=True, tag=True):
    """Auth/Disconnected."""

    login: str
    password: str
    is_real: bool = False


class GetSymbols(Struct, frozen=True, tag=True):
    """Instruments/GetSymbols."""


class GetTime(Struct, frozen=True, tag=True):
    """Instruments/GetTime."""


class GetBars(Struct, frozen=True, tag=True):
    """Instruments/GetBars; `count` > 0 walks back from `since_ns`, < 0 forward."""

    since_ns: int
    interval: Interval
    symbol: str
    count: int


class GetTrades(Struct, frozen=True, tag=True):
    """Instruments/GetTrades; the sign rule of GetBars."""

    since_ns: int
    symbol: str
    count: int


class ListenQuotes(Struct, frozen=True, tag=True):
    """Instruments/ListenQuotes."""

    symbol: str


class CancelQuotes(Struct, frozen=True, tag=True):
    """Instruments/CancelQuotes."""

    symbol: str


class ListenTicks(Struct, frozen=True, tag=True):
    """Instruments/ListenTicks."""

    symbol: str


class CancelTicks(Struct, frozen=True, tag=True):
    """Instruments/CancelTicks."""

    symbol: str


class ListenDepth(Struct, frozen=True, tag=True):
    """Instruments/ListenBidAsks."""

    symbol: str


class CancelDepth(Struct, frozen=True, tag=True):
    """Instruments/CancelBidAsks."""

    symbol: str


class ListenPortfolio(Struct, frozen=True, tag=True):
    """AccountInformation/ListenPortfolio."""

    portfolio: str


class CancelPortfolio(Struct, frozen=True, tag=True):
    """AccountInformation/CancelPortfolio."""

    portfolio: str


class PollQuotes(Struct, frozen=True, tag=True):
    """Instruments/UpdateQuote."""


class PollDepth(Struct, frozen=True, tag=True):
    """Instruments/UpdateBidAsk."""


class PollPositions(Struct, frozen=True, tag=True):
    """AccountInformation/UpdatePosition."""


class PollMoney(Struct, frozen=True, tag=True):
    """AccountInformation/SetPortfolio."""


class PollTicks(Struct, frozen=True, tag=True):
    """Instruments/AddTick; `after` None goes on from the cursor, a number sets it there."""

    after: int | None = None


class PollOrders(Struct, frozen=True, tag=True):
    """AccountInformation/UpdateOrder; `after` as in `PollTicks`."""

    after: int | None = None


class PollFills(Struct, frozen=True, tag=True):
    """AccountInformation/AddTrade; `after` as in `PollTicks`."""

    after: int | None = None


class GetPortfolioData(Struct, frozen=True, tag=True):
    """HistoricalData/GetMyPortfolioData; mode 1 active, mode 2 all of 31 days."""

    is_all: bool
    portfolio: str


class GetPortfolioList(Struct, frozen=True, tag=True):
    """AccountInformation/GetPortfolioList."""


class PlaceOrder(Struct, frozen=True, tag=True):
    """Order/Place; prices that the type does not use have been dropped by the decoder."""

    portfolio: str
    symbol: str
    side: Side
    effect: PositionEffect
    order_type: OrderType
    time_in_force: TimeInForce
    limit_price: Decimal | None
    securities: Decimal
    """`amount` as it came, in securities."""
    stop_price: Decimal | None
    label: int


class MoveOrder(Struct, frozen=True, tag=True):
    """Order/Move; `order_id` is the text as it came: any text may be asked for."""

    portfolio: str
    symbol: str
    order_id: str
    target_price: Decimal


class CancelOrder(Struct, frozen=True, tag=True):
    """Order/Cancel."""

    portfolio: str
    symbol: str
    order_id: str


class CancelAllOrders(Struct, frozen=True, tag=True):
    """Order/CancelAll; None means every one of the token's."""

    portfolio: str | None = None
    symbol: str | None = None


class GetOrder(Struct, frozen=True, tag=True):
    """Order/Get; exactly one of the three is given."""

    order_id: str | None = None
    label: int | None = None
    request_id: str | None = None


Request = (
    Connect
    | Reconnect
    | Disconnect
    | GetSymbols
    | GetTime
    | GetBars
    | GetTrades
    | ListenQuotes
    | CancelQuotes
    | ListenTicks
    | CancelTicks
    | ListenDepth
    | CancelDepth
    | ListenPortfolio
    | CancelPortfolio
    | PollQuotes
    | PollDepth
    | PollPositions
    | PollMoney
    | PollTicks
    | PollOrders
    | PollFills
    | GetPortfolioData
    | GetPortfolioList
    | PlaceOrder
    | MoveOrder
    | CancelOrder
    | CancelAllOrders
    | GetOrder
)
