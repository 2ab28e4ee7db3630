"""The archive in SQLite: one row per order, fill and round trip, every fact in a column.

A person may look into it with any SQLite browser. Not the truth: that is the journal, from which
what is missing here is told again. Thread-safe: one connection writes, readers borrow others.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from chp.adapters.store.sqlite import Database, Migration, Row, open_database
from chp.model.order import (
    OrderReport,
    OrderState,
    OrderType,
    PositionEffect,
    Side,
    TimeInForce,
)
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, portfolio TEXT NOT NULL,"
        " symbol TEXT NOT NULL, state INTEGER NOT NULL, side INTEGER NOT NULL,"
        " effect INTEGER NOT NULL, order_type INTEGER NOT NULL, time_in_force INTEGER NOT NULL,"
        " limit_price_units INTEGER, stop_price_units INTEGER, lots INTEGER NOT NULL,"
        " remaining_lots INTEGER NOT NULL, time_ns INTEGER NOT NULL, order_no INTEGER NOT NULL,"
        " label INTEGER NOT NULL, description TEXT NOT NULL, placed_at_ns INTEGER NOT NULL)",
        "CREATE INDEX orders_by_time ON orders (portfolio, time_ns)",
        "CREATE INDEX orders_by_label ON orders (portfolio, label, order_id)",
        "CREATE INDEX orders_not_final ON orders (portfolio) WHERE state NOT IN (3, 4, 5, 8)",
        "CREATE TABLE fills (trade_no INTEGER NOT NULL, portfolio TEXT NOT NULL,"
        " side INTEGER NOT NULL, symbol TEXT NOT NULL, price_units INTEGER NOT NULL,"
        " lots INTEGER NOT NULL, time_ns INTEGER NOT NULL, order_id INTEGER NOT NULL,"
        " order_no INTEGER NOT NULL, label INTEGER NOT NULL, commission_kopecks INTEGER NOT NULL,"
        " is_maker INTEGER NOT NULL, PRIMARY KEY (trade_no, portfolio, side)) WITHOUT ROWID",
        "CREATE INDEX fills_by_time ON fills (portfolio, time_ns)",
        "CREATE TABLE round_trips (portfolio TEXT NOT NULL, trade_no INTEGER NOT NULL,"
        " part INTEGER NOT NULL, symbol TEXT NOT NULL, lots INTEGER NOT NULL,"
        " buy_units INTEGER NOT NULL, sell_units INTEGER NOT NULL, time_ns INTEGER NOT NULL,"
        " open_order_id INTEGER NOT NULL, close_order_id INTEGER NOT NULL,"
        " PRIMARY KEY (portfolio, trade_no, part)) WITHOUT ROWID",
        "CREATE INDEX round_trips_by_time ON round_trips (portfolio, time_ns)",
    ),
)

_ORDER_COLUMNS: Final = (
    "portfolio, symbol, state, side, effect, order_type, time_in_force, limit_price_units,"
    " stop_price_units, lots, remaining_lots, time_ns, order_id, order_no, label, description,"
    " placed_at_ns"
)
_FILL_COLUMNS: Final = (
    "portfolio, symbol, side, price_units, lots, time_ns, trade_no, order_id, order_no, label,"
    " commission_kopecks, is_maker"
)
_ROUND_TRIP_COLUMNS: Final = (
    "portfolio, symbol, lots, buy_units, sell_units, time_ns, open_order_id, close_order_id,"
    " trade_no, part"
)

_NOT_FINAL: Final = "state NOT IN (3, 4, 5, 8)"
"""Spelt as in the index, or SQLite would not use that; a test compares it with the model."""

GREATEST_NUMBER: Final = 2**63 - 1
"""SQLite holds no greater one, and no order has one."""


class SqliteArchive:
    """An `ArchiveStore` in one file."""

    def __init__(self, path: Path) -> None:
        """Opens the archive, an empty one where there is none.

        Raises:
            StoreError: it cannot be opened, is damaged, or a later release wrote it.
        """
        self._path = path
        self._writer = open_database(path, MIGRATIONS)
        self._writing = threading.Lock()
        self._readers: list[Database] = []

    def put(
        self,
        reports: Sequence[OrderReport],
        fills: Sequence[Fill],
        closed: Sequence[ClosedPosition],
    ) -> None:
        """Adds or replaces in one transaction, which is on disk when this returns."""
        with self._writing, self._writer.transaction():
            self._writer.run_each(
                f"INSERT OR REPLACE INTO orders ({_ORDER_COLUMNS}) VALUES ({_marks(17)})",
                map(_order_row, reports),
            )
            self._writer.run_each(
                f"INSERT OR REPLACE INTO fills ({_FILL_COLUMNS}) VALUES ({_marks(12)})",
                map(_fill_row, fills),
            )
            self._writer.run_each(
                f"INSERT OR REPLACE INTO round_trips ({_ROUND_TRIP_COLUMNS}) VALUES ({_marks(10)})",
                map(_round_trip_row, closed),
            )

    def orders_since(self, portfolio: str, since_ns: int) -> Sequence[OrderReport]:
        """Orders changed not before `since_ns`, or not final; by id."""
        with self._reader() as reader:
            rows = reader.rows(
                f"SELECT {_ORDER_COLUMNS} FROM orders WHERE portfolio = ? AND time_ns >= ?"
                f" UNION SELECT {_ORDER_COLUMNS} FROM orders WHERE portfolio = ? AND {_NOT_FINAL}"
                " ORDER BY order_id",
                (portfolio, since_ns, portfolio),
            )
        return list(map(_order, rows))

    def fills_since(self, portfolio: str, since_ns: int) -> Sequence[Fill]:
        """Fills not before `since_ns`, by trade number; of one trade the purchase comes first."""
        with self._reader() as reader:
            rows = reader.rows(
                f"SELECT {_FILL_COLUMNS} FROM fills WHERE portfolio = ? AND time_ns >= ?"
                " ORDER BY trade_no, side",
                (portfolio, since_ns),
            )
        return list(map(_fill, rows))

    def closed_since(self, portfolio: str, since_ns: int) -> Sequence[ClosedPosition]:
        """Round trips not before `since_ns`, in their order."""
        with self._reader() as reader:
            rows = reader.rows(
                f"SELECT {_ROUND_TRIP_COLUMNS} FROM round_trips"
                " WHERE portfolio = ? AND time_ns >= ? ORDER BY trade_no, part",
                (portfolio, since_ns),
            )
        return [ClosedPosition(*row) for row in rows]

    def order(self, order_id: int) -> OrderReport | None:
        """The last report of an order; None for an unknown id."""
        if abs(order_id) > GREATEST_NUMBER:
            return None
        with self._reader() as reader:
            rows = reader.rows(
                f"SELECT {_ORDER_COLUMNS} FROM orders WHERE order_id = ?", (order_id,)
            )
        return _order(rows[0]) if rows else None

    def orders_by_label(self, portfolio: str, label: int, limit: int) -> Sequence[OrderReport]:
        """The newest `limit` orders with a label, by id."""
        if abs(label) > GREATEST_NUMBER:
            return []
        with self._reader() as reader:
            rows = reader.rows(
                f"SELECT {_ORDER_COLUMNS} FROM orders WHERE portfolio = ? AND label = ?"
                " ORDER BY order_id DESC LIMIT ?",
                (portfolio, label, limit),
            )
        return list(map(_order, reversed(rows)))

    def close(self) -> None:
        """Closes; nobody may be reading any more."""
        while self._readers:
            self._readers.pop().close()
        self._writer.close()

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Database]:
        """A connection for one question; as many are kept as were ever needed at once."""
        try:
            reader = self._readers.pop()
        except IndexError:
            reader = open_database(self._path, MIGRATIONS)
        try:
            yield reader
        finally:
            self._readers.append(reader)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _order_row(report: OrderReport) -> Row:
    return (
        report.portfolio,
        report.symbol,
        int(report.state),
        int(report.side),
        int(report.effect),
        int(report.order_type),
        int(report.time_in_force),
        report.limit_price_units,
        report.stop_price_units,
        report.lots,
        report.remaining_lots,
        report.time_ns,
        report.order_id,
        report.order_no,
        report.label,
        report.description,
        report.placed_at_ns,
    )


def _order(row: Row) -> OrderReport:
    portfolio, symbol, state, side, effect, order_type, time_in_force, *rest = row
    return OrderReport(
        portfolio,
        symbol,
        OrderState(state),
        Side(side),
        PositionEffect(effect),
        OrderType(order_type),
        TimeInForce(time_in_force),
        *rest,
    )


def _fill_row(fill: Fill) -> Row:
    return (
        fill.portfolio,
        fill.symbol,
        int(fill.side),
        fill.price_units,
        fill.lots,
        fill.time_ns,
        fill.trade_no,
        fill.order_id,
        fill.order_no,
        fill.label,
        fill.commission_kopecks,
        int(fill.is_maker),
    )


def _fill(row: Row) -> Fill:
    portfolio, symbol, side, *numbers = row
    numbers[-1] = bool(numbers[-1])
    return Fill(portfolio, symbol, Side(side), *numbers)


def _round_trip_row(closed: ClosedPosition) -> Row:
    return (
        closed.portfolio,
        closed.symbol,
        closed.lots,
        closed.buy_units,
        closed.sell_units,
        closed.time_ns,
        closed.open_order_id,
        closed.close_order_id,
        closed.trade_no,
        closed.part,
    )
