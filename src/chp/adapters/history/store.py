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
        every length among it. Until all is in, the history holds nothing of them; where a crash
        or an error leaves it so, import the file again.

        Args:
            instrument: symbol, scale and lot size of the ticks.
            source: columns time_ns, price_units, lots, trade_no (whole numbers) and aggressor
                (`buy` or `sell`), rows ascending by time and number; others are ignored.

        Raises:
            UsageError: the rows are not as described, or the venue itself traded on such a day.
            StoreError: the file or the history cannot be read or written.
        """
        symbol, scale, lot_size = instrument.symbol, instrument.scale, instrument.lot_size
        with self._filing:
            filed = self._files.days_to_import(source)
            days = [day for day, _ in filed]
            with self._database.writing() as connection:
                ticks.forget_days(connection, symbol, days)
            self._files.import_days(source, symbol, days, scale=scale, lot_size=lot_size)
            minutes = [Bar(*row) for row in self._files.minutes_to_import(source, lot_size)]
            with self._database.writing() as connection:
                ticks.mark_imported(connection, symbol, scale, filed)
                bars.put(connection, symbol, Interval.M1, minutes)
        return sum(rows for _, rows in filed)

    def close(self) -> None:
        """As `HistoryStore`."""
        self._database.close()
        self._files.close()

    def _file(self, day: ticks.FinishedDay) -> None:
        with self._database.reading() as connection:
            upto_no = ticks.last_trade_no(connection)
            with contextlib.closing(ticks.rows_of(connection, day)) as rows:
                filed_rows = self._files.add(
                    day.symbol, day.day, rows, scale=day.scale, is_known=day.filed_rows > 0
                )
        with self._database.writing() as connection:
            ticks.mark_filed(connection, day, upto_no, filed_rows)
