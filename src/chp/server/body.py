"""Reading a request's body within its limits.

Not JSON: `chp.wire.rest.decode`. Source: wire.md section 2 (413).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

Receive = Callable[[], Awaitable[dict[str, Any]]]

BODY_LIMIT_BYTES: Final = 64 * 1024
DROP_LIMIT_BYTES: Final = 1024 * 1024
"""A larger body is read and dropped this far, so that the caller gets to read the refusal."""


class BodyTooLarge(Exception):
    """The body is over the limit; what came was dropped."""


class CallerGone(Exception):
    """The connection ended before the body did."""


async def read_body(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        BodyTooLarge: it is over 64 KiB.
        CallerGone: the rest will never come.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        _check(message)
        if len(body) > BODY_LIMIT_BYTES:
            raise BodyTooLarge
        return body
    return await _read_parts(receive, body)


async def _read_parts(receive: Receive, first: bytes) -> bytes:
    parts, size, has_more = [first], len(first), True
    while has_more and size <= DROP_LIMIT_BYTES:
        message = await receive()
        _check(message)
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= BODY_LIMIT_BYTES:
            parts.append(part)
        has_more = message.get("more_body", False)
    if size > BODY_LIMIT_BYTES:
        raise BodyTooLarge
    return b"".join(parts)


def _check(message: dict[str, Any]) -> None:
    if message["type"] == "http.disconnect":
        raise CallerGone
