from __future__ import annotations

import msgspec

from chp.app.board import Board, SessionBoard
from chp.app.board_store import restore, snapshot_of
from chp.model.events import Channel, SessionOpenedEvent, SubscriptionAdded, VenueEvent
from chp.model.order import Side
from chp.model.snapshot import BoardSnapshot
from chp.model.trade import Trade
from tests.support.row_desk import BUY, RowDesk
from tests.support.small_venue import FIRST, START_NS, TAPED


def _ticks(count: int) -> list[VenueEvent]:
    return [
        Trade("GAZP", START_NS + number, 16198, 1, number, Side.SELL, 0)
        for number in range(1, count + 1)
    ]


def _lived_board() -> tuple[Board, RowDesk]:
    """Two sessions that share ticks, one of which has read a part."""
    desk = RowDesk()
    board = Board({"GAZP": TAPED})
    for token_id in (1, 2):
        board.apply([SessionOpenedEvent(token_id, True)])
        board.apply([SubscriptionAdded(token_id, Channel.TICKS, "GAZP")])
    board.apply([SubscriptionAdded(1, Channel.PORTFOLIO, FIRST.name)])
    board.apply(_ticks(3))
    board.sessions[1].ticks.read(None)
    board.apply(_ticks(5)[3:])
    desk.place(BUY, 30, "161.99")
    board.apply(desk.events)
    board.sessions[1].orders.read(1)
    return board, desk


def test_a_tick_is_stored_once_however_many_listen() -> None:
    board, _ = _lived_board()
    snapshot = snapshot_of(board)
    assert [trade.trade_no for trade in snapshot.trades] == [1, 2, 3, 4, 5, 100_003]
    assert [entry.queues[0].trade_nos for entry in snapshot.sessions] == [
        [1, 2, 3, 4, 5, 100_003],
        [1, 2, 3, 4, 5, 100_003],
    ]


def test_a_restored_board_answers_as_the_old_one() -> None:
    board, desk = _lived_board()
    stored = msgspec.msgpack.encode(snapshot_of(board))
    again = Board({"GAZP": TAPED})
    working = [order.snapshot() for order in desk.venue.state.orders.values()]
    restore(again, msgspec.msgpack.decode(stored, type=BoardSnapshot), working)
    assert snapshot_of(again) == snapshot_of(board)
    assert again.working == board.working
    assert again.fills_today == board.fills_today
    for token_id, session in board.sessions.items():
        restored = again.sessions[token_id]
        assert restored.subscriptions == session.subscriptions
        assert _unread(restored) == _unread(session)


def _unread(session: SessionBoard) -> list[object]:
    ticks, orders, fills = session.queues()
    return [ticks.read(None), orders.read(None), fills.read(None), ticks.last_seq]
