"""Bodies to requests: every operation, lenient spellings, and what is told of a wrong one."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chp.model import requests as ask
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.quote import Interval
from chp.wire.rest.decode import (
    fingerprint_of,
    parse_object,
    request_key_of,
    request_of,
    token_of,
)
from chp.wire.rest.faults import Fault
from tests.support.rest_answers import operation_of

LOGIN: dict[str, Any] = {"login": "l", "password": "p"}
ORDER: dict[str, Any] = {
    "portfolio": "P",
    "symbol": "GAZP",
    "action": 2,
    "type": 1,
    "validity": 1,
    "price": 12.2,
    "amount": 30,
    "stop": 0.1,
    "cookie": 12,
}
SINCE_NS = 1_602_313_810 * 10**9
SINCE = "2020-10-10T10:10:10.000"


def decoded(method: str, body: dict[str, Any]) -> ask.Request | Fault:
    parsed = parse_object(msgspec.json.encode({"token": "t", **body}))
    assert isinstance(parsed, dict)
    return request_of(operation_of(method), parsed)


def fault_of(method: str, body: dict[str, Any]) -> Fault:
    fault = decoded(method, body)
    assert isinstance(fault, Fault)
    assert fault.status == 400
    return fault


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("Connected", LOGIN, ask.Connect("l", "p")),
        ("Connected", {**LOGIN, "mode": 1}, ask.Connect("l", "p", is_real=True)),
        ("Connected", {**LOGIN, "mode": None}, ask.Connect("l", "p")),
        ("Reconnection", {**LOGIN, "mode": "0"}, ask.Reconnect("l", "p")),
        ("Disconnected", LOGIN, ask.Disconnect("l", "p")),
        ("GetSymbols", {}, ask.GetSymbols()),
        ("GetTime", {"unknown": {"a": []}}, ask.GetTime()),
        (
            "GetBars",
            {"since": SINCE, "interval": 6, "symbol": "GAZP", "count": 10},
            ask.GetBars(SINCE_NS, Interval.H1, "GAZP", 10),
        ),
        (
            "GetTrades",
            {"from": SINCE, "symbol": "GAZP", "count": "-5"},
            ask.GetTrades(SINCE_NS, "GAZP", -5),
        ),
        (
            "GetTrades",
            {"since": SINCE, "symbol": "GAZP", "count": 0},
            ask.GetTrades(SINCE_NS, "GAZP", 0),
        ),
        ("ListenQuotes", {"symbol": "GAZP"}, ask.ListenQuotes("GAZP")),
        ("CancelQuotes", {"symbol": ""}, ask.CancelQuotes("")),
        ("ListenTicks", {"symbol": "GAZP"}, ask.ListenTicks("GAZP")),
        ("CancelTicks", {"symbol": "GAZP"}, ask.CancelTicks("GAZP")),
        ("ListenBidAsks", {"symbol": "GAZP"}, ask.ListenDepth("GAZP")),
        ("CancelBidAsks", {"symbol": "GAZP"}, ask.CancelDepth("GAZP")),
        ("ListenPortfolio", {"portfolio": "P"}, ask.ListenPortfolio("P")),
        ("CancelPortfolio", {"portfolio": "P"}, ask.CancelPortfolio("P")),
        ("UpdateQuote", {}, ask.PollQuotes()),
        ("UpdateBidAsk", {}, ask.PollDepth()),
        ("UpdatePosition", {}, ask.PollPositions()),
        ("SetPortfolio", {}, ask.PollMoney()),
        ("AddTick", {}, ask.PollTicks()),
        ("AddTick", {"after": None}, ask.PollTicks()),
        ("UpdateOrder", {"after": 7}, ask.PollOrders(7)),
        ("AddTrade", {"AFTER": "7.0"}, ask.PollFills(7)),
        ("GetMyPortfolioData", {"mode": 2, "portfolio": "P"}, ask.GetPortfolioData(True, "P")),
        ("GetMyPortfolioData", {"mode": 1, "portfolio": "P"}, ask.GetPortfolioData(False, "P")),
        ("GetPortfolioList", {}, ask.GetPortfolioList()),
        (
            "MoveOrder",
            {"portfolio": "P", "symbol": "GAZP", "irderid": "17", "targetprice": "161.58"},
            ask.MoveOrder("P", "GAZP", "17", Decimal("161.58")),
        ),
        (
            "MoveOrder",
            {"portfolio": "P", "symbol": "G", "irderid": "17", "orderid": 17, "targetprice": 1},
            ask.MoveOrder("P", "G", "17", Decimal(1)),
        ),
        (
            "CancelOrder",
            {"portfolio": "P", "symbol": "GAZP", "orderid": "any text", "irderid": None},
            ask.CancelOrder("P", "GAZP", "any text"),
        ),
        ("CancelAll", {}, ask.CancelAllOrders()),
        ("CancelAll", {"portfolio": None, "symbol": None}, ask.CancelAllOrders()),
        ("CancelAll", {"portfolio": "P", "symbol": "G"}, ask.CancelAllOrders("P", "G")),
        ("GetOrder", {"orderid": "17"}, ask.GetOrder(order_id="17")),
        ("GetOrder", {"cookie": 0}, ask.GetOrder(label=0)),
        ("GetOrder", {"requestId": "k"}, ask.GetOrder(request_id="k")),
    ],
)
def test_request_is_decoded(method: str, body: dict[str, Any], expected: ask.Request) -> None:
    assert decoded(method, body) == expected


@pytest.mark.parametrize(
    ("order_type", "limit_price", "stop_price"),
    [
        (OrderType.MARKET, None, None),
        (OrderType.LIMIT, Decimal("12.2"), None),
        (OrderType.STOP, None, Decimal("0.1")),
        (OrderType.STOP_LIMIT, Decimal("12.2"), Decimal("0.1")),
    ],
)
def test_place_keeps_the_prices_of_its_type(
    order_type: OrderType, limit_price: Decimal | None, stop_price: Decimal | None
) -> None:
    placed = decoded("PlaceOrder", {**ORDER, "type": int(order_type)})
    assert placed == ask.PlaceOrder(
        portfolio="P",
        symbol="GAZP",
        side=Side.SELL,
        effect=PositionEffect.AUTO,
        order_type=order_type,
        time_in_force=TimeInForce.DAY,
        limit_price=limit_price,
        securities=Decimal(30),
        stop_price=stop_price,
        label=12,
    )


@pytest.mark.parametrize(
    ("action", "side", "effect"),
    [
        (1, Side.BUY, PositionEffect.AUTO),
        (2, Side.SELL, PositionEffect.AUTO),
        (3, Side.SELL, PositionEffect.OPEN_SHORT),
        (4, Side.BUY, PositionEffect.CLOSE_SHORT),
    ],
)
def test_action_is_side_and_effect(action: int, side: Side, effect: PositionEffect) -> None:
    placed = decoded("PlaceOrder", {**ORDER, "action": action, "validity": 2})
    assert isinstance(placed, ask.PlaceOrder)
    assert (placed.side, placed.effect) == (side, effect)
    assert placed.time_in_force is TimeInForce.GTC


def test_place_reads_every_lenient_spelling_alike() -> None:
    spelled = {
        "Portfolio": "P",
        "SYMBOL": "GAZP",
        "action": "2",
        "type_": 1.0,
        "validity": "1.0",
        "price": "12.20",
        "amount": 30.0,
        "stop": "1e-1",
        "cookie": "12",
    }
    plain, lenient = decoded("PlaceOrder", ORDER), decoded("PlaceOrder", spelled)
    assert lenient == plain
    assert isinstance(plain, ask.PlaceOrder)
    assert isinstance(lenient, ask.PlaceOrder)
    assert fingerprint_of(lenient) == fingerprint_of(plain)


@pytest.mark.parametrize(
    ("method", "plain", "spelled"),
    [
        (
            "GetTrades",
            {"from": SINCE, "symbol": "GAZP", "count": 1},
            {"SINCE": "2020-10-10 10:10:10", "Symbol": "GAZP", "COUNT": "1.0"},
        ),
        (
            "GetTrades",
            {"from": SINCE, "symbol": "GAZP", "count": 1},
            {"FROM": "2020-10-10T07:10:10Z", "since": SINCE, "symbol": "GAZP", "count": 1e0},
        ),
        (
            "GetTrades",
            {"from": "2020-10-10T00:00:00", "symbol": "GAZP", "count": 1},
            {"from": "2020-10-10", "symbol": "GAZP", "count": 1},
        ),
        (
            "MoveOrder",
            {"portfolio": "P", "symbol": "G", "orderid": "17", "targetprice": 161.58},
            {"PORTFOLIO": "P", "symbol": "G", "IrderId": 17, "TargetPrice": "161.580"},
        ),
        (
            "GetBars",
            {"since": SINCE, "interval": 6, "symbol": "G", "count": 10},
            {"Since": "2020-10-10T10:10:10.000+03:00", "interval": "6", "symbol": "G", "count": 10},
        ),
    ],
)
def test_keys_and_values_are_read_in_any_spelling(
    method: str, plain: dict[str, Any], spelled: dict[str, Any]
) -> None:
    request = decoded(method, plain)
    assert not isinstance(request, Fault)
    assert decoded(method, spelled) == request


def test_keys_inside_values_are_left_alone() -> None:
    assert parse_object(b'{"Other": {"Symbol": 1}}') == {"other": {"Symbol": 1}}


@pytest.mark.parametrize(
    ("cookie", "label"),
    [
        (None, 0),
        (0, 0),
        (-12, -12),
        (12.0, 12),
        ("12", 12),
        (2**53, 2**53),
        (-(2**53), -(2**53)),
        (float(2**53), 2**53),
    ],
)
def test_cookie_is_an_integer_of_any_spelling(cookie: object, label: int) -> None:
    placed = decoded("PlaceOrder", {**ORDER, "cookie": cookie})
    assert isinstance(placed, ask.PlaceOrder)
    assert placed.label == label


@pytest.mark.parametrize("price", [0, -1, "0.0"])
def test_limit_price_that_is_not_positive_is_left_to_the_venue(price: object) -> None:
    placed = decoded("PlaceOrder", {**ORDER, "type": 2, "price": price})
    assert isinstance(placed, ask.PlaceOrder)
    assert placed.limit_price == Decimal(str(price))


def test_cookie_may_be_left_out() -> None:
    body = {key: value for key, value in ORDER.items() if key != "cookie"}
    placed = decoded("PlaceOrder", body)
    assert isinstance(placed, ask.PlaceOrder)
    assert placed.label == 0


@pytest.mark.parametrize("field", sorted(set(ORDER) - {"cookie"}))
@pytest.mark.parametrize("value", [None, "absent"])
def test_needed_field_is_missed_by_name(field: str, value: object) -> None:
    body = {**ORDER, field: None} if value is None else {**ORDER}
    if value == "absent":
        del body[field]
    fault = fault_of("PlaceOrder", body)
    assert (fault.code, fault.field) == ("field_missing", field)
    assert fault.detail.startswith(f"{field} is missing, expected ")
    assert fault.message.startswith(f"Нет поля {field}: ожидается ")


@pytest.mark.parametrize(
    ("method", "body", "field", "detail"),
    [
        ("PlaceOrder", {**ORDER, "type": 5}, "type", "type: expected one of 1, 2, 3, 4, came 5."),
        ("PlaceOrder", {**ORDER, "action": "x"}, "action", 'came "x".'),
        ("PlaceOrder", {**ORDER, "validity": 0}, "validity", "expected one of 1, 2, came 0."),
        ("PlaceOrder", {**ORDER, "price": "abc"}, "price", 'came "abc".'),
        ("PlaceOrder", {**ORDER, "stop": True}, "stop", "came true."),
        ("PlaceOrder", {**ORDER, "amount": [1]}, "amount", "came […]."),
        ("PlaceOrder", {**ORDER, "amount": {"a": 1}}, "amount", "came {…}."),
        ("PlaceOrder", {**ORDER, "cookie": 12.5}, "cookie", "came 12.5."),
        ("PlaceOrder", {**ORDER, "cookie": 2**53 + 1}, "cookie", "came 9007199254740993."),
        ("PlaceOrder", {**ORDER, "cookie": -(2**53) - 1}, "cookie", "came -9007199254740993."),
        ("PlaceOrder", {**ORDER, "symbol": 1}, "symbol", "expected a text, came 1."),
        ("PlaceOrder", {**ORDER, "type_": 2}, "type", "the same as type_, or only one"),
        ("PlaceOrder", {**ORDER, "type_": "x"}, "type", 'came "x".'),
        (
            "CancelOrder",
            {"portfolio": "P", "symbol": "G", "orderid": "1", "irderid": "2"},
            "orderid",
            "the same as irderid, or only one",
        ),
        (
            "GetTrades",
            {"from": SINCE, "since": "2021-01-01", "symbol": "G", "count": 1},
            "from",
            "the same as since, or only one",
        ),
        (
            "GetBars",
            {"since": "soon", "interval": 6, "symbol": "G", "count": 1},
            "since",
            'expected a date-time YYYY-MM-DDThh:mm:ss[.fff][offset], came "soon".',
        ),
        (
            "GetBars",
            {"since": SINCE, "interval": 14, "symbol": "G", "count": 1},
            "interval",
            "came 14.",
        ),
        (
            "GetBars",
            {"since": SINCE, "interval": 1, "symbol": "G", "count": 2**63},
            "count",
            "came 9223372036854775808.",
        ),
        ("Connected", {**LOGIN, "mode": 2}, "mode", "expected one of 0, 1, came 2."),
        ("Connected", {"login": "l", "password": 12345}, "password", "came ***."),
        ("GetOrder", {}, "orderid", "expected exactly one of orderid, cookie, requestId."),
        ("GetOrder", {"orderid": None, "cookie": None}, "orderid", "orderid is missing"),
        (
            "GetOrder",
            {"orderid": "1", "cookie": 1},
            "cookie",
            "cookie: expected exactly one of orderid, cookie, requestId, came 1.",
        ),
        ("GetOrder", {"requestId": "k", "cookie": 1}, "requestId", 'came "k".'),
        ("GetOrder", {"requestId": "x" * 129}, "requestId", "at most 128 characters"),
    ],
)
def test_wrong_field_is_named_with_what_came(
    method: str, body: dict[str, Any], field: str, detail: str
) -> None:
    fault = fault_of(method, body)
    assert fault.field == field
    assert detail in fault.detail
    assert "12345" not in fault.message


def test_long_value_is_shortened() -> None:
    fault = fault_of("PlaceOrder", {**ORDER, "price": "9" * 10_000})
    assert len(fault.detail) < 150
    assert "…" in fault.detail


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"12",
        b"{",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 01}',
        b'{"a": "\xff"}',
        b'{"\xff": 1}',
        b'{"a": "\\ud800"}',
        b"{'a': 1}",
        b'{"a": ' * 100_000,
        b"[" * 1_000_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
    ],
)
def test_no_json_object(raw: bytes) -> None:
    fault = parse_object(raw)
    assert isinstance(fault, Fault)
    assert (fault.status, fault.code) == (400, "not_json")


def test_keys_are_folded_and_the_last_of_equals_counts() -> None:
    assert parse_object(b'{"Symbol": 1, "SYMBOL": 2, "b": 1, "b": 3}') == {"symbol": 2, "b": 3}


def test_numbers_are_exact() -> None:
    parsed = parse_object(b'{"a": 163.92, "b": 0.1, "c": 1e2, "d": 18446744073709551616}')
    assert parsed == {
        "a": Decimal("163.92"),
        "b": Decimal("0.1"),
        "c": Decimal(100),
        "d": 18446744073709551616,
    }


def test_token_is_taken() -> None:
    assert token_of({"token": "secret"}) == "secret"


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": ""}, {"token": 12}])
def test_token_is_missed(body: dict[str, object]) -> None:
    fault = token_of(body)
    assert isinstance(fault, Fault)
    assert (fault.status, fault.code, fault.field) == (400, "token_missing", "token")


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ({}, None, None),
        ({"requestid": None}, None, None),
        ({"requestid": "k"}, None, "k"),
        ({}, "k", "k"),
        ({"requestid": "k"}, "k", "k"),
        ({}, "x" * 128, "x" * 128),
        ({"requestid": None}, "k", "k"),
        ({"requestid": "ключ"}, "ключ".encode().decode("latin-1"), "ключ"),
        ({}, "\xe9", "é"),
        ({}, "ключ", "ключ"),
    ],
)
def test_request_key_is_taken(
    body: dict[str, object], header: str | None, expected: str | None
) -> None:
    assert request_key_of(body, header) == expected


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ({"requestid": ""}, None),
        ({}, ""),
        ({"requestid": 12}, None),
        ({}, "x" * 129),
        ({"requestid": "x" * 129}, None),
        ({"requestid": "a"}, "b"),
    ],
)
def test_request_key_is_refused(body: dict[str, object], header: str | None) -> None:
    fault = request_key_of(body, header)
    assert isinstance(fault, Fault)
    assert (fault.status, fault.field) == (400, "requestId")


@pytest.mark.parametrize(
    "spellings",
    [
        ["0", "-0", "0.0", "-0.0", '"-0"', "0e9"],
        ["10", "1e1", "10.00", '"10"', '"+1.0E1"'],
    ],
)
def test_fingerprint_is_blind_to_the_spelling_of_a_number(spellings: list[str]) -> None:
    prints = set()
    for spelling in spellings:
        body = json.dumps({**ORDER, "type": 2})[:-1] + f', "PRICE": {spelling}}}'
        parsed = parse_object(body.encode())
        assert isinstance(parsed, dict)
        request = request_of(operation_of("PlaceOrder"), parsed)
        assert isinstance(request, ask.PlaceOrder)
        prints.add(fingerprint_of(request))
    assert len(prints) == 1


def test_fingerprint_ignores_prices_that_the_type_does_not_use() -> None:
    one = decoded("PlaceOrder", {**ORDER, "price": 0, "stop": 0})
    other = decoded("PlaceOrder", ORDER)
    assert isinstance(one, ask.PlaceOrder)
    assert isinstance(other, ask.PlaceOrder)
    assert fingerprint_of(one) == fingerprint_of(other)


def test_fingerprints_tell_requests_apart() -> None:
    requests = [
        decoded("PlaceOrder", ORDER),
        decoded("PlaceOrder", {**ORDER, "amount": 31}),
        decoded("PlaceOrder", {**ORDER, "type": 2}),
        decoded("PlaceOrder", {**ORDER, "type": 2, "price": 12.20000000001}),
        decoded("CancelOrder", {"portfolio": "P", "symbol": "G", "orderid": "1"}),
        decoded("MoveOrder", {"portfolio": "P", "symbol": "G", "orderid": "1", "targetprice": 1}),
        decoded("CancelAll", {}),
        decoded("CancelAll", {"symbol": "G"}),
    ]
    prints = {fingerprint_of(request) for request in requests if not isinstance(request, Fault)}
    assert len(prints) == len(requests)
