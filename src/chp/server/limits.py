"""How often a token may call: one bucket for all calls, one for orders.

Not the limits of sizes and connections: `body` and `connection` have those.
Source: wire.md section 2 (429).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from msgspec import Struct

WHOLE: Final = 1 - 1e-6
"""So much of a call is one: who waits for exactly the time told is not refused by rounding."""


class Rate(Struct, frozen=True):
    """So many a second in the long run, so many at once."""

    per_s: float
    burst: int


class _Bucket:
    """What is left of one token's allowance."""

    __slots__ = ("at_s", "left")

    def __init__(self, left: float, at_s: float) -> None:
        self.left = left
        self.at_s = at_s


class RateLimit:
    """Buckets of one kind by token; a new token's bucket is full."""

    __slots__ = ("_buckets", "_clock_s", "_rate")

    def __init__(self, rate: Rate, clock_s: Callable[[], float]) -> None:
        """A limit over `clock_s`, monotonic seconds."""
        self._rate = rate
        self._clock_s = clock_s
        self._buckets: dict[int, _Bucket] = {}

    def take(self, token_id: int) -> int | None:
        """Takes one call; answers None, or after how many whole seconds one is free again."""
        now_s, rate = self._clock_s(), self._rate
        bucket = self._buckets.get(token_id)
        if bucket is None:
            bucket = self._buckets[token_id] = _Bucket(rate.burst, now_s)
        bucket.left = min(rate.burst, bucket.left + (now_s - bucket.at_s) * rate.per_s)
        bucket.at_s = now_s
        if bucket.left >= WHOLE:
            bucket.left -= 1
            return None
        return max(1, math.ceil((1 - bucket.left) / rate.per_s))
