"""The board: what robots may see, built from events that are on disk.

Not the venue: the board lags it by the fsync in flight, so nothing a robot reads can be undone
by a crash (design.md section 1). Single-threaded; read and written on the event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chp.app.queues import EventQueue
from chp.app.venue.machine import Views
from chp.core.ledger.margin import money_of, positions_of
from chp.model.events import (
    Channel,
    DayRolled,
    SessionClosedEvent,
    SessionOpenedEvent,
    SubscriptionAdded,
    SubscriptionRemoved,
    VenueEvent,
)
from chp.model.instrument import Instrument
from chp.model.order import FINAL_STATES, OrderReport
from chp.model.portfolio import Account, Money, Position
from chp.model.quote import Depth, Quote
from chp.model.trade import Fill, Trade
from chp.units import value_kopecks


class SessionBoard:
    """What one session listens to and may still read."""

    __slots__ = ("fills", "orders", "subscriptions", "ticks")

    def __init__(self) -> None:
        """A session that listens to nothing."""
        self.subscriptions: dict[Channel, dict[str, None]] = {channel: {} for channel in Channel}
        self.ticks: EventQueue[Trade] = EventQueue()
        self.orders: EventQueue[OrderReport] = EventQueue()
        self.fills: EventQueue[Fill] = EventQueue()

    def queues(self) -> tuple[EventQueue[Trade], EventQueue[OrderReport], EventQueue[Fill]]:
        """The three queues, in the order of their call numbers."""
        return self.ticks, self.orders, self.fills

    def listens(self, channel: Channel, name: str) -> bool:
        """Whether a symbol or portfolio is listened to."""
        return name in self.subscriptions[channel]


class Board:
    """Quotes, depths, accounts, working orders and sessions, as published."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        """An empty board."""
        self.instruments = instruments
        self.quotes: dict[str, Quote] = {}
        self.depths: dict[str, Depth] = {}
        self.accounts: dict[str, Account] = {}
        self.working: dict[str, dict[int, OrderReport]] = {}
        self.fills_today: dict[str, list[Fill]] = {}
        self.sessions: dict[int, SessionBoard] = {}

    def apply_views(self, views: Views) -> None:
        """Takes the latest looks of symbols and accounts."""
        for quote in views.quotes:
            self.quotes[quote.symbol] = quote
        for depth in views.depths:
            self.depths[depth.symbol] = depth
        for account in views.accounts:
            self.accounts[account.portfolio] = account

    def apply(self, events: Iterable[VenueEvent]) -> None:
        """Publishes the events of one or more records, in order."""
        for event in events:
            if isinstance(event, Trade):
                for session in self.sessions.values():
                    if event.symbol in session.subscriptions[Channel.TICKS]:
                        session.ticks.push(event)
            elif isinstance(event, OrderReport):
                self._publish_report(event)
            elif isinstance(event, Fill):
                self._publish_fill(event)
            elif isinstance(event, DayRolled):
                self.fills_today.clear()
            else:
                self._apply_session(event)

    def _publish_report(self, report: OrderReport) -> None:
        working = self.working.setdefault(report.portfolio, {})
        if report.state in FINAL_STATES:
            working.pop(report.order_id, None)
        else:
            working[report.order_id] = report
        for session in self.sessions.values():
            if session.listens(Channel.PORTFOLIO, report.portfolio):
                session.orders.push(report)

    def _publish_fill(self, fill: Fill) -> None:
        self.fills_today.setdefault(fill.portfolio, []).append(fill)
        for session in self.sessions.values():
            if session.listens(Channel.PORTFOLIO, fill.portfolio):
                session.fills.push(fill)

    def _apply_session(self, event: VenueEvent) -> None:
        if isinstance(event, SessionOpenedEvent):
            if event.is_new:
                self.sessions[event.token_id] = SessionBoard()
        elif isinstance(event, SessionClosedEvent):
            self.sessions.pop(event.token_id, None)
        elif isinstance(event, SubscriptionAdded):
            self._add_subscription(event)
        elif isinstance(event, SubscriptionRemoved):
            del self.sessions[event.token_id].subscriptions[event.channel][event.name]

    def _add_subscription(self, event: SubscriptionAdded) -> None:
        """Listening to a portfolio begins with its snapshot (market.md, row 40)."""
        session = self.sessions[event.token_id]
        session.subscriptions[event.channel][event.name] = None
        if event.channel is Channel.PORTFOLIO:
            for report in sorted(
                self.working.get(event.name, {}).values(), key=lambda report: report.order_id
            ):
                session.orders.push(report)
            for fill in self.fills_today.get(event.name, ()):
                session.fills.push(fill)

    def quote(self, symbol: str) -> Quote:
        """The latest quote; zeros and not tradable where nothing makes a market."""
        known = self.quotes.get(symbol)
        return known if known is not None else _listed_only(self.instruments[symbol])

    def depth(self, symbol: str) -> Depth:
        """The latest depth; empty where nothing makes a market."""
        return self.depths.get(symbol) or Depth(symbol, (), ())

    def money(self, portfolio: str) -> Money:
        """The money figures at the published prices."""
        return money_of(self.accounts[portfolio], self.lot_value)

    def positions(self, portfolio: str) -> tuple[Position, ...]:
        """Open positions and those closed today."""
        return positions_of(self.accounts[portfolio])

    def lot_value(self, symbol: str) -> int:
        """Kopecks that a lot is worth at the published last price."""
        instrument, quote = self.instruments[symbol], self.quote(symbol)
        units = quote.last_units or quote.previous_close_units
        return value_kopecks(units, instrument.lot_size, instrument.scale)


def _listed_only(instrument: Instrument) -> Quote:
    return Quote(
        symbol=instrument.symbol,
        time_ns=0,
        open_units=0,
        high_units=0,
        low_units=0,
        previous_close_units=0,
        last_units=0,
        volume_lots=0,
        last_lots=0,
        bid_units=0,
        ask_units=0,
        bid_total_lots=0,
        ask_total_lots=0,
        high_limit_units=0,
        low_limit_units=0,
        is_tradable=False,
    )
