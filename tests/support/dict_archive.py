"""An archive in dictionaries: the plainest `ArchiveStore`, and one that fails when told to.

It forgets everything with the process, so it shows nothing about disks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chp.errors import StoreError
from chp.model.order import FINAL_STATES, OrderReport
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill


class DictArchive:
    """An `ArchiveStore` that keeps all in memory."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._orders: dict[int, OrderReport] = {}
        self._fills: dict[tuple[int, str, int], Fill] = {}
        self._closed: dict[tuple[str, int, int], ClosedPosition] = {}
        self.puts = 0
        self.is_full = False
        self.before_put: Callable[[], None] = lambda: None
        """Called at the beginning of each put, as another thread might act then."""
        self.before_read: Callable[[], None] = lambda: None
        """Called before each answer."""

    def put(
        self,
        reports: Sequence[OrderReport],
        fills: Sequence[Fill],
        closed: Sequence[ClosedPosition],
    ) -> None:
        """Adds or replaces; refuses all where it is full."""
        self.before_put()
        if self.is_full:
            raise StoreError("the archive is full")
        self.puts += 1
        self._orders.update((report.order_id, report) for report in reports)
        self._fills.update(((fill.trade_no, fill.portfolio, fill.side), fill) for fill in fills)
        self._closed.update(((trip.portfolio, trip.trade_no, trip.part), trip) for trip in closed)

    def orders_since(self, portfolio: str, since_ns: int) -> Sequence[OrderReport]:
        """Orders changed since, or not final."""
        self.before_read()
        return [
            report
            for _, report in sorted(self._orders.items())
            if report.portfolio == portfolio
            and (report.time_ns >= since_ns or report.state not in FINAL_STATES)
        ]

    def fills_since(self, portfolio: str, since_ns: int) -> Sequence[Fill]:
        """Fills since."""
        self.before_read()
        return [
            fill
            for _, fill in sorted(self._fills.items())
            if fill.portfolio == portfolio and fill.time_ns >= since_ns
        ]

    def closed_since(self, portfolio: str, since_ns: int) -> Sequence[ClosedPosition]:
        """Round trips since."""
        self.before_read()
        return [
            trip
            for _, trip in sorted(self._closed.items())
            if trip.portfolio == portfolio and trip.time_ns >= since_ns
        ]

    def order(self, order_id: int) -> OrderReport | None:
        """The last report of an order."""
        self.before_read()
        return self._orders.get(order_id)

    def orders_by_label(self, portfolio: str, label: int, limit: int) -> Sequence[OrderReport]:
        """The newest orders with a label."""
        self.before_read()
        found = [
            report
            for _, report in sorted(self._orders.items())
            if report.portfolio == portfolio and report.label == label
        ]
        return found[-limit:]

    def close(self) -> None:
        """Nothing to do."""
