"""Reports, fills and round trips as robots' orders leave them."""

from __future__ import annotations

from chp.model.order import (
    OrderReport,
    OrderState,
    OrderType,
    PositionEffect,
    Side,
    TimeInForce,
)
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill
from tests.support.small_venue import FIRST, START_NS


def report(
    order_id: int,
    state: OrderState = OrderState.OPEN,
    *,
    portfolio: str = FIRST.name,
    time_ns: int = START_NS,
    label: int = 0,
    limit_price_units: int | None = 16190,
) -> OrderReport:
    """A stop-limit's report with every field set; without a limit price a stop's."""
    is_limit = limit_price_units is not None
    return OrderReport(
        portfolio=portfolio,
        symbol="GAZP",
        state=state,
        side=Side.SELL,
        effect=PositionEffect.OPEN_SHORT,
        order_type=OrderType.STOP_LIMIT if is_limit else OrderType.STOP,
        time_in_force=TimeInForce.GTC,
        limit_price_units=limit_price_units,
        stop_price_units=16200,
        lots=10,
        remaining_lots=4,
        time_ns=time_ns,
        order_id=order_id,
        order_no=order_id + 1,
        label=label,
        description="снята",
        placed_at_ns=START_NS - 1,
    )


def fill(
    trade_no: int,
    side: Side = Side.BUY,
    *,
    portfolio: str = FIRST.name,
    time_ns: int = START_NS,
    is_maker: bool = False,
) -> Fill:
    """A fill with every field set."""
    return Fill(
        portfolio=portfolio,
        symbol="GAZP",
        side=side,
        price_units=16199,
        lots=6,
        time_ns=time_ns,
        trade_no=trade_no,
        order_id=100_001,
        order_no=100_002,
        label=12,
        commission_kopecks=292,
        is_maker=is_maker,
    )


def round_trip(
    trade_no: int, part: int = 0, *, portfolio: str = FIRST.name, time_ns: int = START_NS
) -> ClosedPosition:
    """A round trip with every field set."""
    return ClosedPosition(
        portfolio=portfolio,
        symbol="GAZP",
        lots=-6,
        buy_units=16199,
        sell_units=16205,
        time_ns=time_ns,
        open_order_id=100_001,
        close_order_id=100_003,
        trade_no=trade_no,
        part=part,
    )
