"""Kills at random moments, on a store that throws away everything since its last sync.

A seeded robot places, moves and cancels orders of all types while tape and agents trade; the
store crashes in the middle of a write. After each kill the next life must know everything that
was acknowledged and everything that was published, each exactly once, and the state must equal a
clean replay of the records on disk.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from decimal import Decimal

import pytest

from chp.app.board import Board
from chp.app.recovery import recover
from chp.app.venue.machine import Venue
from chp.app.venue.persist import snapshot_of
from chp.app.writer import Writer, WriterClosed
from chp.errors import StoreError
from chp.model.answers import OrderPlaced
from chp.model.commands import (
    Advance,
    Cancel,
    CancelAll,
    Command,
    JournalRecord,
    Move,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    Place,
    RequestKey,
    ResumeVenue,
    Subscribe,
)
from chp.model.events import Channel
from chp.model.order import OrderReport, OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder, PlaceOrder
from chp.model.trade import Fill, Trade
from chp.units import NS_PER_MS
from tests.support.small_venue import FIRST, START_NS, small_venue
from tests.support.volatile_store import Disk, VolatileJournal

TOKEN = 1
KILLS = 20


class FailingJournal(VolatileJournal):
    """A store whose process dies after a number of calls, before or after the write."""

    def __init__(self, disk: Disk, *, calls_left: int, syncs: bool = True) -> None:
        """A store that lives for `calls_left` appends and syncs."""
        super().__init__(disk, syncs=syncs)
        self.calls_left = calls_left

    def append(self, records: Sequence[JournalRecord]) -> None:
        self._step()
        super().append(records)

    def sync(self) -> None:
        self._step()
        super().sync()
        self._step()

    def _step(self) -> None:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise StoreError("the power is gone")


class Robot:
    """What a robot did and was told over all lives of the gateway."""

    def __init__(self, seed: int, latency_ms: int) -> None:
        """A robot that draws from its own generator."""
        self.latency_ms = latency_ms
        self.random = random.Random(seed)
        self.now_ns = START_NS
        self.keys = 0
        self.told: dict[str, tuple[Command, object]] = {}
        """Request key -> the command and the answer it got."""
        self.orders: list[int] = []
        self.seen: tuple[list[Trade], list[OrderReport], list[Fill]] = ([], [], [])

    def next_command(self) -> tuple[str, Command]:
        """An order command with a new key."""
        self.keys += 1
        name = f"key-{self.keys}"
        key = RequestKey(name, name)
        dice = self.random.random()
        if dice < 0.7 or not self.orders:
            return name, Place(TOKEN, self._order(), True, False, key)
        order_id = str(self.random.choice(self.orders[-8:]))
        if dice < 0.83:
            target = Decimal(self.random.randint(16180, 16215)).scaleb(-2)
            move = MoveOrder(FIRST.name, "GAZP", order_id, target)
            return name, Move(TOKEN, move, True, key)
        if dice < 0.98:
            cancel = CancelOrder(FIRST.name, "GAZP", order_id)
            return name, Cancel(TOKEN, cancel, True, key)
        return name, CancelAll(TOKEN, CancelAllOrders(), (FIRST.name,), key)

    def _order(self) -> PlaceOrder:
        dice = self.random
        order_type = dice.choice(list(OrderType))
        price = Decimal(dice.randint(16185, 16210)).scaleb(-2)
        stop = Decimal(dice.randint(16190, 16203)).scaleb(-2)
        is_priced = order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        is_stop = order_type in (OrderType.STOP, OrderType.STOP_LIMIT)
        return PlaceOrder(
            FIRST.name,
            "GAZP",
            dice.choice((Side.BUY, Side.SELL)),
            PositionEffect.AUTO,
            order_type,
            dice.choice(list(TimeInForce)),
            price if is_priced else None,
            Decimal(dice.randint(1, 30) * 10),
            stop if is_stop else None,
            self.keys,
        )


async def live(robot: Robot, disk: Disk, store: VolatileJournal, most_commands: int) -> Venue:
    """One life of the gateway: recovery, then trading until the store dies or the day is over."""
    venue = small_venue(robot.latency_ms)
    board = Board(venue.state.instruments)
    number = recover(venue, board, store, lambda events: None)
    writer = Writer(
        venue,
        board,
        store,
        last_number=number,
        facts=lambda events: None,
        flush_facts=lambda: None,
    )
    try:
        await begin(robot, writer, number)
        check_everything_told_is_known(robot, venue, board)
        for _ in range(most_commands):
            await asyncio.gather(*(act(robot, writer) for _ in range(robot.random.randint(1, 6))))
            read(robot, board)
            if robot.random.random() < 0.02:
                await writer.snapshot()
    except (WriterClosed, StoreError):
        pass
    read(robot, board)
    return venue


async def begin(robot: Robot, writer: Writer, number: int) -> None:
    """The first commands of a life."""
    await writer.submit(ResumeVenue() if number else OpenVenue(), robot.now_ns)
    if not writer.venue.state.ledger.portfolios:
        await writer.submit(OpenPortfolio(FIRST), robot.now_ns)
    if TOKEN not in writer.venue.state.sessions:
        await writer.submit(OpenSession(TOKEN, "user_login", False), robot.now_ns)
    for channel, name in ((Channel.PORTFOLIO, FIRST.name), (Channel.TICKS, "GAZP")):
        await writer.submit(Subscribe(TOKEN, channel, name, True), robot.now_ns)


async def act(robot: Robot, writer: Writer) -> None:
    """Lets the market go on, or gives one order command."""
    robot.now_ns += robot.random.randint(1, 400) * NS_PER_MS
    if robot.random.random() < 0.4:
        await writer.submit(Advance(), robot.now_ns)
        return
    name, command = robot.next_command()
    reply = await writer.submit(command, robot.now_ns)
    robot.told[name] = (command, reply)
    if isinstance(reply, OrderPlaced):
        robot.orders.append(reply.order_id)


def read(robot: Robot, board: Board) -> None:
    """Polls the three calls and keeps what was new."""
    session = board.sessions.get(TOKEN)
    if session is not None:
        ticks, orders, fills = robot.seen
        ticks += session.ticks.read(None)[0]
        orders += session.orders.read(None)[0]
        fills += session.fills.read(None)[0]


def check_everything_told_is_known(robot: Robot, venue: Venue, board: Board) -> None:
    """Nothing acknowledged or published is lost, changed or doubled."""
    for name, (_, reply) in robot.told.items():
        known = venue.state.remembered.get((TOKEN, name))
        assert known is not None, f"the answer to {name} is lost"
        assert known.reply == reply
    session = board.sessions[TOKEN]
    kept = (session.ticks.kept(), session.orders.kept(), session.fills.kept())
    for seen, now in zip(robot.seen, kept, strict=True):
        assert list(now[: len(seen)]) == list(seen), "what was read is not as it was"
    for queue, seen in zip(session.queues(), robot.seen, strict=True):
        queue.read(len(seen))
        queue.cursor = len(seen)
    placed = [order.order_id for order in session.orders.kept()]
    first_states = {r.order_id: r.state for r in reversed(session.orders.kept())}
    assert set(robot.orders) <= set(placed)
    assert all(state == 1 for state in first_states.values())
    assert all(total == 0 for total in venue.state.ledger.balances.totals().values())


def replayed(disk: Disk, latency_ms: int) -> Venue:
    """The state that the records on disk give from the beginning, without any snapshot."""
    venue = small_venue(latency_ms)
    for record in VolatileJournal(disk).records_after(0):
        venue.handle(record.command, record.now_ns)
    return venue


async def run_lives(seed: int, *, latency_ms: int, syncs: bool) -> None:
    """Trades over many kills; raises AssertionError where a promise is broken."""
    robot, disk = Robot(seed, latency_ms), Disk()
    for _ in range(KILLS):
        store = FailingJournal(disk, calls_left=robot.random.randint(20, 160), syncs=syncs)
        await live(robot, disk, store, most_commands=200)
        disk.crash()
        clean = replayed(disk, latency_ms)
        venue = small_venue(latency_ms)
        recover(venue, Board(venue.state.instruments), VolatileJournal(disk), lambda events: None)
        assert snapshot_of(venue) == snapshot_of(clean)


@pytest.mark.parametrize("latency_ms", [0, 55])
def test_nothing_acknowledged_is_lost_over_twenty_kills(latency_ms: int) -> None:
    asyncio.run(run_lives(20260216, latency_ms=latency_ms, syncs=True))


def test_kills_find_a_missing_sync() -> None:
    with pytest.raises(AssertionError):
        asyncio.run(run_lives(20260216, latency_ms=0, syncs=False))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_nothing_acknowledged_is_lost_over_many_kills(seed: int) -> None:
    asyncio.run(run_lives(seed, latency_ms=55 * (seed % 2), syncs=True))
