"""Whole answers, byte for byte, and that no secret is in any of them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chp.model.access import Caller, Right
from chp.model.answers import Answer, SessionOpened, Subscribed, Unsubscribed
from chp.model.refusal import Refusal, RejectReason
from chp.wire.rest import envelope, faults
from chp.wire.rest.decode import parse_object
from chp.wire.rest.operations import OPERATIONS, Operation
from chp.wire.rest.rows import rows_of

GOLDEN = Path(__file__).parents[3] / "data" / "golden" / "rest"
TIME_NS = 1_708_074_000_250_000_000
"""2024-02-16T12:00:00.250 in Moscow."""

CALLER = Caller(1, "user_login", frozenset({Right.TRADE}), frozenset({"ST123456-MO-01"}))
LOGIN: dict[str, object] = {
    "token": "user_token",
    "login": "user_login",
    "password": "user_password",
    "mode": 0,
}


def operation_of(method: str) -> Operation:
    return next(operation for operation in OPERATIONS if operation.method == method)


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().removesuffix(b"\n")


@pytest.mark.parametrize(
    ("name", "method", "answer"),
    [
        ("connected", "Connected", SessionOpened("user_login")),
        ("listen_quotes", "ListenQuotes", Subscribed("GAZP")),
        ("cancel_quotes", "CancelQuotes", Unsubscribed("GAZP")),
    ],
)
def test_success_is_as_recorded(name: str, method: str, answer: Answer) -> None:
    rows, extra = rows_of(answer, {}, CALLER, "user_token")
    sent = envelope.success(operation_of(method), rows, time_ns=TIME_NS, extra=extra)
    assert sent == golden(name)


@pytest.mark.parametrize(
    ("name", "method", "refusal", "body"),
    [
        ("connected_again", "Connected", Refusal(RejectReason.ALREADY_CONNECTED), LOGIN),
        ("wrong_login", "Connected", Refusal(RejectReason.WRONG_LOGIN), LOGIN),
        (
            "listen_quotes_again",
            "ListenQuotes",
            Refusal(RejectReason.ALREADY_SUBSCRIBED, name="SBER"),
            {"token": "user_token", "symbol": "SBER"},
        ),
        (
            "price_off_step",
            "PlaceOrder",
            Refusal(
                RejectReason.PRICE_OFF_STEP,
                field="limit_price",
                expected="a multiple of 0.01",
                came="162.015",
            ),
            {"token": "user_token", "symbol": "GAZP", "price": Decimal("162.015")},
        ),
    ],
)
def test_refusal_is_as_recorded(
    name: str, method: str, refusal: Refusal, body: dict[str, object]
) -> None:
    operation = operation_of(method)
    sent = envelope.failure(operation, faults.of_refusal(operation, refusal), body)
    assert sent == golden(name)


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


def test_secrets_are_never_echoed() -> None:
    raw = b'{"Token": "secret", "PASSWORD": "secret", "key": "secret", "login": "l"}'
    assert echo_of(raw) == {"login": "l"}


def test_echo_has_a_bound() -> None:
    raw = msgspec.json.encode({f"key{number}": number for number in range(1000)})
    assert len(echo_of(raw)) == envelope.ECHO_KEYS


def test_values_of_no_json_are_not_echoed() -> None:
    answer = envelope.failure(None, faults.not_json(), {"v": object()})
    assert msgspec.json.decode(answer)["dataParam"] == [{"v": "…"}]
