"""What a market flow does: recorded batches of a tape, actions of synthetic agents.

Not robots' orders. Source: market.md section 4.
"""

from __future__ import annotations

from msgspec import Struct

from chp.model.order import Side


class TapePrint(Struct, frozen=True):
    """One recorded trade."""

    time_ns: int
    """Recorded trade time (TRADETIME), UTC."""
    price_units: int
    lots: int
    aggressor: Side
    recorded_no: int
    is_auction: bool = False


class Batch(Struct, frozen=True):
    """One recorded aggressive order: consecutive prints of one side, prices never better."""

    offset_ns: int
    """Time since the start of the lap."""
    aggressor: Side
    prints: tuple[TapePrint, ...]


class Tape(Struct, frozen=True):
    """A recorded session, cut into the opening uncross and batches."""

    symbol: str
    uncross: tuple[TapePrint, ...]
    """Prints of the opening auction: one price; empty where none is recorded."""
    batches: tuple[Batch, ...]
    lap_ns: int
    """Length of one lap; every `offset_ns` is below it."""
    mirror_units: int
    """Even laps play price mirror - p with the side swapped."""


class AddLimit(Struct, frozen=True):
    """An agent's limit order; `ref` is negative and unique in the symbol."""

    ref: int
    side: Side
    price_units: int
    lots: int


class CancelLimit(Struct, frozen=True):
    """An agent cancels its order; nothing happens where it is gone."""

    ref: int


class Aggress(Struct, frozen=True):
    """An agent takes liquidity at the market; the rest is cancelled."""

    side: Side
    lots: int


AgentAction = AddLimit | CancelLimit | Aggress
