"""The only conversions between what people write and the integers the system counts in.

Not a place for arithmetic on prices or money: that is integer arithmetic and needs no help.
Called by `app` (numbers that came in), `wire` (numbers that go out) and importers.
Source: design decision 4.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
NS_PER_MINUTE: Final = 60 * NS_PER_SECOND
NS_PER_DAY: Final = 86_400 * NS_PER_SECOND
MOSCOW_OFFSET_NS: Final = 180 * NS_PER_MINUTE
"""Moscow time is UTC+3 without exception here: the law has kept it so since 2014-10-26, and
earlier stamps are read, kept and printed by the same rule, so that a moment comes back as sent."""
KOPECKS_PER_RUBLE: Final = 100
KOPECK_SCALE: Final = 2
"""A kopeck is 10^-2 rubles."""
BASIS_PER_ONE: Final = 1_000_000
"""Rates (fees, margin) are whole millionths: 0.03 % is 300, 20 % is 200,000."""

_POWERS: Final[tuple[int, ...]] = tuple(10**n for n in range(19))


def price_units(price: Decimal, scale: int) -> int | None:
    """Whole units of 10^-scale in `price`; None when the price is finer than the scale.

    Args:
        price: in currency per security; finite, of at most 28 digits: decimal arithmetic is
            exact this far.
        scale: number of decimal places of the instrument's price unit, 0 to 18.
    """
    scaled = price.scaleb(scale)
    whole = int(scaled)
    return whole if whole == scaled else None


def price_float(price_units: int, scale: int) -> float:
    """The float nearest to the exact price: prints exactly at the instrument's precision."""
    return price_units / _POWERS[scale]


def price_decimal(price_units: int, scale: int) -> Decimal:
    """The exact price with `scale` decimal places."""
    return Decimal(price_units).scaleb(-scale)


def lots_of(securities: Decimal, lot_size: int) -> int | None:
    """Whole lots in a number of securities; None when it is no whole number of lots.

    Args:
        securities: finite, of at most 28 digits.
        lot_size: securities in a lot, more than 0.
    """
    lots = securities / lot_size
    whole = int(lots)
    return whole if whole * lot_size == securities else None


def value_kopecks(price_units: int, securities: int, scale: int) -> int:
    """Value of `securities` at a price, in kopecks, half away from zero to a kopeck.

    For shares on their step the division is exact (market.md section 2).
    """
    if scale <= KOPECK_SCALE:
        return price_units * securities * _POWERS[KOPECK_SCALE - scale]
    return divide_half_up(price_units * securities, _POWERS[scale - KOPECK_SCALE])


def rubles_float(kopecks: int) -> float:
    """Rubles as the float nearest to the exact amount."""
    return kopecks / KOPECKS_PER_RUBLE


def share_of(amount: int, rate_millionths: int) -> int:
    """`amount` times a rate, rounded half away from zero; used for fees and margin."""
    return divide_half_up(amount * rate_millionths, BASIS_PER_ONE)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Integer division, half away from zero; `denominator` is positive."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((-2 * numerator + denominator) // (2 * denominator))
