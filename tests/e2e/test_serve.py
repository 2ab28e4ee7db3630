"""`chp serve` as docs/operating.md says: users by the command line, limits, rights, https."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from chp.accounts import add_demo_account, opened_access
from chp.cli import main
from tests.support.gateway_process import ROOT, GatewayProcess, free_port
from tests.support.plain_robot import PlainRobot

TLS: Final = ROOT / "tests" / "data" / "tls"
PORTFOLIO: Final = "ST111111-MO-01"
TIME: Final = "Instruments/GetTime"
ATTEMPTS: Final = 20_000
"""Calls until the gateway, which looks once a second, must have noticed; none of them waits."""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "chp.cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"},
        timeout=50,
        check=False,
    )


class Operator:
    """Types commands on one data folder, in another process than the gateway's: this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def does(self, line: str, typed: str = "") -> str:
        """What a command that must succeed puts out."""
        with pytest.MonkeyPatch.context() as terminal:
            out = io.StringIO()
            terminal.setattr("sys.stdin", io.StringIO(typed))
            terminal.setattr("sys.stdout", out)
            assert main([*line.split(), "--data", str(self.folder)]) == 0
        return out.getvalue()

    def secret(self, line: str) -> str:
        """The secret that a command shows."""
        return self.does(line).rpartition(": ")[2].strip()


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """The page's first start."""
    made = Operator(tmp_path_factory.mktemp("serve") / "data")
    made.does("user add ivan --password-stdin", typed="right horse\n")
    made.does(f"portfolio add {PORTFOLIO} --login ivan --cash 1000000 --position GAZP=100 --short")
    return made


@pytest.fixture(scope="module")
def tokens(operator: Operator) -> dict[str, str]:
    """Tokens by name."""
    options = {
        "robot-1": f"--portfolio {PORTFOLIO}",
        "robot-2": "",
        "reader": "--right read",
        "leaver": "",
        "elsewhere": "--address 192.0.2.1",
    }
    return {
        name: operator.secret(f"token add {name} --login ivan {more}")
        for name, more in options.items()
    }


@pytest.fixture(scope="module")
def gateway(
    operator: Operator, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway with limits from a file."""
    settings = tmp_path_factory.mktemp("settings") / "chp.toml"
    settings.write_text(
        "[limits]\ncalls_per_s = 100000\ncalls_burst = 100000\norders_per_s = 0.001\n"
        "orders_burst = 3\n[venue]\nlatency_ms = 0\n[log]\nlevel = 'debug'\n",
        "utf-8",
    )
    with GatewayProcess(operator.folder, "serve", "--config", str(settings)) as gateway:
        yield gateway


def robot(gateway: GatewayProcess, token: str) -> PlainRobot:
    """A robot of ivan's with an open session."""
    made = PlainRobot(gateway.url, token)
    made.rows("Auth/Connected", login="ivan", password="right horse")
    return made


def await_status(asking: PlainRobot, status: int) -> None:
    """Asks until the answer has a status."""
    for _ in range(ATTEMPTS):
        if asking.post(TIME, {"token": asking.token}).status_code == status:
            return
    raise AssertionError(f"no {status} in {ATTEMPTS} calls")


def place(asking: PlainRobot) -> requests.Response:
    order: dict[str, Any] = {
        "portfolio": PORTFOLIO,
        "symbol": "GAZP",
        "action": 1,
        "type": 2,
        "validity": 2,
        "price": 150.0,
        "amount": 10,
        "stop": 0,
        "cookie": 5,
    }
    return asking.post("Order/Place", {"token": asking.token, **order})


def test_orders_beyond_the_file_s_limit_get_429_and_other_calls_do_not(
    gateway: GatewayProcess, tokens: dict[str, str]
) -> None:
    trader = robot(gateway, tokens["robot-1"])
    assert len(trader.rows("AccountInformation/GetPortfolioList")) == 1
    answers = [place(trader) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.json()["result"] for answer in answers] == [True, True, True, False]
    assert int(answers[-1].headers["retry-after"]) > 100
    assert trader.ask(TIME)["result"] is True
    other = robot(gateway, tokens["robot-2"])
    assert place(other).json()["result"] is True
    assert len(other.rows("Order/Get", cookie=5)) == 4
    trader.close()
    other.close()


def test_a_token_to_read_with_places_nothing(
    gateway: GatewayProcess, tokens: dict[str, str]
) -> None:
    reader = robot(gateway, tokens["reader"])
    answer = place(reader)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_right")
    assert reader.ask("AccountInformation/ListenPortfolio", portfolio=PORTFOLIO)["result"]
    reader.close()


def test_a_token_of_another_address_is_refused(
    gateway: GatewayProcess, tokens: dict[str, str]
) -> None:
    away = PlainRobot(gateway.url, tokens["elsewhere"])
    answer = away.post(TIME, {"token": away.token})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_address")
    away.close()


def test_what_the_operator_changes_while_it_runs_is_noticed(
    gateway: GatewayProcess, tokens: dict[str, str], operator: Operator
) -> None:
    leaver = robot(gateway, tokens["leaver"])
    operator.does("token revoke leaver")
    operator.does("portfolio add ST222222-MO-01 --login ivan --cash 5000")
    token = operator.secret("token add newcomer --login ivan --portfolio ST222222-MO-01")
    await_status(leaver, 401)
    assert place(leaver).json()["code"] == "token_unknown"
    newcomer = robot(gateway, token)
    listen = "AccountInformation/ListenPortfolio"
    for _ in range(ATTEMPTS):
        if newcomer.ask(listen, portfolio="ST222222-MO-01")["result"]:
            break
    (money,) = newcomer.rows("AccountInformation/SetPortfolio")
    assert money["cash"] == 5000.0
    leaver.close()
    newcomer.close()


def test_a_second_gateway_on_the_folder_is_refused(
    gateway: GatewayProcess, operator: Operator
) -> None:
    done = run("serve", "--data", str(operator.folder), "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith("chp: another gateway uses ")
    assert done.stderr.count("\n") == 1


def test_a_port_that_the_gateway_has_is_refused(gateway: GatewayProcess, tmp_path: Path) -> None:
    done = run("serve", "--data", str(tmp_path), "--port", str(gateway.port))
    assert done.returncode == 1
    assert f"port {gateway.port}" in done.stderr
    assert "--port" in done.stderr


def test_demo_listens_on_no_other_machine_s_side(tmp_path: Path) -> None:
    done = run("demo", "--host", "0.0.0.0", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "this machine only" in done.stderr
    assert not (tmp_path / "data").exists()


def test_serve_speaks_https(tmp_path: Path) -> None:
    settings = tmp_path / "chp.toml"
    settings.write_text(
        f"[server]\ntls_certificate = '{TLS / 'certificate.pem'}'\ntls_key = '{TLS / 'key.pem'}'\n",
        "utf-8",
    )
    data = tmp_path / "data"
    operator = Operator(data)
    operator.does("user add ivan --password-stdin", typed="right horse\n")
    token = operator.secret("token add robot --login ivan")
    with GatewayProcess(data, "serve", "--config", str(settings)) as gateway:
        url = f"https://127.0.0.1:{gateway.port}"
        assert any(f"listening on {url};" in line for line in gateway.output)
        robot = PlainRobot(url, token)
        robot.session.verify = str(TLS / "certificate.pem")
        robot.rows("Auth/Connected", login="ivan", password="right horse")
        assert robot.rows(TIME)
        robot.close()
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(f"{url}/{TIME}", json={"token": token}, timeout=30)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.post(f"{gateway.url}/{TIME}", json={"token": token}, timeout=30)
        assert gateway.stop() == 0


def test_serve_refuses_the_demo_s_folder(tmp_path: Path) -> None:
    with opened_access(tmp_path) as access:
        add_demo_account(access)
    done = run("serve", "--data", str(tmp_path), "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "whose token is public" in done.stderr
