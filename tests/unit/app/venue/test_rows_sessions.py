"""Rows 40 and 41 of market.md section 10: a portfolio's snapshot, and a restart."""

from __future__ import annotations

import msgspec

from chp.app.board import Board
from chp.app.venue.machine import Venue
from chp.app.venue.persist import restore, snapshot_of
from chp.model.commands import ResumeVenue, Subscribe
from chp.model.events import Channel
from chp.model.snapshot import VenueSnapshot
from tests.support.event_lines import lines_of
from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import FIRST, SECOND, TAPED

LISTEN = Subscribe(1, Channel.PORTFOLIO, FIRST.name, True)


def _published(desk: RowDesk) -> Board:
    """A board that has seen everything since the opening."""
    board = Board({"GAZP": TAPED})
    again = desk.venue_before()
    for command, now_ns in desk.commands:
        board.apply(again.handle(command, now_ns).events)
    board.apply_views(again.pop_views())
    return board


def test_row_40_listening_begins_with_working_orders_and_the_fills_of_the_day() -> None:
    desk = RowDesk((13 * 3_600_000, SELL, ((16190, 4),)))
    desk.place(BUY, 1, tif=GTC)
    desk.to_midnight()
    desk.place(SELL, 3, stop="150.00", label=7)
    desk.place(BUY, 30, "161.99", tif=GTC, label=8)
    desk.place(BUY, 5, "161.97", label=9)
    desk.cancel(6)
    desk.place(BUY, 5, "161.97", portfolio=SECOND.name)
    assert desk.do(LISTEN) == ["Done", f"Session 1 hears PORTFOLIO {FIRST.name}"]
    session = _published(desk).sessions[1]
    assert lines_of(session.orders.read(None)[0]) == [
        "UO 1 A=3 N=0 K=7 r=3 $150.00",
        "UO 6 A=4 N=5 K=8 r=11 @161.99",
    ]
    assert lines_of(session.fills.read(None)[0]) == ["AddTrade N=5 +19 @161.99 T=4"]


def test_row_40_what_happens_after_the_snapshot_follows_it_once() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    desk.do(LISTEN)
    desk.cancel(1)
    session = _published(desk).sessions[1]
    assert lines_of(session.orders.read(None)[0]) == [
        "UO 2 A=1 N=2 K=5 r=10 @161.97",
        "UO 4 A=1 N=2 K=5 r=10 @161.97",
    ]


def test_row_40_positions_and_money_are_the_boards() -> None:
    desk = RowDesk()
    desk.do(LISTEN)
    desk.place(BUY, 10, "161.97")
    board = _published(desk)
    (position,) = board.positions(FIRST.name)
    assert (position.lots, position.planned_lots) == (100, 110)
    money = board.money(FIRST.name)
    assert (money.cash_kopecks, money.liquidation_kopecks) == (
        1_000_000_000 - 1_620_186,
        1_000_000_000 + 100 * 161_970,
    )


def test_row_41_a_restart_has_no_event() -> None:
    desk = RowDesk()
    desk.do(LISTEN)
    desk.place(BUY, 10, "161.97", tif=GTC)
    desk.place(SELL, 10, stop="150.00")
    stored = msgspec.msgpack.encode(snapshot_of(desk.venue))
    restarted: Venue = desk.venue_before()
    restore(restarted, msgspec.msgpack.decode(stored, type=VenueSnapshot))
    desk.venue = restarted
    desk.wait(3_600_000)
    assert desk.do(ResumeVenue()) == ["Done"]
    assert desk.cancel(1) == ["Touched A=1", "UO 4 A=1 N=2 K=5 r=10 @161.97", "PM"]


def test_row_41_a_restart_applies_the_ends_of_days_in_between() -> None:
    desk = RowDesk((1000, BUY, ((16205, 1),)))
    desk.place(BUY, 10, "161.97")
    desk.place(BUY, 20, "161.96", tif=GTC)
    desk.wait(13 * 3_600_000)
    assert desk.do(ResumeVenue()) == [
        "Done",
        "UO 3 A=1 N=2 K=5 r=10 @161.97",
        "UO 1 A=3 N=0 K=5 r=20 @161.96",
        "DayRolled",
        "UO 2 A=3 N=5 K=5 r=20 @161.96",
        "PM",
        "PM P2",
    ]
    assert desk.go() == ["Tick T=3 @162.05 x1 buy"], "the market stood still meanwhile"
