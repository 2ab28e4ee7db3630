"""The gateway as an ASGI callable, in the test's own time: statuses, their order, their headers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chp.app import writer
from chp.model.access import Right
from chp.model.requests import Connect
from chp.server.app import Limits
from chp.server.body import BODY_LIMIT_BYTES
from chp.server.limits import Rate, RateLimit
from chp.units import NS_PER_SECOND
from chp.wire.rest.operations import OPERATIONS, Operation
from tests.support.clock import DISK_S, run
from tests.support.gateway_rig import (
    NO_LIMITS,
    PASSWORD,
    READER,
    TRADER,
    GatewayRig,
    HttpAnswer,
    call,
    live,
)
from tests.support.small_venue import FIRST, START_NS

TIME = "Instruments/GetTime"
TOKEN = {"token": TRADER}
LOGIN = {"login": "user_login", "password": PASSWORD}
ORDER: dict[str, object] = {
    "portfolio": FIRST.name,
    "symbol": "GAZP",
    "action": 1,
    "type": 2,
    "validity": 1,
    "price": 150.0,
    "amount": 10,
    "stop": 0,
    "cookie": 7,
}
FOREIGN = {"origin": "http://evil.example"}
BAD_SYMBOL = {"symbol": 7}


def story(
    folder: Path, tell: Callable[[GatewayRig], Awaitable[None]], limits: Limits = NO_LIMITS
) -> None:
    """Runs a test's steps on a gateway on which the trader is connected."""

    async def told(rig: GatewayRig) -> None:
        await rig.ask(Connect(LOGIN["login"], LOGIN["password"]))
        await tell(rig)

    live(folder, told, limits=limits)


def limit(per_s: float, burst: int) -> RateLimit:
    """A limit in the loop's time."""
    return RateLimit(Rate(per_s, burst), lambda: asyncio.get_running_loop().time())


async def place(rig: GatewayRig, token: str = TRADER, **changes: object) -> HttpAnswer:
    return await rig.post("Order/Place", {"token": token, **ORDER, **changes})


def head(urn: str) -> dict[str, Any]:
    """The head of a POST, as uvicorn tells it."""
    return {"method": "POST", "path": f"/{urn}", "headers": [], "client": ("127.0.0.1", 1)}


async def ask_time(rig: GatewayRig, token: str = TRADER) -> HttpAnswer:
    return await rig.post(TIME, {"token": token})


def test_a_call_is_answered_with_the_envelope_and_its_headers(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        answer = await ask_time(rig)
        assert answer.status == 200
        assert answer.envelope["result"] is True
        assert answer.envelope["method"] == "GetTime"
        assert answer.headers == {
            "content-type": "application/json",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "content-length": str(len(answer.body)),
        }

    story(tmp_path, tell)


def test_503_recovering_until_the_start_is_through(tmp_path: Path) -> None:
    async def lived() -> None:
        rig = GatewayRig(tmp_path)
        for answer in (await ask_time(rig), await place(rig)):
            assert answer.told == (503, "recovering")
            assert answer.headers["retry-after"] == "1"
        await rig.start()
        assert (await rig.post("Auth/Connected", {**TOKEN, **LOGIN})).status == 200
        await rig.stop()

    run(lived())


def test_503_stopping_before_and_after_the_venue_has_stopped(tmp_path: Path) -> None:
    async def lived() -> None:
        rig = GatewayRig(tmp_path)
        await rig.start()
        rig.app.is_stopping = True
        assert (await rig.post("Auth/Connected", {**TOKEN, **LOGIN})).status == 200
        await rig.runner.stop()
        answer = await ask_time(rig)
        assert answer.told == (503, "stopping")
        assert answer.headers["retry-after"] == "1"
        rig.close()

    run(lived())


def test_500_outcome_unknown_for_a_call_that_the_journal_s_failure_overtook(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(rig: GatewayRig) -> None:
        rig.journal.fails_on = "sync"
        answer = await place(rig)
        assert answer.told == (500, "outcome_unknown")
        assert "retry-after" not in answer.headers
        assert "no space left" not in answer.body.decode()

    story(tmp_path, tell)
    assert "the journal failed" in caplog.text


def test_503_busy_while_too_many_records_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(rig: GatewayRig) -> None:
        monkeypatch.setattr(writer, "GROUP_LIMIT", 1)
        waiting = [asyncio.create_task(place(rig))]
        await asyncio.sleep(DISK_S / 2)
        waiting.append(asyncio.create_task(place(rig)))
        await asyncio.sleep(0)
        answer = await place(rig)
        assert answer.told == (503, "busy")
        assert answer.headers["retry-after"] == "1"
        assert [each.status for each in await asyncio.gather(*waiting)] == [200, 200]

    story(tmp_path, tell)


def test_429_counts_all_calls_of_one_token(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        answers = [await ask_time(rig) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[-1].told == (429, "rate_limited")
        assert answers[-1].headers["retry-after"] == "4"
        other = await ask_time(rig, READER)
        assert (other.status, other.envelope["code"]) == (200, "not_connected")
        await asyncio.sleep(4)
        assert (await ask_time(rig)).status == 200

    story(tmp_path, tell, Limits(calls=limit(0.25, 2)))


def test_429_counts_orders_beside_other_calls(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        assert (await place(rig)).status == 200
        for urn in ("Order/Place", "Order/Move", "Order/Cancel", "Order/CancelAll"):
            answer = await rig.post(urn, TOKEN)
            assert answer.told == (429, "rate_limited")
            assert answer.headers["retry-after"] == "2"
        assert (await ask_time(rig)).status == 200
        assert (await rig.post("Order/Get", {**TOKEN, "cookie": 7})).status == 200
        assert len(rig.runner.board.working[FIRST.name]) == 1

    story(tmp_path, tell, Limits(orders=limit(0.5, 1)))


def test_429_of_a_call_takes_no_order(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        assert (await ask_time(rig)).status == 200
        assert (await place(rig)).told == (429, "rate_limited")
        await asyncio.sleep(1)
        assert (await place(rig)).status == 200

    story(tmp_path, tell, Limits(limit(1, 1), limit(0.001, 1)))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_403_for_a_right_that_the_token_lacks(tmp_path: Path, operation: Operation) -> None:
    async def tell(rig: GatewayRig) -> None:
        answer = await rig.post(operation.urn, {"token": READER, "symbol": {}})
        is_forbidden = answer.told == (403, "forbidden_right")
        assert is_forbidden == (operation.right is Right.TRADE)

    live(tmp_path, tell)


@pytest.mark.parametrize("right", Right)
def test_each_right_includes_the_lesser_ones(tmp_path: Path, right: Right) -> None:
    async def tell(rig: GatewayRig) -> None:
        rig.add_token("own", right)
        rig.access.refresh()
        await rig.post("Auth/Connected", {"token": "own", **LOGIN})
        assert (await ask_time(rig, "own")).status == 200
        expected = 403 if right is Right.READ else 200
        assert (await place(rig, "own")).status == expected

    live(tmp_path, tell)


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (("10.0.0.1", 1), (403, "forbidden_address")),
        (("10.0.0.12", 1), (403, "forbidden_address")),
        (None, (403, "forbidden_address")),
        (("10.0.0.2", 1), (200, "not_connected")),
        (("::ffff:10.0.0.2", 1), (200, "not_connected")),
        (("::ffff:10.0.0.1", 1), (403, "forbidden_address")),
        (("::1", 1), (200, "not_connected")),
    ],
)
def test_403_from_an_address_that_is_not_the_token_s(
    tmp_path: Path, client: tuple[str, int] | None, expected: tuple[int, str]
) -> None:
    async def tell(rig: GatewayRig) -> None:
        rig.add_token("bound", addresses=("10.0.0.2", "::1"))
        rig.access.refresh()
        answer = await call(rig.app, "POST", f"/{TIME}", b'{"token":"bound"}', client=client)
        assert answer.told == expected

    live(tmp_path, tell)


def test_401_from_the_moment_a_token_expires(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        rig.add_token("short", expires_at_ns=START_NS + 60 * NS_PER_SECOND)
        rig.access.refresh()
        await rig.post("Auth/Connected", {"token": "short", **LOGIN})
        assert (await ask_time(rig, "short")).status == 200
        await asyncio.sleep(60)
        for urn in (TIME, "Order/Place", "Auth/Reconnection"):
            assert (await rig.post(urn, {"token": "short"})).told == (401, "token_unknown")

    live(tmp_path, tell)


def test_500_tells_an_incident_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(rig: GatewayRig) -> None:
        def defect() -> None:
            raise RuntimeError("planted, with a secret")

        rig.archive_store.before_read = defect
        answer = await rig.post("Order/Get", {**TOKEN, "orderid": "1"})
        assert answer.told == (500, "internal")
        told = answer.body.decode()
        for word in ("planted", "secret", "RuntimeError", "Traceback", "archive"):
            assert word not in told
        (record,) = [record for record in caplog.records if record.name == "chp.server.app"]
        incident = record.getMessage().split()[1].rstrip(":")
        assert incident in told
        assert record.getMessage() == f"incident {incident}: POST /Order/Get"
        assert record.exc_info is not None
        assert (await ask_time(rig)).status == 200

    story(tmp_path, tell)


def test_500_keeps_the_envelope_of_its_method(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise OSError("the pipe broke")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def tell(rig: GatewayRig) -> None:
        await rig.app(head("order/place/"), receive, send)
        assert sent[0]["status"] == 500
        assert b'"method":"PlaceOrder"' in sent[1]["body"]
        assert b"pipe" not in sent[1]["body"]

    live(tmp_path, tell)
    assert "the pipe broke" in caplog.text


def test_a_caller_that_went_away_gets_nothing(tmp_path: Path) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(f"nobody is there for {message}")

    async def tell(rig: GatewayRig) -> None:
        await rig.app(head(TIME), receive, send)

    live(tmp_path, tell)


def test_checks_come_in_the_documented_order(tmp_path: Path) -> None:
    """Faults are taken away one after the other: the next one in order is told."""

    async def lived() -> None:
        rig = GatewayRig(tmp_path, Limits(calls=limit(1, 1)))
        rig.add_token("bound", Right.READ, addresses=("10.0.0.2",))
        rig.access.refresh()
        urn = "Order/CancelAll"
        wrong = {**BAD_SYMBOL, "requestId": ""}
        huge = b"x" * (BODY_LIMIT_BYTES + 1)
        assert (await rig.get("/nowhere", "PUT", FOREIGN)).told == (404, "unknown_urn")
        assert (await rig.get(f"/{urn}", "PUT", FOREIGN)).told == (405, "not_post")
        assert (await rig.post(urn, huge, headers=FOREIGN)).told == (413, "body_too_large")
        assert (await rig.post(urn, b"[", headers=FOREIGN)).told == (400, "not_json")
        assert (await rig.post(urn, wrong, headers=FOREIGN)).told == (400, "token_missing")

        async def told(token: str, headers: dict[str, str] = FOREIGN) -> tuple[int, str]:
            return (await rig.post(urn, {"token": token, **wrong}, headers=headers)).told

        assert await told("nobody's") == (401, "token_unknown")
        assert await told("bound") == (503, "recovering")
        await rig.start()
        assert await told("bound") == (403, "forbidden_right")
        assert await told("bound") == (429, "rate_limited")
        await asyncio.sleep(1.5)
        assert (await rig.post(TIME, {"token": "bound"}, headers=FOREIGN)).told == (
            403,
            "forbidden_address",
        )
        assert await told(TRADER) == (403, "forbidden_origin")
        await asyncio.sleep(1.5)
        assert await told(TRADER, {"host": "evil.example", **FOREIGN}) == (403, "forbidden_host")
        await asyncio.sleep(1.5)
        own = {"origin": "http://127.0.0.1:5001"}
        answer = await rig.post(urn, {**TOKEN, **wrong}, headers=own)
        assert (*answer.told, answer.envelope["field"]) == (400, "bad_field", "symbol")
        await asyncio.sleep(1.5)
        answer = await rig.post(urn, {**TOKEN, "requestId": ""}, headers=own)
        assert (*answer.told, answer.envelope["field"]) == (400, "bad_field", "requestId")
        await asyncio.sleep(1.5)
        assert (await rig.post(urn, TOKEN, headers=own)).told == (200, "not_connected")
        await rig.stop()

    run(lived())


def test_413_ends_the_connection(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        answer = await rig.post(TIME, b"x" * (BODY_LIMIT_BYTES + 1))
        assert answer.told == (413, "body_too_large")
        assert answer.headers["connection"] == "close"

    live(tmp_path, tell)


@pytest.mark.parametrize("where", ["header", "body", "both"])
def test_an_idempotency_key_counts_from_header_and_body_alike(tmp_path: Path, where: str) -> None:
    async def tell(rig: GatewayRig) -> None:
        first = await place(rig, requestId="ключ 1")
        headers = {"idempotency-key": "ключ 1"} if where != "body" else {}
        in_body = {"requestId": "ключ 1"} if where != "header" else {}
        again = await rig.post("Order/Place", {**TOKEN, **ORDER, **in_body}, headers=headers)
        assert again.envelope["data"] == first.envelope["data"]
        assert len(rig.runner.board.working[FIRST.name]) == 1
        other = {**TOKEN, **ORDER, "amount": 20, **in_body}
        conflict = await rig.post("Order/Place", other, headers=headers)
        assert conflict.told == (409, "request_key_reused")

    story(tmp_path, tell)


def test_two_idempotency_keys_that_differ_are_refused(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        body = {**TOKEN, **ORDER, "requestId": "one"}
        answer = await rig.post("Order/Place", body, headers={"idempotency-key": "two"})
        assert answer.told == (400, "bad_field")
        assert answer.envelope["field"] == "requestId"
        assert FIRST.name not in rig.runner.board.working

    story(tmp_path, tell)


@pytest.mark.parametrize("key", ["", "k" * 129])
def test_an_idempotency_key_has_its_length(tmp_path: Path, key: str) -> None:
    async def tell(rig: GatewayRig) -> None:
        headers = {"idempotency-key": key}
        answer = await rig.post("Order/Place", {**TOKEN, **ORDER}, headers=headers)
        assert answer.told == (400, "bad_field")
        assert answer.envelope["field"] == "requestId"

    story(tmp_path, tell)


@pytest.mark.parametrize("key", ["", "k" * 129, "one"])
def test_an_idempotency_key_means_nothing_where_nothing_changes(tmp_path: Path, key: str) -> None:
    async def tell(rig: GatewayRig) -> None:
        answer = await rig.post(TIME, TOKEN, headers={"idempotency-key": key})
        assert answer.status == 200

    story(tmp_path, tell)
