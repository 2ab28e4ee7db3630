"""The envelope: bytes of a success and of a failure, keys in their fixed order.

Not the rows and not the texts. What the caller sent is repeated in a failure without its
secrets. Source: wire.md section 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from chp.wire.rest.faults import Fault
from chp.wire.rest.moscow import moscow_text
from chp.wire.rest.operations import Operation

ECHO_KEYS: Final = 32
"""Keys of a request that a failure repeats."""

ECHO_LENGTH: Final = 256
"""Characters of a text that a failure repeats."""

NO_OPERATION_NUMBER: Final = 1
"""The outer number where the call is no known operation."""

NO_OPERATION_TEXT: Final = "Ошибка запроса"

_SECRET: Final = re.compile("token|pass|pwd|secret|^key$")
"""Keys that are not repeated: `token` and `password`, also misspelt, and the oldest client's `key`,
which was its password."""

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_INTEGER_BITS: Final = 63


def success(
    operation: Operation,
    rows: Sequence[Mapping[str, Any]],
    *,
    time_ns: int,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """The answer of a call that was carried out.

    Args:
        operation: what was called.
        rows: the rows of `data`.
        time_ns: venue time.
        extra: keys beside `data`, such as `seq`.
    """
    envelope = {
        "method": operation.method,
        "result": True,
        "data": rows,
        "time": moscow_text(time_ns),
    }
    if extra:
        envelope.update(extra)
    return _ENCODER.encode(envelope)


def failure(operation: Operation | None, fault: Fault, body: Mapping[str, object] | None) -> bytes:
    """The answer of a call that was not.

    Args:
        operation: what was called; None where that is not known, `fault.method` then stands in.
        fault: what is wrong.
        body: the parsed request; None where there is none.
    """
    method = fault.method if operation is None else operation.method
    number = NO_OPERATION_NUMBER if operation is None else operation.error_number
    errors = [
        {
            "method": method,
            "reason": f"Error #{fault.number}",
            "additional": fault.additional,
            "message": fault.message,
        }
    ]
    envelope = {
        "method": method,
        "result": False,
        "reason": f"Error #{number}",
        "additional": NO_OPERATION_TEXT if operation is None else operation.error_text,
        "dataParam": [] if body is None else [_echo(body)],
        "errorData": errors,
        "dataError": errors,
        "data": [],
        "code": fault.code,
        "detail": fault.detail,
    }
    if fault.field:
        envelope["field"] = fault.field
    return _ENCODER.encode(envelope)


def _echo(body: Mapping[str, object]) -> dict[str, object]:
    """The request as it is repeated: no secrets, nothing long, nothing nested."""
    shown = [item for item in body.items() if not _SECRET.search(item[0])][:ECHO_KEYS]
    return {_cut(key): _echoed(value) for key, value in shown}


def _echoed(value: object) -> object:
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        return _cut(str(value))
    return value if value is None or isinstance(value, bool | int | float | Decimal) else "…"


def _cut(text: str) -> str:
    return text if len(text) <= ECHO_LENGTH else f"{text[: ECHO_LENGTH - 1]}…"
