from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from chp.app import writer as writer_module
from chp.app.board import Board
from chp.app.venue.machine import Venue
from chp.app.writer import OutcomeUnknown, Writer, WriterBusy, WriterClosed
from chp.errors import StoreError
from chp.model.answers import OrderPlaced
from chp.model.commands import (
    Advance,
    CloseSession,
    Command,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    Place,
    RequestKey,
    Subscribe,
)
from chp.model.events import Channel, VenueEvent
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.refusal import Refusal, RejectReason
from chp.model.requests import PlaceOrder
from tests.support.clock import DISK_S, run
from tests.support.memory_journal import MemoryJournal
from tests.support.small_venue import FIRST, START_NS, small_venue

SYNCED = ["append", "sync"]


class Rig:
    """A writer over a small venue that is open, with one session and what it published."""

    def __init__(self, store: MemoryJournal | None = None) -> None:
        self.store = store or MemoryJournal()
        self.venue: Venue = small_venue()
        self.board = Board(self.venue.state.instruments)
        self.facts: list[VenueEvent] = []
        self.flushes = 0
        self.writer = Writer(
            self.venue,
            self.board,
            self.store,
            last_number=0,
            facts=self.facts.extend,
            flush_facts=self._flush,
        )

    def _flush(self) -> None:
        self.flushes += 1

    async def open(self) -> None:
        for command in (OpenVenue(), OpenPortfolio(FIRST), OpenSession(1, "user_login", False)):
            await self.ask(command)
        self.store.calls.clear()

    async def ask(self, command: Command, now_ns: int = START_NS) -> object:
        return await self.writer.submit(command, now_ns)


def placing(label: int, key: str | None = None, lots: int = 1) -> Place:
    """A limit buy far below the market."""
    order = PlaceOrder(
        FIRST.name,
        "GAZP",
        Side.BUY,
        PositionEffect.AUTO,
        OrderType.LIMIT,
        TimeInForce.DAY,
        Decimal("150.00"),
        Decimal(lots),
        None,
        label,
    )
    return Place(1, order, True, True, RequestKey(key, str(order)) if key else None)


def story(tell: Callable[[Rig], Awaitable[None]]) -> Rig:
    """Runs a test's steps on a rig that is open."""

    async def told() -> Rig:
        rig = Rig()
        await rig.open()
        await tell(rig)
        return rig

    return run(told())


def labels(answers: list[object]) -> list[int]:
    return [answer.label for answer in answers if isinstance(answer, OrderPlaced)]


def test_submit_answers_only_after_the_sync() -> None:
    async def tell(rig: Rig) -> None:
        asked = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 2)
        assert not asked.done()
        assert len(rig.venue.state.orders) == 1, "the machine has decided"
        assert rig.store.records()[3:] == []
        assert FIRST.name not in rig.board.working, "the board shows nothing before the sync"
        await asked
        assert len(rig.store.records()) == 4
        assert [report.label for report in rig.board.working[FIRST.name].values()] == [1]

    assert story(tell).store.calls == SYNCED


def test_submit_commits_what_came_during_a_sync_together_and_in_order() -> None:
    async def tell(rig: Rig) -> None:
        first = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 2)
        rest = [asyncio.create_task(rig.ask(placing(label))) for label in (2, 3, 4)]
        assert labels([await first]) == [1]
        assert not any(task.done() for task in rest)
        assert labels(await asyncio.gather(*rest)) == [2, 3, 4]

    rig = story(tell)
    assert rig.store.calls == SYNCED * 2
    records = rig.store.records()
    assert [record.number for record in records] == [1, 2, 3, 4, 5, 6, 7]
    placed = [record.command.order.label for record in records if isinstance(record.command, Place)]
    assert placed == [1, 2, 3, 4]


def test_submit_journals_no_refusal_but_keyed_ones() -> None:
    async def tell(rig: Rig) -> None:
        refused = await rig.ask(placing(1, lots=10**8))
        assert isinstance(refused, Refusal)
        assert rig.store.calls == []
        assert await rig.ask(placing(1, "key", lots=10**8)) == refused
        assert rig.store.calls == SYNCED

    story(tell)


def test_submit_of_a_refusal_waits_for_the_records_it_rests_on() -> None:
    async def tell(rig: Rig) -> None:
        closing = asyncio.create_task(rig.ask(CloseSession(1)))
        await asyncio.sleep(DISK_S / 2)
        refused = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 4)
        assert not refused.done()
        assert await refused == Refusal(RejectReason.NOT_CONNECTED)
        assert closing.done()

    story(tell)


def test_submit_answers_one_key_once_though_asked_twice_at_once() -> None:
    async def tell(rig: Rig) -> None:
        answers = await asyncio.gather(*(rig.ask(placing(9, "key")) for _ in range(3)))
        assert labels(answers) == [9, 9, 9]
        assert len({answer.order_id for answer in answers if isinstance(answer, OrderPlaced)}) == 1
        assert len(rig.venue.state.orders) == 1

    assert len(story(tell).store.records()) == 4


def test_submit_tells_the_facts_what_is_published() -> None:
    async def tell(rig: Rig) -> None:
        rig.facts.clear()
        asked = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 2)
        assert rig.facts == []
        await asked
        assert len(rig.facts) == 3

    story(tell)


def test_a_caller_that_gives_up_takes_nobody_with_it() -> None:
    async def tell(rig: Rig) -> None:
        first = asyncio.create_task(rig.ask(placing(1)))
        second = asyncio.create_task(rig.ask(placing(2)))
        await asyncio.sleep(DISK_S / 2)
        third = asyncio.create_task(rig.ask(placing(3)))
        await asyncio.sleep(0)
        first.cancel()
        third.cancel()
        assert labels([await second, await rig.ask(placing(4))]) == [2, 4]
        assert first.cancelled()
        assert third.cancelled()

    rig = story(tell)
    assert [report.label for report in rig.board.working[FIRST.name].values()] == [1, 2, 3, 4]


@pytest.mark.parametrize("call", SYNCED)
def test_a_failing_store_answers_all_that_wait_and_takes_no_more(
    call: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.fails_on = call
        first = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 2)
        second = asyncio.create_task(rig.ask(placing(2)))
        failed = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(error) for error in failed] == [OutcomeUnknown, WriterClosed]
        assert rig.writer.failure.done()
        assert rig.writer.has_failed
        with pytest.raises(WriterClosed):
            await rig.ask(placing(3))
        with pytest.raises(WriterClosed):
            await rig.writer.snapshot()
        assert FIRST.name not in rig.board.working
        await rig.writer.close()
        assert rig.store.snapshots == []

    story(tell)
    assert "no space left" in caplog.text


def test_a_defect_of_the_machine_ends_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(rig: Rig) -> None:
        waiting = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 2)
        del rig.venue.flows["GAZP"]
        with pytest.raises(WriterClosed):
            await rig.ask(Advance(), START_NS + 10**9)
        with pytest.raises(WriterClosed):
            await waiting
        assert rig.writer.failure.done()
        await asyncio.sleep(1)
        assert FIRST.name not in rig.board.working

    story(tell)
    assert "KeyError" in caplog.text


def test_a_defect_of_the_facts_ends_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    async def tell() -> None:
        rig = Rig()

        def choke(_: list[VenueEvent]) -> None:
            raise ValueError("facts")

        rig.writer = Writer(
            rig.venue, rig.board, rig.store, last_number=0, facts=choke, flush_facts=rig._flush
        )
        with pytest.raises(WriterClosed):
            await rig.ask(OpenVenue())
        assert rig.writer.failure.done()

    run(tell())
    assert "ValueError: facts" in caplog.text


def test_too_many_waiting_records_are_refused_and_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer_module, "GROUP_LIMIT", 3)

    async def tell(rig: Rig) -> None:
        tasks = [asyncio.create_task(rig.ask(placing(0)))]
        await asyncio.sleep(DISK_S / 2)
        tasks += [asyncio.create_task(rig.ask(placing(label))) for label in (1, 2, 3, 4, 5)]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(answer) for answer in answers] == [OrderPlaced] * 4 + [WriterBusy] * 2
        assert labels([await rig.ask(placing(6))]) == [6]

    rig = story(tell)
    assert [order.label for order in rig.venue.state.orders.values()] == [0, 1, 2, 3, 6]
    assert len(rig.store.records()) == 3 + 5


def test_snapshot_waits_for_groups_and_commands_wait_for_it() -> None:
    async def tell(rig: Rig) -> None:
        first = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(0)
        saving = asyncio.create_task(rig.writer.snapshot())
        await asyncio.sleep(0)
        second = asyncio.create_task(rig.ask(placing(2)))
        await asyncio.sleep(DISK_S / 2)
        assert len(rig.venue.state.orders) == 1, "the second waits at the gate"
        await asyncio.gather(first, saving, second)

    rig = story(tell)
    assert rig.store.calls == [*SYNCED, "save_snapshot", "checkpoint", *SYNCED]
    assert rig.flushes == 1
    snapshot = rig.store.latest_snapshot()
    assert snapshot is not None
    assert snapshot.record_number == 4
    assert [report.label for report, _ in snapshot.venue.orders] == [1]


def test_a_snapshot_that_cannot_be_stored_leaves_the_writer_at_work() -> None:
    async def tell(rig: Rig) -> None:
        rig.store.fails_on = "save_snapshot"
        with pytest.raises(StoreError):
            await rig.writer.snapshot()
        assert labels([await rig.ask(placing(1))]) == [1]
        assert not rig.writer.has_failed

    story(tell)


def test_wants_snapshot_after_enough_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "SNAPSHOT_EVENTS", 40)

    async def tell(rig: Rig) -> None:
        assert not rig.writer.wants_snapshot
        await rig.ask(Advance(), START_NS + 30 * 10**9)
        assert rig.writer.wants_snapshot
        await rig.writer.snapshot()
        assert not rig.writer.wants_snapshot

    story(tell)


def test_close_finishes_what_was_accepted_and_ends_with_a_snapshot() -> None:
    async def tell(rig: Rig) -> None:
        asked = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(0)
        closing = asyncio.create_task(rig.writer.close())
        await asyncio.sleep(0)
        late = asyncio.create_task(rig.ask(placing(2)))
        await closing
        assert labels([await asked]) == [1]
        with pytest.raises(WriterClosed):
            await late
        assert not rig.writer.failure.done()

    rig = story(tell)
    assert rig.store.calls[-3:] == ["save_snapshot", "checkpoint", "close"]
    snapshot = rig.store.latest_snapshot()
    assert snapshot is not None
    assert snapshot.record_number == len(rig.store.records())


def test_close_closes_the_store_though_the_snapshot_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.fails_on = "save_snapshot"
        await rig.writer.close()

    assert story(tell).store.calls[-1] == "close"
    assert "the last snapshot could not be stored" in caplog.text


def test_a_key_is_under_way_until_its_record_is_on_disk() -> None:
    async def tell(rig: Rig) -> None:
        first = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(DISK_S / 2)
        second = asyncio.create_task(rig.ask(placing(2, "key")))
        await first
        assert rig.writer.is_key_under_way(1, "key")
        assert not rig.writer.is_key_under_way(1, "another")
        assert not rig.writer.is_key_under_way(2, "key")
        await second
        assert not rig.writer.is_key_under_way(1, "key")

    story(tell)


def test_save_cursors_journals_where_polls_stand() -> None:
    async def tell(rig: Rig) -> None:
        await rig.ask(Subscribe(1, Channel.TICKS, "GAZP", True))
        await rig.ask(Advance(), START_NS + 10**9)
        rig.board.sessions[1].ticks.read(None)
        assert await rig.writer.save_cursors({(1, 0), (1, 1), (7, 0)}, START_NS) == set()

    rig = story(tell)
    assert rig.store.records()[-1].command.cursors == ((1, 0, 1), (1, 1, 0))  # type: ignore[union-attr]


def test_save_cursors_leaves_a_session_that_is_being_replaced() -> None:
    async def tell(rig: Rig) -> None:
        replacing = [
            asyncio.create_task(rig.ask(CloseSession(1))),
            asyncio.create_task(rig.ask(OpenSession(1, "user_login", False))),
        ]
        await asyncio.sleep(DISK_S / 2)
        assert await rig.writer.save_cursors({(1, 0)}, START_NS) == {(1, 0)}
        await asyncio.gather(*replacing)
        assert await rig.writer.save_cursors({(1, 0)}, START_NS) == set()

    rig = story(tell)
    assert [type(record.command).__name__ for record in rig.store.records()[3:]] == [
        "CloseSession",
        "OpenSession",
        "SaveCursors",
    ]


def test_a_cancelled_snapshot_opens_the_gate_again() -> None:
    async def tell(rig: Rig) -> None:
        asked = asyncio.create_task(rig.ask(placing(1)))
        await asyncio.sleep(0)
        saving = asyncio.create_task(rig.writer.snapshot())
        await asyncio.sleep(0)
        saving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await saving
        assert labels([await asked, await rig.ask(placing(2))]) == [1, 2]

    story(tell)
