"""A record of every command and the snapshot of a busy venue, for tests of journals and bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.machine import VERSION, Venue
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.model.commands import (
    Advance,
    Cancel,
    CancelAll,
    CloseSession,
    Command,
    JournalRecord,
    Move,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    Place,
    RequestKey,
    ResumeVenue,
    SaveCursors,
    Subscribe,
    Unsubscribe,
)
from chp.model.events import Channel
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder, PlaceOrder
from chp.model.snapshot import Snapshot
from chp.units import NS_PER_MS, NS_PER_SECOND
from tests.support.small_venue import FIRST, SECOND, START_NS, small_venue

TOKEN: Final = 2**40
KEYS: Final = tuple(RequestKey(f"ключ-{number}", "ab" * 32) for number in range(3))


def placement(
    *,
    order_type: OrderType = OrderType.LIMIT,
    side: Side = Side.BUY,
    limit: str | None = "161.90",
    stop: str | None = None,
    label: int = 7,
) -> PlaceOrder:
    """An order for 100 securities of GAZP in the first portfolio."""
    return PlaceOrder(
        FIRST.name,
        "GAZP",
        side,
        PositionEffect.AUTO,
        order_type,
        TimeInForce.GTC,
        None if limit is None else Decimal(limit),
        Decimal(100),
        None if stop is None else Decimal(stop),
        label,
    )


COMMANDS: Final[tuple[Command, ...]] = (
    OpenVenue(),
    OpenPortfolio(FIRST),
    OpenPortfolio(SECOND),
    OpenSession(TOKEN, "user_login", False),
    Subscribe(TOKEN, Channel.PORTFOLIO, FIRST.name, True),
    Subscribe(TOKEN, Channel.TICKS, "GAZP", True),
    Subscribe(TOKEN, Channel.DEPTH, "НЕТ ТАКОЙ", False),
    Place(TOKEN, placement(), True, False, None),
    Place(TOKEN, placement(limit="1E+2", label=2**53 - 1), True, True, KEYS[0]),
    Place(TOKEN, placement(order_type=OrderType.MARKET, limit=None), True, False, None),
    Place(
        TOKEN,
        placement(order_type=OrderType.STOP_LIMIT, limit="162.05", stop="162.00"),
        True,
        False,
        KEYS[1],
    ),
    Place(TOKEN, placement(order_type=OrderType.STOP, limit=None, stop="170"), True, False, None),
    Advance(),
    Move(TOKEN, MoveOrder(FIRST.name, "GAZP", "100001", Decimal("161.9100")), True, KEYS[2]),
    Cancel(TOKEN, CancelOrder(FIRST.name, "GAZP", "сто"), False, None),
    CancelAll(TOKEN, CancelAllOrders(None, "GAZP"), (FIRST.name, SECOND.name), None),
    SaveCursors(((TOKEN, 0, 5), (TOKEN, 2, 0))),
    Unsubscribe(TOKEN, Channel.TICKS, "GAZP"),
    CloseSession(TOKEN),
    ResumeVenue(),
)
"""Every command, with every kind of field set and not set."""


def sample_records(count: int = len(COMMANDS), first: int = 1) -> list[JournalRecord]:
    """Records with numbers from `first` on, half a second apart; the commands over and over."""
    return [
        JournalRecord(
            number, START_NS + number * 500 * NS_PER_MS, COMMANDS[(number - 1) % len(COMMANDS)]
        )
        for number in range(first, first + count)
    ]


def busy_venue(latency_ms: int = 55) -> tuple[Venue, Board]:
    """A venue and its board in the midst of trading: orders rest, travel and wait to fire."""
    venue = small_venue(latency_ms)
    board = Board(venue.state.instruments)
    for number, command in enumerate(COMMANDS[:14]):
        board.apply(venue.handle(command, START_NS + number * NS_PER_SECOND).events)
    return venue, board


def sample_snapshot(
    record_number: int = 14, version: str = VERSION, now_ns: int | None = None
) -> Snapshot:
    """The state of the busy venue."""
    venue, board = busy_venue()
    if now_ns is not None:
        venue.state.now_ns = now_ns
    return Snapshot(version, record_number, venue_snapshot(venue), board_snapshot(board))
