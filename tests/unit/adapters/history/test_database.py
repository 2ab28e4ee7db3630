from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from chp.adapters.history.database import IDLE_READERS, VERSION, HistoryDatabase
from chp.errors import StoreError

WATERMARK = "SELECT last_trade_no FROM watermark"


def at_file(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_what_is_committed_is_seen_by_later_readers_only(path: Path) -> None:
    with contextlib.closing(HistoryDatabase(path)) as database:
        with database.reading() as early:
            assert early.execute(WATERMARK).fetchall() == [(0,)]
            with database.writing() as connection:
                connection.execute("UPDATE watermark SET last_trade_no = 5")
                with database.reading() as other:
                    assert other.execute(WATERMARK).fetchall() == [(0,)]
            assert early.execute(WATERMARK).fetchall() == [(0,)]
        with database.reading() as late:
            assert late.execute(WATERMARK).fetchall() == [(5,)]


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_nothing_is_kept_of_a_block_that_raises(path: Path, error: type[BaseException]) -> None:
    with contextlib.closing(HistoryDatabase(path)) as database:
        with pytest.raises(error), database.writing() as connection:
            connection.execute("UPDATE watermark SET last_trade_no = 5")
            raise error
        with database.reading() as reader:
            assert reader.execute(WATERMARK).fetchall() == [(0,)]
        with database.writing() as connection:
            connection.execute("UPDATE watermark SET last_trade_no = 6")


def test_a_block_whose_transaction_sqlite_gave_up_raises_once(path: Path) -> None:
    with contextlib.closing(HistoryDatabase(path)) as database:
        with pytest.raises(StoreError, match="no such table"), database.writing() as connection:
            connection.execute("ROLLBACK")
            connection.execute("SELECT * FROM absent")
        with database.reading() as reader:
            assert reader.execute(WATERMARK).fetchall() == [(0,)]


def test_errors_name_the_file(path: Path) -> None:
    with contextlib.closing(HistoryDatabase(path)) as database:
        said = r"history\.sqlite: no such table: absent"
        with pytest.raises(StoreError, match=said), database.reading() as reader:
            reader.execute("SELECT * FROM absent")
        with database.reading() as reader:
            assert reader.execute(WATERMARK).fetchall() == [(0,)]


def test_more_readers_than_are_kept_read_at_once(path: Path) -> None:
    with contextlib.closing(HistoryDatabase(path)) as database:
        for _ in range(2):
            with contextlib.ExitStack() as stack:
                readers = [stack.enter_context(database.reading()) for _ in range(IDLE_READERS + 2)]
                assert len(set(map(id, readers))) == len(readers)
                assert [reader.execute(WATERMARK).fetchone() for reader in readers] == (
                    [(0,)] * len(readers)
                )


def test_who_reads_at_the_end_reads_on(path: Path) -> None:
    database = HistoryDatabase(path)
    with database.reading() as reader:
        database.close()
        assert reader.execute(WATERMARK).fetchall() == [(0,)]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        reader.execute(WATERMARK)
    with pytest.raises(StoreError, match="it is closed"), database.reading():
        pass
    with pytest.raises(StoreError, match="closed"), database.writing():
        pass
    database.close()


def test_a_file_of_a_later_release_is_left_alone(path: Path) -> None:
    HistoryDatabase(path).close()
    at_file(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=f"version {VERSION + 1}, this release knows {VERSION}"):
        HistoryDatabase(path)


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_text("not a database, whatever its name says" * 100)
    with pytest.raises(StoreError, match="not a database"):
        HistoryDatabase(path)
    assert path.read_text().startswith("not a database")


def test_a_place_without_shared_memory_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot hold a store"):
        HistoryDatabase(Path(":memory:"))


def test_a_start_that_was_cut_off_begins_again(path: Path) -> None:
    at_file(path, "PRAGMA journal_mode = WAL")
    with contextlib.closing(HistoryDatabase(path)) as database, database.reading() as reader:
        assert reader.execute(WATERMARK).fetchall() == [(0,)]
