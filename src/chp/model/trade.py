"""Trades: `Trade` is a print of the tape, `Fill` is a robot's own execution.

Not orders. Source: wire.md section 4 (AddTick, AddTrade), design.md 6.
"""

from __future__ import annotations

from msgspec import Struct

from chp.model.order import Side


class Trade(Struct, frozen=True, array_like=True, gc=False):
    """One print on the main board."""

    symbol: str
    time_ns: int
    price_units: int
    lots: int
    trade_no: int
    """Strictly increasing over all symbols, laps and restarts."""
    aggressor: Side
    recorded_no: int
    """Number on the recorded tape; 0 for a print that no record holds."""


class Fill(Struct, frozen=True, array_like=True, gc=False):
    """One execution of a robot's order."""

    portfolio: str
    symbol: str
    side: Side
    price_units: int
    lots: int
    """Unsigned; the sign on the wire comes from `side`."""
    time_ns: int
    trade_no: int
    order_id: int
    order_no: int
    label: int
    commission_kopecks: int
    is_maker: bool
