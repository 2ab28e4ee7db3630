"""What answers GET: health, readiness, the protocol's description.

Not the operations. Source: wire.md section 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from chp.server.response import RETRY_AFTER_S, Response
from chp.wire.rest.openapi import document

Page = Callable[[bool], Response]
"""Makes the answer; given whether the gateway is ready."""


def _health(_is_ready: bool) -> Response:
    return Response(200, b'{"status":"alive"}')


def _readiness(is_ready: bool) -> Response:
    if is_ready:
        return Response(200, b'{"status":"ready"}')
    return Response(503, b'{"status":"recovering or stopping"}', RETRY_AFTER_S)


class Description:
    """`/openapi.json`, made when first asked for."""

    def __init__(self) -> None:
        """Nothing made yet."""
        self._body = b""

    def __call__(self, _is_ready: bool) -> Response:
        """The document."""
        if not self._body:
            self._body = msgspec.json.encode(document())
        return Response(200, self._body)


PAGES: Final[dict[str, Page]] = {
    "/healthz": _health,
    "/readyz": _readiness,
    "/openapi.json": Description(),
}
