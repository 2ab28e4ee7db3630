"""The gateway as one ASGI callable: every call goes through one order of checks.

Not the answers themselves: those are `chp.app.gateway`'s, their spelling `chp.wire.rest`'s.
The order of the checks and of their statuses is wire.md section 2; decision 0002 says why no
framework stands here.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from chp.app.access import Access
from chp.app.gateway import Gateway
from chp.app.writer import OutcomeUnknown, WriterBusy, WriterClosed
from chp.model.access import Caller, Right
from chp.model.answers import Answer
from chp.model.refusal import Refusal, RejectReason
from chp.server.body import BODY_LIMIT_BYTES, BodyTooLarge, CallerGone, Receive, read_body
from chp.server.limits import RateLimit
from chp.server.origin import OriginGuard
from chp.server.pages import PAGES, Page
from chp.server.response import RETRY_AFTER_S, Response, Send
from chp.wire.rest import faults
from chp.wire.rest.decode import parse_object, request_key_of, request_of, token_of
from chp.wire.rest.envelope import failure, success
from chp.wire.rest.faults import Fault
from chp.wire.rest.operations import Operation, find, is_legacy
from chp.wire.rest.rows import rows_of

logger = logging.getLogger(__name__)

Scope = Mapping[str, Any]
Body = dict[str, object]

_IMPLIED: Final = {
    Right.READ: frozenset({Right.READ, Right.TRADE, Right.ADMIN}),
    Right.TRADE: frozenset({Right.TRADE, Right.ADMIN}),
    Right.ADMIN: frozenset({Right.ADMIN}),
}
"""By needed right: the rights that include it."""


class Limits(Struct, frozen=True):
    """How often a token may call; None means as often as it likes."""

    calls: RateLimit | None = None
    orders: RateLimit | None = None


class _Headers(Struct):
    """The few headers that matter; None for an absent one."""

    host: str | None = None
    origin: str | None = None
    request_key: str | None = None


class GatewayApp:
    """Answers HTTP requests over one gateway."""

    def __init__(
        self, gateway: Gateway, access: Access, guard: OriginGuard, limits: Limits
    ) -> None:
        """A callable that answers 503 until the gateway is ready."""
        self._gateway = gateway
        self._access = access
        self._guard = guard
        self._limits = limits
        self.is_stopping = False
        """Set while the gateway finishes what was accepted; 503 then says so."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            response = await self._respond(scope, receive)
        except CallerGone:
            return
        except Exception:
            incident = secrets.token_hex(4)
            logger.exception("incident %s: %s %s", incident, scope["method"], scope["path"])
            response = _response(find(scope["path"]), faults.internal(incident), None)
        await response.send(send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        path: str = scope["path"]
        operation = find(path)
        if operation is None:
            return self._get(scope, path)
        if scope["method"] != "POST":
            return _response(operation, faults.not_post(_shown(scope["method"])), None)
        try:
            raw = await read_body(receive)
        except BodyTooLarge:
            response = _response(operation, faults.body_too_large(BODY_LIMIT_BYTES), None)
            response.closes = True
            return response
        body = parse_object(raw)
        if isinstance(body, Fault):
            return _response(operation, body, None)
        return await self._answer(scope, operation, body)

    def _get(self, scope: Scope, path: str) -> Response:
        page: Page | None = PAGES.get(path)
        if page is None:
            fault = faults.legacy_url(path) if is_legacy(path) else faults.unknown_urn(path)
            return _response(None, fault, None)
        headers = _headers(scope)
        fault_of_origin = self._foreign(headers)
        if fault_of_origin is not None:
            return _response(None, fault_of_origin, None)
        if scope["method"] not in ("GET", "HEAD"):
            return _response(None, faults.not_post(_shown(scope["method"]), "GET"), None)
        return page(self._gateway.is_ready)

    async def _answer(self, scope: Scope, operation: Operation, body: Body) -> Response:
        token = token_of(body)
        if isinstance(token, Fault):
            return _response(operation, token, body)
        caller = self._access.caller(token)
        headers = _headers(scope)
        fault = self._not_admitted(scope, operation, caller, headers)
        if fault is not None or caller is None:
            return _response(operation, fault or faults.token_unknown(), body)
        request = request_of(operation, body)
        if isinstance(request, Fault):
            return _response(operation, request, body)
        key = request_key_of(body, headers.request_key) if operation.is_idempotent else None
        if isinstance(key, Fault):
            return _response(operation, key, body)
        try:
            answer = await self._gateway.answer(caller, request, key)
        except WriterBusy:
            return _response(operation, faults.busy(RETRY_AFTER_S), body)
        except OutcomeUnknown:
            return _response(operation, faults.outcome_unknown(), body)
        except WriterClosed:
            return _response(operation, faults.stopping(RETRY_AFTER_S), body)
        if isinstance(answer, Refusal):
            return _response(operation, _fault_of(operation, answer), body)
        return self._success(operation, answer, caller, token)

    def _not_admitted(
        self, scope: Scope, operation: Operation, caller: Caller | None, headers: _Headers
    ) -> Fault | None:
        """Why a call goes no further, in the documented order: 401, 503, 429, 403."""
        if caller is None:
            return faults.token_unknown()
        if not self._gateway.is_ready:
            waits = faults.stopping if self.is_stopping else faults.recovering
            return waits(RETRY_AFTER_S)
        wait_s = self._wait_s(operation, caller)
        if wait_s is not None:
            return faults.rate_limited(wait_s)
        if not _IMPLIED[operation.right] & caller.rights:
            return faults.forbidden_right(operation.right)
        if caller.addresses:
            address = _address(scope)
            if address not in caller.addresses:
                return faults.forbidden_address(address)
        return self._foreign(headers)

    def _wait_s(self, operation: Operation, caller: Caller) -> int | None:
        limits = self._limits
        wait_s = limits.calls.take(caller.token_id) if limits.calls is not None else None
        if wait_s is None and limits.orders is not None and operation.right is Right.TRADE:
            return limits.orders.take(caller.token_id)
        return wait_s

    def _foreign(self, headers: _Headers) -> Fault | None:
        host, origin = headers.host, headers.origin
        if host is not None and not self._guard.allows_host(host):
            return faults.forbidden_host(host)
        if origin is not None and not self._guard.allows_origin(origin, host or ""):
            return faults.forbidden_origin(origin)
        return None

    def _success(
        self, operation: Operation, answer: Answer, caller: Caller, token: str
    ) -> Response:
        rows, extra = rows_of(answer, self._gateway.instruments, caller, token)
        time_ns = self._gateway.venue_time_ns()
        return Response(200, success(operation, rows, time_ns=time_ns, extra=extra))


def _fault_of(operation: Operation, refusal: Refusal) -> Fault:
    if refusal.reason is RejectReason.REQUEST_KEY_REUSED:
        return faults.key_conflict(refusal.name)
    return faults.of_refusal(operation, refusal)


def _response(operation: Operation | None, fault: Fault, body: Body | None) -> Response:
    response = Response(fault.status, failure(operation, fault, body), fault.retry_after_s)
    if fault.status == 405:
        response.allow = "GET" if operation is None else "POST"
    return response


def _headers(scope: Scope) -> _Headers:
    found = _Headers()
    for name, value in scope["headers"]:
        if name == b"host":
            found.host = value.decode("latin-1")
        elif name == b"origin":
            found.origin = value.decode("latin-1")
        elif name == b"idempotency-key":
            found.request_key = value.decode("latin-1")
    return found


def _address(scope: Scope) -> str:
    """The caller's address; empty where the server does not know it.

    On a socket for both kinds an IPv4 address comes as IPv6, with this in front.
    """
    client = scope.get("client")
    return client[0].removeprefix("::ffff:") if client else ""


def _shown(method: str) -> str:
    return method[:16]
