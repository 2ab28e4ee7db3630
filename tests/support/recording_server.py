"""A real HTTP server on loopback that writes down what it is asked and answers canned bytes.

It stands for the gateway, or for a proxy, towards a client under test. It cannot show that the
gateway understands a request, only what was sent, and over which connection.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ACCEPTED = b'{"method": "Any", "result": true, "data": []}'
WAIT_S = 10.0
"""How long a wait may last before the test fails; no test is meant to come near it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as it arrived."""

    method: str
    target: str
    """The second word of the request line: "/Auth/Connected", through a proxy a whole URL."""
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    connection: int
    """Number of the connection it came over, in order of acceptance, from 0."""

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to one request, and whether it hangs up afterwards without a word."""

    body: bytes = ACCEPTED
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False


class RecordingServer:
    """Listens from `__enter__` to `__exit__`; `answer` may be replaced at any time.

    Args:
        answer: maps a recorded request to the answer; it runs on the connection's own thread and
            may block. None accepts everything.
        tls: the server's TLS context; None means plain http.
    """

    def __init__(
        self,
        answer: Callable[[Recorded], Answer] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answer: Callable[[Recorded], Answer] = answer or (lambda request: Answer())
        self.recorded: list[Recorded] = []
        self._changed = threading.Condition()
        self._accepted = 0
        self._closed = 0
        self._http = _Http(("127.0.0.1", 0), self)
        if tls is not None:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(WAIT_S)

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1."""
        return int(self._http.server_address[1])

    @property
    def calls(self) -> list[tuple[str, Any]]:
        """URN and parsed body of every request, in order of arrival."""
        return [(request.target.removeprefix("/"), request.json) for request in self.recorded]

    @property
    def connections(self) -> list[int]:
        """The connection of every request, in order of arrival."""
        return [request.connection for request in self.recorded]

    def answers(self, bodies: Iterable[object]) -> None:
        """Answer the next requests with these objects as JSON, in order."""
        queue = iter([json.dumps(body).encode() for body in bodies])
        self.answer = lambda request: Answer(next(queue))

    def wait_for_closed(self, count: int) -> None:
        """Return when the server has hung up on `count` connections in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._closed >= count, WAIT_S)

    def accept(self) -> int:
        """Count an accepted connection; the handler calls it."""
        with self._changed:
            self._accepted += 1
            return self._accepted - 1

    def note_closed(self) -> None:
        """Count a closed connection; the handler calls it."""
        with self._changed:
            self._closed += 1
            self._changed.notify_all()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: RecordingServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.owner.note_closed()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that hangs up or refuses our certificate is part of a test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = self.server.owner.accept()

    def do_POST(self) -> None:
        owner = self.server.owner
        request = Recorded(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", 0))),
            self.number,
        )
        owner.recorded.append(request)
        answer = owner.answer(request)
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection = answer.hangs_up or self.close_connection

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""
