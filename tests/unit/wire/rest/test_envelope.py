"""Whole answers, byte for byte, and that no secret is in any of them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chp.model.access import Caller, Right
from chp.model.answers import (
    Answer,
    EventPage,
    OrderPlaced,
    SessionClosed,
    SessionOpened,
    Subscribed,
    Unsubscribed,
)
from chp.model.refusal import Refusal, RejectReason
from chp.wire.rest import envelope, faults
from chp.wire.rest.decode import parse_object, request_of
from chp.wire.rest.faults import Fault
from chp.wire.rest.rows import rows_of
from tests.support.rest_answers import operation_of

GOLDEN = Path(__file__).parents[3] / "data" / "golden" / "rest"
TIME_NS = 1_708_074_000_250_000_000
"""2024-02-16T12:00:00.250 in Moscow."""

CALLER = Caller(1, "user_login", frozenset({Right.TRADE}), frozenset({"ST123456-MO-01"}))
TOKEN = {"token": "user_token"}
LOGIN = {**TOKEN, "login": "user_login", "password": "user_password", "mode": 0}
ORDER = {"portfolio": "ST123456-MO-01", "symbol": "GAZP"}
PLACE = {
    **TOKEN,
    **ORDER,
    "action": 1,
    "type": 2,
    "validity": 1,
    "price": 162.0,
    "amount": 30,
    "stop": 0,
    "cookie": 12,
}
LOTS = (
    "a whole number of lots: 10 securities are 1 lot, so 35 securities are 3.5 lots;"
    " 35 lots would be 350 securities"
)


def golden(name: str) -> bytes:
    """The bytes of a recorded answer, which the file shows with line breaks."""
    recorded = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    return json.dumps(recorded, ensure_ascii=False, separators=(",", ":")).encode()


def body_of(sent: object) -> dict[str, object]:
    """What the gateway makes of a body, sent by `requests`."""
    body = parse_object(json.dumps(sent).encode())
    assert isinstance(body, dict)
    return body


SUCCESSES: dict[str, tuple[str, Answer]] = {
    "connected": ("Connected", SessionOpened("user_login")),
    "disconnected": ("Disconnected", SessionClosed()),
    "listen_quotes": ("ListenQuotes", Subscribed("GAZP")),
    "cancel_quotes": ("CancelQuotes", Unsubscribed("GAZP")),
    "placed": ("PlaceOrder", OrderPlaced(12, 4636001270, 3, 30)),
    "ticks_after_a_gap": ("AddTick", EventPage((), 7, 8)),
}

REFUSALS: dict[str, tuple[str, Refusal, dict[str, Any]]] = {
    "connected_again": ("Connected", Refusal(RejectReason.ALREADY_CONNECTED), LOGIN),
    "wrong_login": ("Connected", Refusal(RejectReason.WRONG_LOGIN), LOGIN),
    "real_mode": (
        "Connected",
        Refusal(RejectReason.NO_REAL_BROKER, field="mode"),
        {**LOGIN, "mode": 1},
    ),
    "not_connected": ("UpdateQuote", Refusal(RejectReason.NOT_CONNECTED), TOKEN),
    "listen_quotes_again": (
        "ListenQuotes",
        Refusal(RejectReason.ALREADY_SUBSCRIBED, name="SBER"),
        {**TOKEN, "symbol": "SBER"},
    ),
    "cancel_quotes_again": (
        "CancelQuotes",
        Refusal(RejectReason.NOT_SUBSCRIBED, name="GAZP"),
        {**TOKEN, "symbol": "GAZP"},
    ),
    "price_off_step": (
        "PlaceOrder",
        Refusal(
            RejectReason.PRICE_OFF_STEP,
            field="limit_price",
            expected="a multiple of 0.01",
            came="162.015",
        ),
        {**PLACE, "price": 162.015},
    ),
    "amount_not_whole_lots": (
        "PlaceOrder",
        Refusal(RejectReason.AMOUNT_NOT_WHOLE_LOTS, field="amount", expected=LOTS, came="35"),
        {**PLACE, "amount": 35},
    ),
    "unknown_order": (
        "CancelOrder",
        Refusal(RejectReason.UNKNOWN_ORDER, field="orderid", name="any text"),
        {**TOKEN, **ORDER, "orderid": "any text"},
    ),
    "request_key_reused": (
        "PlaceOrder",
        Refusal(RejectReason.REQUEST_KEY_REUSED, field="requestId", name="order-17"),
        PLACE,
    ),
}

FAULTS: dict[str, tuple[str | None, Fault, dict[str, Any] | None, int]] = {
    "unknown_urn": (None, faults.unknown_urn("/Order/Nothing"), None, 404),
    "legacy_url": (None, faults.legacy_url("/api/GetBars"), None, 404),
    "not_post": ("PlaceOrder", faults.not_post("GET"), None, 405),
    "body_too_large": ("PlaceOrder", faults.body_too_large(64 * 1024), None, 413),
    "not_json": ("PlaceOrder", faults.not_json(), None, 400),
    "token_missing": ("GetSymbols", faults.token_missing(), {}, 400),
    "token_unknown": ("GetSymbols", faults.token_unknown(), TOKEN, 401),
    "recovering": ("UpdateOrder", faults.recovering(1), {**TOKEN, "after": 7}, 503),
    "stopping": ("UpdateOrder", faults.stopping(1), {**TOKEN, "after": 7}, 503),
    "rate_limited": ("PlaceOrder", faults.rate_limited(1), PLACE, 429),
    "forbidden_right": ("PlaceOrder", faults.forbidden_right(Right.TRADE), PLACE, 403),
    "forbidden_origin": (
        "PlaceOrder",
        faults.forbidden_origin("https://example.org"),
        PLACE,
        403,
    ),
}

UNREADABLE: dict[str, dict[str, Any]] = {
    "field_missing": {**PLACE, "amount": None},
    "bad_field": {**PLACE, "type": 5},
}


@pytest.mark.parametrize("name", SUCCESSES)
def test_success_is_as_recorded(name: str) -> None:
    method, answer = SUCCESSES[name]
    rows, extra = rows_of(answer, {}, CALLER, "user_token")
    sent = envelope.success(operation_of(method), rows, time_ns=TIME_NS, extra=extra)
    assert sent == golden(name)


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_as_recorded(name: str) -> None:
    method, refusal, body = REFUSALS[name]
    operation = operation_of(method)
    fault = faults.of_refusal(operation, refusal)
    assert fault.status == (409 if name == "request_key_reused" else 200)
    assert envelope.failure(operation, fault, body_of(body)) == golden(name)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_as_recorded(name: str) -> None:
    method, fault, body, status = FAULTS[name]
    operation = None if method is None else operation_of(method)
    parsed = None if body is None else body_of(body)
    assert fault.status == status
    assert envelope.failure(operation, fault, parsed) == golden(name)


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_field_is_as_recorded(name: str) -> None:
    operation, body = operation_of("PlaceOrder"), body_of(UNREADABLE[name])
    fault = request_of(operation, body)
    assert isinstance(fault, Fault)
    assert fault.status == 400
    assert envelope.failure(operation, fault, body) == golden(name)


def test_every_recorded_answer_is_compared() -> None:
    recorded = {path.stem for path in GOLDEN.glob("*.json")}
    assert recorded == {*SUCCESSES, *REFUSALS, *FAULTS, *UNREADABLE}


@pytest.mark.parametrize("path", ["/Order/Nothing", "/"])
def test_failure_of_no_operation_is_still_an_envelope(path: str) -> None:
    sent = msgspec.json.decode(envelope.failure(None, faults.unknown_urn(path), None))
    assert sent["method"] == path.rpartition("/")[2]
    assert sent["reason"] == "Error #1"
    assert sent["additional"] == "Ошибка запроса"
    assert sent["dataParam"] == []
    assert sent["errorData"] == sent["dataError"]
    assert "field" not in sent


def test_page_keys_stand_beside_data() -> None:
    sent = envelope.success(
        operation_of("AddTick"), [], time_ns=0, extra={"seq": 7, "gap": True, "firstSeq": 3}
    )
    assert sent == (
        b'{"method":"AddTick","result":true,"data":[],"time":"1970-01-01T03:00:00",'
        b'"seq":7,"gap":true,"firstSeq":3}'
    )


def echo_of(raw: bytes) -> dict[str, Any]:
    body = parse_object(raw)
    assert isinstance(body, dict)
    answer = envelope.failure(operation_of("PlaceOrder"), faults.not_json(), body)
    (echo,) = msgspec.json.decode(answer)["dataParam"]
    assert isinstance(echo, dict)
    return echo


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"12", 12),
        (b"12.50", 12.5),
        (b"true", True),
        (b"null", None),
        (b'"text"', "text"),
        (b'["secret"]', "[…]"),
        (b'{"token": "secret"}', "{…}"),
        (b"9223372036854775807", 2**63 - 1),
        (b"9" * 100, "9" * 100),
        (b"9" * 1000, "9" * 255 + "…"),
        (b'"' + b"x" * 1000 + b'"', "x" * 255 + "…"),
        (b"1e999", "1e999"),
    ],
)
def test_request_is_echoed(value: bytes, shown: object) -> None:
    assert echo_of(b'{"v": ' + value + b"}") == {"v": shown}


@pytest.mark.parametrize(
    "key",
    ["token", "Token", "PASSWORD", "key", "passwd", "old_pass", "access_token", " token ", "pwd"],
)
def test_secrets_are_never_echoed_however_they_are_spelled(key: str) -> None:
    assert echo_of(json.dumps({key: "secret", "login": "l"}).encode()) == {"login": "l"}


def test_echo_has_a_bound() -> None:
    raw = msgspec.json.encode({f"key{number}": number for number in range(1000)})
    assert len(echo_of(raw)) == envelope.ECHO_KEYS


def test_values_of_no_json_are_not_echoed() -> None:
    answer = envelope.failure(None, faults.not_json(), {"v": object()})
    assert msgspec.json.decode(answer)["dataParam"] == [{"v": "…"}]
