"""The venue in motion: its time, its flows, its writer, its snapshots.

Not the rules and not HTTP. Everything here runs on one event loop. Source: market.md section 9,
design decision 6.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Final

from chp.app.board import Board
from chp.app.recovery import recover
from chp.app.venue.machine import Venue
from chp.app.venue.state import RememberedReply, Reply
from chp.app.writer import Facts, FlushFacts, Writer, WriterBusy, WriterClosed
from chp.errors import StoreError
from chp.model.access import Caller, PortfolioGrant
from chp.model.commands import (
    Advance,
    CloseSession,
    Command,
    OpenPortfolio,
    OpenVenue,
    ResumeVenue,
    Unsubscribe,
)
from chp.model.events import Channel
from chp.ports import Clock, JournalStore
from chp.units import NS_PER_DAY, NS_PER_SECOND

logger = logging.getLogger(__name__)

SNAPSHOT_EVERY_S: Final = 60
CURSORS_EVERY_S: Final = 0.9
"""A crash repeats at most the last second of polls (wire.md, Polls)."""
SUSPENDED_NS: Final = 30 * NS_PER_SECOND
"""So late, the process was suspended (a laptop that slept): the market stood still meanwhile."""

BUSY_PAUSE_S: Final = 0.05
"""How long the market pauses while too many records wait for the disk."""


class VenueRunner:
    """One venue that lives."""

    def __init__(
        self,
        venue: Venue,
        clock: Clock,
        open_store: Callable[[], JournalStore],
        facts: Facts,
        flush_facts: FlushFacts,
    ) -> None:
        """A venue at rest; `start` recovers it and sets it going."""
        self.venue = venue
        self.board = Board(venue.state.instruments)
        self._is_going = False
        self._clock = clock
        self._open_store = open_store
        self._facts = facts
        self._flush_facts = flush_facts
        self._writer: Writer | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._moved: set[tuple[int, int]] = set()
        self._origin_ns = 0

    async def start(self, grants: Sequence[PortfolioGrant]) -> None:
        """Recovers the state, opens new portfolios, starts the market.

        Raises:
            StoreError: the journal cannot be used; `stop` frees what was taken.
        """
        store, number = await asyncio.to_thread(self._recover)
        self._writer = Writer(
            self.venue,
            self.board,
            store,
            last_number=number,
            facts=self._facts,
            flush_facts=self._flush_facts,
        )
        start_ns = max(self._clock.wall_ns(), self.venue.state.now_ns)
        self._origin_ns = start_ns - self._clock.monotonic_ns()
        latency_ns = self.venue.latency_ns
        await self.submit(
            ResumeVenue(latency_ns) if number else OpenVenue(latency_ns, self.venue.seed)
        )
        await self.open_portfolios(grants)
        await self._writer.snapshot()
        self._is_going = True
        for run in (self._play, self._keep_snapshots, self._keep_cursors):
            self._tasks.append(asyncio.create_task(self._guard(run)))

    def _recover(self) -> tuple[JournalStore, int]:
        store = self._open_store()
        try:
            return store, recover(self.venue, self.board, store, self._facts)
        except BaseException:
            store.close()
            raise

    @property
    def is_ready(self) -> bool:
        """False before `start` is through, while stopping, and after a failure."""
        return self._is_going and self._writer is not None and not self._writer.has_failed

    @property
    def failure(self) -> asyncio.Future[None]:
        """Done when journal or venue failed: the process must end."""
        assert self._writer is not None, "start comes first"
        return self._writer.failure

    @property
    def day_began_ns(self) -> int:
        """Beginning of the trading day."""
        return self.venue.state.next_roll_ns - NS_PER_DAY

    def venue_time_ns(self) -> int:
        """Start plus the monotonic time since; never goes back."""
        return self._origin_ns + self._clock.monotonic_ns()

    async def submit(self, command: Command) -> Reply | None:
        """Puts a command through the writer at the venue time of now.

        Raises:
            WriterClosed, WriterBusy: as `Writer.submit`.
        """
        if self._writer is None:
            raise WriterClosed
        now_ns = self.venue_time_ns()
        if self._is_going and now_ns - self.venue.next_due_ns() > SUSPENDED_NS:
            await self._writer.submit(ResumeVenue(self.venue.latency_ns), now_ns)
        return await self._writer.submit(command, self.venue_time_ns())

    async def open_portfolios(self, grants: Sequence[PortfolioGrant]) -> None:
        """Opens the portfolios that the venue does not know yet."""
        for grant in grants:
            if grant.name not in self.venue.state.ledger.portfolios and not grant.is_revoked:
                refusal = await self.submit(OpenPortfolio(grant))
                if refusal is not None:
                    logger.error("portfolio %s cannot be opened: %s", grant.name, refusal)

    async def end_revoked(self, callers: Iterable[Caller]) -> None:
        """Closes the sessions of other tokens, and subscriptions to portfolios taken away.

        Raises:
            WriterClosed, WriterBusy: as `submit`; what is left waits for the next call.
        """
        portfolios = {caller.token_id: caller.portfolios for caller in callers}
        for token_id, session in list(self.venue.state.sessions.items()):
            if token_id not in portfolios:
                await self.submit(CloseSession(token_id))
                continue
            listened = session.subscriptions[Channel.PORTFOLIO]
            for name in [name for name in listened if name not in portfolios[token_id]]:
                await self.submit(Unsubscribe(token_id, Channel.PORTFOLIO, name))

    def note_cursor(self, token_id: int, call: int) -> None:
        """Notes that a poll moved a cursor; it is journalled within a second."""
        self._moved.add((token_id, call))

    def remembered(self, token_id: int, request_id: str | None) -> RememberedReply | None:
        """The first answer to a request key; None for one that is unknown, or not yet on disk."""
        if request_id is None or self._writer is None:
            return None
        if self._writer.is_key_under_way(token_id, request_id):
            return None
        return self.venue.state.remembered.get((token_id, request_id))

    async def stop(self) -> bool:
        """Finishes what was accepted and stores the state; answers whether it is stored."""
        self._is_going = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._writer is None:
            return False
        with contextlib.suppress(WriterClosed):
            await self._save_cursors()
        return await self._writer.close()

    async def _guard(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Ends quietly with the writer; anything else is a defect, and the venue stops with it."""
        try:
            await work()
        except WriterClosed:
            self._is_going = False
        except Exception:
            logger.exception("a task of the venue failed")
            assert self._writer is not None, "tasks begin after the writer"
            self._writer.fail()

    async def _play(self) -> None:
        """Advances the market whenever something is due."""
        while True:
            due_ns = self.venue.next_due_ns()
            wait_s = (due_ns - self.venue_time_ns()) / NS_PER_SECOND
            await asyncio.sleep(max(wait_s, 0))
            if self.venue_time_ns() >= self.venue.next_due_ns():
                try:
                    await self.submit(Advance())
                except WriterBusy:
                    await asyncio.sleep(BUSY_PAUSE_S)

    async def _keep_snapshots(self) -> None:
        writer = self._writer
        assert writer is not None
        elapsed_s = 0
        while True:
            await asyncio.sleep(1)
            elapsed_s += 1
            if elapsed_s < SNAPSHOT_EVERY_S and not writer.wants_snapshot:
                continue
            elapsed_s = 0
            try:
                # Most of the facts go in a thread of their own, so that the journal's is soon free.
                await asyncio.to_thread(self._flush_facts)
                await writer.snapshot()
            except StoreError as error:
                logger.error("the snapshot could not be stored: %s", error)

    async def _keep_cursors(self) -> None:
        while True:
            await asyncio.sleep(CURSORS_EVERY_S)
            await self._save_cursors()

    async def _save_cursors(self) -> None:
        assert self._writer is not None, "start comes first"
        moved, self._moved = self._moved, set()
        try:
            self._moved |= await self._writer.save_cursors(moved, self.venue_time_ns())
        except WriterBusy:
            self._moved |= moved
