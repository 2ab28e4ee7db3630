"""Every status of the protocol over real sockets, and their order."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.support.gateway_process import GatewayProcess
from tests.support.plain_robot import LOGIN, PORTFOLIO, PlainRobot

URN = "Instruments/GetTime"
TOKEN = {"token": "user_token"}


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainRobot]:
    with GatewayProcess(tmp_path_factory.mktemp("data")) as gateway:
        robot = PlainRobot(gateway.url)
        robot.connect()
        yield robot
        robot.close()


def told(answer: requests.Response) -> tuple[int, str]:
    """Status and code; checks what every failure has."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["result"] is False
    assert body["data"] == []
    assert body["reason"].startswith("Error #")
    assert body["errorData"] == body["dataError"]
    return answer.status_code, body["code"]


def send(robot: PlainRobot, method: str, urn: str, data: bytes = b"", **headers: str) -> object:
    answer = requests.request(
        method,
        f"{robot.url}/{urn}",
        data=data,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        timeout=30,
    )
    return told(answer)


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
@pytest.mark.parametrize("urn", ["", "Order", "Order/Placed", "index.html", "Order/Place/1"])
def test_404_unknown_urn(robot: PlainRobot, urn: str, method: str) -> None:
    assert send(robot, method, urn, b"no json") == (404, "unknown_urn")


@pytest.mark.parametrize("urn", ["api/order", "API/Connect", "api"])
def test_404_says_that_the_oldest_protocol_is_not_served(robot: PlainRobot, urn: str) -> None:
    assert send(robot, "GET", urn) == (404, "legacy_url")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_405_not_post(robot: PlainRobot, method: str) -> None:
    assert send(robot, method, URN, b"no json") == (405, "not_post")


def test_405_names_the_method_that_is_taken(robot: PlainRobot) -> None:
    assert requests.get(f"{robot.url}/{URN}", timeout=30).headers["allow"] == "POST"
    answer = requests.post(f"{robot.url}/healthz", timeout=30)
    assert told(answer) == (405, "not_post")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("size", [65_537, 1_000_000, 3_000_000])
def test_413_body_too_large_is_answered_not_cut_off(robot: PlainRobot, size: int) -> None:
    answer = robot.session.post(f"{robot.url}/{URN}", data=b"x" * size, timeout=30)
    assert told(answer) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


def test_body_at_the_limit_is_read(robot: PlainRobot) -> None:
    body = json.dumps({**TOKEN, "padding": ""})
    padded = json.dumps({**TOKEN, "padding": "x" * (65_536 - len(body))})
    assert len(padded) == 65_536
    assert robot.session.post(f"{robot.url}/{URN}", data=padded, timeout=30).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 5_000,
        b"{}{}",
        rb'{"token": "\ud800"}',
    ],
)
def test_400_no_json_object(robot: PlainRobot, raw: bytes) -> None:
    assert send(robot, "POST", URN, raw) == (400, "not_json")


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": ""}, {"token": 12}, {"tok": "x"}])
def test_400_token_missing(robot: PlainRobot, body: dict[str, object]) -> None:
    assert told(robot.post(URN, body)) == (400, "token_missing")


@pytest.mark.parametrize("token", ["nobody's", "USER_TOKEN", "user_token "])
def test_401_unknown_token(robot: PlainRobot, token: str) -> None:
    assert told(robot.post(URN, {"token": token})) == (401, "token_unknown")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "http://evil.example"}, "forbidden_origin"),
        ({"Origin": "null"}, "forbidden_origin"),
        ({"Host": "evil.example"}, "forbidden_host"),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, "forbidden_host"),
    ],
)
def test_403_foreign_web_pages(robot: PlainRobot, headers: dict[str, str], code: str) -> None:
    assert told(robot.post(URN, TOKEN, **headers)) == (403, code)


def test_own_pages_may_call(robot: PlainRobot) -> None:
    assert robot.post(URN, TOKEN, Origin=robot.url).status_code == 200


def test_409_key_with_another_body(robot: PlainRobot) -> None:
    first = robot.place(requestId="conflict")
    assert first["result"]
    again = robot.place(requestId="conflict")
    assert {**again, "time": ""} == {**first, "time": ""}
    order = {"portfolio": PORTFOLIO, "symbol": "GAZP", "orderid": first["data"][0]["orderid"]}
    answer = robot.post("Order/Cancel", {**TOKEN, **order, "requestId": "conflict"})
    assert told(answer) == (409, "request_key_reused")
    assert robot.ask("Order/Cancel", **order)["result"]


def test_checks_come_in_the_documented_order(robot: PlainRobot) -> None:
    """Each request has two faults; the one that is checked first is told."""
    large = b"x" * 70_000
    assert send(robot, "PUT", "Nowhere", large) == (404, "unknown_urn")
    assert send(robot, "PUT", URN, large) == (405, "not_post")
    assert send(robot, "POST", URN, large, Origin="http://evil") == (413, "body_too_large")
    assert send(robot, "POST", URN, b"{", Origin="http://evil") == (400, "not_json")
    assert send(robot, "POST", URN, b"{}", Origin="http://evil") == (400, "token_missing")
    assert send(robot, "POST", URN, b'{"token":"x"}', Origin="http://e") == (401, "token_unknown")
    bad = json.dumps({**TOKEN, "symbol": 7}).encode()
    foreign = send(robot, "POST", "Instruments/ListenQuotes", bad, Origin="http://evil")
    assert foreign == (403, "forbidden_origin")


def test_a_browser_that_asks_before_posting_is_refused(robot: PlainRobot) -> None:
    answer = requests.options(
        f"{robot.url}/Order/Place",
        headers={"Origin": "http://evil", "Access-Control-Request-Method": "POST"},
        timeout=30,
    )
    assert told(answer) == (405, "not_post")
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["healthz", "readyz", "openapi.json"])
def test_pages_answer_get(robot: PlainRobot, path: str) -> None:
    answer = requests.get(f"{robot.url}/{path}", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert requests.head(f"{robot.url}/{path}", timeout=30).status_code == 200
    assert answer.json()


def test_wrong_login_leaves_the_open_session_open(robot: PlainRobot) -> None:
    wrong = robot.ask("Auth/Connected", **{**LOGIN, "password": "x"})
    assert (wrong["code"], wrong["reason"]) == ("wrong_login", "Error #3")
    assert robot.ask(URN)["result"]
