"""Kills at random moments, on a store that throws away everything since its last sync.

A seeded robot places, moves and cancels orders of all types while tape and agents trade; the
store crashes in the middle of a write. After each kill the next life must know everything that
was acknowledged and everything that was published, each exactly once, and the state must equal a
clean replay of the records on disk.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from chp.adapters.store.archive import SqliteArchive
from chp.app.archive import Archive
from chp.app.board import Board
from chp.app.queues import Event, EventQueue
from chp.app.recovery import recover
from chp.app.venue.machine import Venue
from chp.app.venue.persist import snapshot_of
from chp.app.writer import Writer, WriterClosed
from chp.errors import StoreError
from chp.model.answers import OrderPlaced, PortfolioHistory
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
from chp.model.events import Channel, VenueEvent
from chp.model.order import (
    FINAL_STATES,
    OrderReport,
    OrderState,
    OrderType,
    PositionEffect,
    Side,
    TimeInForce,
)
from chp.model.portfolio import ClosedPosition
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder, PlaceOrder
from chp.model.snapshot import Snapshot
from chp.model.trade import Fill, Trade
from chp.units import NS_PER_MS
from tests.support.small_venue import FIRST, START_NS, small_venue
from tests.support.volatile_store import Disk, VolatileJournal

TOKEN = 1
KILLS = 20


EVENT_KINDS = frozenset(
    {"tick", "order", "fill as maker", "fill as taker", "round trip", "move", "trigger"}
    | {"cancelled", "partial"}
)
"""What must have been published over the lives of one robot."""

IN_FLIGHT = frozenset({"order", "fill as taker", "move", "trigger", "cancelled"})
"""What must have been decided and not yet published at some kill."""


class FailingJournal(VolatileJournal):
    """A store whose process dies after a number of calls, before or after the write."""

    def __init__(self, disk: Disk, *, calls_left: int, syncs: bool = True) -> None:
        """A store that lives for `calls_left` halves of appends, syncs and snapshots."""
        super().__init__(disk, syncs=syncs)
        self.calls_left = calls_left
        self.group: list[JournalRecord] = []
        """The records whose `sync` has not been answered."""

    def append(self, records: Sequence[JournalRecord]) -> None:
        self.group += records
        self._step()
        super().append(records)

    def _sync(self) -> None:
        self._step()
        super()._sync()
        self._step()
        self.group.clear()

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self._step()
        super().save_snapshot(snapshot)

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
        self.published: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()

    def next_command(self) -> tuple[str, Command]:
        """An order command with a new key."""
        self.keys += 1
        name = f"key-{self.keys}"
        key = RequestKey(name, name)
        dice = self.random.random()
        if dice < 0.6 or not self.orders:
            return name, Place(TOKEN, self._order(), True, False, key)
        order_id = str(self.random.choice(self.working() or self.orders[-8:]))
        if dice < 0.85:
            target = Decimal(self.random.randint(16180, 16215)).scaleb(-2)
            move = MoveOrder(FIRST.name, "GAZP", order_id, target)
            return name, Move(TOKEN, move, True, key)
        if dice < 0.98:
            cancel = CancelOrder(FIRST.name, "GAZP", order_id)
            return name, Cancel(TOKEN, cancel, True, key)
        return name, CancelAll(TOKEN, CancelAllOrders(), (FIRST.name,), key)

    def working(self) -> list[int]:
        """Orders that were not done when last read of."""
        last = {report.order_id: report for report in self.seen[1][-200:]}
        return [order_id for order_id, report in last.items() if report.state not in FINAL_STATES]

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


class Kinds:
    """Names what events show; a move shows by the price, so it remembers prices."""

    def __init__(self) -> None:
        """Knows no order yet."""
        self._prices: dict[int, tuple[int | None, int | None]] = {}

    def of(self, events: Iterable[VenueEvent]) -> Counter[str]:
        """How often each kind of thing happened."""
        return Counter(kind for event in events for kind in self._of(event))

    def _of(self, event: VenueEvent) -> list[str]:
        if isinstance(event, OrderReport):
            return self._of_report(event)
        if isinstance(event, Fill):
            return ["fill as maker" if event.is_maker else "fill as taker"]
        if isinstance(event, ClosedPosition):
            return ["round trip"]
        return ["tick"] if isinstance(event, Trade) else []

    def _of_report(self, report: OrderReport) -> list[str]:
        price = (report.limit_price_units, report.stop_price_units)
        before = self._prices.get(report.order_id, price)
        self._prices[report.order_id] = price
        kinds = ["order"]
        if price != before:
            kinds.append("move")
        if report.state is OrderState.FILLED and report.order_type in (
            OrderType.STOP,
            OrderType.STOP_LIMIT,
        ):
            kinds.append("trigger")
        if report.state in (OrderState.CANCELLED, OrderState.PARTIAL):
            kinds.append(report.state.name.lower())
        return kinds


async def live(robot: Robot, store: VolatileJournal, archive: Archive, most_commands: int) -> None:
    """One life of the gateway: recovery, then trading until the store dies or the day is over."""
    venue = small_venue(robot.latency_ms)
    board = Board(venue.state.instruments)
    kinds = Kinds()

    def publish(events: list[VenueEvent]) -> None:
        archive.take(events)
        robot.published += kinds.of(events)

    number = recover(venue, board, store, archive.take)
    writer = Writer(
        venue,
        board,
        store,
        last_number=number,
        facts=publish,
        flush_facts=archive.flush,
    )
    try:
        await begin(robot, writer, number)
        check_everything_told_is_known(robot, venue, board)
        for _ in range(most_commands):
            await asyncio.gather(*(act(robot, writer) for _ in range(robot.random.randint(1, 12))))
            read(robot, board)
            if robot.random.random() < 0.02:
                await writer.snapshot()
    except (WriterClosed, StoreError):
        pass
    read(robot, board)


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
    check_answers(robot, venue)
    session = board.sessions[TOKEN]
    ticks, orders, fills = robot.seen
    check_reread(session.ticks, ticks)
    check_reread(session.orders, orders)
    check_reread(session.fills, fills)
    placed = [order.order_id for order in session.orders.kept()]
    first_states = {r.order_id: r.state for r in reversed(session.orders.kept())}
    assert set(robot.orders) <= set(placed)
    assert all(state == 1 for state in first_states.values())
    assert all(total == 0 for total in venue.state.ledger.balances.totals().values())


def check_answers(robot: Robot, venue: Venue) -> None:
    """Every answer that a robot got is remembered under its key."""
    for name, (_, reply) in robot.told.items():
        known = venue.state.remembered.get((TOKEN, name))
        assert known is not None, f"the answer to {name} is lost"
        assert known.reply == reply


def check_reread(queue: EventQueue[Event], seen: list[Event]) -> None:
    """What was read is as it was, and reading goes on behind it."""
    assert queue.kept()[: len(seen)] == seen, "what was read is not as it was"
    queue.cursor = len(seen)


class Replay:
    """What records give from the beginning, without any snapshot."""

    def __init__(self, latency_ms: int) -> None:
        """No record yet."""
        self.venue = small_venue(latency_ms)
        self.facts = Facts()
        self._kinds = Kinds()

    def play(self, records: Iterable[JournalRecord]) -> Counter[str]:
        """Plays more records; answers what they did."""
        done: Counter[str] = Counter()
        for record in records:
            events = self.venue.handle(record.command, record.now_ns).events
            self.facts.add(events)
            done += self._kinds.of(events)
        return done


class Facts:
    """What the archive must tell, kept in the simplest way."""

    def __init__(self) -> None:
        """Nothing happened."""
        self.orders: dict[int, OrderReport] = {}
        self.fills: list[Fill] = []
        self.closed: list[ClosedPosition] = []

    def add(self, events: Iterable[VenueEvent]) -> None:
        """Adds the events of one record."""
        for event in events:
            if isinstance(event, OrderReport):
                self.orders[event.order_id] = event
            elif isinstance(event, Fill):
                self.fills.append(event)
            elif isinstance(event, ClosedPosition):
                self.closed.append(event)

    def history(self) -> PortfolioHistory:
        """All of it, in the archive's order."""
        return PortfolioHistory(
            tuple(report for _, report in sorted(self.orders.items())),
            tuple(sorted(self.fills, key=lambda fill: (fill.trade_no, fill.side))),
            tuple(sorted(self.closed, key=lambda trip: (trip.trade_no, trip.part))),
        )


def check_disk(robot: Robot, disk: Disk, group: list[JournalRecord], archive: Archive) -> None:
    """Snapshot, tail and archive tell the same as a clean replay.

    Args:
        robot: counts what the last group did.
        disk: after the crash.
        group: what was under way at the crash: all of it is on the disk or nothing.
        archive: of the next life.
    """
    venue = small_venue(robot.latency_ms)
    recover(venue, Board(venue.state.instruments), VolatileJournal(disk), archive.take)
    check_answers(robot, venue)
    records = list(VolatileJournal(disk).records_after(0))
    clean = Replay(robot.latency_ms)
    is_on_disk = bool(records) and records[-len(group) :] == group
    clean.play(records[: -len(group)] if is_on_disk else records)
    if is_on_disk:
        robot.in_flight += clean.play(group)
    if records:
        assert snapshot_of(venue) == snapshot_of(clean.venue)
    assert archive.history(FIRST.name, 0, is_all=True) == clean.facts.history()
    if not is_on_disk:
        robot.in_flight += clean.play(group)


async def run_lives(seed: int, folder: Path, *, latency_ms: int, syncs: bool) -> Robot:
    """Trades over many kills; raises AssertionError where a promise is broken."""
    robot, disk = Robot(seed, latency_ms), Disk()
    archive_store = SqliteArchive(folder / "archive.sqlite")
    try:
        for _ in range(KILLS):
            store = FailingJournal(disk, calls_left=robot.random.randint(20, 110), syncs=syncs)
            await live(robot, store, Archive(archive_store), most_commands=200)
            disk.crash()
            check_disk(robot, disk, store.group, Archive(archive_store))
        await live(robot, VolatileJournal(disk), Archive(archive_store), most_commands=0)
    finally:
        archive_store.close()
    return robot


@pytest.mark.parametrize("latency_ms", [0, 55])
def test_nothing_acknowledged_is_lost_over_twenty_kills(latency_ms: int, tmp_path: Path) -> None:
    robot = asyncio.run(run_lives(20260216, tmp_path, latency_ms=latency_ms, syncs=True))
    assert set(robot.published) == EVENT_KINDS
    assert set(robot.in_flight) >= IN_FLIGHT


def test_kills_find_a_missing_sync(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the answer to key-1 is lost"):
        asyncio.run(run_lives(20260216, tmp_path, latency_ms=0, syncs=False))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_nothing_acknowledged_is_lost_over_many_kills(seed: int, tmp_path: Path) -> None:
    robot = asyncio.run(run_lives(seed, tmp_path, latency_ms=55 * (seed % 2), syncs=True))
    assert set(robot.published) == EVENT_KINDS
