"""Every URN of the table over real sockets: with good input, and with each field wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chp.wire.rest.fields import Field, Kind
from chp.wire.rest.operations import OPERATIONS, Operation
from tests.support.gateway_process import GatewayProcess
from tests.support.plain_robot import LOGIN as CREDENTIALS
from tests.support.plain_robot import PORTFOLIO, PlainRobot

LOGIN: dict[str, object] = {**CREDENTIALS}
SINCE = "2018-07-18T12:00:00"

GOOD: dict[str, dict[str, object]] = {
    "Connected": LOGIN,
    "Reconnection": LOGIN,
    "Disconnected": LOGIN,
    "GetSymbols": {},
    "GetBars": {"since": SINCE, "interval": 2, "symbol": "GAZP", "count": 3},
    "GetTrades": {"from": "2100-01-01", "symbol": "GAZP", "count": 3},
    "ListenQuotes": {"symbol": "GAZP"},
    "ListenTicks": {"symbol": "GAZP"},
    "ListenBidAsks": {"symbol": "GAZP"},
    "UpdateQuote": {},
    "AddTick": {"after": 0},
    "UpdateBidAsk": {},
    "CancelQuotes": {"symbol": "GAZP"},
    "CancelTicks": {"symbol": "GAZP"},
    "CancelBidAsks": {"symbol": "GAZP"},
    "GetTime": {},
    "GetMyPortfolioData": {"mode": 2, "portfolio": PORTFOLIO},
    "GetPortfolioList": {},
    "ListenPortfolio": {"portfolio": PORTFOLIO},
    "SetPortfolio": {},
    "UpdatePosition": {},
    "UpdateOrder": {"after": 0},
    "AddTrade": {"after": 0},
    "CancelPortfolio": {"portfolio": PORTFOLIO},
    "PlaceOrder": {
        "portfolio": PORTFOLIO,
        "symbol": "GAZP",
        "action": 1,
        "type": 2,
        "validity": 1,
        "price": 150.0,
        "amount": 10,
        "stop": 0,
        "cookie": 99,
    },
    "MoveOrder": {
        "portfolio": PORTFOLIO,
        "symbol": "GAZP",
        "orderid": "",
        "targetprice": "150.5",
    },
    "CancelOrder": {"portfolio": PORTFOLIO, "symbol": "GAZP", "orderid": ""},
    "CancelAll": {},
    "GetOrder": {"cookie": 99},
}
BY_METHOD = {operation.method: operation for operation in OPERATIONS}
WITH_FIELDS = [operation for operation in OPERATIONS if operation.fields]


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainRobot]:
    with GatewayProcess(tmp_path_factory.mktemp("data")) as gateway:
        robot = PlainRobot(gateway.url)
        robot.connect()
        yield robot
        robot.close()


def test_every_operation_has_a_good_example() -> None:
    assert set(GOOD) == set(BY_METHOD)


def test_every_call_answers_the_rows_of_its_table(robot: PlainRobot) -> None:
    """In an order in which each call has something to answer."""
    robot.ask("Auth/Disconnected", **LOGIN)
    order_id = ""
    for method, body in GOOD.items():
        if method in ("Reconnection", "Disconnected"):
            continue
        operation = BY_METHOD[method]
        asked = {**body, "orderid": order_id} if "orderid" in body else body
        envelope = robot.ask(operation.urn, **asked)
        assert envelope["result"] is True, envelope
        assert envelope["method"] == method
        assert envelope["time"]
        assert ("seq" in envelope) is operation.is_numbered
        check_rows(operation, envelope["data"])
        if method == "PlaceOrder":
            order_id = envelope["data"][0]["orderid"]
    closed = robot.ask("Auth/Disconnected", **LOGIN)
    assert closed["result"] is True
    robot.connect()


def check_rows(operation: Operation, rows: list[dict[str, Any]]) -> None:
    may_be_empty = {"AddTick", "UpdateOrder", "AddTrade", "CancelAll"}
    assert rows or operation.method in may_be_empty, operation.method
    expected = [column.name for column in operation.columns]
    for row in rows:
        assert list(row) == expected, operation.method


def bad_values(field: Field) -> list[object]:
    """Values that no reader of the field's kind takes."""
    nested: list[object] = [{"a": 1}, [1], True]
    if field.kind in (Kind.TEXT,):
        return [*nested, 12]
    if field.kind is Kind.IDENTIFIER:
        return [*nested, 12.5]
    if field.kind is Kind.MOMENT:
        return [*nested, 20180718, "yesterday", "2018-02-30", "2018-07-18T25:00:00"]
    return [*nested, "many", "", "1e999", "NaN"]


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=lambda operation: operation.method)
def test_each_wrong_field_is_named_with_what_was_expected_and_what_came(
    operation: Operation, robot: PlainRobot
) -> None:
    good = {"orderid": "1", **GOOD[operation.method]}
    for field in operation.fields:
        for value in bad_values(field):
            answer = robot.post(operation.urn, {"token": robot.token, **good, field.name: value})
            body = answer.json()
            assert (answer.status_code, body["code"]) == (400, "bad_field"), (field.name, value)
            assert body["field"] == field.name
            assert "expected" in body["detail"]
            assert body["result"] is False
            assert body["data"] == []
            assert body["reason"].startswith("Error #")


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=lambda operation: operation.method)
def test_each_missing_field_is_named(operation: Operation, robot: PlainRobot) -> None:
    good = {"orderid": "1", **GOOD[operation.method]}
    for field in operation.fields:
        if not field.is_required:
            continue
        absent = {key: value for key, value in good.items() if key != field.name}
        for body in (absent, {**absent, field.name: None}):
            answer = robot.post(operation.urn, {"token": robot.token, **body})
            assert (answer.status_code, answer.json()["code"]) == (400, "field_missing")
            assert answer.json()["field"] == field.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_urns_and_keys_are_read_in_any_case(operation: Operation, robot: PlainRobot) -> None:
    for urn in (operation.urn.upper(), operation.urn.lower(), f"{operation.urn}/"):
        answer = robot.post(urn, {"TOKEN": "of nobody"})
        assert (answer.status_code, answer.json()["method"]) == (401, operation.method)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_without_a_session_every_call_but_auth_says_so(
    operation: Operation, robot: PlainRobot
) -> None:
    robot.ask("Auth/Disconnected", **LOGIN)
    try:
        body = {"orderid": "1", **GOOD[operation.method]}
        if operation.method == "GetOrder":
            del body["orderid"]
        answer = robot.ask(operation.urn, **body)
        if operation.needs_session or operation.method == "Disconnected":
            assert answer["code"] == "not_connected"
        else:
            assert answer["result"] is True
    finally:
        robot.connect()


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("Auth/Connected", {**LOGIN, "password": "wrong"}, "wrong_login"),
    ("Auth/Connected", {**LOGIN, "login": "nobody"}, "wrong_login"),
    ("Auth/Reconnection", {**LOGIN, "mode": 1}, "no_real_broker"),
    ("Auth/Connected", LOGIN, "already_connected"),
    ("Instruments/ListenQuotes", {"symbol": "NOSUCH"}, "unknown_symbol"),
    ("Instruments/CancelQuotes", {"symbol": "GAZP"}, "not_subscribed"),
    ("Instruments/GetBars", {**GOOD["GetBars"], "count": 0}, "count_is_zero"),
    ("Instruments/GetBars", {**GOOD["GetBars"], "symbol": "gazp"}, "unknown_symbol"),
    ("AccountInformation/ListenPortfolio", {"portfolio": "ST-OTHER"}, "unknown_portfolio"),
    ("HistoricalData/GetMyPortfolioData", {"portfolio": "X", "mode": 1}, "unknown_portfolio"),
    ("Order/Place", {"symbol": "NOSUCH"}, "unknown_symbol"),
    ("Order/Place", {"portfolio": "ST-OTHER"}, "unknown_portfolio"),
    ("Order/Place", {"symbol": "ACKO"}, "not_tradable"),
    ("Order/Place", {"amount": 0}, "amount_not_positive"),
    ("Order/Place", {"amount": -10}, "amount_not_positive"),
    ("Order/Place", {"amount": 15}, "amount_not_whole_lots"),
    ("Order/Place", {"amount": 10.5}, "amount_not_whole_lots"),
    ("Order/Place", {"amount": 10**25}, "amount_too_large"),
    ("Order/Place", {"price": 0}, "limit_price_not_positive"),
    ("Order/Place", {"price": 150.005}, "price_off_step"),
    ("Order/Place", {"price": 1.0}, "price_out_of_band"),
    ("Order/Place", {"price": 10**20}, "price_out_of_band"),
    ("Order/Place", {"type": 3, "stop": 0}, "stop_price_not_positive"),
    ("Order/Place", {"price": 160.0, "amount": 10_000_000}, "not_enough_money"),
    ("Order/Place", {"action": 4}, "cover_exceeds_short"),
    ("Order/Move", {**GOOD["MoveOrder"], "orderid": "1"}, "unknown_order"),
    ("Order/Cancel", {**GOOD["CancelOrder"], "orderid": "any text"}, "unknown_order"),
    ("Order/CancelAll", {"portfolio": "ST-OTHER"}, "unknown_portfolio"),
    ("Order/Get", {"orderid": "1"}, "unknown_order"),
    ("Order/Get", {"requestId": "never sent"}, "unknown_order"),
]


@pytest.mark.parametrize(("urn", "body", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_refusals_are_answered_with_status_200(
    urn: str, body: dict[str, object], code: str, robot: PlainRobot
) -> None:
    if urn == "Order/Place":
        body = {**GOOD["PlaceOrder"], **body}
    answer = robot.post(urn, {"token": robot.token, **body})
    assert (answer.status_code, answer.json()["code"]) == (200, code)
    assert answer.json()["result"] is False
    assert answer.json()["errorData"] == answer.json()["dataError"]
    assert "user_password" not in answer.text
    assert "user_token" not in answer.text
