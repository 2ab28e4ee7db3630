"""A journal in memory that notes its calls and fails when told to: for writer, recovery, runner.

It shows what is appended, what is synced and what a crash would leave; it cannot show what a
disk does.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from itertools import islice

from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot
from chp.wire.journal import decode_snapshot
from tests.support.volatile_store import Disk, VolatileJournal


class MemoryJournal(VolatileJournal):
    """A `JournalStore` whose disk a test may look at."""

    def __init__(self, disk: Disk | None = None) -> None:
        """What is on the disk; an empty one for None."""
        self.disk = disk if disk is not None else Disk()
        super().__init__(self.disk)
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
        """Notes the call."""
        self._call("append")
        super().append(records)

    def sync(self) -> None:
        """Notes the call."""
        self._call("sync")
        super().sync()

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Notes the call."""
        self._call("save_snapshot")
        super().save_snapshot(snapshot)

    def latest_version(self) -> str | None:
        """The version of the newest snapshot, or the pretended one."""
        return super().latest_version() if self.version_left is None else self.version_left

    def checkpoint(self) -> None:
        """Notes the call."""
        self._call("checkpoint")

    def close(self) -> None:
        """Notes the call."""
        self._call("close")

    @property
    def snapshots(self) -> list[Snapshot]:
        """All on disk, the newest last."""
        return [decode_snapshot(body) for _, _, body in self.disk.snapshots]

    def records(self) -> list[JournalRecord]:
        """All records on disk."""
        return list(islice(self.records_after(0), self.disk.synced[0]))

    def crashed(self) -> MemoryJournal:
        """What the next process finds: all that was synced."""
        disk = deepcopy(self.disk)
        disk.crash()
        return MemoryJournal(disk)
