"""How one value of a request is read: leniently, exactly, and never with an exception but one.

Not which fields a request has: that is `chp.wire.rest.operations`. Numbers are exact decimals
from the text that came, so 163.92 is 163.92; integers may come as 12, 12.0 or "12".
Source: wire.md section 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from chp.wire.rest.fields import INTEGER_LIMIT, Field, Kind
from chp.wire.rest.moscow import moment_ns

Reader = Callable[[object], object]
Expected = tuple[str, str]
"""What would have been taken, in English and in Russian."""

DIGITS_LIMIT: Final = 28
"""Decimal places and digits of a number: decimal arithmetic is exact this far."""

_TEXT_LIMIT: Final = 64
_FORM: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NUMBER_LIMIT: Final = 10**DIGITS_LIMIT
_UNKNOWN: Final = object()


class ValueRefused(ValueError):
    """A field's value is none that its kind takes."""

    def __init__(self, field: Field, came: object, expected: Expected) -> None:
        """A refusal of what `came` for a field."""
        super().__init__(field.name)
        self.field = field
        self.came = came
        self.expected = expected


def decimal_of(text: str) -> Decimal | None:
    """The exact decimal in a text; None where it is no number or beyond 28 digits."""
    if len(text) > _TEXT_LIMIT or _FORM.fullmatch(text) is None:
        return None
    number = Decimal(text)
    if not number:
        return Decimal(0)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "the form admits finite numbers only"
    is_exact = len(digits) <= DIGITS_LIMIT and exponent >= -DIGITS_LIMIT
    return number if is_exact and number.adjusted() < DIGITS_LIMIT else None


def json_number(text: str) -> Decimal | str:
    """A JSON number with fraction or exponent: its decimal, or the text where that is beyond us.

    The text is then refused by the field it stands for, and harmless anywhere else.
    """
    if len(text) <= DIGITS_LIMIT and "e" not in text and "E" not in text:
        return Decimal(text)
    number = decimal_of(text)
    return text if number is None else number


def expected_of(field: Field) -> Expected:
    """What the field takes."""
    if field.kind is Kind.CHOICE:
        listed = ", ".join(str(choice.value) for choice in field.choices)
        return f"one of {listed}", f"одно из {listed}"
    if field.kind is Kind.INTEGER:
        limit = field.limit
        return f"an integer from {-limit} to {limit}", f"целое число от {-limit} до {limit}"
    if field.kind is Kind.TEXT and field.limit != INTEGER_LIMIT:
        limit = field.limit
        return f"a text of at most {limit} characters", f"строка не длиннее {limit} знаков"
    return _EXPECTED[field.kind]


_EXPECTED: Final[dict[Kind, Expected]] = {
    Kind.TEXT: ("a text", "строка"),
    Kind.IDENTIFIER: ("a text of digits", "строка цифр"),
    Kind.NUMBER: ("a number of at most 28 digits", "число, не больше 28 цифр"),
    Kind.MOMENT: (
        "a date-time YYYY-MM-DDThh:mm:ss[.fff][offset]",
        "дата и время ГГГГ-ММ-ДДTчч:мм:сс[.ммм][смещение]",
    ),
}


def reader_of(field: Field) -> Reader:
    """The function that reads the field's values; it raises `ValueRefused`."""
    return _READERS[field.kind](field, expected_of(field))


def _number(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        return decimal_of(value.strip())
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return decimal_of(repr(value))
    if isinstance(value, int) and abs(value) < _NUMBER_LIMIT:
        return Decimal(value)
    return None


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value
    number = _number(value)
    if number is None:
        return None
    whole = int(number)
    return whole if whole == number else None


def _number_reader(field: Field, expected: Expected) -> Reader:
    def read(value: object) -> Decimal:
        number = _number(value)
        if number is None:
            raise ValueRefused(field, value, expected)
        return number

    return read


def _integer_reader(field: Field, expected: Expected) -> Reader:
    limit = field.limit

    def read(value: object) -> int:
        whole = _whole(value)
        if whole is None or not -limit <= whole <= limit:
            raise ValueRefused(field, value, expected)
        return whole

    return read


def _choice_reader(field: Field, expected: Expected) -> Reader:
    meanings: dict[int | None, object] = {choice.value: choice.meaning for choice in field.choices}

    def read(value: object) -> object:
        meaning = meanings.get(_whole(value), _UNKNOWN)
        if meaning is _UNKNOWN:
            raise ValueRefused(field, value, expected)
        return meaning

    return read


def _text_reader(field: Field, expected: Expected) -> Reader:
    limit = field.limit

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > limit:
            raise ValueRefused(field, value, expected)
        return value

    return read


def _identifier_reader(field: Field, expected: Expected) -> Reader:
    def read(value: object) -> str:
        if isinstance(value, str):
            return value
        whole = _whole(value)
        if whole is None:
            raise ValueRefused(field, value, expected)
        return str(whole)

    return read


def _moment_reader(field: Field, expected: Expected) -> Reader:
    def read(value: object) -> int:
        moment = moment_ns(value) if isinstance(value, str) else None
        if moment is None:
            raise ValueRefused(field, value, expected)
        return moment

    return read


_READERS: Final[dict[Kind, Callable[[Field, Expected], Reader]]] = {
    Kind.TEXT: _text_reader,
    Kind.IDENTIFIER: _identifier_reader,
    Kind.NUMBER: _number_reader,
    Kind.INTEGER: _integer_reader,
    Kind.CHOICE: _choice_reader,
    Kind.MOMENT: _moment_reader,
}
