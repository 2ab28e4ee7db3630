"""Every part of a snapshot is compared, but not the cursors."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from chp.app.differences import differences
from chp.model.snapshot import BoardSnapshot, MarketSnapshot, Snapshot, VenueSnapshot
from tests.unit.app.test_verification import Folder, venue_with


@pytest.fixture
def newer(tmp_path: Path) -> Snapshot:
    folder = Folder(tmp_path)
    folder.history.close()
    return folder.snapshots[1]


def test_every_part_of_a_snapshot_is_compared(newer: Snapshot) -> None:
    for name in set(VenueSnapshot.__struct_fields__) - {"markets"}:
        assert list(differences(venue_with(newer, **{name: None}), newer)) == [f"venue: {name}"]
    for name in set(MarketSnapshot.__struct_fields__) - {"symbol"}:
        other = replace(newer.venue.markets[0], **{name: [None]})
        changed = venue_with(newer, markets=[other, *newer.venue.markets[1:]])
        assert list(differences(changed, newer)) == [f"market GAZP: {name}"]
    for name in set(BoardSnapshot.__struct_fields__) - {"sessions"}:
        changed = replace(newer, board=replace(newer.board, **{name: [None]}))
        assert list(differences(changed, newer)) == [f"board: {name}"]
    gone = replace(newer, board=replace(newer.board, sessions=[]))
    assert list(differences(gone, newer)) == ["board: sessions"]
    assert list(differences(replace(newer, record_number=12), newer)) == ["record number"]


def test_cursors_may_be_ahead_of_the_journal(newer: Snapshot) -> None:
    (session,) = newer.board.sessions
    ticks, *others = session.queues
    moved = replace(session, queues=(replace(ticks, cursor=ticks.cursor + 1), *others))
    other = replace(newer, board=replace(newer.board, sessions=[moved]))
    assert other != newer
    assert list(differences(other, newer)) == []
