"""SQLite as all stores use it: opened one way, every error a `StoreError` with the file's name.

Not any store's tables: those are in the modules beside this one, which hand in their migrations.
The only module of the stores that knows sqlite3. What is committed is on disk: WAL with
synchronous FULL, and a full fsync where the system has two kinds (macOS).
Source: design decision 6; the SQLite documentation of its pragmas and result codes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from chp.errors import StoreError

Migration: TypeAlias = Sequence[str]
"""The statements that bring a file from one version of its tables to the next."""

Row: TypeAlias = tuple[Any, ...]

BUSY_TIMEOUT_S: Final = 5.0
"""How long to wait for another program that has the file locked."""

_OWNER_ONLY: Final = 0o600

_WHAT_HAPPENED: Final = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_BUSY: "another program has it locked",
    sqlite3.SQLITE_LOCKED: "another program has it locked",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is damaged, or no SQLite file",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
}
"""By primary result code."""


class Database:
    """One open file. Usable from any thread, by one at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """An open file; `open_database` makes these."""
        self.path = path
        self._connection = connection

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows that a statement answers.

        Raises:
            StoreError: it cannot be carried out.
        """
        with _translated(self.path):
            return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carries out a statement; answers the row id of what it inserted last.

        Raises:
            StoreError: it cannot be carried out.
        """
        with _translated(self.path):
            return self._connection.execute(statement, values).lastrowid or 0

    def run_each(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """Carries out a statement once for each set of values.

        Raises:
            StoreError: it cannot be carried out; what was done waits for `commit` or `roll_back`.
        """
        with _translated(self.path):
            self._connection.executemany(statement, values)

    def begin(self) -> None:
        """Begins to write, waiting for other programs' writes to end; alone until the end.

        Raises:
            StoreError: another program does not end.
        """
        self.run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Returns when all since `begin` is on disk.

        Raises:
            StoreError: it is not known to be.
        """
        self.run("COMMIT")

    def roll_back(self) -> None:
        """Undoes all since `begin`; SQLite may have done so itself when a statement failed."""
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or, when it raises, nothing of it."""
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.roll_back()
            raise

    def begin_reading(self) -> None:
        """From now until `roll_back` this connection sees the state of now, whoever writes.

        Raises:
            StoreError: the file cannot be read.
        """
        self.run("BEGIN")
        self.rows("SELECT count(*) FROM sqlite_schema")

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the whole file; nothing where it is sound.

        Raises:
            StoreError: it is too damaged to be looked through.
        """
        found = [text for (text,) in self.rows("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def copy_to(self, target: Path) -> None:
        """Copies the state that this connection sees into a new file, for its owner only.

        Raises:
            StoreError: one cannot be read or the other not written.
        """
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
        except OSError as error:
            raise StoreError(f"{target}: it cannot be made: {error.strerror}") from error
        copy = _connect(target)
        try:
            with _translated(target):
                self._connection.backup(copy._connection)
        finally:
            copy.close()

    def version_seen(self) -> int:
        """Changes when another connection commits."""
        version: int = self.rows("PRAGMA data_version")[0][0]
        return version

    def checkpoint(self) -> None:
        """Moves what is committed from the log into the file, as far as no reader needs the log.

        Waits for nobody. The log keeps its length and is written again from its beginning:
        a sync of a file that grows takes half as long again.
        """
        self.rows("PRAGMA busy_timeout = 0")
        try:
            self.rows("PRAGMA wal_checkpoint(RESTART)")
        finally:
            self.rows(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")

    def close(self) -> None:
        """Closes; what was not committed is undone."""
        with _translated(self.path):
            self._connection.close()


def open_database(
    path: Path, migrations: Sequence[Migration], *, log_pages: int = 1000
) -> Database:
    """Opens a store's file, made where there is none, its tables brought up to date.

    Only its owner may read a new file, where the system knows owners.

    Args:
        path: the file, in a folder that is there.
        migrations: from the empty file on; what a release has carried out is never changed.
        log_pages: the log grows to about so many pages of 4 KiB before a commit moves them.

    Raises:
        StoreError: it cannot be opened, is damaged, or a later release wrote it.
    """
    _make_where_absent(path, migrations)
    database = _connect(path)
    try:
        if database.rows("PRAGMA journal_mode = WAL") != [("wal",)]:
            raise StoreError(f"{path}: this file system cannot hold a store: no shared memory")
        database.rows(f"PRAGMA wal_autocheckpoint = {log_pages}")
        _migrate(database, migrations)
    except BaseException:
        database.close()
        raise
    return database


def open_existing(path: Path) -> Database:
    """Opens a file that is there as it is, whatever its tables; nothing is brought up to date.

    Raises:
        StoreError: it is not there, is empty or cannot be opened.
    """
    try:
        if path.stat().st_size == 0:
            raise StoreError(f"{path}: it is damaged: a store is never empty")
    except OSError as error:
        raise StoreError(f"{path}: it cannot be opened: {error.strerror}") from error
    return _connect(path)


def _make_where_absent(path: Path, migrations: Sequence[Migration]) -> None:
    try:
        if path.stat().st_size == 0:
            raise StoreError(f"{path}: it is damaged: a store is never empty")
    except FileNotFoundError:
        _make(path, migrations)
    except OSError as error:
        raise StoreError(f"{path}: it cannot be opened: {error.strerror}") from error


def _make(path: Path, migrations: Sequence[Migration]) -> None:
    """Puts a whole new file in its place at once: no crash leaves a part of one.

    Where another process was faster, its file stays.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
        database = _connect(draft)
        try:
            _migrate(database, migrations)
        finally:
            database.close()
        _put_in_place(draft, path)
    except OSError as error:
        raise StoreError(f"{path}: it cannot be made: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, path: Path) -> None:
    """Gives a file its name unless the name is taken; the name is on disk when this returns."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without links; there the last of two comers would win
        if not path.exists():
            draft.rename(path)
    if os.name == "nt":  # folders cannot be opened there
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _connect(path: Path) -> Database:
    with _translated(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    database = Database(path, connection)
    try:
        for pragma in ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON"):
            database.rows(f"PRAGMA {pragma}")
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: Database, migrations: Sequence[Migration]) -> None:
    """Carries out what is missing, each step all or nothing; two processes may come at once."""
    known = len(migrations)
    while (version := _version(database)) < known:
        with database.transaction():
            if _version(database) != version:
                continue
            for statement in migrations[version]:
                database.run(statement)
            database.rows(f"PRAGMA user_version = {version + 1}")
    if version > known:
        raise StoreError(
            f"{database.path}: a later release of this program wrote it: its tables have version "
            f"{version}, this release knows {known}"
        )


def _version(database: Database) -> int:
    version: int = database.rows("PRAGMA user_version")[0][0]
    return version


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Errors of SQLite as ours."""
    try:
        yield
    except OverflowError as error:
        raise StoreError(f"{path}: a number has more than 63 bits") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        what = _WHAT_HAPPENED.get(code)
        said = f"{what} ({error})" if what is not None else str(error)
        raise StoreError(f"{path}: {said}") from error
