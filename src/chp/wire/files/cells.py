"""What one cell of a history file says: a price, a whole number, a moment of Moscow time.

Not what a row means: that is each format's own. A cell that is none raises `UsageError` with the
reason; the format's parser adds the line. Prices go through `Decimal`, never through a float.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from chp.errors import UsageError
from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY, NS_PER_SECOND, price_units

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_MOST_DIGITS: Final = 18
"""Longer numbers overflow the stores' 64 bits."""
_YEARS: Final = range(1900, 2200)
"""Other moments overflow them too."""


@lru_cache(maxsize=1 << 16)
def units_of(text: str, scale: int) -> int:
    """A price above 0 in units of 10^-scale, exact.

    Raises:
        UsageError: it is no price above 0, or finer than the scale.
    """
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"expected a price, found {text!r}") from None
    if not price.is_finite() or price <= 0:
        raise UsageError(f"expected a price above 0, found {text!r}")
    if price.adjusted() + scale >= _MOST_DIGITS:
        raise UsageError(f"expected a price above 0 that 64 bits hold, found {text!r}")
    units = price_units(price, scale)
    if units is None:
        raise UsageError(f"expected a price with at most {scale} decimals, found {text!r}")
    return units


@lru_cache(maxsize=1 << 14)
def count_of(text: str) -> int:
    """A whole number from 0, in ASCII digits.

    Raises:
        UsageError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise UsageError(f"expected a whole number, found {text!r}")
    return int(text)


def amount_of(text: str) -> Decimal:
    """An amount of money from 0, exact.

    Raises:
        UsageError: it is none.
    """
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"expected an amount, found {text!r}") from None
    if not amount.is_finite() or amount < 0:
        raise UsageError(f"expected an amount from 0, found {text!r}")
    return amount


def moscow_ns(day: str, clock: str) -> int:
    """UTC nanoseconds of a Moscow date and time.

    Args:
        day: `YYYYMMDD` or `YYYY-MM-DD`.
        clock: `HHMMSS` or `HH:MM:SS`.

    Raises:
        UsageError: one of them is none.
    """
    return _day_ns(day) + _clock_ns(clock) - MOSCOW_OFFSET_NS


@lru_cache(maxsize=1 << 12)
def _day_ns(text: str) -> int:
    digits = _digits(text, 8, "-", (4, 7))
    if digits is not None and int(digits[:4]) in _YEARS:
        try:
            day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            pass
        else:
            return (day.toordinal() - _EPOCH_ORDINAL) * NS_PER_DAY
    raise UsageError(f"expected a date like 20240216, found {text!r}")


@lru_cache(maxsize=1 << 14)
def _clock_ns(text: str) -> int:
    digits = _digits(text, 6, ":", (2, 5))
    if digits is not None:
        hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:])
        if hour < 24 and minute < 60 and second < 60:
            return ((hour * 60 + minute) * 60 + second) * NS_PER_SECOND
    raise UsageError(f"expected a time like 095956, found {text!r}")


def _digits(text: str, length: int, separator: str, places: tuple[int, int]) -> str | None:
    """The digits alone; None unless there are `length`, separated at both places or at none."""
    digits = text
    if len(text) == length + len(places) and all(text[at] == separator for at in places):
        digits = text.replace(separator, "")
    if len(digits) == length and digits.isascii() and digits.isdecimal():
        return digits
    return None
