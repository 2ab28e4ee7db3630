"""The SQLite journal and the plain one do the same over any run of calls, crashes and restarts."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chp.model.commands import JournalRecord
from chp.ports import JournalStore
from chp.wire.journal import encode
from tests.support.journal_homes import SqliteHome, VolatileHome
from tests.support.journal_samples import sample_records, sample_snapshot

Seen = tuple[list[JournalRecord], str | None, bytes | None]


def seen_in(store: JournalStore) -> Seen:
    """All that can be asked of a store."""
    snapshot = store.latest_snapshot()
    return (
        list(store.records_after(0)),
        store.latest_version(),
        encode(snapshot) if snapshot is not None else None,
    )


class TwoJournals(RuleBasedStateMachine):
    """The same calls to both; `number` is the last record appended."""

    def __init__(self) -> None:
        """Both empty."""
        super().__init__()
        self.folder = TemporaryDirectory()
        self.homes = (SqliteHome(Path(self.folder.name)), VolatileHome())
        self.number = 0
        self.synced = 0
        self.open()

    def open(self) -> None:
        """Opens both."""
        self.stores: tuple[JournalStore, JournalStore] = (
            self.homes[0].open(),
            self.homes[1].open(),
        )

    @rule(count=st.integers(0, 5))
    def append(self, count: int) -> None:
        """A group, not synced."""
        for store in self.stores:
            store.append(sample_records(count, first=self.number + 1))
        self.number += count

    @rule()
    def sync(self) -> None:
        """All is to stay."""
        for store in self.stores:
            store.sync()
        self.synced = self.number

    @rule(version=st.sampled_from(["1", "2"]))
    def save_snapshot(self, version: str) -> None:
        """A snapshot, and housekeeping as the writer does it."""
        for store in self.stores:
            store.save_snapshot(sample_snapshot(self.number, version))
            store.checkpoint()
        self.synced = self.number

    @rule()
    def crash(self) -> None:
        """What was not synced is gone."""
        for home in self.homes:
            home.crash()
        self.number = self.synced
        self.open()

    @rule()
    def restart(self) -> None:
        """An orderly end."""
        self.sync()
        for store in self.stores:
            store.close()
        self.open()

    @invariant()
    def both_hold_the_same(self) -> None:
        """Records in their order, and the newest snapshot."""
        ours, plain = map(seen_in, self.stores)
        assert ours == plain
        assert ours[0] == sample_records(self.number)

    def teardown(self) -> None:
        """Closes and deletes."""
        self.homes[0].close()
        self.folder.cleanup()


TestTwoJournals = TwoJournals.TestCase
TestTwoJournals.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
