"""A journal in memory that encodes what it is given: for tests of writer, recovery and runner.

It shows what is appended, what is synced and what a crash would leave; it cannot show what a
disk does. Snapshots and records go through msgspec, so that their layout is held to be storable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot


class MemoryJournal:
    """A `JournalStore` whose disk is two lists of bytes."""

    def __init__(self) -> None:
        """Empty."""
        self.appended: list[bytes] = []
        self.synced: list[bytes] = []
        self.snapshots: list[bytes] = []
        self.calls: list[str] = []
        self.fails_on = ""
        """Name of the call that fails from now on; "" for none."""
        self.version_left: str | None = None
        """Pretends that the newest snapshot was written by another version."""

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails_on:
            raise StoreError(f"{name}: no space left")

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Encodes records."""
        self._call("append")
        self.appended += [msgspec.msgpack.encode(record) for record in records]

    def sync(self) -> None:
        """What was appended is on disk."""
        self._call("sync")
        self.synced += self.appended
        self.appended.clear()

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Encodes a snapshot."""
        self._call("save_snapshot")
        self.snapshots.append(msgspec.msgpack.encode(snapshot))

    def latest_snapshot(self) -> Snapshot | None:
        """The newest snapshot, decoded."""
        if not self.snapshots:
            return None
        return msgspec.msgpack.decode(self.snapshots[-1], type=Snapshot)

    def latest_version(self) -> str | None:
        """The version of the newest snapshot."""
        if self.version_left is not None:
            return self.version_left
        snapshot = self.latest_snapshot()
        return snapshot.version if snapshot is not None else None

    def records(self) -> list[JournalRecord]:
        """All records on disk."""
        return [msgspec.msgpack.decode(row, type=JournalRecord) for row in self.synced]

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """Records with greater numbers."""
        return (record for record in self.records() if record.number > number)

    def checkpoint(self) -> None:
        """Nothing to tidy."""
        self._call("checkpoint")

    def close(self) -> None:
        """Ends the use."""
        self._call("close")

    def crashed(self) -> MemoryJournal:
        """What the next process finds: all that was synced."""
        left = MemoryJournal()
        left.synced, left.snapshots = list(self.synced), list(self.snapshots)
        return left
