"""The gateway's use-cases: one answer per request of an authenticated caller.

Not HTTP and not JSON: `server` and `wire` do that. Changes go through the writer, reads come
from the board, the history and the archive. Source: wire.md sections 3 and 4.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping

from chp.app import reading
from chp.app.access import Access
from chp.app.archive import Archive
from chp.app.board import SessionBoard
from chp.app.history import HistoryService
from chp.app.venue.sessions import NOT_CONNECTED
from chp.app.venue_runner import VenueRunner
from chp.model import requests as ask
from chp.model.access import Caller
from chp.model.answers import (
    Answer,
    EventPage,
    OrderPlaced,
    OrdersTouched,
    SessionClosed,
    SessionOpened,
    Subscribed,
    Unsubscribed,
)
from chp.model.commands import (
    Cancel,
    CancelAll,
    CloseSession,
    Command,
    Move,
    OpenSession,
    Place,
    RequestKey,
    Subscribe,
    Unsubscribe,
)
from chp.model.events import Channel
from chp.model.instrument import Instrument
from chp.model.refusal import Refusal, RejectReason
from chp.model.requests import Request

Listen = ask.ListenQuotes | ask.ListenTicks | ask.ListenDepth | ask.ListenPortfolio
Unlisten = ask.CancelQuotes | ask.CancelTicks | ask.CancelDepth | ask.CancelPortfolio
Poll = ask.PollTicks | ask.PollOrders | ask.PollFills
Trading = ask.PlaceOrder | ask.MoveOrder | ask.CancelOrder | ask.CancelAllOrders

_LISTENS: dict[type, Channel] = {
    ask.ListenQuotes: Channel.QUOTES,
    ask.ListenTicks: Channel.TICKS,
    ask.ListenDepth: Channel.DEPTH,
    ask.ListenPortfolio: Channel.PORTFOLIO,
    ask.CancelQuotes: Channel.QUOTES,
    ask.CancelTicks: Channel.TICKS,
    ask.CancelDepth: Channel.DEPTH,
    ask.CancelPortfolio: Channel.PORTFOLIO,
}

_POLLS: dict[type, int] = {ask.PollTicks: 0, ask.PollOrders: 1, ask.PollFills: 2}


class Gateway:
    """Answers requests over one venue."""

    def __init__(
        self,
        runner: VenueRunner,
        access: Access,
        history: HistoryService,
        archive: Archive,
        fingerprint: Callable[[Request], bytes],
    ) -> None:
        """A gateway over a running (or still recovering) venue.

        `fingerprint` gives equal bytes for equal requests; request keys are compared by it.
        """
        self._runner = runner
        self._access = access
        self._history = history
        self._archive = archive
        self._fingerprint = fingerprint

    @property
    def is_ready(self) -> bool:
        """False while recovering, stopping, or after the journal failed."""
        return self._runner.is_ready

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """All listed instruments by symbol."""
        return self._runner.board.instruments

    def venue_time_ns(self) -> int:
        """Venue time now."""
        return self._runner.venue_time_ns()

    async def answer(
        self, caller: Caller, request: Request, request_key: str | None
    ) -> Answer | Refusal:
        """Answers one request.

        Raises:
            OutcomeUnknown, WriterClosed, WriterBusy: as `Writer.submit`.
        """
        if isinstance(request, Trading):
            return await self._trade(caller, request, request_key)
        if isinstance(request, ask.Connect | ask.Reconnect | ask.Disconnect):
            return await self._log_in_or_out(caller, request)
        session = self._runner.board.sessions.get(caller.token_id)
        if session is None:
            return NOT_CONNECTED
        if isinstance(request, Listen | Unlisten):
            return await self._listen(caller, request)
        if isinstance(request, Poll):
            return self._poll(caller, session, request)
        if isinstance(request, ask.GetBars | ask.GetTrades):
            return await asyncio.to_thread(reading.past, self._history, self.instruments, request)
        if isinstance(request, ask.GetPortfolioData | ask.GetOrder):
            return await self._look_up(caller, request)
        return reading.present(self._runner, self._history, caller, session, request)

    async def _trade(
        self, caller: Caller, request: Trading, request_key: str | None
    ) -> Answer | Refusal:
        key = None
        if request_key is not None:
            digest = hashlib.sha256(self._fingerprint(request)).hexdigest()
            key = RequestKey(request_key, digest)
        reply = await self._runner.submit(_order_command(caller, request, key))
        assert isinstance(reply, OrderPlaced | OrdersTouched | Refusal), "orders are answered"
        return reply

    async def _log_in_or_out(
        self, caller: Caller, request: ask.Connect | ask.Reconnect | ask.Disconnect
    ) -> Answer | Refusal:
        if not await self._access.login_matches(request.login, request.password, caller):
            return Refusal(RejectReason.WRONG_LOGIN)
        if isinstance(request, ask.Disconnect):
            refusal = await self._runner.submit(CloseSession(caller.token_id))
            return refusal if isinstance(refusal, Refusal) else SessionClosed()
        if request.is_real:
            return Refusal(RejectReason.NO_REAL_BROKER, field="mode")
        is_reconnection = isinstance(request, ask.Reconnect)
        command = OpenSession(caller.token_id, request.login, is_reconnection)
        refusal = await self._runner.submit(command)
        return refusal if isinstance(refusal, Refusal) else SessionOpened(request.login)

    async def _listen(self, caller: Caller, request: Listen | Unlisten) -> Answer | Refusal:
        channel = _LISTENS[type(request)]
        if isinstance(request, ask.ListenPortfolio | ask.CancelPortfolio):
            name, is_allowed = request.portfolio, request.portfolio in caller.portfolios
        else:
            name, is_allowed = request.symbol, True
        command: Command
        if isinstance(request, Listen):
            command = Subscribe(caller.token_id, channel, name, is_allowed)
        else:
            command = Unsubscribe(caller.token_id, channel, name)
        refusal = await self._runner.submit(command)
        if isinstance(refusal, Refusal):
            return refusal
        return Subscribed(name) if isinstance(request, Listen) else Unsubscribed(name)

    def _poll(self, caller: Caller, session: SessionBoard, request: Poll) -> Answer:
        call = _POLLS[type(request)]
        queue = session.queues()[call]
        before = queue.cursor
        events, first_seq = queue.read(request.after)
        if queue.cursor != before:
            self._runner.note_cursor(caller.token_id, call)
        return EventPage(events, queue.cursor, first_seq)

    async def _look_up(
        self, caller: Caller, request: ask.GetPortfolioData | ask.GetOrder
    ) -> Answer | Refusal:
        if isinstance(request, ask.GetOrder):
            known = self._runner.remembered(caller.token_id, request.request_id)
            portfolios = caller.portfolios
            return await asyncio.to_thread(
                reading.orders_asked, self._archive, portfolios, request, known
            )
        if request.portfolio not in caller.portfolios:
            return Refusal(
                RejectReason.UNKNOWN_PORTFOLIO, field="portfolio", name=request.portfolio
            )
        return await asyncio.to_thread(
            reading.portfolio_history, self._archive, request, self._runner.day_began_ns
        )


def _order_command(
    caller: Caller, request: Trading, key: RequestKey | None
) -> Place | Move | Cancel | CancelAll:
    token_id = caller.token_id
    if isinstance(request, ask.CancelAllOrders):
        return CancelAll(token_id, request, tuple(sorted(caller.portfolios)), key)
    is_allowed = request.portfolio in caller.portfolios
    if isinstance(request, ask.PlaceOrder):
        return Place(token_id, request, is_allowed, caller.amount_in_lots, key)
    if isinstance(request, ask.MoveOrder):
        return Move(token_id, request, is_allowed, key)
    return Cancel(token_id, request, is_allowed, key)
