"""Every check of a kept state passes on a sound one and names what is wrong with another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from chp.adapters.history.store import FileHistory
from chp.app.archive import Archive
from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.machine import VERSION
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.app.verification import Kept, PastJournal, StateChecks
from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.model.events import VenueEvent
from chp.model.snapshot import Snapshot, VenueSnapshot
from chp.model.trade import Trade
from chp.wire.journal import decode_snapshot, encode
from tests.support.dict_archive import DictArchive
from tests.support.memory_journal import MemoryJournal
from tests.support.small_venue import START_NS, small_venue
from tests.unit.app.test_recovery import LIFE, SECOND_NS

OLDER, NEWER = 7, 11
"""After which commands of the life a snapshot was stored."""


class Folder:
    """What is kept of one life: records, two snapshots, archive, history."""

    def __init__(self, path: Path) -> None:
        self.journal = MemoryJournal()
        self.archive = DictArchive()
        self.history = FileHistory(path)
        self.events: list[VenueEvent] = []
        venue = small_venue()
        board = Board(venue.state.instruments)
        archive = Archive(self.archive)
        for number, command in enumerate(LIFE, 1):
            outcome = venue.handle(command, START_NS + number * SECOND_NS)
            self.journal.append([JournalRecord(number, venue.state.now_ns, command)])
            board.apply(outcome.events)
            archive.take(outcome.events)
            self.events += outcome.events
            if number in (OLDER, NEWER):
                archive.flush()
                self.journal.save_snapshot(
                    Snapshot(VERSION, number, venue_snapshot(venue), board_snapshot(board))
                )
        self.journal.sync()
        self.trades = [event for event in self.events if isinstance(event, Trade)]
        self.instruments = venue.state.instruments
        self.snapshots = self.journal.snapshots

    def checks(self, snapshots: Sequence[Snapshot] | None = None, first: int = 1) -> StateChecks:
        kept = self.snapshots if snapshots is None else snapshots
        self.journal.disk.snapshots = [
            (snapshot.version, snapshot.record_number, encode(snapshot)) for snapshot in kept
        ]
        return StateChecks(
            Kept(self.journal, lambda: kept, first, self.archive, self.history),
            small_venue,
            lambda snapshot: decode_snapshot(encode(snapshot)),
        )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    made.history.put_trades(made.trades, made.instruments)
    yield made
    made.history.close()


def venue_with(snapshot: Snapshot, **changes: object) -> Snapshot:
    return replace(snapshot, venue=replace(snapshot.venue, **changes))


def test_sound_state_passes_every_check(folder: Folder) -> None:
    told = {name: check() for name, check in folder.checks().all()}
    assert told == {
        "snapshots": "after records 7, 11",
        "records": "1 to 13, none missing",
        "recovery": "to record 13, replayed 2 after the snapshot",
        "replay": "4 records give the newest snapshot exactly",
        "ledger": "3 assets, each sums to zero",
        "archive": told["archive"],
        "trades": f"up to number {folder.trades[-1].trade_no}",
    }
    assert told["archive"].endswith("as the journal tells")


def test_replay_begins_with_the_first_record_where_one_snapshot_is_kept(folder: Folder) -> None:
    checks = folder.checks(folder.snapshots[1:])
    assert checks.replay() == "11 records give the newest snapshot exactly"
    assert checks.archive().endswith("as the journal tells")


def test_replay_says_that_it_cannot_compare(folder: Folder) -> None:
    lone = folder.checks(folder.snapshots[1:], first=5)
    assert lone.replay() == "one snapshot and no older record: nothing to compare"
    assert lone.archive().startswith("0 orders")
    assert folder.checks([]).replay() == "no snapshot to compare with"
    assert folder.checks([]).snapshots() == "none yet"


def test_journal_without_records_has_none(tmp_path: Path) -> None:
    history = FileHistory(tmp_path)
    kept = Kept(MemoryJournal(), lambda: [], 1, DictArchive(), history)
    checks = StateChecks(kept, small_venue, lambda snapshot: snapshot)
    assert (checks.records(), checks.recovery()) == (
        "none",
        "to record 0, replayed 0 after the snapshot",
    )
    history.close()


VENUE_FAULTS: list[tuple[Callable[[VenueSnapshot], dict[str, object]], str]] = [
    (lambda venue: {"seed": venue.seed + 1}, "venue: seed"),
    (lambda venue: {"done": venue.done[:-1]}, "venue: done"),
    (lambda venue: {"ledger": []}, "venue: ledger"),
    (
        lambda venue: {"markets": [replace(venue.markets[0], flow=[]), *venue.markets[1:]]},
        "market GAZP: flow",
    ),
    (lambda venue: {"markets": venue.markets[1:]}, "market GAZP"),
]


@pytest.mark.parametrize(("changes", "part"), VENUE_FAULTS, ids=[part for _, part in VENUE_FAULTS])
def test_replay_names_the_part_of_the_venue_that_differs(
    changes: Callable[[VenueSnapshot], dict[str, object]], part: str, folder: Folder
) -> None:
    older, newer = folder.snapshots
    wrong = venue_with(newer, **changes(newer.venue))
    with pytest.raises(StoreError, match=rf"record 11, these are not .*: {part}$"):
        folder.checks([older, wrong]).replay()


def test_ledger_that_does_not_sum_to_zero_is_told(folder: Folder) -> None:
    older, newer = folder.snapshots
    entries = newer.venue.ledger[0]
    account, asset, amount = entries[0]
    ledger = [[(account, asset, amount + 1), *entries[1:]], *newer.venue.ledger[1:]]
    with pytest.raises(StoreError, match=r"expected sums of zero, found \{'\w+': 1\}"):
        folder.checks([older, venue_with(newer, ledger=ledger)]).ledger()


def test_version_of_other_rules_is_told(folder: Folder) -> None:
    folder.journal.version_left = "0"
    with pytest.raises(StoreError, match="expected version 1 of the rules, found 0"):
        folder.checks().snapshots()


def test_history_behind_the_newest_snapshot_is_told(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(StoreError, match=r"expected a last trade from 1000.. to 1000.., found 0"):
        folder.checks().trades()
    folder.history.close()


def test_history_ahead_of_the_journal_is_told(folder: Folder) -> None:
    last = folder.trades[-1]
    later = replace(last, trade_no=last.trade_no + 10_000)
    folder.history.put_trades([later], folder.instruments)
    with pytest.raises(StoreError, match=f"found {later.trade_no}"):
        folder.checks().trades()


def test_archive_without_an_order_is_told(folder: Folder) -> None:
    folder.archive = DictArchive()
    with pytest.raises(StoreError, match=r"order \d+ of ST123456-MO-01 is missing"):
        folder.checks().archive()


def test_past_journal_is_only_read(folder: Folder) -> None:
    past = PastJournal(folder.journal, None, 3)
    assert [record.number for record in past.records_after(1)] == [2, 3]
    assert (past.latest_snapshot(), past.latest_version()) == (None, None)
    past.sync()
    past.checkpoint()
    past.close()
    with pytest.raises(StoreError, match="takes no records"):
        past.append(folder.journal.records())
    with pytest.raises(StoreError, match="takes no snapshots"):
        past.save_snapshot(folder.snapshots[0])
    assert folder.journal.calls.count("save_snapshot") == 2
