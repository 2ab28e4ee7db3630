"""Verification: does what a folder keeps give the state that it says it gives?

Not the files: adapters open them, and `chp.verifying` says which. The same recovery runs here as at
a start. It runs twice: from the newest snapshot, as the next start will, and from the one before it
up to the newest, which must then be the same, part by part.
Source: design decision 6; decision 0010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

from chp.app.archived import check_archived
from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.differences import differences
from chp.app.recovery import recover
from chp.app.venue.machine import VERSION, Venue
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.model.events import VenueEvent
from chp.model.snapshot import Snapshot
from chp.model.trade import Trade
from chp.ports import ArchiveStore, HistoryStore, JournalStore


class Kept(NamedTuple):
    """The stores of one venue, opened, and what the journal shows only to a verification."""

    journal: JournalStore
    snapshots: Callable[[], Sequence[Snapshot]]
    """The kept snapshots, the newest last; raises StoreError where one is damaged."""
    first_number: int
    """Number of the oldest record kept; of the next one where there is none."""
    archive: ArchiveStore
    history: HistoryStore


class Recovered(NamedTuple):
    """A state, the number of its last record, and what was told on the way to it."""

    venue: Venue
    board: Board
    number: int
    events: list[VenueEvent]


class PastJournal:
    """A journal as it was after one of its records: a `JournalStore` that is only read."""

    def __init__(self, journal: JournalStore, snapshot: Snapshot | None, upto: int) -> None:
        """The journal with `snapshot` as its newest and no record beyond number `upto`."""
        self._journal = journal
        self._snapshot = snapshot
        self._upto = upto

    def latest_snapshot(self) -> Snapshot | None:
        """The newest snapshot of then; None where there was none."""
        return self._snapshot

    def latest_version(self) -> str | None:
        """Its version."""
        return self._snapshot.version if self._snapshot is not None else None

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """The records of then with greater numbers."""
        records = self._journal.records_after(number)
        return takewhile(lambda record: record.number <= self._upto, records)

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Refuses: the past stays as it was."""
        raise StoreError("a journal of the past takes no records")

    def sync(self) -> None:
        """Nothing waits."""

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Refuses: the past stays as it was."""
        raise StoreError("a journal of the past takes no snapshots")

    def checkpoint(self) -> None:
        """Nothing to tidy."""

    def close(self) -> None:
        """Whoever opened the journal closes it."""


class StateChecks:
    """The checks of one venue's state; each answers what it found, or raises what is wrong."""

    def __init__(
        self,
        kept: Kept,
        new_venue: Callable[[], Venue],
        as_stored: Callable[[Snapshot], Snapshot],
    ) -> None:
        """Reads nothing yet.

        Args:
            kept: the stores.
            new_venue: a venue before its opening, with the instruments of the folder.
            as_stored: a snapshot as it comes back from disk.
        """
        self._kept = kept
        self._new_venue = new_venue
        self._as_stored = as_stored

    def all(self) -> list[tuple[str, Callable[[], str]]]:
        """Every check with its name, in the order in which one explains the next."""
        return [
            ("snapshots", self.snapshots),
            ("records", self.records),
            ("recovery", self.recovery),
            ("replay", self.replay),
            ("ledger", self.ledger),
            ("archive", self.archive),
            ("trades", self.trades),
        ]

    def snapshots(self) -> str:
        """Both are whole and of this version of the rules."""
        version = self._kept.journal.latest_version()
        if version not in (None, VERSION):
            raise StoreError(f"expected version {VERSION} of the rules, found {version}")
        numbers = ", ".join(str(snapshot.record_number) for snapshot in self._snapshots)
        return f"after records {numbers}" if numbers else "none yet"

    def records(self) -> str:
        """Every group's checksum, and no number is missing."""
        number = first = self._kept.first_number
        for record in self._kept.journal.records_after(first - 1):
            number = record.number + 1
        return f"{first} to {number - 1}, none missing" if number > first else "none"

    def recovery(self) -> str:
        """What the next start does."""
        number = self._now.number
        return f"to record {number}, replayed {number - self._newest_number} after the snapshot"

    def replay(self) -> str:
        """The snapshot before the newest, and the records between, give the newest."""
        if not self._snapshots:
            return "no snapshot to compare with"
        if not self._reaches_newest:
            return "one snapshot and no older record: nothing to compare"
        found, expected = self._before, self._snapshots[-1]
        state = self._as_stored(
            Snapshot(
                VERSION, found.number, venue_snapshot(found.venue), board_snapshot(found.board)
            )
        )
        differing = list(differences(state, expected))
        if differing:
            raise StoreError(
                f"replayed to record {found.number}, these are not as in the newest snapshot: "
                + ", ".join(differing)
            )
        return f"{found.number - self._base_number} records give the newest snapshot exactly"

    def ledger(self) -> str:
        """What one account has of an asset, others owe."""
        totals = self._now.venue.state.ledger.balances.totals()
        wrong = {asset: total for asset, total in totals.items() if total}
        if wrong:
            raise StoreError(f"expected sums of zero, found {wrong}")
        return f"{len(totals)} assets, each sums to zero"

    def archive(self) -> str:
        """What the replayed records tell is archived, and nothing later than they tell."""
        return check_archived(
            self._kept.archive,
            self._now.venue.state.ledger.portfolios,
            self._told_since_ns,
            told=self._told_before,
            may_be_told=self._now.events,
        )

    def trades(self) -> str:
        """The history has every trade up to the newest snapshot, and none that is not yet."""
        least = max(_trade_numbers(self._told_before), default=0)
        most = self._now.venue.state.numbering.last_trade
        with self._kept.history.view() as view:
            last = view.last_trade_no
        if not least <= last <= most:
            raise StoreError(f"expected a last trade from {least} to {most}, found {last}")
        return f"up to number {last}"

    @cached_property
    def _snapshots(self) -> Sequence[Snapshot]:
        return self._kept.snapshots()

    @property
    def _newest_number(self) -> int:
        return self._snapshots[-1].record_number if self._snapshots else 0

    @property
    def _base_number(self) -> int:
        return self._snapshots[-2].record_number if len(self._snapshots) > 1 else 0

    @property
    def _reaches_newest(self) -> bool:
        """Whether there is an older snapshot, or every record from the first on."""
        return len(self._snapshots) > 1 or self._kept.first_number == 1

    @property
    def _told_before(self) -> list[VenueEvent]:
        """What was told between the two snapshots: on disk before the newer one was."""
        return self._before.events if self._snapshots and self._reaches_newest else []

    @property
    def _told_since_ns(self) -> int:
        """Venue time before all that was told."""
        if self._snapshots and not self._reaches_newest:
            return self._snapshots[-1].venue.now_ns
        return self._snapshots[-2].venue.now_ns if len(self._snapshots) > 1 else 0

    @cached_property
    def _now(self) -> Recovered:
        return self._recovered(self._kept.journal)

    @cached_property
    def _before(self) -> Recovered:
        base = self._snapshots[-2] if len(self._snapshots) > 1 else None
        return self._recovered(PastJournal(self._kept.journal, base, self._newest_number))

    def _recovered(self, journal: JournalStore) -> Recovered:
        venue = self._new_venue()
        board = Board(venue.state.instruments)
        events: list[VenueEvent] = []
        number = recover(venue, board, journal, events.extend)
        return Recovered(venue, board, number, events)


def _trade_numbers(events: Iterable[VenueEvent]) -> Iterator[int]:
    return (event.trade_no for event in events if isinstance(event, Trade))
