"""CT-A: what every `ArchiveStore` does; then what only a file has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from chp.adapters.store import archive as sqlite_archive
from chp.adapters.store.archive import SqliteArchive
from chp.errors import StoreError
from chp.model.order import FINAL_STATES, OrderState, Side
from chp.ports import ArchiveStore
from tests.support.archive_samples import fill, report, round_trip
from tests.support.dict_archive import DictArchive
from tests.support.small_venue import FIRST, SECOND, START_NS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


@pytest.fixture(params=["sqlite", "dict"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[ArchiveStore]:
    opened: ArchiveStore = SqliteArchive(path) if request.param == "sqlite" else DictArchive()
    yield opened
    opened.close()


class TestEveryStore:
    """One suite over every adapter."""

    def test_ct_a01_new_store_is_empty(self, store: ArchiveStore) -> None:
        assert store.orders_since(FIRST.name, 0) == []
        assert store.fills_since(FIRST.name, 0) == []
        assert store.closed_since(FIRST.name, 0) == []
        assert store.orders_by_label(FIRST.name, 0, 10) == []
        assert store.order(100_001) is None

    def test_ct_a02_every_field_comes_back(self, store: ArchiveStore) -> None:
        reports = [
            report(number, state, limit_price_units=None if number % 2 else 16190)
            for number, state in enumerate(OrderState, 1)
        ]
        fills = [fill(7, Side.BUY, is_maker=True), fill(7, Side.SELL)]
        store.put(reports, fills, [round_trip(7)])
        assert store.orders_since(FIRST.name, 0) == reports
        assert repr(store.orders_since(FIRST.name, 0)) == repr(reports)
        assert repr(store.fills_since(FIRST.name, 0)) == repr(fills)
        assert repr(store.closed_since(FIRST.name, 0)) == repr([round_trip(7)])

    def test_ct_a03_putting_the_same_again_changes_nothing(self, store: ArchiveStore) -> None:
        facts = ([report(1)], [fill(1), fill(1, Side.SELL)], [round_trip(1), round_trip(1, part=1)])
        store.put(*facts)
        store.put(*facts)
        assert store.orders_since(FIRST.name, 0) == facts[0]
        assert store.fills_since(FIRST.name, 0) == facts[1]
        assert store.closed_since(FIRST.name, 0) == facts[2]

    def test_ct_a04_last_report_of_an_order_counts(self, store: ArchiveStore) -> None:
        store.put([report(1)], [], [])
        store.put([report(1, OrderState.FILLED, time_ns=START_NS + 5)], [], [])
        assert store.order(1) == report(1, OrderState.FILLED, time_ns=START_NS + 5)
        assert len(store.orders_since(FIRST.name, 0)) == 1

    def test_ct_a05_old_orders_are_answered_while_they_are_not_final(
        self, store: ArchiveStore
    ) -> None:
        states = list(OrderState)
        store.put([report(number, state) for number, state in enumerate(states)], [], [])
        store.put([report(99, OrderState.FILLED, time_ns=START_NS + 1)], [], [])
        answered = [found.state for found in store.orders_since(FIRST.name, START_NS + 1)]
        working = [state for state in states if state not in FINAL_STATES]
        assert answered == [*working, OrderState.FILLED]

    def test_ct_a06_moment_itself_is_included(self, store: ArchiveStore) -> None:
        store.put([report(1, OrderState.FILLED)], [fill(1)], [round_trip(1)])
        assert store.orders_since(FIRST.name, START_NS)
        assert store.fills_since(FIRST.name, START_NS)
        assert store.closed_since(FIRST.name, START_NS)
        assert store.orders_since(FIRST.name, START_NS + 1) == []
        assert store.fills_since(FIRST.name, START_NS + 1) == []
        assert store.closed_since(FIRST.name, START_NS + 1) == []

    def test_ct_a07_answers_are_in_the_order_of_numbers(self, store: ArchiveStore) -> None:
        store.put([report(number) for number in (3, 1, 2)], [], [])
        store.put([], [fill(9, Side.SELL), fill(10), fill(9, Side.BUY), fill(8)], [])
        store.put([], [], [round_trip(4, 1), round_trip(12), round_trip(4, 0)])
        assert [found.order_id for found in store.orders_since(FIRST.name, 0)] == [1, 2, 3]
        assert [(found.trade_no, found.side) for found in store.fills_since(FIRST.name, 0)] == [
            (8, Side.BUY),
            (9, Side.BUY),
            (9, Side.SELL),
            (10, Side.BUY),
        ]
        assert [(found.trade_no, found.part) for found in store.closed_since(FIRST.name, 0)] == [
            (4, 0),
            (4, 1),
            (12, 0),
        ]

    def test_ct_a08_portfolios_are_kept_apart(self, store: ArchiveStore) -> None:
        other = SECOND.name
        store.put(
            [report(1, label=5), report(2, portfolio=other, label=5)],
            [fill(1), fill(1, portfolio=other)],
            [round_trip(1), round_trip(1, portfolio=other)],
        )
        assert store.orders_since(other, 0) == [report(2, portfolio=other, label=5)]
        assert store.fills_since(other, 0) == [fill(1, portfolio=other)]
        assert store.closed_since(other, 0) == [round_trip(1, portfolio=other)]
        assert store.orders_by_label(other, 5, 9) == [report(2, portfolio=other, label=5)]

    def test_ct_a09_newest_orders_of_a_label_are_answered(self, store: ArchiveStore) -> None:
        store.put([report(number, label=number % 2) for number in range(1, 12)], [], [])
        found = store.orders_by_label(FIRST.name, 1, 3)
        assert [one.order_id for one in found] == [7, 9, 11]
        assert len(store.orders_by_label(FIRST.name, 1, 100)) == 6

    def test_ct_a10_numbers_that_no_order_has_are_unknown(self, store: ArchiveStore) -> None:
        store.put([report(1, label=1)], [], [])
        for number in (0, -1, 2**63, -(2**63) - 1, 10**30):
            assert store.order(number) is None
            assert store.orders_by_label(FIRST.name, number, 9) == []

    def test_ct_a11_many_threads_read_while_one_puts(self, store: ArchiveStore) -> None:
        def read(_: int) -> bool:
            fills, trips = store.fills_since(FIRST.name, 0), store.closed_since(FIRST.name, 0)
            return len(fills) <= len(trips)

        with ThreadPoolExecutor(6) as threads:
            reading = threads.map(read, range(120))
            for number in range(40):
                store.put([report(number)], [fill(number)], [round_trip(number)])
            assert all(reading)
        assert len(store.orders_since(FIRST.name, 0)) == 40


class TestSqlite:
    """What only a file has."""

    def test_facts_are_there_after_reopening(self, path: Path) -> None:
        with closing(SqliteArchive(path)) as store:
            store.put([report(1)], [fill(1)], [round_trip(1)])
        with closing(SqliteArchive(path)) as store:
            assert store.orders_since(FIRST.name, 0) == [report(1)]
            assert store.fills_since(FIRST.name, 0) == [fill(1)]
            assert store.closed_since(FIRST.name, 0) == [round_trip(1)]

    def test_put_that_fails_puts_nothing(self, path: Path) -> None:
        with closing(SqliteArchive(path)) as store:
            with pytest.raises(StoreError, match="more than 63 bits"):
                store.put([report(1)], [fill(1)], [round_trip(2**63)])
            assert store.orders_since(FIRST.name, 0) == []
            assert store.fills_since(FIRST.name, 0) == []
            store.put([report(1)], [], [])
            assert store.order(1) == report(1)

    def test_states_in_the_index_are_the_final_ones(self) -> None:
        numbers = ", ".join(str(int(state)) for state in sorted(FINAL_STATES))
        assert f"NOT IN ({numbers})" in sqlite_archive._NOT_FINAL
        assert f"WHERE {sqlite_archive._NOT_FINAL}" in sqlite_archive.MIGRATIONS[0][3]

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT * FROM orders WHERE portfolio = '' AND time_ns >= 1",
            f"SELECT * FROM orders WHERE portfolio = '' AND {sqlite_archive._NOT_FINAL}",
            "SELECT * FROM orders WHERE portfolio = '' AND label = 1 ORDER BY order_id DESC",
            "SELECT * FROM fills WHERE portfolio = '' AND time_ns >= 1",
            "SELECT * FROM round_trips WHERE portfolio = '' AND time_ns >= 1",
        ],
    )
    def test_no_question_reads_a_whole_table(self, path: Path, statement: str) -> None:
        SqliteArchive(path).close()
        with closing(sqlite3.connect(path)) as connection:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        assert [step[3].split()[0] for step in plan] == ["SEARCH"]

    def test_damaged_file_is_told(self, path: Path) -> None:
        with closing(SqliteArchive(path)) as store:
            store.put([report(number) for number in range(2000)], [], [])
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
        with pytest.raises(StoreError, match="damaged"), closing(SqliteArchive(path)) as store:
            store.orders_since(FIRST.name, 0)
