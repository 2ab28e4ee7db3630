"""The journal in SQLite: one row, written by one statement, per `sync`.

Not the bytes of records: that is `chp.wire.journal`. Called from one thread at a time, the
writer's. That thread gives up the interpreter with every statement and then waits for the event
loop to leave it again, so a group of records must not cost a statement each.
Source: design decision 6; stack.md, Durable journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from chp.adapters.store.sqlite import Migration, open_database
from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot
from chp.units import NS_PER_DAY
from chp.wire.journal import DamagedBody, decode_records, decode_snapshot, encode

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        "CREATE TABLE record_group (last_number INTEGER PRIMARY KEY, first_number INTEGER NOT NULL,"
        " now_ns INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE snapshot (id INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL,"
        " record_number INTEGER NOT NULL, now_ns INTEGER NOT NULL, body BLOB NOT NULL)",
    ),
)

SNAPSHOTS_KEPT: Final = 2
"""The newest is what recovery reads; the one before lets a person look for what went wrong."""

RECORDS_KEPT_NS: Final = 7 * NS_PER_DAY
"""Venue time for which records are kept that no kept snapshot needs: long enough to find out, in
the week after, why an order was filled as it was."""

DROPPED_AT_ONCE: Final = 20_000
"""Groups dropped by one checkpoint: about a tenth of a second, in which trading waits. With one
checkpoint a minute that is 28 million a day; what a busier day leaves goes on quieter ones."""

READ_AT_ONCE: Final = 1_024
"""Groups in memory at a time while the journal is read."""

LOG_PAGES: Final = 16_384
"""64 MiB of log between checkpoints: in the idle moment after a snapshot, seldom in a commit."""


class SqliteJournal:
    """A `JournalStore` in one file."""

    def __init__(self, path: Path) -> None:
        """Opens the journal, an empty one where there is none.

        Raises:
            StoreError: it cannot be opened, is damaged, or a later release wrote it.
        """
        self._database = open_database(path, MIGRATIONS, log_pages=LOG_PAGES)
        self._last_number = self._find_last_number()
        self._waiting: list[JournalRecord] = []
        self._failure: StoreError | None = None

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Keeps records for the group that `sync` writes.

        After a failure the store takes nothing more: what waited for `sync` may be gone.
        """
        self._check_alive()
        self._check_numbers(records)
        self._waiting += records
        self._last_number += len(records)

    def sync(self) -> None:
        """Writes what waits as one group; returns when that is on disk."""
        self._check_alive()
        if not self._waiting:
            return
        first, last = self._waiting[0], self._waiting[-1]
        try:
            self._database.run(
                "INSERT INTO record_group VALUES (?, ?, ?, ?)",
                (last.number, first.number, last.now_ns, encode(self._waiting)),
            )
        except StoreError as error:
            # It must not be tried again: the system may have forgotten what it held.
            self._failure = error
            raise
        self._waiting = []

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Stores and syncs a state, drops all but the newest ones."""
        self.sync()
        row = (snapshot.version, snapshot.record_number, snapshot.venue.now_ns, encode(snapshot))
        with self._database.transaction():
            self._database.run(
                "INSERT INTO snapshot (version, record_number, now_ns, body) VALUES (?, ?, ?, ?)",
                row,
            )
            self._database.run(
                "DELETE FROM snapshot WHERE id NOT IN"
                " (SELECT id FROM snapshot ORDER BY id DESC LIMIT ?)",
                (SNAPSHOTS_KEPT,),
            )
        self._last_number = max(self._last_number, snapshot.record_number)

    def latest_snapshot(self) -> Snapshot | None:
        """The newest snapshot; None in a new file."""
        rows = self._database.rows("SELECT body FROM snapshot ORDER BY id DESC LIMIT 1")
        return self._snapshot("newest", rows[0][0]) if rows else None

    def snapshots(self) -> list[Snapshot]:
        """All that are kept, the newest last.

        Raises:
            StoreError: one is damaged.
        """
        rows = self._database.rows("SELECT body FROM snapshot ORDER BY id")
        newest = len(rows) - 1
        return [
            self._snapshot("newest" if place == newest else "older", body)
            for place, (body,) in enumerate(rows)
        ]

    def latest_version(self) -> str | None:
        """Version of the newest snapshot; None in a new file."""
        rows = self._database.rows("SELECT version FROM snapshot ORDER BY id DESC LIMIT 1")
        return rows[0][0] if rows else None

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """Records with greater numbers, a thousand groups in memory at a time."""
        while rows := self._database.rows(
            "SELECT first_number, last_number, body FROM record_group WHERE last_number > ?"
            " ORDER BY last_number LIMIT ?",
            (number, READ_AT_ONCE),
        ):
            for first, last, body in rows:
                if first > number + 1:
                    raise self._damaged(f"record {number + 1} is missing")
                yield from self._records(first, last, body)[number + 1 - first :]
                number = last
        last_synced = self._last_number - len(self._waiting)
        if number < last_synced:
            raise self._damaged(f"records {number + 1} to {last_synced} are missing")
        yield from (record for record in self._waiting if record.number > number)

    def first_number(self) -> int:
        """Number of the oldest record kept; where there is none, of the next."""
        rows = self._database.rows("SELECT min(first_number) FROM record_group")
        first: int | None = rows[0][0]
        return self._last_number + 1 if first is None else first

    def checkpoint(self) -> None:
        """Drops records of past epochs that are a week old, then empties SQLite's log."""
        self._check_alive()
        self._drop_old_records()
        self._database.checkpoint()

    def close(self) -> None:
        """Closes; what was not synced is gone."""
        self._database.close()

    def _find_last_number(self) -> int:
        row = self._database.rows(
            "SELECT max(ifnull((SELECT max(last_number) FROM record_group), 0),"
            " ifnull((SELECT max(record_number) FROM snapshot), 0))"
        )[0]
        last_number: int = row[0]
        return last_number

    def _check_alive(self) -> None:
        if self._failure is not None:
            raise StoreError(
                f"{self._database.path}: an earlier write failed: {self._failure.detail}"
            )

    def _check_numbers(self, records: Sequence[JournalRecord]) -> None:
        for expected, record in enumerate(records, self._last_number + 1):
            if record.number != expected:
                raise StoreError(
                    f"{self._database.path}: expected record {expected}, came {record.number}"
                )

    def _records(self, first: int, last: int, body: bytes) -> list[JournalRecord]:
        try:
            records = decode_records(body)
        except DamagedBody as error:
            raise self._damaged(f"records {first} to {last}: {error}") from error
        found = [record.number for record in records]
        if found != list(range(first, last + 1)):
            raise self._damaged(f"records {first} to {last} are not what they are called")
        return records

    def _snapshot(self, name: str, body: bytes) -> Snapshot:
        try:
            return decode_snapshot(body)
        except DamagedBody as error:
            raise StoreError(
                f"{self._database.path}: the {name} snapshot is damaged: {error}"
            ) from error

    def _damaged(self, what: str) -> StoreError:
        return StoreError(f"{self._database.path}: the journal is damaged: {what}")

    def _drop_old_records(self) -> None:
        """The oldest records that even the oldest kept snapshot holds, a slice of them."""
        needed, newest_ns = self._database.rows(
            "SELECT min(record_number), max(now_ns) FROM snapshot"
        )[0]
        if needed is None:
            return
        self._database.run(
            "DELETE FROM record_group WHERE last_number IN (SELECT last_number FROM record_group"
            " WHERE last_number <= ? AND now_ns < ? ORDER BY last_number LIMIT ?)",
            (needed, newest_ns - RECORDS_KEPT_NS, DROPPED_AT_ONCE),
        )
