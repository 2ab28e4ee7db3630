from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from msgspec import structs

from chp.app import venue_runner, writer
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.machine import QUANTUM_NS
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.app.venue_runner import VenueRunner
from chp.app.writer import WriterBusy, WriterClosed
from chp.core.calendar import midnight_ns, next_midnight_ns
from chp.errors import StoreError
from chp.model.answers import OrderPlaced
from chp.model.commands import Advance, OpenSession, OpenVenue, ResumeVenue, SaveCursors, Subscribe
from chp.model.events import Channel, VenueEvent
from chp.model.portfolio import Money
from chp.units import NS_PER_SECOND
from tests.support.clock import DISK_S, JumpingLoop, LoopClock, run
from tests.support.memory_journal import MemoryJournal
from tests.support.small_venue import FIRST, SECOND, START_NS, small_venue
from tests.unit.app.test_writer import placing


class Process:
    """One life of a gateway: a runner over a journal that outlives it."""

    def __init__(self, store: MemoryJournal, wall_ns: int = START_NS) -> None:
        self.store = store
        self.facts: list[VenueEvent] = []
        self.clock = LoopClock(wall_ns)
        self.runner = VenueRunner(
            small_venue(), self.clock, lambda: store, self.facts.extend, self._flush
        )
        self.flush_fails = False

    def _flush(self) -> None:
        if self.flush_fails:
            raise ValueError("a defect in the history")

    async def connect(self) -> None:
        """Opens the session that listens to GAZP and the first portfolio."""
        await self.runner.submit(OpenSession(1, "user_login", False))
        await self.runner.submit(Subscribe(1, Channel.TICKS, "GAZP", True))
        await self.runner.submit(Subscribe(1, Channel.PORTFOLIO, FIRST.name, True))

    def poll(self, call: int) -> tuple[object, ...]:
        """Reads a queue as the gateway does."""
        events, _ = self.runner.board.sessions[1].queues()[call].read(None)
        self.runner.note_cursor(1, call)
        return events

    def money(self) -> Money:
        return self.runner.board.money(FIRST.name)


def live(
    store: MemoryJournal,
    tell: Callable[[Process], Awaitable[None]],
    *,
    wall_ns: int = START_NS,
    stops: bool = True,
) -> Process:
    """One life: start, what the test does, and a clean stop unless it ends in a crash."""

    async def lived() -> Process:
        process = Process(store, wall_ns)
        await process.runner.start([FIRST, SECOND])
        await tell(process)
        if stops:
            await process.runner.stop()
        return process

    return run(lived())


async def nothing(_: Process) -> None:
    """Lives and stops."""


def test_start_opens_the_venue_its_portfolios_and_a_first_epoch() -> None:
    async def tell(process: Process) -> None:
        assert process.runner.is_ready
        assert list(process.runner.board.accounts) == [FIRST.name, SECOND.name]
        assert len(process.store.snapshots) == 1
        assert process.runner.day_began_ns == midnight_ns(date(2024, 2, 16))

    process = live(MemoryJournal(), tell)
    assert isinstance(process.store.records()[0].command, OpenVenue)
    assert not process.runner.is_ready


def test_the_market_goes_on_in_quanta() -> None:
    async def tell(process: Process) -> None:
        await process.connect()
        await asyncio.sleep(5.9)
        assert process.runner.board.sessions[1].ticks.last_seq == 7
        assert process.runner.venue_time_ns() > START_NS + 5 * 10**9

    process = live(MemoryJournal(), tell)
    advances = [r for r in process.store.records() if isinstance(r.command, Advance)]
    assert {record.now_ns % QUANTUM_NS for record in advances} == {0}


def test_the_market_stands_still_while_the_machine_sleeps() -> None:
    async def tell(process: Process) -> None:
        await process.connect()
        await asyncio.sleep(5.9)
        assert process.runner.board.sessions[1].ticks.last_seq == 7
        process.clock.slept_ns = 3_600 * NS_PER_SECOND
        await process.runner.submit(placing(1))
        await asyncio.sleep(0.1)
        assert process.runner.board.sessions[1].ticks.last_seq == 7
        assert process.runner.venue_time_ns() > START_NS + 3_600 * NS_PER_SECOND
        await asyncio.sleep(6)
        assert process.runner.board.sessions[1].ticks.last_seq > 7

    process = live(MemoryJournal(), tell)
    resumed = [r for r in process.store.records() if isinstance(r.command, ResumeVenue)]
    assert len(resumed) == 1


def test_stop_leaves_a_snapshot_with_nothing_behind_it() -> None:
    async def tell(process: Process) -> None:
        await process.connect()
        await process.runner.submit(placing(1))
        await asyncio.sleep(3)

    store = live(MemoryJournal(), tell).store
    snapshot = store.latest_snapshot()
    assert snapshot is not None
    assert list(store.records_after(snapshot.record_number)) == []
    assert store.calls[-1] == "close"


@pytest.mark.parametrize("stops", [True, False])
def test_a_restart_goes_on_where_the_last_life_ended(stops: bool) -> None:
    store = MemoryJournal()
    seen: dict[str, object] = {}

    async def first(process: Process) -> None:
        await process.connect()
        answer = await process.runner.submit(placing(1, "key-1"))
        assert isinstance(answer, OrderPlaced)
        seen["answer"] = answer
        await process.runner.submit(placing(2, "key-2", lots=10**8))
        await asyncio.sleep(2.2)
        seen["ticks"] = process.poll(0)
        seen["orders"] = process.poll(1)
        await asyncio.sleep(venue_runner.CURSORS_EVERY_S + 0.1)
        seen["money"] = process.money()
        seen["board"] = board_snapshot(process.runner.board)

    async def second(process: Process) -> None:
        runner = process.runner
        assert process.money().cash_kopecks == seen["money"].cash_kopecks  # type: ignore[attr-defined]
        assert runner.board.working[FIRST.name].keys() == {seen["answer"].order_id}  # type: ignore[attr-defined]
        assert (
            board_snapshot(runner.board).sessions[0].queues[1]
            == (
                seen["board"].sessions[0].queues[1]  # type: ignore[attr-defined]
            )
        )
        assert process.poll(1) == ()
        assert not set(process.poll(0)) & set(seen["ticks"])  # type: ignore[call-overload]
        assert await runner.submit(placing(1, "key-1")) == seen["answer"]
        asked = asyncio.create_task(runner.submit(placing(3, "key-3", lots=10**8)))
        await asyncio.sleep(0)
        assert runner.remembered(1, "key-3") is None, "not yet on disk"
        assert await asked == runner.remembered(1, "key-3").reply  # type: ignore[union-attr]
        refused = await runner.submit(placing(2, "key-2", lots=10**8))
        assert refused == runner.remembered(1, "key-2").reply  # type: ignore[union-attr]
        assert runner.remembered(1, None) is None
        assert runner.venue_time_ns() >= START_NS + 3600 * 10**9

    live(store, first, stops=stops)
    left = store if stops else store.crashed()
    process = live(left, second, wall_ns=START_NS + 3600 * 10**9)
    resumed = [r for r in process.store.records() if isinstance(r.command, ResumeVenue)]
    assert len(resumed) == 1


def test_a_crash_repeats_at_most_a_second_of_polls() -> None:
    store = MemoryJournal()
    read: list[int] = []

    async def first(process: Process) -> None:
        await process.connect()
        for _ in range(20):
            await asyncio.sleep(0.3)
            process.poll(0)
            read.append(process.runner.board.sessions[1].ticks.cursor)

    async def second(process: Process) -> None:
        cursor = process.runner.board.sessions[1].ticks.cursor
        assert read[-5] <= cursor <= read[-1]

    live(store, first, stops=False)
    live(store.crashed(), second)


def test_a_wall_clock_that_went_back_does_not_take_the_venue_back() -> None:
    store = MemoryJournal()
    live(store, nothing)

    async def second(process: Process) -> None:
        assert process.runner.venue_time_ns() >= START_NS

    live(store, second, wall_ns=START_NS - 10**12)


def test_the_seed_of_the_first_start_holds_for_ever() -> None:
    store = MemoryJournal()
    first = live(store, nothing, stops=False)
    assert store.records()[0].command == OpenVenue(0, first.runner.venue.seed)

    async def other_seed() -> int:
        process = Process(store)
        process.runner.venue.seed = 12_345
        await process.runner.start([FIRST, SECOND])
        await process.runner.stop()
        return process.runner.venue.seed

    assert run(other_seed()) == first.runner.venue.seed


def test_a_night_ends_the_day_at_midnight() -> None:
    async def tell(process: Process) -> None:
        await process.connect()
        await process.runner.submit(placing(1))
        assert process.runner.board.working[FIRST.name]
        await asyncio.sleep(2)
        assert process.runner.board.working[FIRST.name] == {}
        assert process.runner.day_began_ns == next_midnight_ns(START_NS)

    live(MemoryJournal(), tell, wall_ns=next_midnight_ns(START_NS) - 10**9)


def test_snapshots_are_kept_every_minute_and_after_many_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def tell(process: Process) -> None:
        await asyncio.sleep(61)
        assert len(process.store.snapshots) == 2
        monkeypatch.setattr(writer, "SNAPSHOT_EVENTS", 1)
        await asyncio.sleep(3)
        assert len(process.store.snapshots) >= 4

    live(MemoryJournal(), tell)


def test_a_snapshot_that_fails_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(process: Process) -> None:
        process.store.fails_on = "save_snapshot"
        await asyncio.sleep(61)
        assert process.runner.is_ready
        process.store.fails_on = ""
        await asyncio.sleep(60)
        assert len(process.store.snapshots) == 2

    live(MemoryJournal(), tell)
    assert "the snapshot could not be stored" in caplog.text


def test_a_failed_journal_ends_readiness(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(process: Process) -> None:
        process.store.fails_on = "sync"
        await process.runner.failure
        assert not process.runner.is_ready
        with pytest.raises(WriterClosed):
            await process.runner.submit(placing(1))

    live(MemoryJournal(), tell)
    assert "the journal failed" in caplog.text


def test_a_defect_in_a_task_ends_the_venue(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(process: Process) -> None:
        process.flush_fails = True
        await process.runner.failure
        assert not process.runner.is_ready
        with pytest.raises(WriterClosed):
            await process.runner.submit(placing(1))

    live(MemoryJournal(), tell)
    assert "a defect in the history" in caplog.text


def test_a_defect_of_the_market_ends_the_venue(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(process: Process) -> None:
        process.runner.venue.flows.clear()
        await process.runner.failure
        assert not process.runner.is_ready

    live(MemoryJournal(), tell)
    assert "KeyError" in caplog.text


def test_a_slow_disk_pauses_the_market_and_cursors_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tell(process: Process) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        await process.connect()
        await asyncio.sleep(1.5)
        assert process.poll(0)
        monkeypatch.setattr(writer, "GROUP_LIMIT", 1)
        loop.disk_s = 5
        waiting = []
        for label in (1, 2):
            waiting.append(asyncio.create_task(process.runner.submit(placing(label))))
            await asyncio.sleep(0.001)
        await asyncio.sleep(3)
        with pytest.raises(WriterBusy):
            await process.runner.submit(placing(3))
        assert process.runner.is_ready
        assert not any(isinstance(row.command, SaveCursors) for row in process.store.records())
        loop.disk_s = DISK_S
        await asyncio.gather(*waiting)
        before = process.runner.board.sessions[1].ticks.last_seq
        await asyncio.sleep(5)
        assert process.runner.board.sessions[1].ticks.last_seq > before + 5

    store = live(MemoryJournal(), tell, stops=False).store
    saved = [r.command.cursors for r in store.records() if isinstance(r.command, SaveCursors)]
    assert saved[-1][0][:2] == (1, 0)


def test_a_portfolio_that_cannot_be_opened_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(process: Process) -> None:
        strange = structs.replace(FIRST, name="ST000001-MO-01", positions=(("NOPE", 10),))
        revoked = structs.replace(FIRST, name="ST000002-MO-01", is_revoked=True)
        await process.runner.open_portfolios([strange, revoked, FIRST])
        assert list(process.runner.board.accounts) == [FIRST.name, SECOND.name]

    live(MemoryJournal(), tell)
    assert "portfolio ST000001-MO-01 cannot be opened" in caplog.text


def test_submit_before_the_start_is_refused() -> None:
    async def tell() -> None:
        process = Process(MemoryJournal())
        assert not process.runner.is_ready
        with pytest.raises(WriterClosed):
            await process.runner.submit(placing(1))
        await process.runner.stop()

    run(tell())


def test_a_journal_that_cannot_be_used_is_closed_again() -> None:
    store = MemoryJournal()
    store.version_left = "0"

    async def tell() -> None:
        with pytest.raises(StoreError):
            await Process(store).runner.start([])

    run(tell())
    assert store.calls == ["close"]


def test_a_replayed_life_is_the_life_that_was() -> None:
    store = MemoryJournal()

    async def tell(process: Process) -> None:
        await process.connect()
        for label in range(20):
            await asyncio.gather(*(process.runner.submit(placing(label + n)) for n in range(3)))
            await asyncio.sleep(0.13)

    process = live(store, tell)
    again = small_venue()
    events: list[VenueEvent] = []
    for record in store.records():
        events += again.handle(record.command, record.now_ns).events
    assert events == process.facts
    assert venue_snapshot(again) == venue_snapshot(process.runner.venue)
