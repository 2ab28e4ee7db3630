"""Instruments and the recorded tape that flow tests share.

The tape is the first 1,034 main-board trades of GAZP on 2024-02-16 as MOEX ISS gave them
(afedyanin/vertr-moex-iss, MIT), the opening auction included: tests/data/gazp_trades_excerpt.csv.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from chp.model.flow import TapePrint
from chp.model.instrument import FlowKind, Instrument
from chp.model.order import Side
from chp.units import NS_PER_SECOND, price_units

EXCERPT: Final = Path(__file__).parents[1] / "data" / "gazp_trades_excerpt.csv"
MIRROR_UNITS: Final = 323_56
START_NS: Final = 1_767_225_600 * NS_PER_SECOND
"""2026-01-01 00:00 UTC, 03:00 in Moscow."""


def instrument(
    symbol: str, opening_units: int, *, step_units: int = 1, lot_size: int = 10, scale: int = 2
) -> Instrument:
    """A live instrument whose closes are its opening price."""
    return Instrument(
        symbol=symbol,
        board="TQBR",
        short_name=symbol,
        isin="",
        scale=scale,
        lot_size=lot_size,
        step_units=step_units,
        legal_close_units=opening_units,
        previous_close_units=opening_units,
        opening_units=opening_units,
        is_halted=False,
        flow=FlowKind.SYNTHETIC,
    )


SBER: Final = instrument("SBER", 289_83)
VTBR: Final = instrument("VTBR", 24_430, step_units=5, lot_size=10_000, scale=6)
VKCO: Final = instrument("VKCO", 688_8, step_units=2, lot_size=1, scale=1)


def gazp_prints() -> list[TapePrint]:
    """The recorded trades, by number."""
    with EXCERPT.open(newline="") as file:
        return [_print(row) for row in csv.DictReader(file)]


def _print(row: dict[str, str]) -> TapePrint:
    moment = datetime.fromisoformat(f"2024-02-16T{row['TRADETIME']}+03:00").astimezone(UTC)
    units = price_units(Decimal(row["PRICE"]), 2)
    assert units is not None
    return TapePrint(
        time_ns=int(moment.timestamp()) * NS_PER_SECOND,
        price_units=units,
        lots=int(row["QUANTITY"]),
        aggressor=Side.BUY if row["BUYSELL"] == "B" else Side.SELL,
        recorded_no=int(row["TRADENO"]),
        is_auction=row["PERIOD"] != "N",
    )
