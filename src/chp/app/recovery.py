"""Recovery: the newest snapshot, then the records after it; the result is as before the stop.

Source: design decision 6; market.md section 9 (venue time jumps to now).
"""

from __future__ import annotations

from chp.app.board import Board
from chp.app.board_store import restore as restore_board
from chp.app.venue.machine import VERSION, Venue
from chp.app.venue.persist import restore as restore_venue
from chp.app.writer import Facts
from chp.errors import StoreError
from chp.model.commands import JournalRecord, SaveCursors
from chp.model.snapshot import VenueSnapshot
from chp.ports import JournalStore


def recover(venue: Venue, board: Board, store: JournalStore, facts: Facts) -> int:
    """Brings a new venue and board to the state on disk; answers the last record's number.

    0 means an empty journal. History and archive are told the replayed events again and keep
    each once.

    Raises:
        StoreError: the journal is damaged, or was written by another version of the rules or
            with other instruments.
    """
    version = store.latest_version()
    if version is not None and version != VERSION:
        raise _of_another_version(version)
    snapshot = store.latest_snapshot()
    number = 0
    if snapshot is not None:
        _check_instruments(venue, snapshot.venue)
        restore_venue(venue, snapshot.venue)
        working = [order.snapshot() for order in venue.state.orders.values()]
        restore_board(board, snapshot.board, working)
        number = snapshot.record_number
    for record in store.records_after(number):
        _replay(venue, board, record, facts)
        number = record.number
    return number


def _of_another_version(version: str) -> StoreError:
    return StoreError(
        f"the data folder was written by version {version} of the venue's rules, this is "
        f"version {VERSION}: start with --fresh, or run the release that wrote it"
    )


def _check_instruments(venue: Venue, snapshot: VenueSnapshot) -> None:
    """A state without its markets, or markets without a state, cannot go on."""
    stored = {entry.symbol for entry in snapshot.markets}
    differing = sorted(stored ^ venue.state.markets.keys())
    if differing:
        raise StoreError(
            f"the data folder was written with other instruments (they differ in "
            f"{', '.join(differing)}): start with --fresh, or with the instruments of then"
        )


def _replay(venue: Venue, board: Board, record: JournalRecord, facts: Facts) -> None:
    outcome = venue.handle(record.command, record.now_ns)
    board.apply(outcome.events)
    facts(outcome.events)
    if isinstance(record.command, SaveCursors):
        for token_id, call, seq in record.command.cursors:
            session = board.sessions.get(token_id)
            if session is not None:
                session.queues()[call].cursor = seq
