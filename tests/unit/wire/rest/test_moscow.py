"""Date-times in and out, by hand-computed moments."""

import pytest

from chp.units import MOSCOW_OFFSET_NS
from chp.wire.rest.moscow import FARTHEST_NS, moment_ns, moscow_text

NOON_NS = 1_602_313_810 * 10**9
"""2020-10-10T10:10:10 in Moscow, 07:10:10 UTC."""


@pytest.mark.parametrize(
    ("text", "offset_ns"),
    [
        ("2020-10-10T10:10:10.000", 0),
        ("2020-10-10T10:10:10", 0),
        ("2020-10-10 10:10:10", 0),
        ("2020-10-10t10:10:10", 0),
        ("  2020-10-10T10:10:10 ", 0),
        ("2020-10-10T10:10", -10 * 10**9),
        ("2020-10-10T10:10:10.5", 500_000_000),
        ("2020-10-10T10:10:10,5", 500_000_000),
        ("2020-10-10T10:10:10.123456789", 123_456_789),
        ("2020-10-10T10:10:10.1234567899", 123_456_789),
        ("2020-10-10T07:10:10Z", 0),
        ("2020-10-10T07:10:10 z", 0),
        ("2020-10-10T10:10:10+03:00", 0),
        ("2020-10-10T10:10:10+0300", 0),
        ("2020-10-10T02:40:10-04:30", 0),
        ("2020-10-10", -(10 * 3600 + 10 * 60 + 10) * 10**9),
        ("2020-10-11T00:10:10+17:00", 0),
    ],
)
def test_moment_is_read(text: str, offset_ns: int) -> None:
    assert moment_ns(text) == NOON_NS + offset_ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2020-10",
        "2020-10-1",
        "20-10-10",
        "2020-13-01",
        "2020-02-30",
        "0000-01-01",
        "10000-01-01",
        "2020-10-10T",
        "2020-10-10T10",
        "2020-10-10T24:00:00",
        "2020-10-10T10:60:00",
        "2020-10-10T10:10:60",
        "2020-10-10T10:10:10.",
        "2020-10-10T10:10:10+25:00",
        "2020-10-10T10:10:10+03:60",
        "2020-10-10Z",
        "2020-10-10T10:10:10 Europe/Moscow",
        "٢٠٢٠-10-10",
        "2020-10-10T10:10:10\n2020",
    ],
)
def test_moment_is_refused(text: str) -> None:
    assert moment_ns(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01", -FARTHEST_NS),
        ("0001-01-01T00:00:00+23:59", -FARTHEST_NS),
        ("9999-12-31T23:59:59.999999999-23:59", FARTHEST_NS),
        ("1970-01-01T03:00:00", 0),
        ("1970-01-01", -MOSCOW_OFFSET_NS),
    ],
)
def test_moment_of_any_year_fits_64_bits(text: str, expected: int) -> None:
    assert moment_ns(text) == expected


@pytest.mark.parametrize(
    ("utc_ns", "text"),
    [
        (NOON_NS, "2020-10-10T10:10:10"),
        (NOON_NS + 1_000_000, "2020-10-10T10:10:10.001"),
        (NOON_NS + 999_999_999, "2020-10-10T10:10:10.999"),
        (NOON_NS + 999_999, "2020-10-10T10:10:10"),
        (0, "1970-01-01T03:00:00"),
        (-MOSCOW_OFFSET_NS, "1970-01-01T00:00:00"),
        (-MOSCOW_OFFSET_NS - 1_000_000, "1969-12-31T23:59:59.999"),
        (1_577_825_999 * 10**9, "2019-12-31T23:59:59"),
    ],
)
def test_moment_is_printed(utc_ns: int, text: str) -> None:
    assert moscow_text(utc_ns) == text
    assert moment_ns(text) == utc_ns // 1_000_000 * 1_000_000
