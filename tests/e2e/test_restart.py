"""kill -9 and restart: everything a robot was told is still so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.plain_robot import LOGIN, PORTFOLIO, PlainRobot


def still(robot: PlainRobot) -> dict[str, Any]:
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
    with GatewayProcess(tmp_path) as gateway, closing(PlainRobot(gateway.url)) as robot:
        assert robot.ask("Auth/Connected", **LOGIN)["result"]
        assert robot.ask("AccountInformation/ListenPortfolio", portfolio=PORTFOLIO)["result"]
        assert robot.ask("Instruments/ListenTicks", symbol="GAZP")["result"]
        placed = robot.place(requestId="key-1")
        assert placed["result"]
        assert robot.place(type=3, price=0, stop=170.0, cookie=6)["result"]
        assert robot.place(type=1, price=0, cookie=7)["result"]
        refused = robot.place(requestId="key-2", amount=5)
        assert refused["code"] == "amount_not_whole_lots"
        seen = robot.ask("AccountInformation/UpdateOrder")
        before = still(robot)
        gateway.kill()

    with GatewayProcess(tmp_path) as gateway, closing(PlainRobot(gateway.url)) as robot:
        assert still(robot) == before
        again = robot.place(requestId="key-1")
        assert again["data"] == placed["data"]
        assert robot.place(requestId="key-2", amount=5)["code"] == "amount_not_whole_lots"
        assert robot.place(requestId="key-1", amount=200)["code"] == "request_key_reused"
        reread = robot.ask("AccountInformation/UpdateOrder", after=0)
        assert reread["data"][: len(seen["data"])] == seen["data"]
        assert robot.ask("Auth/Connected", **LOGIN)["code"] == "already_connected"
        order_id = placed["data"][0]["orderid"]
        cancel = {"portfolio": PORTFOLIO, "symbol": "GAZP", "orderid": order_id}
        assert robot.ask("Order/Cancel", **cancel)["result"]


def test_a_second_gateway_on_the_folder_is_refused(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path):
        with pytest.raises(AssertionError, match="another gateway") as refused:
            GatewayProcess(tmp_path)
        assert "Traceback" not in str(refused.value)
