"""The user's document, call by call, against a real demo gateway; twice, and by three clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from CHP_api.CHP_client import ChpClient
from CHP_api.CHP_lowlevel_api import Api
from tests.support.gateway_process import GatewayProcess
from tests.unit.chp_api_.seed_examples import CALLS

PORTFOLIO = "ST123456-MO-01"
LOGIN = {"login": "user_login", "password": "user_password", "token": "user_token"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("data")) as running:
        yield running


def run_document(gateway: GatewayProcess) -> dict[str, Any]:
    """Runs the document's examples, Disconnected last; answers the envelope of each method."""
    scope: dict[str, Any] = {"api": Api(host="127.0.0.1", port=gateway.port)}
    ordered = [call for call in CALLS if "Disconnected" not in call]
    ordered += [call for call in CALLS if "Disconnected" in call]
    answers = {}
    for call in ordered:
        answer = eval(call.strip(), scope)  # the document's own lines
        assert isinstance(answer, requests.Response)
        answers[call.split("(")[0].removeprefix("api.")] = answer.json()
    return answers


@pytest.mark.parametrize("run", ["first", "second"])
def test_document_answers_every_example_each_time(gateway: GatewayProcess, run: str) -> None:
    answers = run_document(gateway)
    refused = {name for name, answer in answers.items() if not answer["result"]}
    assert refused == {"MoveOrder"}, {name: answers[name] for name in refused}
    assert all(answer["method"] == name for name, answer in answers.items())
    assert all(isinstance(answer["data"], list) for answer in answers.values())

    assert answers["Connected"]["data"] == [
        {
            "token": "user_token",
            "work": 0,
            "exchange": 1,
            "login": "user_login",
            "password": "***",
        }
    ]
    assert answers["GetTrades"]["data"] == []
    assert len(answers["GetSymbols"]["data"]) == 247
    check_bars(answers["GetBars"]["data"])
    assert [row["portfolioName"] for row in answers["GetPortfolioList"]["data"]] == [PORTFOLIO]
    assert answers["ListenQuotes"]["data"] == [
        {"description": "Подписка на GAZP успешно оформлена"}
    ]
    check_quote(answers["UpdateQuote"]["data"])
    placed = answers["PlaceOrder"]["data"]
    assert [(row["cookie"], row["lots"], row["securities"]) for row in placed] == [(12, 3, 30)]


def check_bars(rows: list[dict[str, Any]]) -> None:
    """The last ten hours of GAZP that lie before October 2020: 31 October 2018."""
    stamps = [row["datetime"] for row in rows]
    assert len(rows) == 10
    assert stamps == sorted(stamps, reverse=True)
    assert stamps[0] == "2018-10-31T19:00:00"
    assert all(row["low"] <= min(row["open"], row["close"]) for row in rows)
    assert all(row["high"] >= max(row["open"], row["close"]) for row in rows)


def check_quote(rows: list[dict[str, Any]]) -> None:
    """GAZP as the tape of 2024-02-16 plays it."""
    (quote,) = rows
    assert quote["symbol"] == "GAZP"
    assert quote["close"] == 162.01
    assert (quote["high_Limit"], quote["low_Limit"]) == (194.41, 129.61)
    assert 161.5 <= quote["last"] <= 162.05
    assert quote["trading_Status"] == 0


def test_move_order_of_the_document_is_told_what_is_missing(gateway: GatewayProcess) -> None:
    with Api("127.0.0.1", gateway.port) as api:
        answer = api.MoveOrder(token="user_token", portfolio=PORTFOLIO)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["result"], body["method"], body["field"]) == (False, "MoveOrder", "symbol")
    assert body["data"] == []
    assert body["reason"].startswith("Error #")


def test_a_market_order_of_chp_client_fills_and_shows_everywhere(gateway: GatewayProcess) -> None:
    client = ChpClient("127.0.0.1", gateway.port, "user_login", "user_password", token="user_token")
    client.Reconnect()
    client.CancelPortfolio([PORTFOLIO])
    client.ListenPortfolio(PORTFOLIO)
    client.ListenQuotes("GAZP")
    client.UpdateOrder()
    client.AddTrade()
    before = {row["symbol"]: row for row in client.UpdatePosition()}
    (quote,) = [row for row in client.UpdateQuote() if row["symbol"] == "GAZP"]
    placed = client.PlaceOrder(PORTFOLIO, "GAZP", 1, 1, 1, 0, 20, 0, 77)
    assert isinstance(placed, list)
    order_id = placed[0]["orderid"]

    updates = [row for row in client.UpdateOrder() if row["orderid"] == order_id]
    assert [row["state"] for row in updates[:2]] == [1, 2]
    assert updates[-1]["state"] == 5
    assert updates[-1]["filled"] == 0
    fills = [row for row in client.AddTrade() if row["orderid"] == updates[-1]["orderno"]]
    assert sum(row["amount"] for row in fills) == 20
    assert all(161.5 <= row["price"] <= 162.1 for row in fills)
    assert fills[0]["price"] >= quote["bid"]
    after = {row["symbol"]: row for row in client.UpdatePosition()}
    assert after["GAZP"]["amount"] - before["GAZP"]["amount"] == 20
    (money,) = client.SetPortfolio()
    assert money["comission"] > 0
    (data,) = client.GetMyPortfolioData(PORTFOLIO, 1)
    assert {row["tradeno"] for row in fills} <= {row["tradeno"] for row in data["trades"]}
    client.Disconnect()


def test_plain_requests_need_nothing_of_ours(gateway: GatewayProcess) -> None:
    def post(urn: str, **body: object) -> dict[str, Any]:
        answer = requests.post(f"{gateway.url}/{urn}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        envelope: dict[str, Any] = answer.json()
        return envelope

    assert post("Auth/Reconnection", **LOGIN)["result"]
    again = post("Auth/Connected", **LOGIN)
    assert not again["result"]
    assert again["reason"] == "Error #3"
    assert again["errorData"][0]["reason"] == "Error #2"
    time_row = post("instruments/gettime", token="user_token")["data"][0]
    assert time_row["phase"] == "continuous"
    assert post("Auth/Disconnected", **LOGIN)["result"]
    assert post("Instruments/GetSymbols", token="user_token")["code"] == "not_connected"


def test_the_gateway_stops_cleanly_when_asked(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path)
    assert gateway.stop() == 0
    assert "Traceback" not in "".join(gateway.output)
