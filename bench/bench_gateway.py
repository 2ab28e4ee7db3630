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
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
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


def start_server(data: Path, *, journal: bool) -> tuple[subprocess.Popen[str], int]:
    """A demo gateway on a free port; answers the process and the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "chp.cli", "demo", "--port", str(port), "--data", str(data)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "src"))
    if not journal:
        environment["CHP_BENCH_NO_JOURNAL"] = "1"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    for line in process.stdout:
        if "listening" in line:
            return process, port
    raise SystemExit("the gateway did not start")


async def prepare(port: int) -> None:
    """Opens the session."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = {"login": "user_login", "password": "user_password", "token": TOKEN}
    while True:
        ready = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        if b'"ready"' in await call(reader, writer, ready):
            break
    await call(reader, writer, request_bytes(port, "Auth/Reconnection", body, kept=True))
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
    """Interleaved rounds; medians of each rate."""
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        process, port = start_server(Path(folder) / "on", journal=True)
        try:
            asyncio.run(prepare(port))
            noop = Load(port, "Instruments/GetTime", {"token": TOKEN})
            place = Load(port, "Order/Place", place_body())
            for _ in range(rounds):
                for name, load in (("noop", noop), ("place", place)):
                    for kept in (True, False):
                        key = f"{name}_{'kept' if kept else 'fresh'}"
                        rate = asyncio.run(load.run(seconds, kept=kept))
                        rates.setdefault(key, []).append(rate)
        finally:
            process.terminate()
            process.wait()
    return {key: sorted(values)[len(values) // 2] for key, values in rates.items()}


def main() -> int:
    """Prints the figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rates = measure(options.seconds, options.rounds)
    kept = rates["place_kept"] / rates["noop_kept"]
    fresh = rates["place_fresh"] / rates["noop_fresh"]
    figures = {**rates, "ratio_kept": kept, "ratio_fresh": fresh}
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:14s} {value:10.2f}\n")
    return 0 if kept >= 0.4 and fresh >= 0.7 else 1


if __name__ == "__main__":
    raise SystemExit(main())
