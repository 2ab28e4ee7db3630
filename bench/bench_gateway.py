"""Order/Place through the whole gateway against a no-op operation through the same stack.

Goals: with 32 kept connections >= 0.4 of the no-op rate, with a new connection per call >= 0.7;
journal on against journal off >= 0.9. The no-op is `Instruments/GetTime` with a token and a
session: the same parsing, authentication and envelope, and nothing to decide.

The server runs in a process of its own with a data folder in the system's temporary folder; the
load comes from this process over raw sockets, which cost little. Only ratios within one run count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from chp import bootstrap
from chp.config import DEMO
from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot
from chp.running import run_demo

GOALS: Final = {"ratio_kept": 0.4, "ratio_fresh": 0.7, "ratio_journal": 0.9}
RATIOS: Final = {
    "ratio_kept": ("place_kept", "noop_kept"),
    "ratio_fresh": ("place_fresh", "noop_fresh"),
    "ratio_journal": ("place_kept", "place_unjournalled_kept"),
}
CONNECTIONS = 32
TOKEN = "user_token"
PORTFOLIO = "ST123456-MO-01"


def request_bytes(port: int, urn: str, body: dict[str, Any], *, kept: bool) -> bytes:
    """One POST, ready to be sent."""
    payload = json.dumps(body).encode()
    head = (
        f"POST /{urn} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(payload)}\r\nConnection: {'keep-alive' if kept else 'close'}\r\n\r\n"
    )
    return head.encode() + payload


async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    """Sends one request and reads its answer's body."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    return await reader.readexactly(length)


class Load:
    """Calls one operation over and over for a while."""

    def __init__(self, port: int, urn: str, body: dict[str, Any]) -> None:
        """Prepares both forms of the request."""
        self.port = port
        self.kept = request_bytes(port, urn, body, kept=True)
        self.fresh = request_bytes(port, urn, body, kept=False)

    async def run(self, seconds: float, *, kept: bool) -> float:
        """Calls per second over 32 connections."""
        end = time.perf_counter() + seconds
        worker = self._keep if kept else self._reconnect
        began = time.perf_counter()
        counts = await asyncio.gather(*(worker(end) for _ in range(CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - began)

    async def _keep(self, end: float) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        count = 0
        while time.perf_counter() < end:
            check(await call(reader, writer, self.kept))
            count += 1
        writer.close()
        return count

    async def _reconnect(self, end: float) -> int:
        count = 0
        while time.perf_counter() < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            check(await call(reader, writer, self.fresh))
            writer.close()
            count += 1
        return count


def check(answer: bytes) -> None:
    """A figure over refusals would be no figure."""
    if b'"result":true' not in answer.replace(b" ", b""):
        raise SystemExit(f"refused: {answer[:400]!r}")


class Forgetful:
    """A `JournalStore` that keeps nothing: what the gateway would be without a disk."""

    def __init__(self, path: Path) -> None:
        """Takes a path, as the real one does."""

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Forgets."""

    def sync(self) -> None:
        """Has nothing to wait for."""

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Forgets."""

    def latest_snapshot(self) -> Snapshot | None:
        """None, always."""
        return None

    def latest_version(self) -> str | None:
        """None, always."""
        return None

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """None, always."""
        return iter(())

    def checkpoint(self) -> None:
        """Has nothing to keep in order."""

    def close(self) -> None:
        """Has nothing to close."""


def serve(port: int, data: Path, *, journal: bool) -> None:
    """The demo in this process, until it is stopped."""
    if not journal:
        setattr(bootstrap, "SqliteJournal", Forgetful)  # noqa: B010 - mypy forbids the plain form
    settings = replace(DEMO, server=replace(DEMO.server, port=port))
    run_demo(settings, data, is_fresh=False)


@contextlib.contextmanager
def running_server(data: Path, *, journal: bool) -> Iterator[int]:
    """A demo gateway in a process of its own; answers its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        __file__,
        "--serve",
        str(port),
        str(data),
        "on" if journal else "off",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if not any("is ready" in line for line in process.stdout):
                raise SystemExit("the gateway did not start")
            yield port
        finally:
            process.terminate()


async def prepare(port: int) -> None:
    """Opens the session."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = {"login": "user_login", "password": "user_password", "token": TOKEN}
    check(await call(reader, writer, request_bytes(port, "Auth/Reconnection", body, kept=True)))
    writer.close()


async def cancel_all(port: int) -> None:
    """Takes the resting orders away: the money that they hold is finite."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    body = {"token": TOKEN}
    check(await call(reader, writer, request_bytes(port, "Order/CancelAll", body, kept=True)))
    writer.close()


def place_body() -> dict[str, Any]:
    """A limit buy of one lot far below the market: it rests."""
    return {
        "token": TOKEN,
        "portfolio": PORTFOLIO,
        "symbol": "GAZP",
        "action": 1,
        "type": 2,
        "validity": 1,
        "price": 130.0,
        "amount": 10,
        "stop": 0,
        "cookie": 1,
    }


def measure(seconds: float, rounds: int) -> dict[str, float]:
    """Interleaved rounds over two gateways, one of them without a journal.

    Answers the median of each rate, and of each ratio within a round: rates wander together.
    """
    rates: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "on", journal=True) as port,
        running_server(Path(folder) / "off", journal=False) as other_port,
    ):
        loads = {
            "noop": Load(port, "Instruments/GetTime", {"token": TOKEN}),
            "place": Load(port, "Order/Place", place_body()),
            "place_unjournalled": Load(other_port, "Order/Place", place_body()),
        }
        for any_port in (port, other_port):
            asyncio.run(prepare(any_port))
        for _ in range(rounds):
            for name, load in loads.items():
                for kept in (True, False):
                    key = f"{name}_{'kept' if kept else 'fresh'}"
                    rate = asyncio.run(load.run(seconds, kept=kept))
                    rates.setdefault(key, []).append(rate)
                    asyncio.run(cancel_all(load.port))
    figures = {key: statistics.median(values) for key, values in rates.items()}
    for name, (subject, peer) in RATIOS.items():
        pairs = zip(rates[subject], rates[peer], strict=True)
        figures[name] = statistics.median(one / other for one, other in pairs)
    return figures


def main() -> int:
    """Prints the figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description="Order/Place through the whole gateway")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        port, data, journal = options.serve
        serve(int(port), Path(data), journal=journal == "on")
        return 0
    figures = measure(options.seconds, options.rounds)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:26s} {value:10.2f}  {GOALS.get(name, '')}\n")
    return 0 if all(figures[name] >= goal for name, goal in GOALS.items()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
