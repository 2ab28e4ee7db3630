"""The SQLite file of the history: its tables, one connection that writes, several that read.

Not what the tables mean: `bars` and `ticks` know that. Readers see an unchanging state while one
writes (WAL). What is committed is on disk: synchronous FULL, and a full fsync where the system
has two kinds (macOS). Source: design decisions 6 and 7.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Final

from chp.errors import StoreError

VERSION: Final = 1
"""Of the tables; in the file's `user_version`."""

BUSY_TIMEOUT_S: Final = 5.0
"""How long to wait for another program that has the file locked."""

IDLE_READERS: Final = 4
"""How many connections are kept open for the next reader."""

_TABLES: Final = (
    """
    CREATE TABLE bars (
        symbol TEXT NOT NULL,
        resolution INTEGER NOT NULL,
        stamp_ns INTEGER NOT NULL,
        open_units INTEGER NOT NULL,
        high_units INTEGER NOT NULL,
        low_units INTEGER NOT NULL,
        close_units INTEGER NOT NULL,
        securities INTEGER NOT NULL,
        PRIMARY KEY (symbol, resolution, stamp_ns)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE ticks (
        symbol TEXT NOT NULL,
        time_ns INTEGER NOT NULL,
        trade_no INTEGER NOT NULL,
        price_units INTEGER NOT NULL,
        lots INTEGER NOT NULL,
        securities INTEGER NOT NULL,
        aggressor INTEGER NOT NULL,
        recorded_no INTEGER NOT NULL,
        PRIMARY KEY (symbol, time_ns, trade_no)
    ) WITHOUT ROWID
    """,
    # The days of each symbol, counted from 1970-01-01, Moscow time. Open days have rows in
    # `ticks`; filed_rows is how many their Parquet file has, 0 where it does not count. Days of
    # the venue's own trades have the scale of their prices, imported ones have is_own 0.
    """
    CREATE TABLE days (
        symbol TEXT NOT NULL,
        day INTEGER NOT NULL,
        scale INTEGER NOT NULL,
        is_own INTEGER NOT NULL,
        is_open INTEGER NOT NULL,
        filed_rows INTEGER NOT NULL,
        PRIMARY KEY (symbol, day)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX open_days ON days (day) WHERE is_open",
    # One row: the greatest number of the venue's own trades.
    "CREATE TABLE watermark (last_trade_no INTEGER NOT NULL)",
    "INSERT INTO watermark VALUES (0)",
    f"PRAGMA user_version = {VERSION}",
)


class HistoryDatabase:
    """One open file. Thread-safe: writers wait for one another, readers for nobody."""

    def __init__(self, path: Path) -> None:
        """Opens the file, made where there is none.

        Raises:
            StoreError: it cannot be opened, is damaged, or a later release wrote it.
        """
        self.path = path
        self._writes = Lock()
        self._keeping = Lock()
        self._readers: list[sqlite3.Connection] = []
        """Open, and in nobody's hands."""
        self._is_closed = False
        with self._translated():
            self._writer = self._connect()
            try:
                self._prepare()
            except BaseException:
                self._writer.close()
                raise

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of the block is on disk when it is left, or nothing of it is kept.

        Raises:
            StoreError: the block or the commit failed.
        """
        with self._writes, self._translated():
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state from its first statement on.

        Raises:
            StoreError: the block failed.
        """
        with self._translated():
            connection = self._take_reader()
            try:
                connection.execute("BEGIN")
                yield connection
            except BaseException:
                connection.close()
                raise
            connection.execute("ROLLBACK")
            self._give_back(connection)

    def close(self) -> None:
        """Closes; readers that are under way close when they end."""
        with self._writes, self._translated():
            with self._keeping:
                self._is_closed = True
                while self._readers:
                    self._readers.pop().close()
            self._writer.close()

    def _prepare(self) -> None:
        ((mode,),) = self._writer.execute("PRAGMA journal_mode = WAL")
        if mode != "wal":
            raise StoreError(f"{self.path}: this file system cannot hold a store: no shared memory")
        for pragma in ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON"):
            self._writer.execute(f"PRAGMA {pragma}")
        self._writer.execute("BEGIN IMMEDIATE")
        ((version,),) = self._writer.execute("PRAGMA user_version")
        if version > VERSION:
            raise StoreError(
                f"{self.path}: a later release of this program wrote it: its tables have version "
                f"{version}, this release knows {VERSION}"
            )
        if version == 0:
            for statement in _TABLES:
                self._writer.execute(statement)
        self._writer.execute("COMMIT")

    def _take_reader(self) -> sqlite3.Connection:
        with self._keeping:
            if self._is_closed:
                raise StoreError(f"{self.path}: it is closed")
            if self._readers:
                return self._readers.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """Keeps a connection for the next reader; not after the end."""
        with self._keeping:
            if not self._is_closed and len(self._readers) < IDLE_READERS:
                self._readers.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from error
