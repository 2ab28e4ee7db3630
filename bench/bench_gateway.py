"""Order/Place through the whole gateway against a no-op operation through the same stack.

Goals: with 32 kept connections >= 0.4 of the no-op rate, with a new connection per call >= 0.7;
journal on against journal off >= 0.9. The no-op is `Instruments/GetTime` with a token and a
session: the same parsing, authentication and envelope, and nothing to decide.

The server runs in a process of its own with a data folder in the system's temporary folder; the
load comes from this process, over sockets and a protocol that costs little. Only ratios within one
run count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import requests
from msgspec.structs import replace

from chp import bootstrap
from chp.config import DEMO
from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot
from chp.running import run_demo

if sys.platform == "win32":
    NEW_LOOP = asyncio.new_event_loop
else:
    from uvloop import new_event_loop as NEW_LOOP  # noqa: N812 - a constant here

LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
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


class Calls(asyncio.Protocol):
    """One connection that sends the same request again and again, or once where it closes.

    Next to no work of its own: on a machine of few cores the load competes with what it loads.
    """

    def __init__(self, request: bytes, ends_s: float, *, kept: bool) -> None:
        """Calls until `ends_s` of the performance counter."""
        self._request = request
        self._ends_s = ends_s
        self._kept = kept
        self._received = b""
        self.count = 0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Sends the next one when the answer is whole."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head) if found else None
        if length is None or len(body) < int(length[1]):
            return
        check(body)
        self._received = b""
        self.count += 1
        if self._kept and time.perf_counter() < self._ends_s:
            self._transport.write(self._request)
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells its owner."""
        self.closed.set_result(None)


class Load:
    """Calls one operation over and over for a while."""

    def __init__(self, port: int, urn: str, body: dict[str, Any]) -> None:
        """Prepares both forms of the request."""
        self.port = port
        self.kept = request_bytes(port, urn, body, kept=True)
        self.fresh = request_bytes(port, urn, body, kept=False)

    async def run(self, seconds: float, *, kept: bool) -> float:
        """Calls per second over 32 connections."""
        began_s = time.perf_counter()
        worker = self._keep if kept else self._reconnect
        counts = await asyncio.gather(*(worker(began_s + seconds) for _ in range(CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - began_s)

    async def _keep(self, ends_s: float) -> int:
        return await self._connect(self.kept, ends_s, kept=True)

    async def _reconnect(self, ends_s: float) -> int:
        count = 0
        while time.perf_counter() < ends_s:
            count += await self._connect(self.fresh, ends_s, kept=False)
        return count

    async def _connect(self, request: bytes, ends_s: float, *, kept: bool) -> int:
        _, calls = await asyncio.get_running_loop().create_connection(
            lambda: Calls(request, ends_s, kept=kept), "127.0.0.1", self.port
        )
        await calls.closed
        return calls.count


def once(port: int, urn: str, body: dict[str, Any]) -> None:
    """One call that must succeed."""
    answer = requests.post(f"http://127.0.0.1:{port}/{urn}", json=body, timeout=30)
    check(answer.content)


def check(answer: bytes) -> None:
    """A figure over refusals would be no figure."""
    if b'"result":true' not in answer:
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


def connect(port: int) -> None:
    """Opens the session."""
    body = {"login": "user_login", "password": "user_password", "token": TOKEN}
    once(port, "Auth/Reconnection", body)


def cancel_all(port: int) -> None:
    """Takes the resting orders away: the money that they hold is finite."""
    once(port, "Order/CancelAll", {"token": TOKEN})


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
            connect(any_port)
        for _ in range(rounds):
            for name, load in loads.items():
                for kept in (True, False):
                    key = f"{name}_{'kept' if kept else 'fresh'}"
                    with asyncio.Runner(loop_factory=NEW_LOOP) as runner:
                        rate = runner.run(load.run(seconds, kept=kept))
                    rates.setdefault(key, []).append(rate)
                    cancel_all(load.port)
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
