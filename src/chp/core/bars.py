"""Bars: to which bar a moment belongs, and how finer rows become coarser bars.

Not a store and not an answer's size: those are the history's. Rows go in and bars come out one
by one, in either direction, so a reader stops as soon as it has enough. A bar holds what happens
from its opening moment up to, but not including, the opening of the next: a trade on a boundary
belongs to the bar that opens there. Source: wire.md section 4, GetBars; smartcom.md section 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from chp.core.calendar import date_of, midnight_ns
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND

_LENGTHS_NS: Final = {
    Interval.M1: NS_PER_MINUTE,
    Interval.M5: 5 * NS_PER_MINUTE,
    Interval.M10: 10 * NS_PER_MINUTE,
    Interval.M15: 15 * NS_PER_MINUTE,
    Interval.M30: 30 * NS_PER_MINUTE,
    Interval.H1: 60 * NS_PER_MINUTE,
    Interval.H2: 120 * NS_PER_MINUTE,
    Interval.H4: 240 * NS_PER_MINUTE,
}
"""The intraday lengths; all divide a day, so bars align to midnight."""

_MONTHS: Final = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}
_FRIDAY: Final = 4
_ONE_DAY: Final = timedelta(days=1)


def bar_limits_ns(interval: Interval, time_ns: int) -> tuple[int, int]:
    """When the bar that a moment belongs to opens, and when the next one does."""
    length_ns = _LENGTHS_NS.get(interval)
    if length_ns is not None:
        opens_ns = time_ns - (time_ns + MOSCOW_OFFSET_NS) % length_ns
        return opens_ns, opens_ns + length_ns
    first, last = _days_of(interval, date_of(time_ns))
    return midnight_ns(first), midnight_ns(last) + NS_PER_DAY


def stamp_of(interval: Interval, time_ns: int) -> int:
    """The stamp of the bar that a trade of this moment belongs to.

    It is the close time; that of days and longer is 23:59:59 of their last day, Moscow time: a
    week ends on its Friday and begins on the Saturday before.
    """
    return _stamp_ns(interval, bar_limits_ns(interval, time_ns)[1])


def first_stamp(interval: Interval, since_ns: int) -> int:
    """The stamp at which an answer from a moment starts: of the bar that contains it.

    A moment that is a stamp names the bar with that stamp.
    """
    inside_ns = since_ns - 1 if interval in _LENGTHS_NS else since_ns
    return stamp_of(interval, inside_ns)


def fold(interval: Interval, rows: Iterable[Bar], *, is_backward: bool = False) -> Iterator[Bar]:
    """Bars of an interval out of finer ones; in the order of the rows.

    A row counts where it closes, and must not be longer than the interval. Flat rows without
    volume are left out: nothing traded.

    Args:
        interval: of the bars.
        rows: ascending, or descending where `is_backward`; trades come as `trade_rows`.
        is_backward: whether rows, and with them the bars, go back in time.

    Yields:
        Each bar as soon as a row of the next one has come; the last when the rows end.
    """
    opens_ns = ends_ns = 0  # of the bar that is being made; no row closes between 0 and 0
    opened = high = low = closed = securities = 0
    for row in rows:
        if not row.securities and row.high_units == row.low_units:
            continue
        if opens_ns < row.close_ns <= ends_ns:
            high = max(high, row.high_units)
            low = min(low, row.low_units)
            securities += row.securities
            if is_backward:
                opened = row.open_units
            else:
                closed = row.close_units
            continue
        if ends_ns != opens_ns:
            yield Bar(_stamp_ns(interval, ends_ns), opened, high, low, closed, securities)
        opens_ns, ends_ns = bar_limits_ns(interval, row.close_ns - 1)
        opened, high, low = row.open_units, row.high_units, row.low_units
        closed, securities = row.close_units, row.securities
    if ends_ns != opens_ns:
        yield Bar(_stamp_ns(interval, ends_ns), opened, high, low, closed, securities)


def trade_rows(trades: Iterable[Trade], lot_size: int) -> Iterator[Bar]:
    """Each trade as a row to fold.

    It closes one nanosecond after the trade, because a row belongs to the bar that it closes in.
    """
    for trade in trades:
        price_units = trade.price_units
        yield Bar(
            trade.time_ns + 1,
            price_units,
            price_units,
            price_units,
            price_units,
            trade.lots * lot_size,
        )


def _stamp_ns(interval: Interval, ends_ns: int) -> int:
    return ends_ns if interval in _LENGTHS_NS else ends_ns - NS_PER_SECOND


def _days_of(interval: Interval, day: date) -> tuple[date, date]:
    """First and last day of the bar of a day; the interval is a day or longer."""
    if interval is Interval.DAY:
        return day, day
    if interval is Interval.WEEK:
        last = day + timedelta(days=(_FRIDAY - day.weekday()) % 7)
        return last - timedelta(days=6), last
    months = _MONTHS[interval]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    following = first.month + months
    if following > 12:
        return first, date(day.year, 12, 31)
    return first, date(day.year, following, 1) - _ONE_DAY
