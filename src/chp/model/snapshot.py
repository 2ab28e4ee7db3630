"""The whole state of a venue at one moment, as it is stored.

Plain lists where a core machine gives and takes its own state. Source: design decision 6.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from chp.model.answers import OrderPlaced, OrdersTouched
from chp.model.events import Channel, ExchangeReport
from chp.model.order import OrderReport
from chp.model.refusal import Refusal
from chp.model.trade import Fill, Trade


class MarketSnapshot(Struct, frozen=True, array_like=True):
    """One live instrument."""

    symbol: str
    totals: tuple[int, ...]
    book: list[tuple[int, int, int, int, int, int, int]]
    """Resting orders by priority: id, owner, side, price, lots, number, lots ahead."""
    tape: list[Any] | None
    flow: list[Any]


class SessionSnapshot(Struct, frozen=True, array_like=True):
    """What one session listens to."""

    token_id: int
    subscriptions: list[tuple[Channel, list[str]]]


class RememberedSnapshot(Struct, frozen=True, array_like=True):
    """The first answer to one request key."""

    token_id: int
    key: str
    fingerprint: str
    reply: OrderPlaced | OrdersTouched | Refusal
    at_ns: int


class VenueSnapshot(Struct, frozen=True, array_like=True):
    """The state of the venue machine."""

    now_ns: int
    started_at_ns: int
    next_roll_ns: int
    last_order: int
    last_trade: int
    orders: list[tuple[OrderReport, tuple[int, bool, bool]]]
    done: list[tuple[int, str]]
    half_latency_ns: int
    seed: int
    to_exchange: list[tuple[int, int, int, int]]
    to_broker: list[tuple[int, ExchangeReport]]
    sessions: list[SessionSnapshot]
    remembered: list[RememberedSnapshot]
    ledger: list[Any]
    markets: list[MarketSnapshot]


class QueueSnapshot(Struct, frozen=True, array_like=True):
    """One event queue of a session: number of its first kept event, cursor, events."""

    first_seq: int
    cursor: int
    trade_nos: list[int]
    """Ticks are kept once for all sessions (`BoardSnapshot.trades`)."""
    orders: list[OrderReport]
    fills: list[Fill]


class SessionBoardSnapshot(Struct, frozen=True, array_like=True):
    """What one session may still read."""

    token_id: int
    subscriptions: list[tuple[Channel, list[str]]]
    queues: tuple[QueueSnapshot, QueueSnapshot, QueueSnapshot]
    """Ticks, orders, fills."""


class BoardSnapshot(Struct, frozen=True, array_like=True):
    """The state of the published side."""

    sessions: list[SessionBoardSnapshot]
    trades: list[Trade]
    """Every trade that a tick queue refers to."""
    fills_today: list[Fill]


class Snapshot(Struct, frozen=True, array_like=True):
    """Machine and board after the same record."""

    version: str
    record_number: int
    venue: VenueSnapshot
    board: BoardSnapshot
