"""What holds on every run of the venue: the end of market.md section 10, and the books.

A checker over the stream of events, and one over the state between two commands. Both raise
AssertionError with the event or the account at fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chp.app.venue.machine import Venue
from chp.app.venue.orders import WorkingOrder
from chp.core.ledger.accounts import Portfolio
from chp.model.events import VenueEvent
from chp.model.order import FINAL_STATES, OrderReport, OrderState, OrderType, Side
from chp.model.trade import Fill, Trade

_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)


class EventInvariants:
    """Reads the events of a venue from its opening on."""

    def __init__(self) -> None:
        """Nothing seen."""
        self._last: dict[int, OrderReport] = {}
        self._filled: Counter[int] = Counter()
        self._prints: dict[int, Trade] = {}
        self._taken: Counter[tuple[int, Side]] = Counter()
        self._last_trade_no = 0
        self._child = 0
        """Id of the child that the next report must be of; 0 for none."""

    def read(self, events: Iterable[VenueEvent]) -> None:
        """Goes on with further events."""
        for event in events:
            if isinstance(event, OrderReport):
                self._read_report(event)
            elif isinstance(event, Fill):
                self._read_fill(event)
            elif isinstance(event, Trade):
                assert event.trade_no > self._last_trade_no, f"tradeno must increase: {event}"
                self._last_trade_no = event.trade_no
                self._prints[event.trade_no] = event

    def _read_report(self, report: OrderReport) -> None:
        if self._child:
            assert report.order_id == self._child, f"expected child {self._child}: {report}"
            self._child = 0
        before = self._last.get(report.order_id)
        if before is None:
            assert report.state is OrderState.PENDING, f"first UO must be 1: {report}"
            assert (report.order_no, report.remaining_lots) == (0, report.lots), report
        else:
            _check_step(before, report)
        self._check_sum(report)
        self._last[report.order_id] = report

    def _check_sum(self, report: OrderReport) -> None:
        executed = report.lots - report.remaining_lots
        if report.order_type in _STOPS and report.state is OrderState.FILLED:
            assert executed == report.lots, f"a triggered parent keeps nothing: {report}"
            executed = 0
            self._child = report.order_no
        assert self._filled[report.order_id] == executed, f"AddTrade and r differ: {report}"

    def _read_fill(self, fill: Fill) -> None:
        order = self._last.get(fill.order_id)
        assert order is not None, f"AddTrade of an unknown order: {fill}"
        assert order.state not in FINAL_STATES, f"AddTrade after the end: {fill}"
        assert fill.order_no == order.order_no != 0, f"AddTrade under a number not shown: {fill}"
        assert (fill.label, fill.side, fill.symbol) == (order.label, order.side, order.symbol)
        self._filled[fill.order_id] += fill.lots
        print_ = self._prints[fill.trade_no]
        assert (print_.symbol, print_.price_units) == (fill.symbol, fill.price_units), fill
        self._taken[fill.trade_no, fill.side] += fill.lots
        assert self._taken[fill.trade_no, fill.side] <= print_.lots, f"more than printed: {fill}"
        _check_price(order, fill)

    def working(self) -> list[OrderReport]:
        """The last reports of the orders that have not ended, by id."""
        open_ones = (row for row in self._last.values() if row.state not in FINAL_STATES)
        return sorted(open_ones, key=lambda report: report.order_id)


def _check_step(before: OrderReport, report: OrderReport) -> None:
    """From one report of an order to the next."""
    assert before.state not in FINAL_STATES, f"nothing follows a final state: {report}"
    assert report.remaining_lots <= before.remaining_lots, f"r never grows: {report}"
    assert report.time_ns >= before.time_ns, f"time goes back: {report}"
    fixed = ("portfolio", "symbol", "side", "effect", "order_type", "time_in_force", "lots")
    for name in (*fixed, "label", "placed_at_ns"):
        assert getattr(report, name) == getattr(before, name), f"{name} never changes: {report}"


def _check_price(order: OrderReport, fill: Fill) -> None:
    if order.limit_price_units is not None:
        sign = 1 if fill.side is Side.BUY else -1
        worse = sign * (fill.price_units - order.limit_price_units)
        assert worse <= 0, f"worse than the limit: {fill}"


def check_state(venue: Venue, shown: EventInvariants) -> None:
    """The books between two commands."""
    state = venue.state
    assert [order.snapshot() for order in sorted(state.orders.values(), key=_by_id)] == (
        shown.working()
    ), "working orders differ from what was reported"
    totals = state.ledger.balances.totals()
    assert not any(totals.values()), f"postings do not balance: {totals}"
    for portfolio in state.ledger.portfolios.values():
        _check_portfolio(venue, portfolio)
    for symbol in state.markets:
        _check_quote(venue, symbol)


def _by_id(order: WorkingOrder) -> int:
    return order.order_id


def _check_portfolio(venue: Venue, portfolio: Portfolio) -> None:
    orders = [
        order
        for order in venue.state.orders.values()
        if order.portfolio is portfolio and not order.is_stop
    ]
    working: Counter[tuple[str, Side]] = Counter()
    for order in orders:
        working[order.symbol, order.side] += order.remaining_lots
    for symbol, position in portfolio.positions.items():
        assert position.working_buy_lots == working[symbol, Side.BUY], (portfolio.name, symbol)
        assert position.working_sell_lots == working[symbol, Side.SELL], (portfolio.name, symbol)
        held = venue.state.ledger.balances.of(portfolio.name, symbol)
        assert position.lots == held, (portfolio.name, symbol)
    buys = {order.order_id for order in orders if order.side is Side.BUY}
    assert portfolio.holds.keys() <= buys, f"holds without an order: {portfolio.holds}"
    assert all(kopecks > 0 for kopecks in portfolio.holds.values()), portfolio.holds
    assert portfolio.holds_kopecks == sum(portfolio.holds.values()), portfolio.name


def _check_quote(venue: Venue, symbol: str) -> None:
    quote, depth = venue.state.markets[symbol].look()
    if quote.bid_units and quote.ask_units:
        assert quote.bid_units < quote.ask_units, f"crossed: {quote}"
    bids = [level for level in depth.bids if level.lots]
    asks = [level for level in depth.asks if level.lots]
    assert bids == sorted(bids, key=lambda level: -level.price_units), depth
    assert asks == sorted(asks, key=lambda level: level.price_units), depth
    assert quote.bid_total_lots == sum(level.lots for level in bids), quote
    assert quote.ask_total_lots == sum(level.lots for level in asks), quote
    assert len(bids) <= 20, depth
    assert len(asks) <= 20, depth
