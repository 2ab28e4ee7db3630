"""kill -9 and restart: everything a robot was told is still so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from tests.support.gateway_process import GatewayProcess

PORTFOLIO = "ST123456-MO-01"


class Robot:
    """A robot on plain requests."""

    def __init__(self, url: str) -> None:
        """Talks to one gateway."""
        self.url = url

    def ask(self, urn: str, key: str | None = None, **body: object) -> dict[str, Any]:
        """One call; any status."""
        headers = {"Idempotency-Key": key} if key else {}
        sent = {"token": "user_token", **body}
        answer = requests.post(f"{self.url}/{urn}", json=sent, headers=headers, timeout=10)
        envelope: dict[str, Any] = answer.json()
        return envelope

    def place(self, key: str | None = None, **changes: object) -> dict[str, Any]:
        """A GTC limit buy of ten lots far below the market, with changes."""
        order: dict[str, object] = {
            "portfolio": PORTFOLIO,
            "symbol": "GAZP",
            "action": 1,
            "type": 2,
            "validity": 2,
            "price": 150.0,
            "amount": 100,
            "stop": 0,
            "cookie": 5,
        }
        return self.ask("Order/Place", key, **{**order, **changes})


def still(robot: Robot) -> dict[str, Any]:
    """What must be the same after the restart, apart from what the market moves."""
    data = robot.ask("HistoricalData/GetMyPortfolioData", mode=1, portfolio=PORTFOLIO)["data"][0]
    positions = robot.ask("AccountInformation/UpdatePosition")["data"]
    (money,) = robot.ask("AccountInformation/SetPortfolio")["data"]
    return {
        "orders": data["orders"],
        "trades": data["trades"],
        "positions": positions,
        "money": [money[name] for name in ("cash", "comission", "saldo")],
    }


def test_state_sessions_and_keys_survive_a_kill(tmp_path: Path) -> None:
    login = {"login": "user_login", "password": "user_password"}
    with GatewayProcess(tmp_path) as gateway:
        robot = Robot(gateway.url)
        assert robot.ask("Auth/Connected", **login)["result"]
        assert robot.ask("AccountInformation/ListenPortfolio", portfolio=PORTFOLIO)["result"]
        assert robot.ask("Instruments/ListenTicks", symbol="GAZP")["result"]
        placed = robot.place("key-1")
        assert placed["result"]
        assert robot.place(type=3, price=0, stop=170.0, cookie=6)["result"]
        assert robot.place(type=1, price=0, cookie=7)["result"]
        refused = robot.place("key-2", amount=5)
        assert refused["code"] == "amount_not_whole_lots"
        seen = robot.ask("AccountInformation/UpdateOrder")
        before = still(robot)
        gateway.kill()

    with GatewayProcess(tmp_path) as gateway:
        robot = Robot(gateway.url)
        assert still(robot) == before
        again = robot.place("key-1")
        assert again["data"] == placed["data"]
        assert robot.place("key-2", amount=5)["code"] == "amount_not_whole_lots"
        assert robot.place("key-1", amount=200)["code"] == "request_key_reused"
        reread = robot.ask("AccountInformation/UpdateOrder", after=0)
        assert reread["data"][: len(seen["data"])] == seen["data"]
        assert robot.ask("Auth/Connected", **login)["code"] == "already_connected"
        order_id = placed["data"][0]["orderid"]
        cancel = {"portfolio": PORTFOLIO, "symbol": "GAZP", "orderid": order_id}
        assert robot.ask("Order/Cancel", **cancel)["result"]


def test_a_second_gateway_on_the_folder_is_refused(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path):
        try:
            GatewayProcess(tmp_path)
        except AssertionError as error:
            assert "Traceback" not in str(error)
            assert "another gateway" in str(error)
        else:
            raise AssertionError("two gateways share one folder")
