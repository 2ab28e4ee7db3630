"""The archive: what became of robots' orders, told at once, put on disk in turns.

Not the board, which knows only what works now and what was filled today. Events are taken on
the event loop, flushed and asked for in worker threads; an answer holds what was taken, flushed
or not. Source: wire.md section 4 (GetMyPortfolioData, Order/Get).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from chp.model.answers import PortfolioHistory
from chp.model.events import VenueEvent
from chp.model.order import FINAL_STATES, OrderReport
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill
from chp.ports import ArchiveStore

LABELLED_ORDERS_MAX: Final = 1_000
"""How many orders with one label are answered: a robot may give every order the same."""

_Fact = OrderReport | Fill | ClosedPosition


class _Taken:
    """Facts under their keys: the same told again changes nothing."""

    __slots__ = ("_closed", "_fills", "_reports")

    def __init__(self) -> None:
        self._reports: dict[int, OrderReport] = {}
        self._fills: dict[tuple[int, str, int], Fill] = {}
        self._closed: dict[tuple[int, str, int], ClosedPosition] = {}

    def add(self, event: VenueEvent) -> None:
        if isinstance(event, OrderReport):
            self._reports[event.order_id] = event
        elif isinstance(event, Fill):
            self._fills[event.trade_no, event.portfolio, event.side] = event
        elif isinstance(event, ClosedPosition):
            self._closed[event.trade_no, event.portfolio, event.part] = event

    def add_all(self, later: _Taken) -> None:
        self._reports.update(later._reports)
        self._fills.update(later._fills)
        self._closed.update(later._closed)

    def report(self, order_id: int) -> OrderReport | None:
        return self._reports.get(order_id)

    def facts(self) -> list[_Fact]:
        """All; quick even for many, since nothing is looked at."""
        return [*self._reports.values(), *self._fills.values(), *self._closed.values()]

    def in_order(self) -> tuple[list[OrderReport], list[Fill], list[ClosedPosition]]:
        """By order id; by trade number, of one trade the purchase or the first part first."""
        return (
            [report for _, report in sorted(self._reports.items())],
            [fill for _, fill in sorted(self._fills.items())],
            [trip for _, trip in sorted(self._closed.items())],
        )


class Archive:
    """Orders, fills and round trips of all portfolios. Thread-safe."""

    def __init__(self, store: ArchiveStore) -> None:
        """An archive over what the store holds."""
        self._store = store
        self._putting = threading.Lock()
        self._lock = threading.Lock()
        self._taken = _Taken()
        self._flushing = _Taken()
        """What is on its way: the store has all of it or nothing."""
        self._flushes = 0

    def take(self, events: Sequence[VenueEvent]) -> None:
        """Takes events that are on disk in the journal; others than ours are passed over."""
        with self._lock:
            for event in events:
                self._taken.add(event)

    def flush(self) -> None:
        """Puts what was taken on disk; a second flush waits for the first.

        Raises:
            StoreError: the store took nothing; it is put with the next flush.
        """
        with self._putting:
            self._put()

    def _put(self) -> None:
        with self._lock:
            self._flushing.add_all(self._taken)
            self._taken = _Taken()
            reports, fills, closed = self._flushing.in_order()
        if reports or fills or closed:
            self._store.put(reports, fills, closed)
        with self._lock:
            self._flushing = _Taken()
            self._flushes += 1

    def history(self, portfolio: str, since_ns: int, is_all: bool) -> PortfolioHistory:
        """Orders, fills and round trips of a portfolio, in the order in which they came.

        Args:
            portfolio: its name.
            since_ns: venue time, UTC; what happened before it is left out.
            is_all: False for working orders only; True also for orders that have changed since.

        Raises:
            StoreError: the store cannot be read.
        """
        known, pending = self._ask(
            lambda store: [
                *store.orders_since(portfolio, since_ns),
                *store.fills_since(portfolio, since_ns),
                *store.closed_since(portfolio, since_ns),
            ]
        )
        merged = _Taken()
        for row in (*known, *pending):
            if row.portfolio == portfolio:
                merged.add(row)
        orders, fills, closed = merged.in_order()
        return PortfolioHistory(
            tuple(report for report in orders if _is_asked(report, since_ns, is_all)),
            tuple(fill for fill in fills if fill.time_ns >= since_ns),
            tuple(trip for trip in closed if trip.time_ns >= since_ns),
        )

    def order(self, order_id: int) -> OrderReport | None:
        """The last report of an order; None for an unknown id.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            report = self._taken.report(order_id) or self._flushing.report(order_id)
        return report if report is not None else self._store.order(order_id)

    def orders_by_label(self, portfolios: Sequence[str], label: int) -> Sequence[OrderReport]:
        """The newest orders with a label in these portfolios, at most a thousand, by id.

        Raises:
            StoreError: the store cannot be read.
        """
        known, pending = self._ask(
            lambda store: [
                report
                for portfolio in portfolios
                for report in store.orders_by_label(portfolio, label, LABELLED_ORDERS_MAX)
            ]
        )
        merged = _Taken()
        for row in (*known, *pending):
            if isinstance(row, OrderReport) and row.label == label and row.portfolio in portfolios:
                merged.add(row)
        return merged.in_order()[0][-LABELLED_ORDERS_MAX:]

    def _ask(
        self, ask: Callable[[ArchiveStore], Sequence[_Fact]]
    ) -> tuple[Sequence[_Fact], list[_Fact]]:
        """What the store answers, and what it may not have yet, as of one moment.

        A flush that ended in between may have taken a fact from here after the store was asked:
        then both are asked again. Flushes are a minute apart, so that is rare.
        """
        while True:
            with self._lock:
                flushes = self._flushes
            known = ask(self._store)
            with self._lock:
                if flushes == self._flushes:
                    return known, [*self._flushing.facts(), *self._taken.facts()]


def _is_asked(report: OrderReport, since_ns: int, is_all: bool) -> bool:
    if report.state not in FINAL_STATES:
        return True
    return is_all and report.time_ns >= since_ns
