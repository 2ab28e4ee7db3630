"""The journal in SQLite: one row per record, one transaction per group, one COMMIT per `sync`.

Not the bytes of a record: that is `chp.wire.journal`. Called from one thread at a time, the
writer's. Source: design decision 6; stack.md, Durable journal.
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
from chp.wire.journal import DamagedBody, decode_record, decode_snapshot, encode

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        "CREATE TABLE record (number INTEGER PRIMARY KEY, now_ns INTEGER NOT NULL,"
        " body BLOB NOT NULL)",
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
"""Records dropped by one checkpoint: about a tenth of a second, in which trading waits. With one
checkpoint a minute that is 28 million a day; what a busier day leaves goes on quieter ones."""

READ_AT_ONCE: Final = 4_096
"""Records in memory at a time while the journal is read."""

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
        self._failure: StoreError | None = None

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Puts records into the transaction that `sync` commits.

        After a failure the store takes nothing more: what waited for `sync` may be gone.
        """
        self._check_alive()
        self._check_numbers(records)
        rows = [(record.number, record.now_ns, encode(record)) for record in records]
        try:
            if not self._database.is_in_transaction:
                self._database.begin()
            self._database.run_each("INSERT INTO record VALUES (?, ?, ?)", rows)
        except StoreError as error:
            self._give_up(error)
            raise
        self._last_number += len(records)

    def sync(self) -> None:
        """Commits; returns when that is on disk."""
        self._check_alive()
        if not self._database.is_in_transaction:
            return
        try:
            self._database.commit()
        except StoreError as error:
            self._give_up(error)
            raise

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
        if not rows:
            return None
        try:
            return decode_snapshot(rows[0][0])
        except DamagedBody as error:
            raise StoreError(
                f"{self._database.path}: the newest snapshot is damaged: {error}"
            ) from error

    def latest_version(self) -> str | None:
        """Version of the newest snapshot; None in a new file."""
        rows = self._database.rows("SELECT version FROM snapshot ORDER BY id DESC LIMIT 1")
        return rows[0][0] if rows else None

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """Records with greater numbers, a few thousand in memory at a time."""
        while rows := self._database.rows(
            "SELECT number, body FROM record WHERE number > ? ORDER BY number LIMIT ?",
            (number, READ_AT_ONCE),
        ):
            for found, body in rows:
                if found != number + 1:
                    raise self._damaged(f"record {number + 1} is missing")
                yield self._record(found, body)
                number = found
        if number < self._last_number:
            raise self._damaged(f"records {number + 1} to {self._last_number} are missing")

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
            "SELECT max(ifnull((SELECT max(number) FROM record), 0),"
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

    def _give_up(self, error: StoreError) -> None:
        """A failed sync must not be tried again: the system may have forgotten what it held."""
        self._failure = error
        self._database.roll_back()

    def _record(self, number: int, body: bytes) -> JournalRecord:
        try:
            record = decode_record(body)
        except DamagedBody as error:
            raise self._damaged(f"record {number}: {error}") from error
        if record.number != number:
            raise self._damaged(f"record {number} holds record {record.number}")
        return record

    def _damaged(self, what: str) -> StoreError:
        return StoreError(f"{self._database.path}: the journal is damaged: {what}")

    def _drop_old_records(self) -> None:
        """The oldest records that even the oldest kept snapshot holds, a slice of them."""
        needed, newest_ns = self._database.rows(
            "SELECT min(record_number), max(now_ns) FROM snapshot"
        )[0]
        oldest = self._database.rows("SELECT min(number) FROM record")[0][0]
        if needed is None or oldest is None:
            return
        with self._database.transaction():
            self._database.run(
                "DELETE FROM record WHERE number <= ? AND now_ns < ?",
                (min(needed, oldest + DROPPED_AT_ONCE - 1), newest_ns - RECORDS_KEPT_NS),
            )
