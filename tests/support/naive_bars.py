"""Bars recomputed from all raw trades: the oracle of the fast ways.

Plain on purpose: it knows Moscow's civil time as a datetime, finds the last day of a bar by
walking to it, and knows nothing of folding.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Final

from chp.model.order import Side
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.units import NS_PER_SECOND

MOSCOW: Final = timezone(timedelta(hours=3))

_MINUTES: Final = {
    Interval.M1: 1,
    Interval.M5: 5,
    Interval.M10: 10,
    Interval.M15: 15,
    Interval.M30: 30,
    Interval.H1: 60,
    Interval.H2: 120,
    Interval.H4: 240,
}


def moscow_ns(text: str) -> int:
    """UTC nanoseconds of a civil time in Moscow, `2024-02-16 12:00:00.5`."""
    moment = datetime.fromisoformat(text).replace(tzinfo=MOSCOW)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * NS_PER_SECOND + since.microseconds * 1000


def naive_stamp(interval: Interval, time_ns: int) -> int:
    """The stamp of the bar of a trade."""
    moment = datetime.fromtimestamp(time_ns // NS_PER_SECOND, MOSCOW)
    midnight = moment.replace(hour=0, minute=0, second=0)
    if interval in _MINUTES:
        length = _MINUTES[interval]
        bars_before = (moment.hour * 60 + moment.minute) // length
        close = midnight + timedelta(minutes=(bars_before + 1) * length)
        return int(close.timestamp()) * NS_PER_SECOND
    return int(_last_day(interval, midnight).timestamp() + 86_399) * NS_PER_SECOND


@cache
def _last_day(interval: Interval, day: datetime) -> datetime:
    while not _is_last(interval, day):
        day += timedelta(days=1)
    return day


def _is_last(interval: Interval, day: datetime) -> bool:
    """Whether a day is the one that its bar is stamped with."""
    following = day + timedelta(days=1)
    if interval is Interval.DAY:
        return True
    if interval is Interval.WEEK:
        return day.isoweekday() == 5
    if interval is Interval.MONTH:
        return following.month != day.month
    if interval is Interval.QUARTER:
        return following.day == 1 and following.month in (1, 4, 7, 10)
    return following.year != day.year


def naive_bars(trades: Sequence[Trade], interval: Interval, lot_size: int) -> list[Bar]:
    """All bars of trades that are in the order of trading; ascending."""
    groups: dict[int, list[Trade]] = {}
    for trade in trades:
        groups.setdefault(naive_stamp(interval, trade.time_ns), []).append(trade)
    return [
        Bar(
            stamp_ns,
            group[0].price_units,
            max(trade.price_units for trade in group),
            min(trade.price_units for trade in group),
            group[-1].price_units,
            sum(trade.lots * lot_size for trade in group),
        )
        for stamp_ns, group in sorted(groups.items())
    ]


def naive_answer(bars: Sequence[Bar], interval: Interval, since_ns: int, count: int) -> list[Bar]:
    """What GetBars answers out of all bars; `since_ns` is not in the future."""
    is_stamp = naive_stamp(interval, since_ns - 1) == since_ns
    start_ns = since_ns if is_stamp else naive_stamp(interval, since_ns)
    if count > 0:
        return [bar for bar in reversed(bars) if bar.close_ns <= start_ns][:count]
    return [bar for bar in bars if bar.close_ns >= start_ns][:-count]


def trade(number: int, time_ns: int, price_units: int, lots: int, symbol: str = "SBER") -> Trade:
    """A print; odd numbers bought, every third is on a record."""
    side = Side.BUY if number % 2 else Side.SELL
    recorded_no = 10**10 + number if number % 3 == 0 else 0
    return Trade(symbol, time_ns, price_units, lots, number, side, recorded_no)
