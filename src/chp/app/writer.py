"""The single writer: decides, journals, publishes; nothing is seen before it is on disk.

Commands are decided at once, in the order of their arrival, on the event loop; their records
form the next group, which one worker thread puts on disk while further commands gather
(group commit: the fsync in flight is the window). When a group is on disk its events go to the
board and its callers get their answers. If the store or the machine fails, nothing under way is
answered with success and the writer takes no more: the process must end, because the machine is
ahead of its journal. Source: design decision 6; stack.md, Durable journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.machine import VERSION, Outcome, Venue, Views
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.app.venue.state import Reply
from chp.errors import StoreError
from chp.model.commands import (
    Cancel,
    CancelAll,
    CloseSession,
    Command,
    JournalRecord,
    Move,
    OpenSession,
    Place,
    SaveCursors,
)
from chp.model.events import VenueEvent
from chp.model.snapshot import Snapshot
from chp.ports import JournalStore

logger = logging.getLogger(__name__)

GROUP_LIMIT: Final = 10_000
"""Records that may wait for the disk; beyond this, calls are refused as overloaded."""

SNAPSHOT_EVENTS: Final = 100_000
"""A snapshot is due after so many events (decision 6), or when `snapshot` is called."""

Facts = Callable[[list[VenueEvent]], None]
"""Takes published events into history and archive; returns at once."""

FlushFacts = Callable[[], None]
"""Puts what `Facts` took on disk; called in worker threads, last before each snapshot."""


class WriterClosed(Exception):
    """The writer takes no more commands: it is stopping, or its store failed."""


class OutcomeUnknown(WriterClosed):
    """The store failed with the command's record on its way: the next start may find it or not."""


class WriterBusy(Exception):
    """More records wait for the disk than the writer holds."""


class _Group:
    """The records that go to disk together."""

    __slots__ = ("_waiters", "events", "records")

    def __init__(self) -> None:
        self.records: list[JournalRecord] = []
        self.events: list[VenueEvent] = []
        self._waiters: list[asyncio.Future[None]] = []

    def wait(self) -> asyncio.Future[None]:
        """Done when the group is on disk; each caller's own, so that one may give up."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    def finish(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def fail(self, why: type[WriterClosed]) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(why())


class Writer:
    """Owns one venue and its board."""

    def __init__(
        self,
        venue: Venue,
        board: Board,
        store: JournalStore,
        *,
        last_number: int,
        facts: Facts,
        flush_facts: FlushFacts,
    ) -> None:
        """A writer that goes on after record `last_number`."""
        self.venue = venue
        self.board = board
        self._store = store
        self._number = last_number
        self._facts = facts
        self._flush_facts = flush_facts
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chp-journal")
        self._group: _Group | None = None
        self._committing: _Group | None = None
        self._gate: asyncio.Event = asyncio.Event()
        self._gate.set()
        self._takes_commands = True
        self._events_since_snapshot = 0
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when store or machine failed; what failed is in the log."""

    async def submit(self, command: Command, now_ns: int) -> Reply | None:
        """Decides a command and answers when all it rests on is on disk.

        Raises:
            OutcomeUnknown: the store failed; the command may be on disk.
            WriterClosed: nothing of the command will ever be seen.
            WriterBusy: nothing was decided.
        """
        if not self._gate.is_set():
            await self._wait_for_gate()
        outcome, group = self._decide(command, now_ns)
        if group is not None:
            await group.wait()
        return outcome.reply

    async def save_cursors(self, moved: set[tuple[int, int]], now_ns: int) -> set[tuple[int, int]]:
        """Journals where the given (token id, call) cursors stand; answers those left for later.

        While a session is being replaced, the board shows the cursors of the one that ends.

        Raises:
            WriterClosed, WriterBusy: as `submit`.
        """
        await self._wait_for_gate()
        replaced = self._sessions_under_way()
        ready = {cursor for cursor in moved if cursor[0] not in replaced}
        command = cursors_command(self.board, ready)
        if command.cursors:
            await self.submit(command, now_ns)
        return moved - ready

    async def _wait_for_gate(self) -> None:
        while not self._gate.is_set():
            await self._gate.wait()

    def _decide(self, command: Command, now_ns: int) -> tuple[Outcome, _Group | None]:
        """Decides a command now; the group tells when it is on disk (None: it already is).

        A reply without a record may rest on records still under way: it waits for them.
        """
        if not self._takes_commands:
            raise WriterClosed
        if self._group is not None and len(self._group.records) >= GROUP_LIMIT:
            raise WriterBusy
        try:
            outcome = self.venue.handle(command, now_ns)
        except Exception as error:
            # The machine may stand in the middle of the command: nothing of it may be seen.
            logger.exception("the venue failed on a command")
            self.fail()
            raise WriterClosed from error
        if not outcome.is_journalled:
            return outcome, self._group or self._committing
        self._number += 1
        group = self._group
        if group is None:
            group = self._group = _Group()
            if self._committing is None:
                asyncio.get_running_loop().call_soon(self._commit)
        record = JournalRecord(self._number, self.venue.state.now_ns, command)
        group.records.append(record)
        group.events += outcome.events
        return outcome, group

    def _commit(self) -> None:
        """Sends the waiting group to the disk; the next one gathers meanwhile."""
        group, self._group = self._group, None
        if group is None:
            return
        self._committing = group
        views = self.venue.pop_views()
        written = asyncio.get_running_loop().run_in_executor(
            self._thread, self._write, group.records
        )
        written.add_done_callback(lambda future: self._on_written(group, views, future))

    def _on_written(self, group: _Group, views: Views, written: asyncio.Future[None]) -> None:
        error = written.exception()
        if self.failure.done():
            return
        if error is not None:
            logger.critical("the journal failed: %s", error)
            self.fail()
            return
        try:
            self.board.apply_views(views)
            self.board.apply(group.events)
            self._facts(group.events)
        except Exception:
            logger.exception("publishing failed")
            self.fail()
            return
        self._events_since_snapshot += len(group.events)
        self._committing = None
        group.finish()
        self._commit()

    def _write(self, records: list[JournalRecord]) -> None:
        self._store.append(records)
        self._store.sync()

    def fail(self) -> None:
        """Takes no more; nothing under way is answered with success."""
        if self.failure.done():
            return
        self._takes_commands = False
        if self._committing is not None:
            self._committing.fail(OutcomeUnknown)
        if self._group is not None:
            self._group.fail(WriterClosed)
        self._group = self._committing = None
        self.failure.set_result(None)

    @property
    def has_failed(self) -> bool:
        """Whether store or machine failed: what is published is the last that is right."""
        return self.failure.done()

    @property
    def wants_snapshot(self) -> bool:
        """Whether enough has happened since the last snapshot."""
        return self._events_since_snapshot >= SNAPSHOT_EVENTS

    def _under_way(self) -> Iterator[Command]:
        """The commands that are decided, but not yet on disk."""
        for group in (self._committing, self._group):
            if group is not None:
                yield from (record.command for record in group.records)

    def _sessions_under_way(self) -> set[int]:
        return {
            command.token_id
            for command in self._under_way()
            if isinstance(command, OpenSession | CloseSession)
        }

    def is_key_under_way(self, token_id: int, key: str) -> bool:
        """Whether the answer to a request key exists, but a crash could still undo it."""
        return any(
            isinstance(command, Place | Move | Cancel | CancelAll)
            and command.token_id == token_id
            and command.request_key is not None
            and command.request_key.key == key
            for command in self._under_way()
        )

    async def snapshot(self) -> None:
        """Stores the state after everything decided so far; new commands wait meanwhile.

        Raises:
            StoreError: the snapshot could not be stored; the journal is as it was.
            WriterClosed: the writer failed.
        """
        self._gate.clear()
        try:
            await self._settle()
            snapshot = Snapshot(
                VERSION, self._number, venue_snapshot(self.venue), board_snapshot(self.board)
            )
            self._events_since_snapshot = 0
            saved = asyncio.get_running_loop().run_in_executor(self._thread, self._save, snapshot)
        finally:
            self._gate.set()
        await saved

    def _save(self, snapshot: Snapshot) -> None:
        self._flush_facts()
        self._store.save_snapshot(snapshot)
        self._store.checkpoint()

    async def _settle(self) -> None:
        """Waits until no group is under way."""
        while (group := self._group or self._committing) is not None:
            await group.wait()
        if self.has_failed:
            raise WriterClosed

    async def close(self) -> bool:
        """Takes no more, finishes what was accepted, stores a snapshot: no record follows it.

        Answers whether the snapshot is stored; without it the next start replays the records.
        """
        self._takes_commands = False
        try:
            if self.has_failed:
                return False
            await self.snapshot()
            return True
        except (StoreError, WriterClosed) as error:
            logger.error("the last snapshot could not be stored: %s", error)
            return False
        finally:
            self._thread.shutdown(wait=True)
            self._store.close()


def cursors_command(board: Board, moved: set[tuple[int, int]]) -> SaveCursors:
    """The record of where the given (token id, call) cursors stand."""
    rows = []
    for token_id, call in sorted(moved):
        session = board.sessions.get(token_id)
        if session is not None:
            rows.append((token_id, call, session.queues()[call].cursor))
    return SaveCursors(tuple(rows))
