"""Quotes, depth and bars: the market as one looks at it.

Not trades. Source: market.md section 8, wire.md section 4.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class Quote(Struct, frozen=True):
    """UpdateQuote: the state of one instrument; 0 where there is nothing yet."""

    symbol: str
    time_ns: int
    """Time of the last trade; 0 before the first."""
    open_units: int
    high_units: int
    low_units: int
    previous_close_units: int
    last_units: int
    volume_lots: int
    last_lots: int
    bid_units: int
    ask_units: int
    bid_total_lots: int
    """Sum of exactly the levels that `Depth` shows."""
    ask_total_lots: int
    high_limit_units: int
    low_limit_units: int
    is_tradable: bool


class DepthLevel(Struct, frozen=True):
    """One price level; 0 and 0 for a side that is shorter than the other."""

    price_units: int
    lots: int


class Depth(Struct, frozen=True):
    """UpdateBidAsk: at most 20 levels a side, best first."""

    symbol: str
    bids: tuple[DepthLevel, ...]
    asks: tuple[DepthLevel, ...]


class Interval(IntEnum):
    """Bar lengths; the numbers are the wire's."""

    M1 = 1
    M5 = 2
    M10 = 3
    M15 = 4
    M30 = 5
    H1 = 6
    H2 = 7
    H4 = 8
    DAY = 9
    WEEK = 10
    MONTH = 11
    QUARTER = 12
    YEAR = 13


class Bar(Struct, frozen=True):
    """One bar; `close_ns` is its stamp (wire.md section 4, GetBars)."""

    close_ns: int
    open_units: int
    high_units: int
    low_units: int
    close_units: int
    securities: int
    """Volume in securities: history before a change of lot size has no lots of today."""
