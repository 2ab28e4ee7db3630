"""Where journals live in the contract tests: opened, crashed and opened again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from chp.adapters.store.journal import SqliteJournal
from chp.ports import JournalStore
from tests.support.volatile_store import Disk, VolatileJournal


class JournalHome(Protocol):
    """One place that keeps one journal."""

    def open(self) -> JournalStore:
        """Opens the journal; those opened before are closed or dead."""

    def crash(self) -> None:
        """The process dies: what is open is dead and may not be used."""


class SqliteHome:
    """A folder. A crash goes on with a copy of the files as they are, log and all.

    It cannot show a missing fsync: what the system holds for the disk is in the copy.
    """

    def __init__(self, folder: Path) -> None:
        """An empty folder."""
        self._folder = folder / "0"
        self._folder.mkdir()
        self._open: list[SqliteJournal] = []

    @property
    def path(self) -> Path:
        """The file that is opened next."""
        return self._folder / "journal.sqlite"

    def open(self) -> SqliteJournal:
        """Opens the file."""
        self._open.append(SqliteJournal(self.path))
        return self._open[-1]

    def crash(self) -> None:
        """Copies the file and its log, but no lock."""
        copy = self._folder.with_name(f"{int(self._folder.name) + 1}")
        copy.mkdir()
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            if (self._folder / name).exists():
                shutil.copy(self._folder / name, copy)
        self._folder = copy

    def close(self) -> None:
        """Closes all that was opened."""
        for store in self._open:
            store.close()


class VolatileHome:
    """A disk that forgets."""

    def __init__(self) -> None:
        """An empty disk."""
        self._disk = Disk()

    def open(self) -> VolatileJournal:
        """Opens what is on it."""
        return VolatileJournal(self._disk)

    def crash(self) -> None:
        """Forgets what was not synced."""
        self._disk.crash()
