"""The days that a history has filed as Parquet: listed, read through, copied.

Not the filing: that is `ticks` and `parquet`. A file that the table of days does not count is
what a crash left; it is neither read nor copied. Source: design decision 7.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from chp.adapters.history.database import HistoryDatabase
from chp.adapters.history.parquet import TickFiles
from chp.adapters.history.ticks import day_of
from chp.errors import StoreError

_FILED: Final = (
    "SELECT symbol, day, filed_rows, is_open FROM days WHERE filed_rows > 0 ORDER BY day, symbol"
)

_ALL_TIME_NS: Final = -(2**63)
_ALL_ROWS: Final = 2**62


class FiledDay(NamedTuple):
    """A day of a symbol that has a file."""

    symbol: str
    day: int
    """Moscow day, counted from 1970-01-01."""
    filed_rows: int
    is_open: int
    """1 where late trades wait to be filed too; the file may have them already."""


def filed_days(database: Path) -> list[FiledDay]:
    """The days that count, from the history's SQLite file.

    Raises:
        StoreError: it cannot be opened.
    """
    history = HistoryDatabase(database)
    with contextlib.closing(history), history.reading() as connection:
        return [FiledDay(*row) for row in connection.execute(_FILED)]


def check_day(files: TickFiles, day: FiledDay) -> int:
    """Reads the file of a day through, as an answer reads it; answers how many trades it has.

    Raises:
        StoreError: it is not there or damaged, or holds other trades than the table says.
    """
    path = files.path(day.symbol, day.day)
    rows = files.forward([path], _ALL_TIME_NS, _ALL_ROWS)
    if len(rows) < day.filed_rows or (len(rows) > day.filed_rows and not day.is_open):
        raise StoreError(f"{path}: expected {day.filed_rows} trades, found {len(rows)}")
    if any(day_of(row[0]) != day.day for row in rows):
        raise StoreError(f"{path}: it has trades of another day")
    return len(rows)


def copy_days(database: Path, source: Path, target: Path) -> None:
    """Copies the files of the days that count from one folder of ticks to another.

    Args:
        database: the history's SQLite file; a copy, taken before the files are.
        source: the folder of ticks.
        target: a folder that is made where there is something to copy.

    Raises:
        StoreError: a file cannot be read or its copy not written.
    """
    files, copies = TickFiles(source), TickFiles(target)
    for symbol, day, _, _ in filed_days(database):
        path, copy = files.path(symbol, day), copies.path(symbol, day)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        except OSError as error:
            raise StoreError(f"{path}: it cannot be copied: {error.strerror}") from error
