"""The single writer: decides, journals, publishes; nothing is seen before it is on disk.

Commands are decided at once, in the order of their arrival, on the event loop; their records
form the next group, which one worker thread puts on disk while further commands gather
(group commit: the fsync in flight is the window). When a group is on disk its events go to the
board and its callers get their answers. If the store fails, nothing of the group is answered
with success and the writer takes no more: the process must end, because the machine is ahead
of its journal. Source: design decision 6; stack.md, Durable journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.machine import VERSION, Outcome, Venue
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.app.venue.state import Reply
from chp.errors import StoreError
from chp.model.commands import Command, JournalRecord, SaveCursors
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
"""Puts what `Facts` took on disk; called on the worker thread before each snapshot."""


class WriterClosed(Exception):
    """The writer takes no more commands: it is stopping, or its store failed."""


class WriterBusy(Exception):
    """More records wait for the disk than the writer holds."""


class _Group:
    """The records that go to disk together."""

    __slots__ = ("done", "events", "records")

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.records: list[JournalRecord] = []
        self.events: list[VenueEvent] = []
        self.done = done


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
        self._is_closed = False
        self._events_since_snapshot = 0
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Gets the store's exception if the store fails."""

    async def submit(self, command: Command, now_ns: int) -> Reply | None:
        """Decides a command and answers when all it rests on is on disk.

        Raises:
            WriterClosed: nothing was decided, or it is not known whether it is on disk.
            WriterBusy: nothing was decided.
        """
        if not self._gate.is_set():
            await self._gate.wait()
        outcome, group = self.decide(command, now_ns)
        if group is not None:
            await group.done
        return outcome.reply

    def decide(self, command: Command, now_ns: int) -> tuple[Outcome, _Group | None]:
        """Decides a command now; the group tells when it is on disk (None: it already is).

        A reply without a record may rest on records still under way: it waits for them.
        """
        if self._is_closed:
            raise WriterClosed
        if self._group is not None and len(self._group.records) >= GROUP_LIMIT:
            raise WriterBusy
        outcome = self.venue.handle(command, now_ns)
        if not outcome.is_journalled:
            return outcome, self._group or self._committing
        self._number += 1
        group = self._group
        if group is None:
            group = self._group = _Group(asyncio.get_running_loop().create_future())
            if self._committing is None:
                asyncio.get_running_loop().call_soon(self._commit)
        record = JournalRecord(self._number, self.venue.state.now_ns, command)
        group.records.append(record)
        group.events += outcome.events
        return outcome, group

    def _commit(self) -> None:
        """Sends the waiting group to the disk; the next one gathers meanwhile."""
        group, self._group = self._group, None
        if group is None or self._is_closed:
            return
        self._committing = group
        views = self.venue.pop_views()
        written = asyncio.get_running_loop().run_in_executor(
            self._thread, self._write, group.records
        )

        def on_written(future: asyncio.Future[None]) -> None:
            error = future.exception()
            if error is not None:
                self._fail(group, error)
                return
            self.board.apply_views(views)
            self.board.apply(group.events)
            self._facts(group.events)
            self._events_since_snapshot += len(group.events)
            self._committing = None
            group.done.set_result(None)
            self._commit()

        written.add_done_callback(on_written)

    def _write(self, records: list[JournalRecord]) -> None:
        self._store.append(records)
        self._store.sync()

    def _fail(self, group: _Group, error: BaseException) -> None:
        logger.critical("the journal failed, stopping: %s", error)
        self._is_closed = True
        for waiting in (group, self._group):
            if waiting is not None:
                waiting.done.set_exception(WriterClosed())
                waiting.done.exception()
        self._group = self._committing = None
        if not self.failure.done():
            self.failure.set_result(None)

    @property
    def wants_snapshot(self) -> bool:
        """Whether enough has happened since the last snapshot."""
        return self._events_since_snapshot >= SNAPSHOT_EVENTS

    async def snapshot(self) -> None:
        """Stores the state after everything decided so far; new commands wait meanwhile.

        Raises:
            StoreError: the snapshot could not be stored; the journal is as it was.
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
            await group.done
        if self._is_closed:
            raise WriterClosed

    async def flush_facts(self) -> None:
        """Puts history and archive on disk, in turn with the journal."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._flush_facts)

    async def close(self) -> None:
        """Finishes what was accepted, stores a snapshot, takes no more."""
        try:
            if not self._is_closed:
                await self.snapshot()
                await self._settle()
        except (StoreError, WriterClosed) as error:
            logger.error("the last snapshot could not be stored: %s", error)
        self._is_closed = True
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
