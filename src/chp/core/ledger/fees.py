"""Commission of a fill, today's rates. Source: market.md section 7, Fees."""

from __future__ import annotations

from typing import Final

from chp.units import share_of

TAKER_RATE_MILLIONTHS: Final = 300
"""Exchange and clearing, since 2022-11-01."""
MAKER_RATE_MILLIONTHS: Final = 0
BROKER_RATE_MILLIONTHS: Final = 0
AUCTION_RATE_MILLIONTHS: Final = TAKER_RATE_MILLIONTHS
"""Both sides of an uncross pay it [O]."""


def commission_kopecks(value_kopecks: int, is_maker: bool) -> int:
    """Commission of one trade of a (positive) value; half up to a kopeck."""
    rate = MAKER_RATE_MILLIONTHS if is_maker else TAKER_RATE_MILLIONTHS
    return share_of(value_kopecks, rate + BROKER_RATE_MILLIONTHS)
