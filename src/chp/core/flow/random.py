"""The random numbers of flows: a small integer generator whose state is one integer.

Not for secrets. The same on every platform and Python: no `hash`, no floats.
Source: PCG32 (XSH-RR 64/32) of M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient
Statistically Good Algorithms for Random Number Generation", 2014; seeds by FNV-1a, 64 bits
(RFC 9923); bounded numbers by D. Lemire, "Fast Random Integer Generation in an Interval", 2019.
"""

from __future__ import annotations

from typing import Final

_MASK_32: Final = (1 << 32) - 1
_MASK_64: Final = (1 << 64) - 1
_MULTIPLIER: Final = 6364136223846793005
_INCREMENT: Final = 1442695040888963407
"""The default stream of the PCG paper's reference code."""
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


def fnv1a_64(text: str) -> int:
    """The FNV-1a hash of the text's UTF-8 bytes, 0 to 2^64 - 1."""
    digest = _FNV_OFFSET
    for byte in text.encode():
        digest = (digest ^ byte) * _FNV_PRIME & _MASK_64
    return digest


class Random:
    """A sequence of random numbers; `state` (0 to 2^64 - 1) says all about its future."""

    __slots__ = ("state",)

    def __init__(self, state: int) -> None:
        """The sequence that goes on from `state`."""
        self.state = state & _MASK_64

    @classmethod
    def seeded(cls, seed: int, symbol: str, purpose: str = "") -> Random:
        """A sequence of its own for each seed, symbol and purpose."""
        random = cls(fnv1a_64(f"{seed}:{symbol}:{purpose}"))
        # PCG's own seeding: the first output must already depend on every bit of the seed.
        random.state = (random.state + _INCREMENT) * _MULTIPLIER + _INCREMENT & _MASK_64
        return random

    def next_u32(self) -> int:
        """The next number, 0 to 2^32 - 1, all equally likely."""
        old = self.state
        self.state = (old * _MULTIPLIER + _INCREMENT) & _MASK_64
        shifted = ((old >> 18) ^ old) >> 27 & _MASK_32
        rotation = old >> 59
        return (shifted >> rotation | shifted << (32 - rotation)) & _MASK_32

    def below(self, n: int) -> int:
        """A number from 0 to n - 1, all equally likely; `n` is 1 to 2^32."""
        product = self.next_u32() * n
        if product & _MASK_32 < n:
            # Some results would come once more often than others: those draws are thrown away.
            surplus = (1 << 32) % n
            while product & _MASK_32 < surplus:
                product = self.next_u32() * n
        return product >> 32
