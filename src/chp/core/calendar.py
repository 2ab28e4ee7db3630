"""Moscow civil time, and the trading days of the `demo24` calendar.

Not the dated calendar of the exchange: `demo24` trades every day around the clock, and its days
end at midnight, Moscow time. Source: market.md section 9.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY

_EPOCH: Final = date(1970, 1, 1)


def date_of(time_ns: int) -> date:
    """The civil date in Moscow at a moment."""
    return _EPOCH + timedelta(days=(time_ns + MOSCOW_OFFSET_NS) // NS_PER_DAY)


def midnight_ns(day: date) -> int:
    """The moment at which a civil date begins in Moscow."""
    return (day - _EPOCH).days * NS_PER_DAY - MOSCOW_OFFSET_NS


def next_midnight_ns(time_ns: int) -> int:
    """The first midnight after a moment: the end of its `demo24` trading day."""
    return midnight_ns(date_of(time_ns)) + NS_PER_DAY
