"""What can happen: reports of the exchange, and events of the venue that the world may see.

Not replies to a caller: those are `chp.model.answers`. The order in which events of one request
come is market.md section 10.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from chp.model.order import OrderReport
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill, Trade


class RemovalCause(IntEnum):
    """Why an order left the exchange without being filled."""

    CANCELLED = 1
    NO_LIQUIDITY = 2
    SELF_TRADE = 3
    DAY_OVER = 4
    """It reached the exchange only after its trading day had ended."""
    OUT_OF_BAND = 5
    """It reached the exchange in a day whose price limits exclude its price."""


class Entered(Struct, frozen=True, tag=True):
    """The exchange took an order in; executions of the same moment follow."""

    order_id: int
    order_no: int


class Executed(Struct, frozen=True, tag=True):
    """One execution of a robot's order."""

    order_id: int
    order_no: int
    price_units: int
    lots: int
    remaining_lots: int
    trade_no: int
    is_maker: bool


class Removed(Struct, frozen=True, tag=True):
    """An order left the exchange with `remaining_lots` not executed."""

    order_id: int
    order_no: int
    remaining_lots: int
    cause: RemovalCause


class Moved(Struct, frozen=True, tag=True):
    """A resting order has another price and number; executions of the same moment follow."""

    order_id: int
    order_no: int
    price_units: int
    remaining_lots: int


ExchangeReport = Entered | Executed | Removed | Moved
ExchangeEvent = Trade | Entered | Executed | Removed | Moved


class AccountTouched(Struct, frozen=True):
    """Money or positions of a portfolio changed: UpdatePosition and SetPortfolio (PM)."""

    portfolio: str


class Channel(IntEnum):
    """What a session can listen to."""

    QUOTES = 1
    TICKS = 2
    DEPTH = 3
    PORTFOLIO = 4


class SessionOpenedEvent(Struct, frozen=True):
    """A session was opened; `is_new` False keeps subscriptions and cursors."""

    token_id: int
    is_new: bool


class SessionClosedEvent(Struct, frozen=True):
    """A session was closed with its subscriptions and cursors."""

    token_id: int


class SubscriptionAdded(Struct, frozen=True):
    """A session listens to a symbol or portfolio from here on."""

    token_id: int
    channel: Channel
    name: str


class SubscriptionRemoved(Struct, frozen=True):
    """A session no longer listens."""

    token_id: int
    channel: Channel
    name: str


class DayRolled(Struct, frozen=True):
    """A trading day ended and the next began; `time_ns` is the boundary."""

    time_ns: int


VenueEvent = (
    ClosedPosition
    | OrderReport
    | Fill
    | Trade
    | AccountTouched
    | SessionOpenedEvent
    | SessionClosedEvent
    | SubscriptionAdded
    | SubscriptionRemoved
    | DayRolled
)
