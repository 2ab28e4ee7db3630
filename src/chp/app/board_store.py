"""The board's state as a `BoardSnapshot`, and back.

Quotes, depths and accounts are not stored: the restored venue shows them anew.
"""

from __future__ import annotations

from typing import Any

from chp.app.board import Board, SessionBoard
from chp.app.queues import EventQueue
from chp.model.order import OrderReport
from chp.model.snapshot import BoardSnapshot, QueueSnapshot, SessionBoardSnapshot
from chp.model.trade import Fill, Trade


def snapshot_of(board: Board) -> BoardSnapshot:
    """What the sessions may still read; each tick once, however many queues hold it."""
    trades: dict[int, Trade] = {}
    sessions = []
    for token_id, session in board.sessions.items():
        ticks = session.ticks.kept()
        numbers = [trade.trade_no for trade in ticks]
        trades.update(zip(numbers, ticks, strict=True))
        subscriptions = [(channel, list(names)) for channel, names in session.subscriptions.items()]
        sessions.append(
            SessionBoardSnapshot(
                token_id,
                subscriptions,
                (
                    _queue(session.ticks, trade_nos=numbers),
                    _queue(session.orders, orders=session.orders.kept()),
                    _queue(session.fills, fills=session.fills.kept()),
                ),
            )
        )
    fills = [fill for portfolio in board.fills_today.values() for fill in portfolio]
    return BoardSnapshot(sessions, list(trades.values()), fills)


def _queue(
    queue: EventQueue[Any],
    *,
    trade_nos: list[int] | None = None,
    orders: list[OrderReport] | None = None,
    fills: list[Fill] | None = None,
) -> QueueSnapshot:
    return QueueSnapshot(queue.first_seq, queue.cursor, trade_nos or [], orders or [], fills or [])


def restore(board: Board, snapshot: BoardSnapshot, working: list[OrderReport]) -> None:
    """Puts a new board into a stored state; `working` are the venue's working orders."""
    trades = {trade.trade_no: trade for trade in snapshot.trades}
    for report in working:
        board.working.setdefault(report.portfolio, {})[report.order_id] = report
    for fill in snapshot.fills_today:
        board.fills_today.setdefault(fill.portfolio, []).append(fill)
    for entry in snapshot.sessions:
        session = board.sessions[entry.token_id] = SessionBoard()
        for channel, names in entry.subscriptions:
            session.subscriptions[channel].update(dict.fromkeys(names))
        ticks, orders, fills = entry.queues
        kept = [trades[number] for number in ticks.trade_nos]
        session.ticks = EventQueue(ticks.first_seq, ticks.cursor, kept)
        session.orders = EventQueue(orders.first_seq, orders.cursor, orders.orders)
        session.fills = EventQueue(fills.first_seq, fills.cursor, fills.fills)
