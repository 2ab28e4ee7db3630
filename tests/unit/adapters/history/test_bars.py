from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection

import pytest

from chp.adapters.history import bars
from chp.adapters.history.database import HistoryDatabase
from chp.model.quote import Bar, Interval
from chp.units import NS_PER_DAY, NS_PER_SECOND
from tests.support.naive_bars import moscow_ns

KEPT = (Interval.M1, Interval.M5, Interval.H1, Interval.DAY)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = HistoryDatabase(tmp_path / "history.sqlite")
    with contextlib.closing(database), database.writing() as connection:
        yield connection


def rows(connection: Connection, resolution: Interval, symbol: str = "SBER") -> list[Bar]:
    return list(bars.forward(connection.cursor(), symbol, resolution, -(2**62)))


def minute(text: str, price_units: int = 100, securities: int = 1) -> Bar:
    prices = (price_units, price_units + 1, price_units - 1, price_units)
    return Bar(moscow_ns(text), *prices, securities)


def test_minutes_at_edges_go_to_the_bars_that_end_there(connection: Connection) -> None:
    put = [
        minute("2024-02-16 00:00:00", 10),
        minute("2024-02-16 00:01:00", 20),
        minute("2024-02-16 12:05:00", 30),
        minute("2024-02-16 12:05:30", 40),
        minute("2024-02-17 00:00:00", 50),
    ]
    bars.put(connection, "SBER", Interval.M1, put[::-1])
    assert rows(connection, Interval.M1) == put
    assert [bar.close_ns for bar in rows(connection, Interval.M5)] == [
        moscow_ns(f"2024-02-{at}:00")
        for at in ("16 00:00", "16 00:05", "16 12:05", "16 12:10", "17 00:00")
    ]
    assert [bar.close_ns for bar in rows(connection, Interval.H1)] == [
        moscow_ns(f"2024-02-{at}:00:00") for at in ("16 00", "16 01", "16 13", "17 00")
    ]
    assert rows(connection, Interval.DAY) == [
        Bar(moscow_ns("2024-02-15 23:59:59"), 10, 11, 9, 10, 1),
        Bar(moscow_ns("2024-02-16 23:59:59"), 20, 51, 19, 50, 4),
    ]


def test_putting_nothing_changes_nothing(connection: Connection) -> None:
    bars.put(connection, "SBER", Interval.M1, [])
    assert [rows(connection, resolution) for resolution in KEPT] == [[]] * 4


def test_trades_open_raise_lower_and_close_a_bar(connection: Connection) -> None:
    at_ns = moscow_ns("2024-02-16 12:00:00")
    bars.count_trades(connection, "SBER", [(at_ns, 100, 1), (at_ns + 1, 103, 2)])
    bars.count_trades(connection, "SBER", [(at_ns + 59 * NS_PER_SECOND, 98, 4)])
    bars.count_trades(connection, "SBER", [(at_ns + 60 * NS_PER_SECOND, 99, 8)])
    assert rows(connection, Interval.M1) == [
        Bar(moscow_ns("2024-02-16 12:01:00"), 100, 103, 98, 98, 7),
        Bar(moscow_ns("2024-02-16 12:02:00"), 99, 99, 99, 99, 8),
    ]
    assert rows(connection, Interval.M5) == [
        Bar(moscow_ns("2024-02-16 12:05:00"), 100, 103, 98, 99, 15)
    ]


def test_forgetting_takes_whole_days_and_no_more(connection: Connection) -> None:
    put = [
        minute("2024-02-16 00:00:00"),
        minute("2024-02-16 00:01:00"),
        minute("2024-02-17 00:00:00"),
        minute("2024-02-17 00:01:00"),
    ]
    for symbol in ("SBER", "VTBR"):
        bars.put(connection, symbol, Interval.M1, put)
    before = [rows(connection, resolution, "VTBR") for resolution in KEPT]
    opens_ns = moscow_ns("2024-02-16 00:00:00")
    bars.forget(connection, "SBER", opens_ns, opens_ns + NS_PER_DAY)
    assert rows(connection, Interval.M1) == [put[0], put[3]]
    assert [len(rows(connection, resolution)) for resolution in KEPT] == [2, 2, 2, 2]
    assert [rows(connection, resolution, "VTBR") for resolution in KEPT] == before


def test_reading_stops_with_its_cursor(connection: Connection) -> None:
    put = [minute("2024-02-16 00:01:00"), minute("2024-02-16 00:02:00")]
    bars.put(connection, "SBER", Interval.M1, put)
    cursor = connection.cursor()
    found = bars.back(cursor, "SBER", Interval.M1, put[1].close_ns)
    assert next(found) == put[1]
    assert list(bars.back(connection.cursor(), "SBER", Interval.M1, put[0].close_ns)) == put[:1]
    assert next(found) == put[0]
