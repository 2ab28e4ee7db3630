"""A journal on a pretended disk that forgets, at a crash, all that was not synced.

A real disk may keep a part of what was not synced; this one is as bad as it may be, always. It
cannot show torn writes, full disks or damage: tests/contract and the kills of a real process
(tests/e2e/test_journal_kills.py) show those on SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot
from chp.wire.journal import decode_records, decode_snapshot, encode


class Disk:
    """What outlives a process, and what only the machine's memory holds yet."""

    def __init__(self) -> None:
        """An empty disk."""
        self.records: list[bytes] = []
        self.snapshots: list[tuple[str, int, bytes]] = []
        """Version, record number and bytes."""
        self.synced = (0, 0)
        """How many records and snapshots outlive a crash."""

    def sync(self) -> None:
        """Makes all of it outlive a crash."""
        self.synced = (len(self.records), len(self.snapshots))

    def crash(self) -> None:
        """The power goes: what was not synced is gone."""
        records, snapshots = self.synced
        del self.records[records:]
        del self.snapshots[snapshots:]


class VolatileJournal:
    """A `JournalStore` on a `Disk`; keeps every record."""

    def __init__(self, disk: Disk, *, syncs: bool = True) -> None:
        """Opens what is on the disk; without `syncs` it only says that it syncs."""
        self._disk = disk
        self._syncs = syncs

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Adds records, not synced."""
        for expected, record in enumerate(records, self._last_number() + 1):
            if record.number != expected:
                raise StoreError(f"expected record {expected}, came {record.number}")
        self._disk.records += [encode([record]) for record in records]

    def sync(self) -> None:
        """Syncs the disk."""
        self._sync()

    def _sync(self) -> None:
        if self._syncs:
            self._disk.sync()

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Adds a snapshot and syncs."""
        entry = (snapshot.version, snapshot.record_number, encode(snapshot))
        self._disk.snapshots.append(entry)
        self._sync()

    def latest_snapshot(self) -> Snapshot | None:
        """The newest snapshot; None on an empty disk."""
        return decode_snapshot(self._disk.snapshots[-1][2]) if self._disk.snapshots else None

    def latest_version(self) -> str | None:
        """Version of the newest snapshot."""
        return self._disk.snapshots[-1][0] if self._disk.snapshots else None

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """Records with greater numbers."""
        return chain.from_iterable(map(decode_records, self._disk.records[number:]))

    def checkpoint(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def _last_number(self) -> int:
        return len(self._disk.records)
