"""A whole gateway in the test's own time: the real parts over a small venue, no sockets.

Users and tokens are in SQLite, bars and trades in files, the journal and the archive in memory,
passwords in plain text. It runs on a jumping loop, where work in threads is done on the loop, so
it shows every rule and no race between threads.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

from chp.adapters.history.store import FileHistory
from chp.app.access import Access, token_digest
from chp.app.archive import Archive
from chp.app.gateway import Gateway
from chp.app.history import HistoryService
from chp.app.venue_runner import VenueRunner
from chp.model.access import Caller, Right, TokenTerms
from chp.model.answers import Answer
from chp.model.events import VenueEvent
from chp.model.refusal import Refusal
from chp.model.requests import Connect, Request
from chp.server.app import GatewayApp, Limits
from chp.server.origin import OriginGuard
from chp.wire.rest.decode import fingerprint_of
from tests.support.clock import LoopClock, run
from tests.support.dict_archive import DictArchive
from tests.support.failing_access import FailingAccess
from tests.support.memory_journal import MemoryJournal
from tests.support.plain_hasher import PlainHasher
from tests.support.small_venue import FIRST, SECOND, START_NS, small_venue

Told = TypeVar("Told")

PASSWORD: Final = "right horse"
TRADER: Final = "trader's token"
READER: Final = "reader's token"
OTHER: Final = "other's token"
LOGIN: Final = Connect("user_login", PASSWORD)
NO_LIMITS: Final = Limits()


class HttpAnswer(Struct):
    """What an HTTP caller got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def told(self) -> tuple[int, str]:
        """Status and code of a failure."""
        return self.status, self.envelope["code"]


class GatewayRig:
    """One life of a gateway over folders and a journal that may outlive it."""

    def __init__(
        self, folder: Path, limits: Limits = NO_LIMITS, journal: MemoryJournal | None = None
    ) -> None:
        """A gateway at rest with two users, their portfolios and three tokens."""
        self.journal = journal or MemoryJournal()
        self.clock = LoopClock(START_NS)
        self.store = FailingAccess(folder / "access.sqlite")
        self.hasher = PlainHasher()
        if not self.store.users():
            self._admit()
        self.access = Access(self.store, self.hasher, self.clock)
        self.files = FileHistory(folder / "history")
        self.archive_store = DictArchive()
        self.archive = Archive(self.archive_store)
        venue = small_venue()
        self.history = HistoryService(
            self.files,
            venue.state.instruments,
            seed=lambda: venue.seed,
            started_at_ns=lambda: venue.state.started_at_ns,
            now_ns=lambda: self.runner.venue_time_ns(),
        )
        self.runner = VenueRunner(venue, self.clock, lambda: self.journal, self._take, self._flush)
        self.gateway = Gateway(self.runner, self.access, self.history, self.archive, fingerprint_of)
        self.app = GatewayApp(self.gateway, self.access, OriginGuard("127.0.0.1"), limits)

    def _admit(self) -> None:
        for login in ("user_login", "other_login"):
            self.store.add_user(login, self.hasher.hash(PASSWORD))
        self.store.add_portfolio(FIRST)
        self.store.add_portfolio(SECOND)
        self.add_token(TRADER)
        self.add_token(READER, Right.READ)
        self.add_token(OTHER, login="other_login", portfolios=(SECOND.name,))

    def _take(self, events: list[VenueEvent]) -> None:
        self.history.take(events)
        self.archive.take(events)

    def _flush(self) -> None:
        self.history.flush()
        self.archive.flush()

    def add_token(
        self,
        token: str,
        right: Right = Right.TRADE,
        *,
        login: str = "user_login",
        portfolios: tuple[str, ...] = (FIRST.name,),
        in_lots: bool = False,
        expires_at_ns: int | None = None,
        addresses: tuple[str, ...] = (),
    ) -> None:
        """Adds a token under a name that is its text."""
        terms = TokenTerms(
            token,
            login,
            frozenset({right}),
            portfolios,
            amount_in_lots=in_lots,
            expires_at_ns=expires_at_ns,
            addresses=addresses,
        )
        self.store.add_token(token_digest(token), terms)

    async def start(self) -> None:
        """Recovers and opens the venue."""
        await self.runner.start(self.access.portfolios())

    async def stop(self) -> None:
        """Stores the state and closes the stores."""
        await self.runner.stop()
        self.close()

    def close(self) -> None:
        """Closes the stores."""
        self.access.close()
        self.files.close()
        self.store.close()

    def caller(self, token: str = TRADER) -> Caller:
        """The owner of a token that is known."""
        caller = self.access.caller(token)
        assert caller is not None
        return caller

    async def ask(
        self, request: Request, *, token: str = TRADER, key: str | None = None
    ) -> Answer | Refusal:
        """One request past HTTP."""
        return await self.gateway.answer(self.caller(token), request, key)

    async def post(
        self, urn: str, body: object, *, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """One POST of a JSON body, or of bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await call(self.app, "POST", f"/{urn}", raw, headers=headers)

    async def get(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """One GET, or another method, without a body."""
        return await call(self.app, method, path, headers=headers)


async def call(
    app: GatewayApp,
    method: str,
    path: str,
    raw: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    client: tuple[str, int] | None = ("127.0.0.1", 50_000),
) -> HttpAnswer:
    """One ASGI call as uvicorn makes it, past the socket."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = {"host": "127.0.0.1:5001", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": client,
    }
    await app(scope, receive, send)
    start, body = sent
    assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    assert answered["content-length"] == str(len(body["body"]))
    return HttpAnswer(start["status"], answered, body["body"])


def live(
    folder: Path,
    tell: Callable[[GatewayRig], Awaitable[Told]],
    *,
    limits: Limits = NO_LIMITS,
    journal: MemoryJournal | None = None,
) -> Told:
    """Runs a test's steps on a gateway that is ready, and stops it."""

    async def lived() -> Told:
        rig = GatewayRig(folder, limits, journal)
        await rig.start()
        try:
            return await tell(rig)
        finally:
            await rig.stop()

    return run(lived())
