"""One connection: uvicorn's HTTP/1.1 protocol with our limits and our envelope.

uvicorn answers broken HTTP in plain text and waits for ever for a slow sender; here both get the
envelope, and so does a caller beyond the limit of connections. Not the operations.
Source: wire.md section 2 (always the envelope).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chp.server.response import RETRY_AFTER_S, Response, Send
from chp.wire.rest import faults
from chp.wire.rest.envelope import failure
from chp.wire.rest.faults import Fault

HEAD_LIMIT_BYTES: Final = 32 * 1024
"""Request line and headers together."""


class Connection(HttpToolsProtocol):
    """One HTTP connection of the gateway; `connection_class` sets its limits."""

    connections_max = 1_000
    """Beyond this many, a connection's requests are answered 503; beyond twice, it is closed."""

    request_timeout_s = 30.0
    """A request must have arrived whole in this time since its first byte."""

    _began_s: float | None = None
    _is_in_head = True
    _has_cycle = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the clock of the first request."""
        super().connection_made(transport)
        self._began_s = self.loop.time()
        count = len(self.connections)
        if count > 2 * self.connections_max:
            transport.abort()
        elif count > self.connections_max:
            self.app = _answer_too_many

    def data_received(self, data: bytes) -> None:
        """Feeds the parser; a head without an end is cut off at its limit."""
        if self.transport.is_closing():
            return
        if self._began_s is None:
            self._began_s = self.loop.time()
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > HEAD_LIMIT_BYTES:
            self._end(faults.malformed_http())

    def on_headers_complete(self) -> None:
        """The head is whole: from here on the body's own limit holds."""
        super().on_headers_complete()
        self._is_in_head, self._has_cycle = False, True

    def on_message_complete(self) -> None:
        """The request is whole: its clock stops."""
        self._began_s = None
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers bytes that are no HTTP with the envelope; `msg` is uvicorn's text."""
        self._end(faults.malformed_http())

    def end_if_late(self, now_s: float) -> None:
        """Ends the connection if its request has been on the way too long."""
        began_s = self._began_s
        if began_s is not None and now_s - began_s > self.request_timeout_s:
            self._end(faults.timeout())

    def _end(self, fault: Fault) -> None:
        if self.transport.is_closing():
            return
        if self._awaits_answer():
            self.transport.write(_failed(fault).raw())
        self.transport.close()

    def _awaits_answer(self) -> bool:
        """Whether bytes written now would be read as the answer to the request under way."""
        if self._is_in_head:
            return not self._has_cycle or self.cycle.response_complete
        return not self.cycle.response_started


def connection_class(connections_max: int, request_timeout_s: float) -> type[Connection]:
    """The protocol class with an operator's limits."""
    limits = {"connections_max": connections_max, "request_timeout_s": request_timeout_s}
    return type("LimitedConnection", (Connection,), limits)


async def _answer_too_many(_scope: Any, _receive: Any, send: Send) -> None:
    await _failed(faults.too_many_connections(RETRY_AFTER_S)).send(send)


def _failed(fault: Fault) -> Response:
    return Response(fault.status, failure(None, fault, None), fault.retry_after_s, closes=True)
