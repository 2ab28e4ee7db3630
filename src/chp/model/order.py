"""Orders: the words a robot uses and the report it gets back.

Not the working state of an order inside the venue. Source: market.md section 10, design.md 6.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class Side(IntEnum):
    """FIX tag 54."""

    BUY = 1
    SELL = 2


class PositionEffect(IntEnum):
    """FIX tag 77 as far as the old actions need it."""

    AUTO = 0
    OPEN_SHORT = 1
    CLOSE_SHORT = 2


class OrderType(IntEnum):
    """FIX tag 40."""

    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4


class TimeInForce(IntEnum):
    """FIX tag 59."""

    DAY = 0
    GTC = 1


class OrderState(IntEnum):
    """State of an order; the numbers are SmartCOM's (smartcom.md section 3)."""

    REJECTED_BY_CONTRAGENT = -1
    SUBMITTED = 0
    PENDING = 1
    OPEN = 2
    EXPIRED = 3
    CANCELLED = 4
    FILLED = 5
    PARTIAL = 6
    CANCELLED_BY_CONTRAGENT = 7
    REJECTED = 8
    CANCELLED_BY_SYSTEM = 9


FINAL_STATES = frozenset(
    {OrderState.EXPIRED, OrderState.CANCELLED, OrderState.FILLED, OrderState.REJECTED}
)


class OrderReport(Struct, frozen=True, array_like=True, gc=False):
    """One UpdateOrder: an order as it stood after one change."""

    portfolio: str
    symbol: str
    state: OrderState
    side: Side
    effect: PositionEffect
    order_type: OrderType
    time_in_force: TimeInForce
    limit_price_units: int | None
    stop_price_units: int | None
    lots: int
    remaining_lots: int
    """Lots not executed; on the wire this is `filled`."""
    time_ns: int
    """Venue time of the last change, UTC nanoseconds."""
    order_id: int
    order_no: int
    """The exchange's number; 0 for none yet."""
    label: int
    """The robot's own number (`cookie`); 0 for none."""
    description: str
    placed_at_ns: int
