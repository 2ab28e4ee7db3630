"""Moscow's days against the standard library's dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chp.core.calendar import date_of, midnight_ns, next_midnight_ns
from chp.units import NS_PER_DAY, NS_PER_SECOND

MOSCOW = timezone(timedelta(hours=3))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
OFFSETS_NS = st.integers(0, NS_PER_DAY - 1)


def in_moscow(day: date) -> int:
    """The midnight with which a day begins, by the standard library."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=MOSCOW)
    return (midnight - EPOCH) // timedelta(seconds=1) * NS_PER_SECOND


@given(day=DAYS)
def test_midnight_is_moscow_s(day: date) -> None:
    assert midnight_ns(day) == in_moscow(day)


@given(day=DAYS, offset_ns=OFFSETS_NS)
def test_every_moment_lies_within_its_day(day: date, offset_ns: int) -> None:
    time_ns = in_moscow(day) + offset_ns
    assert date_of(time_ns) == day
    assert next_midnight_ns(time_ns) == in_moscow(day + timedelta(days=1))


def test_a_day_ends_with_its_last_nanosecond() -> None:
    midnight = midnight_ns(date(2024, 2, 16))
    assert date_of(midnight) == date(2024, 2, 16)
    assert date_of(midnight - 1) == date(2024, 2, 15)
    assert next_midnight_ns(midnight - 1) == midnight
    assert next_midnight_ns(midnight) == midnight + NS_PER_DAY
