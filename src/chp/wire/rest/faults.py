"""One error of one call: what is answered instead of rows.

Not the table of the texts (`chp.wire.rest.troubles`), not the envelope around a fault
(`chp.wire.rest.envelope`). Source: wire.md section 2.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from chp.model.access import Right
from chp.model.refusal import Refusal, RejectReason
from chp.wire.rest import troubles
from chp.wire.rest.fields import REQUEST_KEY_LIMIT
from chp.wire.rest.operations import Operation
from chp.wire.rest.troubles import Trouble
from chp.wire.rest.values import Expected, ValueRefused

SHOWN_LENGTH: Final = 64
"""Characters of what came that a text repeats."""


class Fault(Struct, frozen=True):
    """One error of one call."""

    status: int
    code: str
    number: int
    additional: str
    message: str
    detail: str
    field: str = ""
    """The body's key at fault; empty where no one is."""
    retry_after_s: int | None = None
    """Seconds for the header Retry-After; None for no such header."""
    method: str = ""
    """What the caller tried, where no operation is known."""


_BY_CODE: Final = {trouble.code: trouble for trouble in troubles.TROUBLES}
_BY_REASON: Final = {reason: _BY_CODE[reason.name.lower()] for reason in RejectReason}

_SPELLINGS: Final = {
    "limit_price": "price",
    "stop_price": "stop",
    "target_price": "targetprice",
}
"""The model's names of fields that the wire spells otherwise."""

_PHRASES: Final = tuple(
    (re.compile(pattern), russian)
    for pattern, russian in (
        (r"a multiple of (\S+)", r"число, кратное \1"),
        (r"at most (\S+) securities", r"не больше \1 ЦБ"),
        (r"at most (\S+)", r"не больше \1"),
        (r"more than 0", r"больше 0"),
        (r"a whole number", r"целое число"),
        (
            r"more than 0 to walk back, less than 0 to walk forward",
            r"больше 0 – назад, меньше 0 – вперёд",
        ),
        (r"(\S+) to (\S+)", r"от \1 до \2"),
        (
            r"a whole number of lots: (\S+) securities are 1 lot, so (\S+) securities"
            r" are (\S+) lots; \S+ lots would be (\S+) securities",
            r"целое число лотов: в лоте \1 ЦБ, поэтому \2 ЦБ – это \3 лота;"
            r" \2 в лотах – это \4 ЦБ",
        ),
        (
            r"liquidation value above initial margin after the (order|move)",
            r"чтобы ликвидационная стоимость оставалась не ниже начальной маржи",
        ),
    )
)


def _in_russian(expected: str) -> str:
    """The phrase in Russian; the English one where it is not known."""
    for pattern, russian in _PHRASES:
        found = pattern.fullmatch(expected)
        if found is not None:
            return found.expand(russian)
    return expected


def of_refusal(operation: Operation, refusal: Refusal) -> Fault:
    """The fault of what the venue or the gateway refused, with the wire's field name."""
    field = _SPELLINGS.get(refusal.field, refusal.field)
    known = {field_.name for field_ in operation.fields} | {"requestId"}
    return _fault(
        _BY_REASON[refusal.reason],
        field=field if field in known else "",
        name=refusal.name,
        came=refusal.came,
        expected=(refusal.expected, _in_russian(refusal.expected)),
    )


def unknown_urn(path: str) -> Fault:
    """404: no operation has this path."""
    return _fault(troubles.UNKNOWN_URN, came=path, method=_last_part(path))


def legacy_url(path: str) -> Fault:
    """404: a path of the oldest protocol."""
    return _fault(troubles.LEGACY_URL, method=_last_part(path))


def not_post(method: str, expected: str = "POST") -> Fault:
    """405: another HTTP method than the path takes."""
    return _fault(troubles.NOT_POST, came=method, expected=(expected, expected))


def body_too_large(limit_bytes: int) -> Fault:
    """413: the body is over the limit."""
    return _fault(troubles.BODY_TOO_LARGE, expected=(str(limit_bytes), str(limit_bytes)))


def not_json() -> Fault:
    """400: the body is no JSON object."""
    return _fault(troubles.NOT_JSON)


def token_missing() -> Fault:
    """400: no `token`, or one that is no text."""
    return _fault(troubles.TOKEN_MISSING, field="token")


def token_unknown() -> Fault:
    """401: the token is unknown, revoked or expired."""
    return _fault(troubles.TOKEN_UNKNOWN, field="token")


def recovering(retry_after_s: int) -> Fault:
    """503: the state is being recovered."""
    return _fault(troubles.RECOVERING, retry_after_s=retry_after_s)


def stopping(retry_after_s: int) -> Fault:
    """503: the gateway is shutting down."""
    return _fault(troubles.STOPPING, retry_after_s=retry_after_s)


def busy(retry_after_s: int) -> Fault:
    """503: too many requests wait for the disk."""
    return _fault(troubles.BUSY, retry_after_s=retry_after_s)


def rate_limited(retry_after_s: int) -> Fault:
    """429: the token asks too often."""
    return _fault(troubles.RATE_LIMITED, retry_after_s=retry_after_s)


def forbidden_right(right: Right) -> Fault:
    """403: the token lacks the operation's right."""
    return _fault(troubles.FORBIDDEN_RIGHT, expected=(right.value, right.value))


def forbidden_origin(origin: str) -> Fault:
    """403: a browser sends this for a page that is not the gateway's."""
    return _fault(troubles.FORBIDDEN_ORIGIN, came=origin)


def forbidden_host(host: str) -> Fault:
    """403: the header Host names another server."""
    return _fault(troubles.FORBIDDEN_HOST, came=host)


def forbidden_address(address: str) -> Fault:
    """403: the token has a list of addresses, and this is none of them."""
    return _fault(troubles.FORBIDDEN_ADDRESS, came=address)


def missing_field(name: str, expected: Expected) -> Fault:
    """400: a key that is needed is absent or null."""
    return _fault(troubles.FIELD_MISSING, field=name, expected=expected)


def bad_field(name: str, came: object, expected: Expected, *, is_secret: bool = False) -> Fault:
    """400: a key's value is none that is taken; a secret one is not repeated.

    Args:
        name: the key as the documents spell it.
        came: the value as parsed.
        expected: what would have been taken, in English and in Russian.
        is_secret: whether the value must not be seen.
    """
    seen = "***" if is_secret else shown(came)
    return _fault(troubles.BAD_FIELD, field=name, came=seen, expected=expected)


def of_value(refused: ValueRefused) -> Fault:
    """400: what a field's reader refused."""
    field = refused.field
    return bad_field(field.name, refused.came, refused.expected, is_secret=field.is_secret)


def bad_request_key(came: object) -> Fault:
    """400: the idempotency key is no text of 1 to 128 characters."""
    most = REQUEST_KEY_LIMIT
    expected = (f"a text of 1 to {most} characters", f"строка от 1 до {most} знаков")
    return bad_field("requestId", came, expected)


def key_conflict(key: str) -> Fault:
    """409: the idempotency key was used with another request."""
    return _fault(troubles.KEY_CONFLICT, field="requestId", name=key)


def timeout() -> Fault:
    """408: the request did not arrive in time."""
    return _fault(troubles.TIMEOUT)


def too_many_connections(retry_after_s: int) -> Fault:
    """503: the limit of connections is reached."""
    return _fault(troubles.TOO_MANY_CONNECTIONS, retry_after_s=retry_after_s)


def malformed_http() -> Fault:
    """400: the bytes are no HTTP request."""
    return _fault(troubles.MALFORMED_HTTP)


def internal(incident: str) -> Fault:
    """500: a defect of ours; `incident` is the number under which the log has it."""
    return _fault(troubles.INTERNAL, name=incident)


def outcome_unknown() -> Fault:
    """500: the journal failed with the call on its way; not to be repeated without its key."""
    return _fault(troubles.OUTCOME_UNKNOWN)


def shown(value: object) -> str:
    """A value as a text repeats it: shortened, containers without what is in them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    return _cut(f'"{value}"' if isinstance(value, str) else str(value))


def _cut(text: str) -> str:
    text = text.encode(errors="replace").decode()
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"


def _last_part(path: str) -> str:
    return _cut(path.rstrip("/").rpartition("/")[2])


def _fault(
    trouble: Trouble,
    *,
    field: str = "",
    name: str = "",
    came: str = "",
    expected: Expected = ("", ""),
    retry_after_s: int | None = None,
    method: str = "",
) -> Fault:
    name, came = _cut(name), _cut(came)
    return Fault(
        status=trouble.status,
        code=trouble.code,
        number=trouble.number,
        additional=trouble.russian,
        message=trouble.message.format(field=field, name=name, came=came, expected=expected[1]),
        detail=trouble.detail.format(field=field, name=name, came=came, expected=expected[0]),
        field=field,
        retry_after_s=retry_after_s,
        method=method,
    )
