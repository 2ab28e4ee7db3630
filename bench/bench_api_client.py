"""How many calls a second `CHP_api.Api` makes, against `requests.post` per call, as a ratio.

Promise: at least 1.8 times `requests.post`, which opens a connection for each call as the old
client did. Both send the same body to the same server, which does nothing and runs in a process
of its own; rounds of both alternate, and the middle round of each counts. Measures the client
alone: no gateway takes part. Run: `python bench/bench_api_client.py [--json]`.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

import requests

from chp.wire.rest.urns import URNS
from CHP_api.CHP_lowlevel_api import Api

GOAL_RATIO: Final = 1.8
BODY: Final = {
    "token": "user_token",
    "since": "2020-10-10T10:10:10.000",
    "interval": 6,
    "symbol": "GAZP",
    "count": 10,
}
CONTENT: Final = json.dumps({"method": "GetBars", "result": True, "data": [BODY] * 2}).encode()
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    % (len(CONTENT), CONTENT)
)


class NoOperation(asyncio.Protocol):
    """Answers the same bytes to each whole request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start with nothing received."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer when head and body are complete; one request at a time is enough here."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if end and len(body) >= _content_length(head):
            self._received = b""
            self._transport.write(ANSWER)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def serve() -> None:
    """Listen on a free port of loopback, tell it on standard output, and never end."""
    server = await asyncio.get_running_loop().create_server(NoOperation, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def calls_per_s(call: Callable[[], requests.Response], calls: int) -> float:
    """Answer the rate of one round of sequential calls."""
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return calls / (time.perf_counter() - started)


def measure(port: int, rounds: int, calls: int) -> dict[str, float]:
    """Answer both rates, calls a second, and their ratio."""
    url = f"http://127.0.0.1:{port}/{URNS['GetBars']}"
    with Api("127.0.0.1", port) as api:

        def ours() -> requests.Response:
            return api.GetBars("user_token", "2020-10-10T10:10:10.000", 6, "GAZP", 10)

        def theirs() -> requests.Response:
            return requests.post(url, json=BODY, timeout=(5, 30))

        pairs = [(calls_per_s(theirs, calls), calls_per_s(ours, calls)) for _ in range(rounds + 1)]
    post_per_s, api_per_s = map(statistics.median, zip(*pairs[1:], strict=True))
    return {
        "requests_post_per_s": post_per_s,
        "api_per_s": api_per_s,
        "ratio": api_per_s / post_per_s,
        "goal_ratio": GOAL_RATIO,
    }


def main() -> int:
    """Measure and report; the exit code is 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description="Api calls a second against requests.post")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=300, help="calls in a round")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            figures = measure(int(server.stdout.readline()), options.rounds, options.calls)
        finally:
            server.kill()
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.write(
            f"requests.post per call: {figures['requests_post_per_s']:8.0f} calls/s\n"
            f"CHP_api.Api:            {figures['api_per_s']:8.0f} calls/s\n"
            f"ratio:                  {figures['ratio']:8.2f} (goal: at least {GOAL_RATIO})\n"
        )
    return 0 if figures["ratio"] >= GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
