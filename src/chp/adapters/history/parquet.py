"""Trades of finished days as Parquet files: `ticks/GAZP/2026-11-24.parquet`.

Not a table of what is filed: `ticks` keeps that. The only module that knows DuckDB, which is
loaded when it is first needed. A file is written beside its place, put on disk, then renamed:
there is never a part of one under its name.

Any tool opens the files (zstd, one symbol and Moscow day each, by time and number). Columns:

    symbol       text
    time         UTC timestamp, microseconds: for people
    time_ns      whole nanoseconds since 1970, UTC: exact
    price        the double nearest to the exact price, in rubles: for people
    price_units  whole units of 10^-scale: exact
    scale        decimal places of a price unit
    lots, securities
    trade_no     the venue's number, or the exchange's where the day was imported
    aggressor    `buy` or `sell`
    recorded_no  number on the recorded tape; 0 for a print that no record holds

Source: design decision 7.
"""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

from chp.errors import StoreError, UsageError
from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY, NS_PER_MINUTE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TickRow: TypeAlias = tuple[int, int, int, int, int, int, int]
"""time_ns, trade_no, price_units, lots, securities, aggressor (1 buy, 2 sell), recorded_no."""

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()

_CSV_COLUMNS: Final = (
    "{'time_ns': 'BIGINT', 'trade_no': 'BIGINT', 'price_units': 'BIGINT', 'lots': 'BIGINT', "
    "'securities': 'BIGINT', 'aggressor': 'TINYINT', 'recorded_no': 'BIGINT'}"
)

_FILE_COLUMNS: Final = """
    $symbol AS symbol,
    CAST(make_timestamp(time_ns // 1000) AS TIMESTAMPTZ) AS time,
    time_ns,
    price_units / CAST(power(10, $scale) AS DOUBLE) AS price,
    price_units,
    CAST($scale AS TINYINT) AS scale,
    lots,
    securities,
    trade_no,
    aggressor,
    recorded_no
"""

_FROM_CSV: Final = f"""
    SELECT {_FILE_COLUMNS} FROM (
        SELECT * REPLACE (CASE aggressor WHEN 1 THEN 'buy' ELSE 'sell' END AS aggressor)
        FROM read_csv($rows, columns = {_CSV_COLUMNS}, header = false, auto_detect = false)
    )
"""

_FROM_IMPORT: Final = f"""
    SELECT {_FILE_COLUMNS} FROM (
        SELECT time_ns, price_units, lots, lots * $lot_size AS securities, trade_no, aggressor,
            trade_no AS recorded_no
        FROM read_parquet($source) WHERE time_ns >= $opens_ns AND time_ns < $ends_ns
    )
"""

_COPY: Final = "COPY ({}) TO $target (FORMAT parquet, COMPRESSION zstd)"

_ROWS: Final = """
    SELECT time_ns, trade_no, price_units, lots, securities,
        CASE aggressor WHEN 'buy' THEN 1 ELSE 2 END, recorded_no
    FROM read_parquet($files)
"""

_FAULTS: Final = """
    SELECT count(*),
        count(*) FILTER (time_ns IS NULL OR price_units IS NULL OR lots IS NULL OR trade_no IS NULL
            OR aggressor IS NULL OR aggressor NOT IN ('buy', 'sell') OR lots <= 0),
        count(*) FILTER (time_ns < earlier_ns OR trade_no <= earlier_no)
    FROM (
        SELECT *, lag(time_ns) OVER () AS earlier_ns, lag(trade_no) OVER () AS earlier_no
        FROM read_parquet($source)
    )
"""

_DAYS: Final = f"""
    SELECT (time_ns + {MOSCOW_OFFSET_NS}) // {NS_PER_DAY} AS day, count(*)
    FROM read_parquet($source) GROUP BY day ORDER BY day
"""

_MINUTES: Final = f"""
    SELECT (time_ns // {NS_PER_MINUTE} + 1) * {NS_PER_MINUTE} AS stamp_ns,
        arg_min(price_units, trade_no), max(price_units), min(price_units),
        arg_max(price_units, trade_no), CAST(sum(lots) AS BIGINT) * $lot_size
    FROM read_parquet($source) GROUP BY stamp_ns ORDER BY stamp_ns
"""


class TickFiles:
    """The files of one folder. Thread-safe, but for two writers of one day."""

    def __init__(self, folder: Path) -> None:
        """Files in `folder`, which is made when there is something to file."""
        self._folder = folder
        self._loading = Lock()
        self._loaded: DuckDBPyConnection | None = None

    def path(self, symbol: str, day: int) -> Path:
        """Where the trades of a symbol and day are; `day` counts from 1970-01-01."""
        return self._folder / _folder_name(symbol) / f"{_date_text(day)}.parquet"

    def add(
        self, symbol: str, day: int, rows: Iterable[TickRow], *, scale: int, is_known: bool
    ) -> int:
        """Writes the file of a day; answers how many rows it has.

        Where the file is known, its rows stay; rows that it has already it has once.

        Raises:
            StoreError: the file is as it was.
        """
        path = self.path(symbol, day)
        plain = path.with_suffix(".csv.part")
        with self._database() as database:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with plain.open("w", newline="") as file:
                    csv.writer(file).writerows(rows)
                select, values = _FROM_CSV, {"rows": str(plain), "symbol": symbol, "scale": scale}
                if is_known:
                    select += " UNION SELECT * FROM read_parquet($known)"
                    values["known"] = str(path)
                select = f"SELECT * FROM ({select}) ORDER BY time_ns, trade_no"
                return _write(database, path, select, values)
            finally:
                plain.unlink(missing_ok=True)

    def back(self, files: Sequence[Path], upto_ns: int, limit: int) -> list[TickRow]:
        """At most `limit` rows with time <= `upto_ns`, newest first."""
        where = " WHERE time_ns <= $moment ORDER BY time_ns DESC, trade_no DESC LIMIT $limit"
        return self._rows(where, files, upto_ns, limit)

    def forward(self, files: Sequence[Path], from_ns: int, limit: int) -> list[TickRow]:
        """At most `limit` rows with time >= `from_ns`, oldest first."""
        where = " WHERE time_ns >= $moment ORDER BY time_ns, trade_no LIMIT $limit"
        return self._rows(where, files, from_ns, limit)

    def close(self) -> None:
        """Closes DuckDB where it was loaded."""
        with self._loading:
            if self._loaded is not None:
                self._loaded.close()
                self._loaded = None

    def days_to_import(self, source: Path) -> list[tuple[int, int]]:
        """Days and numbers of rows of a file of ticks, ascending.

        Raises:
            UsageError: it has no rows, empty or impossible cells, or does not ascend.
            StoreError: it cannot be read, or a column is missing.
        """
        with self._database() as database:
            values = {"source": [str(source)]}
            ((rows, bad, back),) = database.execute(_FAULTS, values).fetchall()
            if not rows or bad or back:
                raise UsageError(
                    f"{source}: expected ticks by time and number, found {rows} rows, {bad} with "
                    f"cells that cannot be, {back} that go back in time or number"
                )
            return database.execute(_DAYS, values).fetchall()

    def import_days(
        self, source: Path, symbol: str, days: Iterable[int], *, scale: int, lot_size: int
    ) -> None:
        """Puts the rows of a file of ticks in the place of the days' files, several at a time."""

        def import_day(day: int) -> None:
            path = self.path(symbol, day)
            opens_ns = day * NS_PER_DAY - MOSCOW_OFFSET_NS
            limits = {"opens_ns": opens_ns, "ends_ns": opens_ns + NS_PER_DAY}
            with self._database() as database:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(database, path, _FROM_IMPORT, values | limits)

        values = {"source": [str(source)], "symbol": symbol, "scale": scale, "lot_size": lot_size}
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="chp-import") as pool:
            for _ in pool.map(import_day, days):
                pass

    def minutes_to_import(self, source: Path, lot_size: int) -> list[tuple[int, ...]]:
        """M1 bars of a file of ticks: stamp, open, high, low, close, securities; ascending."""
        with self._database() as database:
            values = {"source": [str(source)], "lot_size": lot_size}
            return database.execute(_MINUTES, values).fetchall()

    def _rows(self, where: str, files: Sequence[Path], moment_ns: int, limit: int) -> list[TickRow]:
        with self._database() as database:
            values = {"files": [str(path) for path in files], "moment": moment_ns, "limit": limit}
            return database.execute(_ROWS + where, values).fetchall()

    @contextlib.contextmanager
    def _database(self) -> Iterator[DuckDBPyConnection]:
        """A cursor of the one DuckDB in memory; errors of files are StoreErrors."""
        import duckdb  # slow to load, and most starts need it only later

        try:
            with self._loading:
                if self._loaded is None:
                    self._loaded = duckdb.connect(":memory:")
                    # Without it a cast to UTC would take the zone of this machine.
                    self._loaded.execute("SET GLOBAL TimeZone = 'UTC'")
                cursor = self._loaded.cursor()
            with contextlib.closing(cursor):
                yield cursor
        except duckdb.Error as error:
            raise StoreError(f"{self._folder}: {error}") from error
        except OSError as error:
            raise StoreError(f"{error.filename or self._folder}: {error.strerror}") from error


def _write(database: DuckDBPyConnection, path: Path, select: str, values: dict[str, Any]) -> int:
    """Writes what a query answers under a draft's name, puts it on disk, renames it."""
    draft = path.with_suffix(".parquet.part")
    try:
        copied = database.execute(_COPY.format(select), {**values, "target": str(draft)})
        ((rows,),) = copied.fetchall()
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return int(rows)


def _sync_folder(folder: Path) -> None:
    """Puts names on disk: those in the folder, and its own."""
    if os.name == "nt":  # folders cannot be opened there
        return
    for each in (folder, folder.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _folder_name(symbol: str) -> str:
    """The symbol, with what a file system might take for something else as %XX."""
    return quote(symbol, safe="").replace(".", "%2E")


def _date_text(day: int) -> str:
    return date.fromordinal(_EPOCH_ORDINAL + day).isoformat()
