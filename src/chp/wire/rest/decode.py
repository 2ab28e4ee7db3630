"""From bytes to a request: lenient about spelling, exact about values.

Not a judgement of the request: the venue does that. Nothing here raises, whatever comes: what
cannot be read is answered as a `Fault`. Source: wire.md sections 1, 2 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from chp.model import requests as ask
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import Request
from chp.wire.rest import faults
from chp.wire.rest.faults import Fault
from chp.wire.rest.fields import GET_ORDER, REQUEST_KEY_LIMIT, Field
from chp.wire.rest.operations import OPERATIONS, Operation
from chp.wire.rest.values import Expected, Reader, ValueRefused, expected_of, json_number, reader_of

_DECODER: Final = msgspec.json.Decoder(float_hook=json_number)

_ONE_OF_THREE: Final = (
    "exactly one of orderid, cookie, requestId",
    "ровно одно из полей orderid, cookie, requestId",
)


def parse_object(raw: bytes) -> dict[str, object] | Fault:
    """The JSON object of a body, its keys in lower case; of keys alike the last one counts.

    Numbers with a fraction come as exact decimals. NaN and Infinity are no JSON.
    """
    try:
        parsed = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return faults.not_json()
    if not isinstance(parsed, dict):
        return faults.not_json()
    return {key.lower(): value for key, value in parsed.items()}


def token_of(body: Mapping[str, object]) -> str | Fault:
    """The access token of a parsed body."""
    token = body.get("token")
    return token if isinstance(token, str) and token else faults.token_missing()


def request_key_of(body: Mapping[str, object], header: str | None) -> str | Fault | None:
    """The idempotency key, from the header `Idempotency-Key` or the body; None where none is.

    Both may be given if they agree.

    Args:
        body: as parsed.
        header: as servers decode headers, one character a byte; None for no such header.
    """
    key = body.get("requestid")
    if header is not None:
        header = _utf_8(header)
        if key is not None and key != header:
            return faults.bad_field(
                "requestId",
                key,
                ("the key of the header Idempotency-Key", "ключ из заголовка Idempotency-Key"),
            )
        key = header
    if key is None:
        return None
    if not isinstance(key, str) or not 0 < len(key) <= REQUEST_KEY_LIMIT:
        return faults.bad_request_key(key)
    return key


def _utf_8(header: str) -> str:
    """A header's text where its bytes are UTF-8, so that it equals the same key in a body."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def request_of(operation: Operation, body: Mapping[str, object]) -> Request | Fault:
    """The request in a parsed body, or what is wrong with its first wrong field."""
    slots, build = _PLANS[operation.method]
    try:
        return build(*[slot.take(body) for slot in slots])
    except ValueRefused as refused:
        return faults.of_value(refused)
    except _Absent as absent:
        return faults.missing_field(absent.name, absent.expected)


def fingerprint_of(request: Request) -> bytes:
    """Bytes that are equal for equal requests, however their numbers were spelled."""
    values = msgspec.structs.asdict(request)
    for name, value in values.items():
        if isinstance(value, Decimal):
            values[name] = value.normalize() + 0  # -0 is 0
    return msgspec.json.encode([type(request).__name__, values])


class _Absent(ValueError):
    def __init__(self, name: str, expected: Expected) -> None:
        super().__init__(name)
        self.name = name
        self.expected = expected


class _Slot:
    """One field, ready to be taken from a body."""

    __slots__ = ("_default", "_field", "_key", "_other_keys", "_read")

    def __init__(self, field: Field) -> None:
        self._field = field
        self._key = field.name.lower()
        self._other_keys = field.aliases
        self._read: Reader = reader_of(field)
        self._default = field.default

    def take(self, body: Mapping[str, object]) -> object:
        value = body.get(self._key)
        if self._other_keys:
            value = self._agreed(value, body)
        if value is not None:
            return self._read(value)
        if self._field.is_required:
            raise _Absent(self._field.name, expected_of(self._field))
        return self._default

    def _agreed(self, value: object, body: Mapping[str, object]) -> object:
        """The value under any of the spellings; two that differ are refused."""
        for key in self._other_keys:
            other = body.get(key)
            if other is None:
                continue
            if value is not None and self._read(other) != self._read(value):
                expected = (f"the same as {key}, or only one", f"то же, что {key}, или одно")
                raise ValueRefused(self._field, value, expected)
            value = other
        return value


def _place(
    portfolio: str,
    symbol: str,
    action: tuple[Side, PositionEffect],
    order_type: OrderType,
    time_in_force: TimeInForce,
    *numbers: Any,
) -> ask.PlaceOrder:
    """A placement without the prices that its type does not use."""
    price, amount, stop, label = numbers
    has_limit = order_type is OrderType.LIMIT or order_type is OrderType.STOP_LIMIT
    has_stop = order_type is OrderType.STOP or order_type is OrderType.STOP_LIMIT
    return ask.PlaceOrder(
        portfolio,
        symbol,
        *action,
        order_type,
        time_in_force,
        price if has_limit else None,
        amount,
        stop if has_stop else None,
        label,
    )


def _get_order(order_id: str | None, label: int | None, request_id: str | None) -> ask.GetOrder:
    keys = zip(GET_ORDER, (order_id, label, request_id), strict=True)
    given = [(field, value) for field, value in keys if value is not None]
    if not given:
        raise _Absent("orderid", _ONE_OF_THREE)
    if len(given) > 1:
        raise ValueRefused(*given[1], _ONE_OF_THREE)
    return ask.GetOrder(order_id, label, request_id)


_BUILDERS: Final[dict[str, Callable[..., Request]]] = {
    "PlaceOrder": _place,
    "GetOrder": _get_order,
}

_PLANS: Final[dict[str, tuple[tuple[_Slot, ...], Callable[..., Request]]]] = {
    operation.method: (
        tuple(_Slot(field) for field in operation.fields),
        _BUILDERS.get(operation.method, operation.request_type),
    )
    for operation in OPERATIONS
}
