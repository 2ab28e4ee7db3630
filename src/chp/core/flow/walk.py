"""A price that wanders but always comes home: the reference of synthetic markets.

A discrete Ornstein-Uhlenbeck walk in integers; its spread around home never grows with time.
Not a book price: it is finer than the step. Source: market.md section 4 (stationary).
"""

from __future__ import annotations

from typing import Final

from chp.core.flow.random import Random

FRACTION_BITS: Final = 16
"""The walk counts in 2^-16 of a price unit, so that small moves are not lost."""

RANGE_PERCENT: Final = 5
"""The walk is turned back this far from home: six times its usual deviation of 0.8 %."""

SIGHT_PER_SECOND: Final = (14, 153)
SIGHT_PER_MINUTE: Final = (8, 1225)
"""(p, w): a step pulls home by 2^-p of the distance and moves up to w millionths of home.

With uniform noise of half-width w the usual deviation is w / sqrt(6 * 2^-p); both pairs give
0.8 %, forgotten within about 4.5 hours.
"""


class Walk:
    """One walk; `fixed` is its place in 2^-16 price units."""

    __slots__ = ("_half_width", "_home", "_pull_bits", "_range", "fixed")

    def __init__(self, home_units: int, sight: tuple[int, int]) -> None:
        """A walk that starts at home.

        Args:
            home_units: the price it returns to, positive.
            sight: `SIGHT_PER_SECOND` or `SIGHT_PER_MINUTE`: how long one step is.
        """
        self._pull_bits, millionths = sight
        self._home = self.fixed = home_units << FRACTION_BITS
        self._half_width = max(1, self._home * millionths // 1_000_000)
        self._range = self._home * RANGE_PERCENT // 100

    def move(self, random: Random) -> int:
        """Takes one step; answers the move in 2^-16 price units."""
        half_width, before = self._half_width, self.fixed
        noise = (random.next_u32() * (2 * half_width + 1) >> 32) - half_width
        away = before - self._home
        away += noise - (away >> self._pull_bits)
        away = max(-self._range, min(self._range, away))
        self.fixed = self._home + away
        return self.fixed - before
