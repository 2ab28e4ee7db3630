from __future__ import annotations

import pytest

from chp.app.venue.orders import WorkingOrder
from chp.core.ledger.accounts import Portfolio
from chp.model.order import OrderState, OrderType, PositionEffect, Side, TimeInForce

OWNER = Portfolio("ST123456-MO-01", 1, 5, True)


def _order(order_type: OrderType = OrderType.LIMIT) -> WorkingOrder:
    return WorkingOrder(
        7,
        OWNER,
        "GAZP",
        side=Side.SELL,
        effect=PositionEffect.OPEN_SHORT,
        order_type=order_type,
        time_in_force=TimeInForce.GTC,
        limit_units=16200,
        stop_units=16100,
        lots=10,
        label=5,
        now_ns=100,
    )


def test_a_report_enters_a_state_at_a_time() -> None:
    order = _order()
    report = order.report(OrderState.REJECTED, 200, "why")
    assert report == order.snapshot()
    assert (report.state, report.time_ns, report.description) == (OrderState.REJECTED, 200, "why")
    assert (report.placed_at_ns, report.remaining_lots, report.order_no) == (100, 10, 0)
    assert order.report(OrderState.OPEN, 300).description == ""


@pytest.mark.parametrize("order_type", OrderType)
def test_stops_and_stop_limits_are_stops(order_type: OrderType) -> None:
    assert _order(order_type).is_stop is (order_type.name.startswith("STOP"))


def test_an_order_is_parked_while_it_waits_at_the_broker() -> None:
    order = _order()
    assert order.is_parked
    order.in_flight = True
    assert not order.is_parked
    order.in_flight = False
    order.report(OrderState.OPEN, 200)
    assert not order.is_parked
    assert not _order(OrderType.STOP).is_parked


def test_a_restored_order_is_the_order() -> None:
    order = _order()
    order.report(OrderState.PARTIAL, 300, "text")
    order.remaining_lots, order.order_no, order.last_order_no = 4, 9, 8
    order.in_flight, order.cancel_in_flight = True, True
    again = WorkingOrder.restore(order.snapshot(), OWNER, order.flags())
    for name in WorkingOrder.__slots__:
        assert getattr(again, name) == getattr(order, name), name
