"""What the application answers: one record per kind of answer, in integers and our words.

Not the rows of the wire: `chp.wire.rest.rows` spells these. Source: wire.md section 4.
"""

from __future__ import annotations

from msgspec import Struct

from chp.model.instrument import Instrument
from chp.model.order import OrderReport
from chp.model.portfolio import ClosedPosition, Money, PortfolioEntry, Position
from chp.model.quote import Bar, Depth, Interval, Quote
from chp.model.trade import Fill, Trade


class SessionOpened(Struct, frozen=True):
    """Connected, Reconnection."""

    login: str


class SessionClosed(Struct, frozen=True):
    """Disconnected."""


class Subscribed(Struct, frozen=True):
    """Listen…: the name (symbol or portfolio) now subscribed."""

    name: str


class Unsubscribed(Struct, frozen=True):
    """Cancel… of a subscription."""

    name: str


class SymbolEntry(Struct, frozen=True):
    """One instrument of GetSymbols."""

    instrument: Instrument
    synthetic_bars_to_ns: int | None
    """End of the seeded bars; None where there are none."""


class Symbols(Struct, frozen=True):
    """GetSymbols."""

    entries: tuple[SymbolEntry, ...]


class VenueTime(Struct, frozen=True):
    """GetTime."""

    time_ns: int
    trade_date: str
    """ISO date of the trading day."""
    phase: str
    speed: int


class Bars(Struct, frozen=True):
    """GetBars, in the order of the answer."""

    instrument: Instrument
    interval: Interval
    bars: tuple[Bar, ...]


class Trades(Struct, frozen=True):
    """GetTrades, in the order of the answer."""

    instrument: Instrument
    trades: tuple[Trade, ...]


class Quotes(Struct, frozen=True):
    """UpdateQuote."""

    quotes: tuple[Quote, ...]


class Depths(Struct, frozen=True):
    """UpdateBidAsk."""

    depths: tuple[Depth, ...]


class Positions(Struct, frozen=True):
    """UpdatePosition."""

    positions: tuple[Position, ...]


class Monies(Struct, frozen=True):
    """SetPortfolio."""

    monies: tuple[Money, ...]


class EventPage(Struct, frozen=True):
    """AddTick (Trade), UpdateOrder (OrderReport), AddTrade (Fill)."""

    events: tuple[Trade, ...] | tuple[OrderReport, ...] | tuple[Fill, ...]
    seq: int
    """Number of the last event answered so far in this session and call; 0 for none."""
    first_seq: int | None
    """Where events were lost to the bound: number of the oldest kept one; else None."""


class PortfolioHistory(Struct, frozen=True):
    """GetMyPortfolioData."""

    orders: tuple[OrderReport, ...]
    fills: tuple[Fill, ...]
    closed_positions: tuple[ClosedPosition, ...]


class PortfolioList(Struct, frozen=True):
    """GetPortfolioList."""

    entries: tuple[PortfolioEntry, ...]


class OrderPlaced(Struct, frozen=True, tag=True):
    """Order/Place."""

    label: int
    order_id: int
    lots: int
    securities: int


class OrdersTouched(Struct, frozen=True, tag=True):
    """Order/Move, Order/Cancel, Order/CancelAll: ascending order ids."""

    order_ids: tuple[int, ...]


class OrderReports(Struct, frozen=True):
    """Order/Get: the latest report of each order found."""

    reports: tuple[OrderReport, ...]


Answer = (
    SessionOpened
    | SessionClosed
    | Subscribed
    | Unsubscribed
    | Symbols
    | VenueTime
    | Bars
    | Trades
    | Quotes
    | Depths
    | Positions
    | Monies
    | EventPage
    | PortfolioHistory
    | PortfolioList
    | OrderPlaced
    | OrdersTouched
    | OrderReports
)
