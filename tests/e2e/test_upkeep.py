"""`chp verify`, `backup` and `restore` as an operator uses them, around a real gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from chp.adapters.folder import LOCK_NAME
from chp.cli import main
from tests.support.gateway_process import GatewayProcess
from tests.support.plain_robot import PORTFOLIO, PlainRobot


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every path in a folder, with the bytes of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def order_ids(robot: PlainRobot) -> set[str]:
    (history,) = robot.rows("HistoricalData/GetMyPortfolioData", mode=2, portfolio=PORTFOLIO)
    return {order["id"] for order in history["orders"]}


def trade(robot: PlainRobot, rounds: int) -> list[str]:
    """Orders that wait and orders that are filled at once; answers the ids acknowledged."""
    placed = []
    for number in range(rounds):
        placed.append(robot.place(cookie=number))
        placed.append(robot.place(type=1, price=0, action=1 + number % 2))
    return [answer["data"][0]["orderid"] for answer in placed]


@contextmanager
def load(url: str, went_on: Event) -> Iterator[None]:
    """Another robot that trades until the end; sets `went_on` whenever it was answered."""
    done = Event()

    def run() -> None:
        with closing(PlainRobot(url)) as robot:
            while not done.is_set():
                trade(robot, 1)
                went_on.set()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_backup_under_load_restores_every_order_acknowledged_before(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    with GatewayProcess(data) as gateway, closing(PlainRobot(gateway.url)) as robot:
        robot.connect()
        robot.rows("AccountInformation/ListenPortfolio", portfolio=PORTFOLIO)
        robot.rows("Instruments/ListenTicks", symbol="GAZP")
        went_on = Event()
        with load(gateway.url, went_on):
            acknowledged = trade(robot, 40)
            went_on.clear()
            assert main(["backup", str(backup), "--data", str(data)]) == 0
            assert went_on.is_set(), "the load must have gone on meanwhile"
        later = trade(robot, 1)
        gateway.kill()
    left = contents(data)
    assert main(["restore", str(backup), "--data", str(data)]) == 0
    (aside,) = tmp_path.glob("data.old-*")
    assert contents(aside) == left
    assert set(contents(backup)) | {LOCK_NAME} == set(contents(data))
    with GatewayProcess(data) as gateway, closing(PlainRobot(gateway.url)) as robot:
        known = order_ids(robot)
        assert set(acknowledged) <= known
        assert not known.intersection(later)
        assert robot.place()["result"]
        assert gateway.stop() == 0
    assert main(["verify", "--data", str(data)]) == 0


def test_verify_says_that_a_gateway_uses_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GatewayProcess(tmp_path):
        assert main(["verify", "--data", str(tmp_path)]) == 1
        assert main(["restore", str(tmp_path), "--data", str(tmp_path / "other")]) == 1
        assert capsys.readouterr().err.count("another gateway uses") == 2


@pytest.mark.parametrize("is_killed", [True, False])
def test_verify_changes_no_byte_and_tells_machines_what_it_tells_people(
    is_killed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GatewayProcess(tmp_path) as gateway, closing(PlainRobot(gateway.url)) as robot:
        robot.connect()
        trade(robot, 5)
        if is_killed:
            gateway.kill()
        else:
            assert gateway.stop() == 0
    before = contents(tmp_path)
    assert is_killed is ("journal.sqlite-wal" in before)
    assert main(["verify", "--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["verify", "--data", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert contents(tmp_path) == before
    assert told["is_ok"] is True
    assert lines == [f"ok      {check['name']}: {check['detail']}" for check in told["checks"]]
    assert len(lines) == 14
