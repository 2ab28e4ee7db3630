"""In which parts two snapshots of one venue differ.

Not why: that is for a person, who reads the journal between them. Source: design decision 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from chp.model.snapshot import (
    BoardSnapshot,
    MarketSnapshot,
    QueueSnapshot,
    SessionBoardSnapshot,
    Snapshot,
)

VENUE_PARTS: Final = (
    "now_ns",
    "started_at_ns",
    "next_roll_ns",
    "last_order",
    "last_trade",
    "orders",
    "done",
    "half_latency_ns",
    "seed",
    "to_exchange",
    "to_broker",
    "sessions",
    "remembered",
    "ledger",
)
MARKET_PARTS: Final = ("totals", "book", "tape", "flow")
BOARD_PARTS: Final = ("sessions", "trades", "fills_today")


def differences(found: Snapshot, expected: Snapshot) -> Iterator[str]:
    """The names of the parts that differ.

    The cursors of sessions are left out: a poll moves one at once, the journal learns of it
    within a second, and a snapshot may come between.
    """
    if found.record_number != expected.record_number:
        yield "record number"
    yield from _differing("venue", VENUE_PARTS, found.venue, expected.venue)
    markets = {market.symbol: market for market in found.venue.markets}
    for market in expected.venue.markets:
        other: MarketSnapshot | None = markets.pop(market.symbol, None)
        yield from _differing(f"market {market.symbol}", MARKET_PARTS, other, market)
    yield from (f"market {symbol}" for symbol in markets)
    boards = _without_cursors(found.board), _without_cursors(expected.board)
    yield from _differing("board", BOARD_PARTS, *boards)


def _differing(
    name: str, parts: Iterable[str], found: object | None, expected: object
) -> Iterator[str]:
    return (
        f"{name}: {part}" for part in parts if getattr(found, part, None) != getattr(expected, part)
    )


def _without_cursors(board: BoardSnapshot) -> BoardSnapshot:
    sessions = []
    for session in board.sessions:
        ticks, orders, fills = map(_without_cursor, session.queues)
        sessions.append(
            SessionBoardSnapshot(session.token_id, session.subscriptions, (ticks, orders, fills))
        )
    return BoardSnapshot(sessions, board.trades, board.fills_today)


def _without_cursor(queue: QueueSnapshot) -> QueueSnapshot:
    return QueueSnapshot(queue.first_seq, 0, queue.trade_nos, queue.orders, queue.fills)
