"""Thirty days of invented one-minute bars before a live market's first start.

Not trades and not the venue's day: they feed GetBars only, so that indicators work at once.
Source: issue 2, point 5; market.md section 9.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from chp.core.calendar import date_of, midnight_ns
from chp.core.flow.random import Random
from chp.core.flow.walk import FRACTION_BITS, SIGHT_PER_MINUTE, Walk
from chp.model.instrument import Instrument
from chp.model.quote import Bar
from chp.units import NS_PER_DAY, NS_PER_MINUTE

PRELUDE_DAYS: Final = 30
RANGE_PERCENT: Final = 10
"""Every price is this near to the opening price."""
MINUTE_RUBLES: Final = 400_000
"""Least usual turnover of a minute; the usual one is twice that."""
_MINUTES: Final = PRELUDE_DAYS * NS_PER_DAY // NS_PER_MINUTE


def prelude_bars(instrument: Instrument, seed: int, start_ns: int) -> list[Bar]:
    """The bars that end at a market's opening price.

    The close at the last Moscow midnight before the start is `previous_close_units`, except
    where that midnight is the last stamp itself: there the opening price stands.

    Args:
        instrument: with an opening price and a previous close, both on the step.
        seed: of the venue's flows.
        start_ns: when the venue first starts.

    Returns:
        43,200 bars, one a minute, ascending; the last is stamped with the last whole minute
        at or before the start. A bar opens where the one before it closed.
    """
    random = Random.seeded(seed, instrument.symbol, "prelude")
    last_minute = start_ns // NS_PER_MINUTE
    today = last_minute - midnight_ns(date_of(start_ns)) // NS_PER_MINUTE
    closes = _before_midnight(instrument, random, _MINUTES - today)
    closes += _since_midnight(instrument, random, today)
    closes[-1] = instrument.opening_units
    return _bars(instrument, random, closes, last_minute - _MINUTES)


def _limits(instrument: Instrument) -> tuple[int, int]:
    """Least and greatest price on the step within the range."""
    opening, step = instrument.opening_units, instrument.step_units
    low = -(-opening * (100 - RANGE_PERCENT) // (100 * step)) * step
    return max(step, low), opening * (100 + RANGE_PERCENT) // (100 * step) * step


def _before_midnight(instrument: Instrument, random: Random, minutes: int) -> list[int]:
    """`minutes` + 1 closes that end at the previous close: a walk told backwards."""
    walk = Walk(instrument.opening_units, SIGHT_PER_MINUTE)
    walk.fixed = instrument.previous_close_units << FRACTION_BITS
    fixed = [walk.fixed]
    for _ in range(minutes):
        walk.move(random)
        fixed.append(walk.fixed)
    fixed.reverse()
    return _on_step(instrument, fixed)


def _since_midnight(instrument: Instrument, random: Random, minutes: int) -> list[int]:
    """`minutes` closes from the previous close to the opening price: a walk bent to its end."""
    walk = Walk(instrument.opening_units, SIGHT_PER_MINUTE)
    walk.fixed = instrument.previous_close_units << FRACTION_BITS
    fixed = []
    for _ in range(minutes):
        walk.move(random)
        fixed.append(walk.fixed)
    missing = (instrument.opening_units << FRACTION_BITS) - walk.fixed
    return _on_step(
        instrument, [at + missing * past // minutes for past, at in enumerate(fixed, 1)]
    )


def _on_step(instrument: Instrument, fixed: list[int]) -> list[int]:
    low, high = _limits(instrument)
    step = instrument.step_units
    step_fixed, half_step_fixed = step << FRACTION_BITS, step << FRACTION_BITS - 1
    return [min(high, max(low, (at + half_step_fixed) // step_fixed * step)) for at in fixed]


def _bars(instrument: Instrument, random: Random, closes: list[int], before: int) -> list[Bar]:
    """One bar between each two closes; `before` is the minute of the first close."""
    low, high = _limits(instrument)
    step, lot_size = instrument.step_units, instrument.lot_size
    longest_wick = 2 + instrument.opening_units // (step * 2000)
    lot_rubles = max(1, instrument.opening_units * lot_size // 10**instrument.scale)
    least_lots = 1 + MINUTE_RUBLES // lot_rubles
    bars = []
    stamp_ns = before * NS_PER_MINUTE
    for opened, closed in pairwise(closes):
        stamp_ns += NS_PER_MINUTE
        drawn = random.next_u32()
        top, bottom = (opened, closed) if opened > closed else (closed, opened)
        top += ((drawn & 0x3FF) * longest_wick >> 10) * step
        bottom -= ((drawn >> 10 & 0x3FF) * longest_wick >> 10) * step
        lots = least_lots + (least_lots * (drawn >> 20) >> 11)
        bars.append(
            Bar(stamp_ns, opened, min(top, high), max(bottom, low), closed, lots * lot_size)
        )
    return bars
