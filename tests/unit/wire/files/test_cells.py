from __future__ import annotations

from decimal import Decimal

import pytest

from chp.errors import UsageError
from chp.units import NS_PER_DAY, NS_PER_SECOND
from chp.wire.files.cells import amount_of, count_of, moscow_ns, units_of

TAPE_START_NS = 1_708_066_796 * NS_PER_SECOND
"""2024-02-16 09:59:56 in Moscow."""


@pytest.mark.parametrize(
    ("text", "scale", "units"),
    [
        ("161.98", 2, 16198),
        ("1064.0000000", 1, 10640),
        ("0.02443", 6, 24430),
        ("5E+2", 0, 500),
        ("7440", 0, 7440),
        ("1.1", 1, 11),
    ],
)
def test_a_price_becomes_exact_units(text: str, scale: int, units: int) -> None:
    assert units_of(text, scale) == units


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected a price, found ''"),
        ("1,5", "expected a price, found '1,5'"),
        ("0", "expected a price above 0, found '0'"),
        ("-1", "expected a price above 0, found '-1'"),
        ("NaN", "expected a price above 0, found 'NaN'"),
        ("Infinity", "expected a price above 0, found 'Infinity'"),
        ("1E+16", "expected a price above 0 that 64 bits hold, found '1E+16'"),
        ("1E+999999", "expected a price above 0 that 64 bits hold, found '1E+999999'"),
        ("161.985", "expected a price with at most 2 decimals, found '161.985'"),
        ("1E-999999", "expected a price with at most 2 decimals, found '1E-999999'"),
    ],
)
def test_a_price_is_refused_when_it_is_none_or_too_fine(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        units_of(text, 2)
    assert refused.value.detail == reason


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("0012", 12), ("9" * 18, 10**18 - 1)])
def test_a_count_is_read(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "١", "True", "9" * 19])
def test_a_count_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        count_of(text)
    assert refused.value.detail == f"expected a whole number, found {text!r}"


def test_an_amount_is_read() -> None:
    assert amount_of("14580.9") == Decimal("14580.9")
    assert amount_of("0") == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x", "expected an amount, found 'x'"),
        ("-0.1", "expected an amount from 0, found '-0.1'"),
        ("NaN", "expected an amount from 0, found 'NaN'"),
    ],
)
def test_an_amount_is_refused_when_it_is_none(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        amount_of(text)
    assert refused.value.detail == reason


@pytest.mark.parametrize("day", ["20240216", "2024-02-16"])
@pytest.mark.parametrize("clock", ["095956", "09:59:56"])
def test_a_moscow_moment_is_three_hours_before_utc(day: str, clock: str) -> None:
    assert moscow_ns(day, clock) == TAPE_START_NS


def test_midnight_belongs_to_the_day_it_opens() -> None:
    assert moscow_ns("20240217", "000000") - moscow_ns("20240216", "000000") == NS_PER_DAY


@pytest.mark.parametrize(
    "day", ["", "240216", "2024.02.16", "2024-0216", "20240230", "2024021a", "18991231"]
)
def test_a_date_is_refused_when_it_is_none(day: str) -> None:
    with pytest.raises(UsageError) as refused:
        moscow_ns(day, "095956")
    assert refused.value.detail == f"expected a date like 20240216, found {day!r}"


@pytest.mark.parametrize("clock", ["", "0959", "09-59-56", "240000", "096000", "095960", "0959 6"])
def test_a_time_is_refused_when_it_is_none(clock: str) -> None:
    with pytest.raises(UsageError) as refused:
        moscow_ns("20240216", clock)
    assert refused.value.detail == f"expected a time like 095956, found {clock!r}"
