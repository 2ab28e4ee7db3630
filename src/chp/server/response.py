"""An answer as HTTP: status, headers, body.

Not what is in the body: `chp.wire.rest.envelope`. Source: wire.md section 2.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

RETRY_AFTER_S: Final = 1
"""When to ask again where the wait is not known: recovery takes about so long."""

_HEADERS: Final[Headers] = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class Response(Struct):
    """One whole answer."""

    status: int
    body: bytes
    retry_after_s: int | None = None
    allow: str = ""
    """The method for the header Allow of a 405; empty for no such header."""
    closes: bool = False
    """Whether the connection ends with this answer."""

    def headers(self) -> Headers:
        """The headers, length included."""
        headers = [*_HEADERS, (b"content-length", b"%d" % len(self.body))]
        if self.retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % self.retry_after_s))
        if self.allow:
            headers.append((b"allow", self.allow.encode()))
        if self.closes:
            headers.append((b"connection", b"close"))
        return headers

    async def send(self, send: Send) -> None:
        """Sends it as ASGI messages."""
        await send(
            {"type": "http.response.start", "status": self.status, "headers": self.headers()}
        )
        await send({"type": "http.response.body", "body": self.body})

    def raw(self) -> bytes:
        """The bytes of the answer, for a connection on which no request could be read."""
        lines = b"".join(b"%b: %b\r\n" % header for header in self.headers())
        phrase = HTTPStatus(self.status).phrase.encode()
        return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (self.status, phrase, lines, self.body)
