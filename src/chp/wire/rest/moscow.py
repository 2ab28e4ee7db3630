"""Exchange-local date-times: how they are read and printed.

Not a calendar of trading days. Source: wire.md section 1.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND

NO_TIME: Final = "1899-12-30T00:00:00"
"""The zero of the old API's date-times: no expiry, no trade yet."""

FARTHEST_NS: Final = 2**62
"""Moments beyond 146 years from 1970 count as that far, so that stores' 64 bits never overflow."""

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()

# Every row has a time: formatting numbers anew would be half of what a row costs.
_MINUTE_TEXTS: Final = [f"T{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]
_SECOND_TEXTS: Final = [f":{second:02}" for second in range(60)]

_FORM: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d{0,20})?)?[ ]?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def moment_ns(text: str) -> int | None:
    """UTC nanoseconds of a date-time; None where the text is none.

    Takes `YYYY-MM-DDThh:mm:ss` with a fraction (cut to nanoseconds) or without seconds, a blank
    instead of `T`, a bare date (its midnight), an offset or `Z`; without one it is Moscow time.
    The answer lies within `FARTHEST_NS` on either side of 1970.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_ORDINAL
    except ValueError:
        return None
    clock_ns = _clock_ns(int(hour or 0), int(minute or 0), int(second or 0))
    offset_ns = _offset_ns(zone)
    if clock_ns is None or offset_ns is None:
        return None
    fraction_ns = int(fraction.ljust(9, "0")) if fraction else 0
    utc_ns = days * NS_PER_DAY + clock_ns + fraction_ns - offset_ns
    return max(-FARTHEST_NS, min(FARTHEST_NS, utc_ns))


def _clock_ns(hour: int, minute: int, second: int) -> int | None:
    if hour > 23 or minute > 59 or second > 59:
        return None
    return ((hour * 60 + minute) * 60 + second) * NS_PER_SECOND


def _offset_ns(zone: str | None) -> int | None:
    if zone is None:
        return MOSCOW_OFFSET_NS
    if zone in "Zz":
        return 0
    hour, minute = int(zone[1:3]), int(zone[-2:])
    if hour > 23 or minute > 59:
        return None
    offset_ns = (hour * 60 + minute) * NS_PER_MINUTE
    return offset_ns if zone[0] == "+" else -offset_ns


def moscow_text(utc_ns: int) -> str:
    """`YYYY-MM-DDThh:mm:ss` in Moscow time, with `.fff` when not on a whole second.

    Parts finer than a millisecond are cut off.
    """
    days, rest_ns = divmod(utc_ns + MOSCOW_OFFSET_NS, NS_PER_DAY)
    second, ns = divmod(rest_ns, NS_PER_SECOND)
    text = f"{_date_text(days)}{_MINUTE_TEXTS[second // 60]}{_SECOND_TEXTS[second % 60]}"
    ms = ns // NS_PER_MS
    return f"{text}.{ms:03}" if ms else text


@lru_cache(maxsize=1024)
def _date_text(days: int) -> str:
    return date.fromordinal(days + _EPOCH_ORDINAL).isoformat()
