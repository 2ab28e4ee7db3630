"""Secrets are planted in many calls, right and wrong: none may be seen in a log, answer or file.

In one process, over the parts of a real gateway: so that all logging, down to debug, is caught.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from chp.accounts import OpenedAccess
from chp.adapters.clock import SystemClock
from chp.adapters.folder import DataFolder
from chp.adapters.secrets import Argon2Hasher
from chp.bootstrap import assemble
from chp.config import LimitSettings, Settings
from chp.demo import account
from chp.model.access import PortfolioGrant, Right, TokenTerms
from chp.server.app import GatewayApp
from chp.wire.rest.operations import OPERATIONS
from tests.support.gateway_rig import HttpAnswer, call

TOKEN: Final = "canary-token-7f3a91"
OLD_TOKEN: Final = "canary-revoked-5c02de"
PASSWORD: Final = "canary-password-e6b8"
WRONG: Final = "canary-mistyped-19ad"
SECRETS: Final = (TOKEN, OLD_TOKEN, PASSWORD, WRONG)
MARKER: Final = "canary-marker-004d"
"""No secret: it is looked for too, so that looking is known to find."""

PORTFOLIO: Final = PortfolioGrant("ST-CANARY-01", 10**9, (), 1, False, "canary")
LOGIN: Final = {"token": TOKEN, "login": "canary", "password": PASSWORD}
ORDER: Final = {
    "token": TOKEN,
    "portfolio": PORTFOLIO.name,
    "symbol": "GAZP",
    "action": 1,
    "type": 2,
    "validity": 2,
    "price": 150.0,
    "amount": 10,
    "stop": 0,
    "cookie": 5,
}
ECHOES: Final = ("Auth/Connected", "Auth/Reconnection")
"""What they answer holds the caller's own token, by the protocol."""


class FragileHasher(Argon2Hasher):
    """A real hasher with a planted defect that can be switched on."""

    is_broken = False

    def matches(self, encoded: str, password: str) -> bool:
        """As a real one, or a defect with the password at hand."""
        if self.is_broken:
            raise RuntimeError("a planted defect")
        return super().matches(encoded, password)


def calls() -> Iterator[tuple[str, object]]:
    """Many calls with secrets in them: a URN and a body, or bytes."""
    yield "Auth/Connected", {**LOGIN, "password": WRONG}
    yield "Auth/Connected", {**LOGIN, "mode": 1}
    yield "Auth/Connected", {**LOGIN, "password": [WRONG]}
    yield "Auth/Connected", {**LOGIN, "login": 5}
    yield "Auth/Connected", {"token": TOKEN, "login": "canary", "passwrd": PASSWORD}
    yield "Auth/Connected", {"Token": TOKEN, "Login": "canary", "PASSWORD": WRONG}
    yield "Auth/Connected", {"access_token": TOKEN, "key": PASSWORD}
    yield "Auth/Connected", {**LOGIN, "token": OLD_TOKEN}
    yield "Auth/Connected", {**LOGIN, "token": {"token": TOKEN}}
    yield "Auth/Connected", LOGIN
    yield "Auth/Connected", LOGIN
    yield "Auth/Disconnected", {**LOGIN, "password": WRONG}
    yield "Auth/Reconnection", LOGIN
    yield "Order/Place", {**ORDER, "requestId": MARKER}
    yield "Order/Place", {**ORDER, "requestId": MARKER}
    yield "Order/Place", {**ORDER, "requestId": MARKER, "amount": 20}
    yield "Order/Place", {**ORDER, "amount": 7, "password": PASSWORD}
    yield "Order/Place", {**ORDER, "secret": [PASSWORD], "price": "many"}
    yield "No/Such", {**LOGIN}
    for operation in OPERATIONS:
        yield operation.urn, {"token": OLD_TOKEN, "password": PASSWORD}
        yield operation.urn, {"token": [OLD_TOKEN], "password": PASSWORD}
        yield operation.urn, json.dumps({**LOGIN, "password": WRONG})[:-1].encode()
        if not operation.urn.startswith("Auth/"):
            yield operation.urn, {"token": TOKEN, "symbol": "GAZP", "portfolio": PORTFOLIO.name}
    yield "Auth/Disconnected", LOGIN


class Canary:
    """A gateway of real parts, with users of its own."""

    def __init__(self, path: Path) -> None:
        self.folder = DataFolder(path)
        self.opened = OpenedAccess(self.folder.access)
        self.hasher = self.opened.hasher = FragileHasher()
        store = self.opened.store
        store.add_user("canary", self.hasher.hash(PASSWORD))
        store.add_portfolio(PORTFOLIO)
        for name, token in (("new", TOKEN), ("old", OLD_TOKEN)):
            terms = TokenTerms(name, "canary", frozenset({Right.ADMIN}), (PORTFOLIO.name,))
            store.add_token(self.opened.digest(token), terms)
        store.revoke_token("old")
        self.answers: list[tuple[str, HttpAnswer]] = []

    async def live(self) -> None:
        """Asks everything, twice with a defect, and stops."""
        settings = Settings(limits=LimitSettings(calls_per_s=0.001, calls_burst=200))
        service, app = assemble(settings, self.folder, self.opened, SystemClock())
        await self._ask(app, "Auth/Connected", LOGIN)
        await service.start()
        for urn, body in calls():
            await self._ask(app, urn, body)
        self.hasher.is_broken = True
        for urn in ("Auth/Connected", "Auth/Disconnected"):
            await self._ask(app, urn, LOGIN)
        self.hasher.is_broken = False
        for _ in range(200):
            await self._ask(app, "Order/Place", ORDER)
        self.before_the_stop = found_in(self.folder.path)
        await service.stop()
        await self._ask(app, "Auth/Connected", {**LOGIN, "token": OLD_TOKEN})

    async def _ask(self, app: GatewayApp, urn: str, body: Any) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {TOKEN}", "cookie": PASSWORD}
        self.answers.append((urn, await call(app, "POST", f"/{urn}", raw, headers=headers)))


def found_in(folder: Path) -> set[str]:
    """Which of the planted words stand in a folder's files."""
    words = (*SECRETS, MARKER)
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {word for word in words if any(word.encode() in text for text in texts)}


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Canary, str]]:
    """A life that is over, and all that it logged."""
    path = tmp_path_factory.mktemp("canary")
    log = path.with_name("canary.log")
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        canary = Canary(path)
        asyncio.run(canary.live(), debug=True)
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()
        gc.unfreeze()  # what the service froze: the process of the tests goes on
    yield canary, log.read_text("utf-8")


def test_the_calls_met_every_kind_of_answer(canary: tuple[Canary, str]) -> None:
    statuses = {answer.status for _, answer in canary[0].answers}
    assert statuses == {200, 400, 401, 404, 409, 429, 500, 503}


def test_no_answer_holds_a_secret_but_the_session_s_own_token(
    canary: tuple[Canary, str],
) -> None:
    echoes = 0
    for urn, answer in canary[0].answers:
        text = answer.body.decode() + str(answer.headers)
        if urn in ECHOES and answer.status == 200 and answer.envelope["result"]:
            assert answer.envelope["data"][0]["token"] == TOKEN
            text = text.replace(TOKEN, "", 1)
            echoes += 1
        assert not [secret for secret in SECRETS if secret in text], (urn, answer)
    assert echoes == 2


def test_no_log_line_holds_a_secret(canary: tuple[Canary, str]) -> None:
    log = canary[1]
    assert "a planted defect" in log, "what is looked through is the log"
    assert not [secret for secret in SECRETS if secret in log]
    assert account.TOKEN not in log


def test_no_file_holds_a_secret(canary: tuple[Canary, str]) -> None:
    assert canary[0].before_the_stop == {MARKER}
    assert found_in(canary[0].folder.path) == {MARKER}
