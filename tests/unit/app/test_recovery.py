from __future__ import annotations

import pytest

from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.recovery import recover
from chp.app.venue.machine import VERSION, Venue
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.errors import StoreError
from chp.model.commands import (
    Advance,
    Cancel,
    Command,
    JournalRecord,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    SaveCursors,
    Subscribe,
)
from chp.model.events import Channel, VenueEvent
from chp.model.requests import CancelOrder
from chp.model.snapshot import Snapshot
from tests.support.memory_journal import MemoryJournal
from tests.support.row_desk import RowDesk
from tests.support.small_venue import FIRST, START_NS, small_venue
from tests.unit.app.test_writer import placing

SECOND_NS = 10**9

LIFE: tuple[Command, ...] = (
    OpenVenue(),
    OpenPortfolio(FIRST),
    OpenSession(1, "user_login", False),
    Subscribe(1, Channel.TICKS, "GAZP", True),
    Subscribe(1, Channel.PORTFOLIO, FIRST.name, True),
    placing(1, "key-1"),
    Advance(),
    placing(2, "key-2", lots=10**8),
    SaveCursors(((1, 0, 1), (1, 1, 2))),
    Advance(),
    Cancel(1, CancelOrder(FIRST.name, "GAZP", "100001"), True, None),
    placing(3),
    Advance(),
)


class Life:
    """A venue and board that lived through commands, journalled as the writer does."""

    def __init__(self, store: MemoryJournal, snapshot_after: int = 0) -> None:
        self.venue: Venue = small_venue()
        self.board = Board(self.venue.state.instruments)
        for number, command in enumerate(LIFE, 1):
            outcome = self.venue.handle(command, START_NS + number * SECOND_NS)
            record = JournalRecord(number, self.venue.state.now_ns, command)
            store.append([record])
            self.board.apply(outcome.events)
            if isinstance(command, SaveCursors):
                for token_id, call, seq in command.cursors:
                    self.board.sessions[token_id].queues()[call].cursor = seq
            if number == snapshot_after:
                state = venue_snapshot(self.venue), board_snapshot(self.board)
                store.save_snapshot(Snapshot(VERSION, number, *state))
        store.sync()


def _recovered(store: MemoryJournal) -> tuple[Venue, Board, int, list[VenueEvent]]:
    venue = small_venue()
    board = Board(venue.state.instruments)
    facts: list[VenueEvent] = []
    number = recover(venue, board, store, facts.extend)
    return venue, board, number, facts


def test_an_empty_journal_recovers_to_nothing() -> None:
    venue, board, number, facts = _recovered(MemoryJournal())
    assert (number, facts, board.sessions, venue.state.orders) == (0, [], {}, {})


@pytest.mark.parametrize("snapshot_after", [0, 1, 5, 9, 12, len(LIFE)])
def test_recovery_brings_everything_back(snapshot_after: int) -> None:
    store = MemoryJournal()
    life = Life(store, snapshot_after)
    venue, board, number, facts = _recovered(store.crashed())
    assert number == len(LIFE)
    assert venue_snapshot(venue) == venue_snapshot(life.venue)
    assert board_snapshot(board) == board_snapshot(life.board)
    assert board.working == life.board.working
    assert bool(facts) is (snapshot_after < len(LIFE))


def test_recovery_keeps_keys_refusals_and_cursors() -> None:
    store = MemoryJournal()
    Life(store, 5)
    venue, board, _, _ = _recovered(store.crashed())
    again = venue.handle(placing(1, "key-1"), venue.state.now_ns)
    assert (again.reply.order_id, again.events) == (100_001, [])  # type: ignore[union-attr]
    refused = venue.handle(placing(2, "key-2", lots=10**8), venue.state.now_ns)
    assert refused.reply.reason.name == "NOT_ENOUGH_MONEY"  # type: ignore[union-attr]
    assert [queue.cursor for queue in board.sessions[1].queues()] == [1, 2, 0]


def test_recovery_of_cursors_of_a_session_that_is_gone_changes_nothing() -> None:
    store = MemoryJournal()
    store.append(
        [
            JournalRecord(1, START_NS, OpenVenue()),
            JournalRecord(2, START_NS, SaveCursors(((8, 0, 1),))),
        ]
    )
    store.sync()
    assert _recovered(store)[1].sessions == {}


def test_recovery_with_other_instruments_refuses_and_names_them() -> None:
    store = MemoryJournal()
    Life(store, 5)
    venue = RowDesk().venue_before()
    with pytest.raises(StoreError, match=r"other instruments .*SBER"):
        recover(venue, Board(venue.state.instruments), store, lambda _: None)


def test_recovery_replays_the_latency_that_was_not_that_of_today() -> None:
    store = MemoryJournal()
    life = small_venue()
    steps: list[Command] = [
        OpenVenue(55_000_000),
        OpenPortfolio(FIRST),
        OpenSession(1, "user_login", False),
        placing(1),
    ]
    for number, command in enumerate(steps, 1):
        life.handle(command, START_NS)
        store.append([JournalRecord(number, START_NS, command)])
    store.sync()
    venue, _, _, _ = _recovered(store)
    assert len(venue.state.link.to_exchange) == 1
    assert venue_snapshot(venue) == venue_snapshot(life)


def test_recovery_from_another_version_refuses_and_says_what_to_do() -> None:
    store = MemoryJournal()
    Life(store, 5)
    store.version_left = "0"
    with pytest.raises(StoreError, match=f"version 0 .* version {VERSION}: start with --fresh"):
        _recovered(store)
