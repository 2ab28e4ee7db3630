"""A small market with something always going on, for tests of writer, recovery and kills.

One instrument on a hand-made tape of six seconds, one on synthetic flow; two portfolios.
"""

from __future__ import annotations

from typing import Final

from chp.app.venue.machine import Venue
from chp.model.access import PortfolioGrant
from chp.model.flow import Batch, Tape, TapePrint
from chp.model.instrument import FlowKind, Instrument
from chp.model.order import Side
from chp.units import NS_PER_SECOND

START_NS: Final = 1_708_074_000 * NS_PER_SECOND
"""2024-02-16 12:00:00 in Moscow."""

TAPED: Final = Instrument(
    symbol="GAZP",
    board="TQBR",
    short_name="ГАЗПРОМ ао",
    isin="RU0007661625",
    scale=2,
    lot_size=10,
    step_units=1,
    legal_close_units=16201,
    previous_close_units=16201,
    opening_units=16198,
    is_halted=False,
    flow=FlowKind.TAPE,
)
SEEDED: Final = Instrument(
    symbol="SBER",
    board="TQBR",
    short_name="Сбербанк",
    isin="RU0009029540",
    scale=2,
    lot_size=10,
    step_units=1,
    legal_close_units=28983,
    previous_close_units=28983,
    opening_units=28983,
    is_halted=False,
    flow=FlowKind.SYNTHETIC,
)

FIRST: Final = PortfolioGrant(
    "ST123456-MO-01", 1_000_000_000, (("GAZP", 1000), ("SBER", 1000)), 5, True, "user_login"
)
SECOND: Final = PortfolioGrant("ST654321-MO-01", 500_000_000, (), 5, True, "other_login")


def small_tape() -> Tape:
    """Six batches a lap, both sides, one of them through several prices."""

    def batch(offset_s: int, side: Side, *prints: tuple[int, int]) -> Batch:
        rows = tuple(
            TapePrint(START_NS, price_units, lots, side, 9_000 + offset_s)
            for price_units, lots in prints
        )
        return Batch(offset_s * NS_PER_SECOND, side, rows)

    uncross = (TapePrint(START_NS, 16198, 100, Side.BUY, 8_999, is_auction=True),)
    batches = (
        batch(0, Side.BUY, (16199, 20)),
        batch(1, Side.SELL, (16197, 15)),
        batch(2, Side.BUY, (16199, 5), (16201, 30)),
        batch(3, Side.SELL, (16198, 40), (16195, 10)),
        batch(4, Side.SELL, (16193, 60)),
        batch(5, Side.BUY, (16196, 25)),
    )
    return Tape("GAZP", uncross, batches, 6 * NS_PER_SECOND, 32_396)


def small_venue(latency_ms: int = 0) -> Venue:
    """The venue, not opened yet."""
    return Venue((TAPED, SEEDED), {"GAZP": small_tape()}, seed=7, latency_ns=latency_ms * 1_000_000)
