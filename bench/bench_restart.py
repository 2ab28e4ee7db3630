"""How long a demo takes to be ready after `kill -9`, after 8 hours, against its start on nothing.

Promise: under 2 s, and no more than twice the start on an empty (but not first-started) folder.
The 8 hours pass in a process of its own with a fast clock, a robot that listens to every tick and
an order a minute; then a minute passes at the usual pace, so that the newest snapshot is as old as
it gets, and the process kills itself. Each round starts the real command on a copy of that folder.
Run: `python bench/bench_restart.py [--json]`; about seven minutes, most of them for the 8 hours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from chp.accounts import OpenedAccess, add_demo_account
from chp.adapters.folder import DataFolder
from chp.bootstrap import assemble
from chp.config import DEMO
from chp.demo import account
from chp.server.app import GatewayApp

ROOT: Final = Path(__file__).resolve().parent.parent
GOAL_S: Final = 2.0
GOAL_RATIO: Final = 2.0
HOUR_S: Final = 3_600


class FastClock:
    """A `Clock` whose monotonic time runs `speed` times as fast; its wall time is the machine's."""

    def __init__(self, speed: int) -> None:
        """Begins now."""
        self._speed = speed
        self._began_ns = time.monotonic_ns()

    def wall_ns(self) -> int:
        """As the machine says."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Faster than the machine says."""
        return self._began_ns + (time.monotonic_ns() - self._began_ns) * self._speed


async def call(app: GatewayApp, urn: str, **body: object) -> dict[str, Any]:
    """One call of the ASGI callable; its envelope."""
    raw = json.dumps({"token": account.TOKEN, **body}).encode()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({"method": "POST", "path": f"/{urn}", "headers": []}, receive, send)
    envelope: dict[str, Any] = json.loads(sent[1]["body"])
    return envelope


async def live(path: Path, *, speed: int, venue_s: int, is_killed: bool) -> None:
    """One life of the demo: `venue_s` seconds of its time."""
    folder = DataFolder(path)
    folder.lock()
    access = OpenedAccess(folder.access)
    add_demo_account(access)
    service, app = assemble(DEMO, folder, access, FastClock(speed))
    await service.start()
    login = {"login": account.LOGIN, "password": account.PASSWORD}
    await call(app, "Auth/Reconnection", **login)
    await call(app, "AccountInformation/ListenPortfolio", portfolio=account.PORTFOLIO.name)
    for row in (await call(app, "Instruments/GetSymbols"))["data"]:
        await call(app, "Instruments/ListenTicks", symbol=row["symbol"])
    await trade(app, minutes=venue_s // 60, pause_s=60 / speed)
    if is_killed:
        os._exit(9)
    await service.stop()
    folder.unlock()


async def trade(app: GatewayApp, *, minutes: int, pause_s: float) -> None:
    """An order a minute: market and limit, buy and sell, some of them left to rest."""
    for minute in range(minutes):
        order = {
            "portfolio": account.PORTFOLIO.name,
            "symbol": "GAZP" if minute % 2 else "SBER",
            "action": 1 + minute // 2 % 2,
            "type": 1 + minute % 3 % 2,
            "validity": 2,
            "price": 150 if minute % 2 else 250,
            "amount": 10,
            "stop": 0,
            "cookie": minute,
        }
        await call(app, "Order/Place", **order)
        await asyncio.sleep(pause_s)


def start_s(path: Path, port: int) -> float:
    """Seconds from the command to its word that it is ready."""
    command = [sys.executable, "-m", "chp.cli", "demo", "--port", str(port), "--data", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    began_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "is ready" in line:
                took_s = time.perf_counter() - began_s
                process.kill()
                return took_s
    raise SystemExit("the gateway did not start")


def measure(folder: Path, *, hours: float, speed: int, rounds: int, port: int) -> dict[str, float]:
    """Medians of both starts, and what they are compared by."""
    old, new = folder / "old", folder / "new"
    venue_s = int(hours * HOUR_S)
    for arguments in ([str(speed), str(venue_s), "stop"], ["1", "60", "kill"]):
        subprocess.run([sys.executable, __file__, "--live", str(old), *arguments], check=False)
    start_s(new, port)
    after: list[float] = []
    on_nothing: list[float] = []
    for number in range(rounds):
        for kind, source, results in (("o", old, after), ("n", new, on_nothing)):
            copy = folder / f"{kind}{number}"
            shutil.copytree(source, copy)
            results.append(start_s(copy, port))
            shutil.rmtree(copy)
    after_s, nothing_s = statistics.median(after), statistics.median(on_nothing)
    return {
        "hours": hours,
        "restart_s": after_s,
        "restart_max_s": max(after),
        "start_on_nothing_s": nothing_s,
        "ratio": after_s / nothing_s,
        "folder_mb": sum(f.stat().st_size for f in old.rglob("*") if f.is_file()) / 1e6,
        "goal_s": GOAL_S,
        "goal_ratio": GOAL_RATIO,
    }


def main() -> int:
    """Prints the figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description="Restart after kill -9 and 8 hours of demo")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--speed", type=int, default=100, help="how fast the hours pass")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=5099)
    parser.add_argument("--live", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.live:
        path, speed, venue_s, end = options.live
        asyncio.run(
            live(Path(path), speed=int(speed), venue_s=int(venue_s), is_killed=end == "kill")
        )
        return 0
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(
            Path(folder),
            hours=options.hours,
            speed=options.speed,
            rounds=options.rounds,
            port=options.port,
        )
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:20s} {value:8.2f}\n")
    return 0 if figures["restart_s"] < GOAL_S and figures["ratio"] <= GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
