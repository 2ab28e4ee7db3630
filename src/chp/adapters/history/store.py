"""The history in a folder: `FileHistory` is the `HistoryStore` port over SQLite and Parquet.

Not the choice of rows for an answer: that is `chp.app.history`. In the folder are `history.sqlite`
and `ticks/`; the files of days can be read by others at any time. Source: design decision 7.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from chp.adapters.history import bars, ticks
from chp.adapters.history.database import HistoryDatabase
from chp.adapters.history.parquet import TickFiles
from chp.errors import StoreError, UsageError
from chp.model.instrument import Instrument
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.units import NS_PER_DAY

DATABASE_NAME: Final = "history.sqlite"
TICKS_NAME: Final = "ticks"


class FileHistoryView:
    """One state of the history, while its connection is open."""

    def __init__(self, connection: sqlite3.Connection, files: TickFiles) -> None:
        """A look at what is committed now: the first statement fixes the state."""
        self._connection = connection
        self._files = files
        self._cursors: list[sqlite3.Cursor] = []
        self._last_trade_no = ticks.last_trade_no(connection)

    @property
    def last_trade_no(self) -> int:
        """As `HistoryView`."""
        return self._last_trade_no

    def bars_back(self, symbol: str, resolution: Interval, upto_ns: int) -> Iterator[Bar]:
        """As `HistoryView`."""
        return bars.back(self._cursor(), symbol, resolution, upto_ns)

    def bars_forward(self, symbol: str, resolution: Interval, from_ns: int) -> Iterator[Bar]:
        """As `HistoryView`."""
        return bars.forward(self._cursor(), symbol, resolution, from_ns)

    def trades_back(self, symbol: str, upto_ns: int, limit: int) -> Sequence[Trade]:
        """As `HistoryView`."""
        return ticks.back(self._connection, self._files, symbol, upto_ns, limit)

    def trades_forward(self, symbol: str, from_ns: int, limit: int) -> Sequence[Trade]:
        """As `HistoryView`."""
        return ticks.forward(self._connection, self._files, symbol, from_ns, limit)

    def close(self) -> None:
        """Ends all reading: a cursor that is left open would hold on to the old state."""
        for cursor in self._cursors:
            cursor.close()

    def _cursor(self) -> sqlite3.Cursor:
        cursor = self._connection.cursor()
        self._cursors.append(cursor)
        return cursor


class FileHistory:
    """The history of one venue in one folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Opens the history, made where there is none.

        Raises:
            StoreError: the folder cannot be used, or a later release wrote it.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: it cannot be made: {error.strerror}") from error
        self._database = HistoryDatabase(folder / DATABASE_NAME)
        self._files = TickFiles(folder / TICKS_NAME)
        self._filing = Lock()

    def put_bars(self, symbol: str, resolution: Interval, new: Sequence[Bar]) -> None:
        """As `HistoryStore`."""
        if resolution not in bars.BASES:
            raise UsageError(f"expected bars of M1 or M5, found {resolution.name}")
        with self._database.writing() as connection:
            bars.put(connection, symbol, resolution, new)

    def put_trades(self, trades: Sequence[Trade], instruments: Mapping[str, Instrument]) -> None:
        """As `HistoryStore`."""
        if trades:
            with self._database.writing() as connection:
                ticks.put(connection, trades, instruments)

    def file_days(self) -> None:
        """As `HistoryStore`.

        A day's file is whole under its name before one transaction marks the day as filed and
        takes its rows out of SQLite. A crash before that leaves a file that does not count and
        that the next time writes again.
        """
        with self._filing:
            with self._database.reading() as connection:
                finished = ticks.finished_days(connection)
            for day in finished:
                self._file(day)

    @contextlib.contextmanager
    def view(self) -> Iterator[FileHistoryView]:
        """As `HistoryStore`."""
        with self._database.reading() as connection:
            view = FileHistoryView(connection, self._files)
            try:
                yield view
            finally:
                view.close()

    def import_ticks(self, instrument: Instrument, source: Path) -> int:
        """Takes a Parquet file of ticks in; answers how many.

        The days of the file replace what the history holds of the symbol on those days, bars of
        every length among it. A crash leaves days half replaced: import the file again.

        Args:
            instrument: symbol, scale and lot size of the ticks.
            source: columns time_ns, price_units, lots, trade_no (whole numbers) and aggressor
                (`buy` or `sell`), rows ascending by time and number; others are ignored.

        Raises:
            UsageError: the rows are not as described, or the venue itself traded on such a day.
            StoreError: the file or the history cannot be read or written.
        """
        with self._filing:
            days = self._files.days_to_import(source)
            with self._database.reading() as connection:
                _refuse_own(connection, instrument.symbol, [day for day, _ in days])
            for day, _ in days:
                self._files.import_day(
                    source,
                    instrument.symbol,
                    day,
                    scale=instrument.scale,
                    lot_size=instrument.lot_size,
                )
            minutes = [
                Bar(*row) for row in self._files.minutes_to_import(source, instrument.lot_size)
            ]
            with self._database.writing() as connection:
                _refuse_own(connection, instrument.symbol, [day for day, _ in days])
                _take_in(connection, instrument, days, minutes)
        return sum(rows for _, rows in days)

    def close(self) -> None:
        """As `HistoryStore`."""
        self._database.close()
        self._files.close()

    def _file(self, day: ticks.FinishedDay) -> None:
        with self._database.reading() as connection:
            upto_no = ticks.last_trade_no(connection)
            with contextlib.closing(ticks.rows_of(connection, day)) as rows:
                filed_rows = self._files.add(day.symbol, day.day, day.scale, rows)
        with self._database.writing() as connection:
            ticks.mark_filed(connection, day, upto_no, filed_rows)


def _refuse_own(connection: sqlite3.Connection, symbol: str, days: Sequence[int]) -> None:
    own = connection.execute(
        "SELECT count(*) FROM days WHERE symbol = ? AND is_own AND day BETWEEN ? AND ?",
        (symbol, days[0], days[-1]),
    )
    ((found,),) = own
    if found:
        raise UsageError(f"{symbol}: the venue itself traded on {found} of the days to import")


def _take_in(
    connection: sqlite3.Connection,
    instrument: Instrument,
    days: Sequence[tuple[int, int]],
    minutes: Sequence[Bar],
) -> None:
    symbol = instrument.symbol
    for day, rows in days:
        opens_ns = day * NS_PER_DAY - ticks.MOSCOW_OFFSET_NS
        bars.forget(connection, symbol, opens_ns, opens_ns + NS_PER_DAY)
        connection.execute(
            "INSERT OR REPLACE INTO days VALUES (?, ?, ?, 0, 0, ?)",
            (symbol, day, instrument.scale, rows),
        )
    bars.put(connection, symbol, Interval.M1, minutes)
