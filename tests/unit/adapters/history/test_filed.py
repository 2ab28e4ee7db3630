"""The files of filed days: listed, read through, copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chp.adapters.history.filed import FiledDay, check_day, copy_days, filed_days
from chp.adapters.history.parquet import TickFiles
from chp.adapters.history.store import DATABASE_NAME, TICKS_NAME, FileHistory
from chp.adapters.history.ticks import day_of
from chp.errors import StoreError
from tests.unit.adapters.history.test_store import FILES, FIRST_NS, INSTRUMENTS, three_days

DAY = day_of(FIRST_NS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A history of three days, two of them filed."""
    with closing(FileHistory(tmp_path)) as store:
        store.put_trades(three_days(), INSTRUMENTS)
        store.file_days()
    return tmp_path


@pytest.fixture
def files(folder: Path) -> Iterator[TickFiles]:
    with closing(TickFiles(folder / TICKS_NAME)) as opened:
        yield opened


def test_days_with_files_are_listed(folder: Path) -> None:
    assert filed_days(folder / DATABASE_NAME) == [
        FiledDay("SBER", DAY, 5, 0),
        FiledDay("SBER", DAY + 1, 5, 0),
    ]


def test_sound_files_have_all_their_trades(folder: Path, files: TickFiles) -> None:
    assert [check_day(files, day) for day in filed_days(folder / DATABASE_NAME)] == [5, 5]


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (FiledDay("SBER", DAY, 6, 0), r"02-14\.parquet: expected 6 trades, found 5"),
        (FiledDay("SBER", DAY, 4, 0), r"02-14\.parquet: expected 4 trades, found 5"),
        (FiledDay("SBER", DAY + 9, 5, 0), "No files found"),
    ],
)
def test_files_with_other_trades_than_told_are_refused(
    day: FiledDay, fault: str, files: TickFiles
) -> None:
    with pytest.raises(StoreError, match=fault):
        check_day(files, day)


def test_file_may_have_more_where_late_trades_are_being_filed(files: TickFiles) -> None:
    assert check_day(files, FiledDay("SBER", DAY, 4, 1)) == 5


def test_file_of_another_day_is_refused(files: TickFiles) -> None:
    files.path("SBER", DAY + 1).replace(files.path("SBER", DAY))
    with pytest.raises(StoreError, match="it has trades of another day"):
        check_day(files, FiledDay("SBER", DAY, 5, 0))


def test_damaged_file_is_refused(files: TickFiles) -> None:
    path = files.path("SBER", DAY)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"02-14\.parquet"):
        check_day(files, FiledDay("SBER", DAY, 5, 0))


def test_only_files_that_count_are_copied(folder: Path, files: TickFiles) -> None:
    files.path("SBER", DAY + 5).write_bytes(b"left by a crash")
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection:
        connection.execute("UPDATE days SET filed_rows = 0 WHERE day = ?", (DAY,))
        connection.commit()
    target = folder / "copy"
    copy_days(folder / DATABASE_NAME, folder / TICKS_NAME, target)
    (copied,) = target.rglob("*.parquet")
    assert copied == target / FILES[1]
    assert copied.read_bytes() == files.path("SBER", DAY + 1).read_bytes()


def test_file_that_is_missing_is_told(folder: Path, files: TickFiles) -> None:
    files.path("SBER", DAY).unlink()
    with pytest.raises(StoreError, match=r"02-14\.parquet: it cannot be copied: No such file"):
        copy_days(folder / DATABASE_NAME, folder / TICKS_NAME, folder / "copy")
