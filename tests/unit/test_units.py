"""Numbers that people write against exact decimals and fractions."""

from __future__ import annotations

import sys
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chp import units

SCALES = st.integers(0, 18)
AMOUNTS = st.integers(-(10**20), 10**20)
RATES = st.integers(0, 10**6)
LOT_SIZES = st.sampled_from([1, 3, 7, 10, 100, 1_000, 100_000, 10_000_000])
DIGITS = 28
"""So many digits of a number are exact in decimal arithmetic."""
NUMBERS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(0, DIGITS).flatmap(lambda count: st.integers(-(10**count) + 1, 10**count - 1)),
    st.integers(0, DIGITS),
)


def half_up(exact: Fraction) -> int:
    """The whole number nearest to an exact one, half away from zero, by decimal arithmetic."""
    with localcontext(prec=200):
        decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
        return int(decimal.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("price", "scale", "expected"),
    [
        ("163.92", 2, 16_392),
        ("163.920", 2, 16_392),
        ("163.921", 2, None),
        ("-0.5", 1, -5),
        ("0", 0, 0),
        ("1E+3", 2, 100_000),
        ("0.000000000000000001", 18, 1),
        ("0.0000000000000000001", 18, None),
    ],
)
def test_price_units_are_whole_or_none(price: str, scale: int, expected: int | None) -> None:
    assert units.price_units(Decimal(price), scale) == expected


@given(price=NUMBERS, scale=SCALES)
@example(price=Decimal("1.000000000000000000000000001"), scale=2)
def test_price_units_are_exact_or_none(price: Decimal, scale: int) -> None:
    exact = Fraction(price) * 10**scale
    expected = exact.numerator if exact.denominator == 1 else None
    assert units.price_units(price, scale) == expected


@given(price_units=AMOUNTS, scale=SCALES)
def test_price_decimal_and_price_units_undo_each_other(price_units: int, scale: int) -> None:
    price = units.price_decimal(price_units, scale)
    assert price.as_tuple().exponent == -scale
    assert Fraction(price) == Fraction(price_units, 10**scale)
    assert units.price_units(price, scale) == price_units


@given(price_units=AMOUNTS, scale=SCALES)
def test_price_float_is_the_nearest_one(price_units: int, scale: int) -> None:
    assert units.price_float(price_units, scale) == float(Fraction(price_units, 10**scale))


@given(price_units=st.integers(-(10**15) + 1, 10**15 - 1), scale=st.integers(0, 15))
def test_price_float_prints_the_price_of_at_most_15_digits(price_units: int, scale: int) -> None:
    assert sys.float_info.dig == 15
    shown = Decimal(repr(units.price_float(price_units, scale)))
    assert shown == units.price_decimal(price_units, scale)


@given(securities=NUMBERS, lot_size=LOT_SIZES)
@example(securities=Decimal("20.00000000000000000000000001"), lot_size=10)
def test_lots_are_whole_or_none(securities: Decimal, lot_size: int) -> None:
    exact = Fraction(securities) / lot_size
    expected = exact.numerator if exact.denominator == 1 else None
    assert units.lots_of(securities, lot_size) == expected


@given(lots=st.integers(-(10**18), 10**18), lot_size=LOT_SIZES)
def test_lots_are_counted_back(lots: int, lot_size: int) -> None:
    assert units.lots_of(Decimal(lots * lot_size), lot_size) == lots


@given(price_units=AMOUNTS, securities=st.integers(-(10**12), 10**12), scale=SCALES)
@example(price_units=5, securities=1, scale=3)
@example(price_units=-5, securities=1, scale=3)
@example(price_units=49, securities=-1, scale=4)
def test_value_is_rounded_to_a_kopeck_half_away_from_zero(
    price_units: int, securities: int, scale: int
) -> None:
    exact = Fraction(price_units * securities * 100, 10**scale)
    assert units.value_kopecks(price_units, securities, scale) == half_up(exact)


@given(kopecks=AMOUNTS)
def test_rubles_float_is_the_nearest_one(kopecks: int) -> None:
    assert units.rubles_float(kopecks) == float(Fraction(kopecks, 100))


@given(amount=AMOUNTS, rate=RATES)
@example(amount=1, rate=500_000)
@example(amount=-1, rate=500_000)
@example(amount=-1, rate=499_999)
def test_share_is_rounded_half_away_from_zero(amount: int, rate: int) -> None:
    assert units.share_of(amount, rate) == half_up(Fraction(amount * rate, 10**6))
    assert units.share_of(-amount, rate) == -units.share_of(amount, rate)


@given(numerator=AMOUNTS, denominator=st.integers(1, 10**19))
def test_division_is_rounded_half_away_from_zero(numerator: int, denominator: int) -> None:
    quotient = units.divide_half_up(numerator, denominator)
    assert quotient == half_up(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (1, 3, 0), (-1, 3, 0), (2, 3, 1), (0, 7, 0)],
)
def test_division_of_small_numbers(numerator: int, denominator: int, expected: int) -> None:
    assert units.divide_half_up(numerator, denominator) == expected


def test_units_of_time_follow_from_a_second() -> None:
    assert units.NS_PER_SECOND == 10**9
    assert 1_000 * units.NS_PER_MS == units.NS_PER_SECOND
    assert units.NS_PER_MINUTE == 60 * units.NS_PER_SECOND
    assert units.NS_PER_DAY == 24 * 60 * units.NS_PER_MINUTE
