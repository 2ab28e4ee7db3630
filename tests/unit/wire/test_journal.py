"""The bytes of records and snapshots come back equal, and no damage goes unseen."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chp.app.board import Board
from chp.app.board_store import restore as restore_board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.persist import restore as restore_venue
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.model.commands import Command, JournalRecord, Place
from chp.units import NS_PER_SECOND
from chp.wire.journal import (
    FORMAT,
    DamagedBody,
    decode_records,
    decode_snapshot,
    encode,
)
from tests.support.journal_samples import (
    COMMANDS,
    placement,
    sample_records,
    sample_snapshot,
)
from tests.support.small_venue import START_NS, small_venue


def test_samples_hold_every_command() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(Command))


@pytest.mark.parametrize("record", sample_records(), ids=lambda r: type(r.command).__name__)
def test_record_comes_back_equal(record: JournalRecord) -> None:
    (again,) = decode_records(encode([record]))
    assert again == record
    assert repr(again) == repr(record), "equal also in the types and digits that == passes over"


def test_records_come_back_in_their_order() -> None:
    assert decode_records(encode(sample_records())) == sample_records()
    assert decode_records(encode([])) == []


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimal_comes_back_with_the_same_digits(price: Decimal) -> None:
    command = Place(1, placement(limit=str(price)), True, False, None)
    (again,) = decode_records(encode([JournalRecord(1, START_NS, command)]))
    assert repr(again.command) == repr(command)


def test_snapshot_brings_an_equal_venue_and_board() -> None:
    snapshot = decode_snapshot(encode(sample_snapshot()))
    venue = small_venue(55)
    board = Board(venue.state.instruments)
    restore_venue(venue, snapshot.venue)
    working = [order.snapshot() for order in venue.state.orders.values()]
    restore_board(board, snapshot.board, working)
    assert (snapshot.version, snapshot.record_number) == ("1", 14)
    assert venue_snapshot(venue) == sample_snapshot().venue
    assert board_snapshot(board) == sample_snapshot().board


def test_venues_from_memory_and_from_bytes_go_on_alike() -> None:
    kept = sample_snapshot()
    from_memory, from_bytes = small_venue(55), small_venue(55)
    restore_venue(from_memory, kept.venue)
    restore_venue(from_bytes, decode_snapshot(encode(kept)).venue)
    for second, command in enumerate(COMMANDS[7:], 20):
        now_ns = START_NS + second * NS_PER_SECOND
        alike = (venue.handle(command, now_ns) for venue in (from_memory, from_bytes))
        (events, reply), again = ((done.events, done.reply) for done in alike)
        assert (events, reply) == again
    assert venue_snapshot(from_memory) == venue_snapshot(from_bytes)


def test_sample_snapshot_is_of_a_busy_venue() -> None:
    snapshot = sample_snapshot()
    venue, (session,) = snapshot.venue, snapshot.board.sessions
    ticks, orders, fills = session.queues
    holds = {
        "orders": len(venue.orders) > 1,
        "orders under way": bool(venue.to_exchange),
        "remembered replies": len({type(known.reply) for known in venue.remembered}) == 3,
        "a tape and a seeded flow": {market.tape is None for market in venue.markets}
        == {True, False},
        "ticks": bool(ticks.trade_nos),
        "reports": bool(orders.orders),
        "fills": bool(fills.fills),
    }
    assert [name for name, is_there in holds.items() if not is_there] == []


@given(st.data())
def test_every_changed_byte_is_found(data: st.DataObject) -> None:
    frame = bytearray(encode([data.draw(st.sampled_from(sample_records()))]))
    place = data.draw(st.integers(0, len(frame) - 1))
    frame[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedBody):
        decode_records(bytes(frame))


@given(st.sampled_from(sample_records()), st.integers(0, 40))
def test_every_cut_is_found(record: JournalRecord, kept: int) -> None:
    frame = encode([record])
    with pytest.raises(DamagedBody):
        decode_records(frame[: min(kept, len(frame) - 1)])


def test_damage_says_what_is_wrong() -> None:
    frame = encode(sample_records(1))
    with pytest.raises(DamagedBody, match="more than 5 bytes, came 0"):
        decode_records(b"")
    with pytest.raises(DamagedBody, match=f"expected format {FORMAT}, came 2"):
        decode_records(b"\x02" + frame[1:])
    with pytest.raises(DamagedBody, match="checksum"):
        decode_records(frame[:-1] + b"\x00")
    with pytest.raises(DamagedBody, match="another layout"):
        decode_records(encode(sample_snapshot()))
    with pytest.raises(DamagedBody, match="another layout"):
        decode_snapshot(frame)


def test_format_of_records_is_as_released() -> None:
    """Whoever changes these bytes leaves every journal unreadable: give the frame a new format."""
    record = JournalRecord(12, START_NS, Place(3, placement(), True, False, None))
    assert encode([record, record]).hex() == (
        "01c237ad8592930ccf17b44c40d414a00086a474797065a5506c616365a8746f6b656e5f696403a56f726465"
        "728ba474797065aa506c6163654f72646572a9706f7274666f6c696fae53543132333435362d4d4f2d3031a6"
        "73796d626f6ca447415a50a47369646501a665666665637400aa6f726465725f7479706502ad74696d655f69"
        "6e5f666f72636501ab6c696d69745f7072696365a63136312e3930aa73656375726974696573a3313030aa73"
        "746f705f7072696365c0a56c6162656c07aa69735f616c6c6f776564c3aa69735f696e5f6c6f7473c2ab7265"
        "71756573745f6b6579c0930ccf17b44c40d414a00086a474797065a5506c616365a8746f6b656e5f696403a5"
        "6f726465728ba474797065aa506c6163654f72646572a9706f7274666f6c696fae53543132333435362d4d4f"
        "2d3031a673796d626f6ca447415a50a47369646501a665666665637400aa6f726465725f7479706502ad7469"
        "6d655f696e5f666f72636501ab6c696d69745f7072696365a63136312e3930aa73656375726974696573a331"
        "3030aa73746f705f7072696365c0a56c6162656c07aa69735f616c6c6f776564c3aa69735f696e5f6c6f7473"
        "c2ab726571756573745f6b6579c0"
    )
