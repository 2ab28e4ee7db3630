"""What is traded: an instrument and its reference data of today.

Not its quotes: those are `chp.model.quote`. Source: market.md section 2.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from msgspec import Struct

BAND_PERCENT: Final = 20
"""Price limits of shares around the legal close, on either side (market.md section 3) [K]."""


class FlowKind(IntEnum):
    """Where the market orders of an instrument come from."""

    NONE = 0
    """Listed only: no market is made, quotes are 0, orders are refused."""
    TAPE = 1
    """A recorded tape of trades (market.md section 4, Tape)."""
    SYNTHETIC = 2
    """Seeded agents (market.md section 4, Synthetic)."""


class Instrument(Struct, frozen=True):
    """One instrument of board TQBR.

    Prices of the instrument are integers in units of 10^-scale rubles; sizes are in lots.
    """

    symbol: str
    board: str
    short_name: str
    """Human name, mostly Russian."""
    isin: str
    scale: int
    """Decimal places of a price unit; fixed for ever."""
    lot_size: int
    """Securities in a lot."""
    step_units: int
    """Smallest price difference of an order, in price units."""
    legal_close_units: int
    """Base of the price limits; 0 when there is none."""
    previous_close_units: int
    """Last trade of the previous trading day; 0 when there is none."""
    opening_units: int
    """Price at which a live flow opens; 0 when listed only."""
    is_halted: bool
    """True for status C or no quotes in the reference: listed, orders refused."""
    flow: FlowKind = FlowKind.NONE
