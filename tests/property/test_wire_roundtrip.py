"""What is told can be asked again: orders and moments survive the way out and in."""

import json
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from chp.model.order import OrderReport, OrderType, TimeInForce
from chp.model.requests import PlaceOrder
from chp.units import price_decimal
from chp.wire.rest.decode import fingerprint_of, parse_object, request_of
from chp.wire.rest.portfolio_rows import ACTIONS, order_row
from chp.wire.rest.row_units import Recipient
from tests.support.rest_answers import GAZP, INSTRUMENTS, ORDER, operation_of

PLACE = operation_of("PlaceOrder")
ASKED = ("portfolio", "symbol", "action", "type", "validity", "price", "amount", "stop", "cookie")
RECIPIENT = Recipient(INSTRUMENTS, in_lots=False, token="")


@st.composite
def reports(draw: st.DrawFn) -> OrderReport:
    side, effect = draw(st.sampled_from(sorted(ACTIONS)))
    order_type = draw(st.sampled_from(OrderType))
    has_limit = order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    has_stop = order_type in (OrderType.STOP, OrderType.STOP_LIMIT)
    prices = st.integers(1, 10**12)
    return structs.replace(
        ORDER,
        side=side,
        effect=effect,
        order_type=order_type,
        time_in_force=draw(st.sampled_from(TimeInForce)),
        limit_price_units=draw(prices) if has_limit else None,
        stop_price_units=draw(prices) if has_stop else None,
        lots=draw(st.integers(1, 10**9)),
        label=draw(st.integers(-(2**53), 2**53)),
    )


def asked(report: OrderReport) -> PlaceOrder:
    """The placement that a report tells of."""

    def price(units: int | None) -> Decimal | None:
        return None if units is None else price_decimal(units, GAZP.scale)

    return PlaceOrder(
        report.portfolio,
        report.symbol,
        report.side,
        report.effect,
        report.order_type,
        report.time_in_force,
        price(report.limit_price_units),
        Decimal(report.lots * GAZP.lot_size),
        price(report.stop_price_units),
        report.label,
    )


@st.composite
def spelled(draw: st.DrawFn, row: dict[str, Any]) -> bytes:
    """The body that asks for an order as it was told, in any spelling that is taken."""
    members = []
    for key in draw(st.permutations(ASKED)):
        name = f"{key}_" if key == "type" and draw(st.booleans()) else key
        name = draw(st.sampled_from([name, name.upper(), name.title()]))
        number = msgspec.json.encode(row[key]).decode()
        if not isinstance(row[key], str):
            texts = [number, f'"{number}"', f'" {number} "']
            if isinstance(row[key], int):
                texts += [f"{number}.0", f'"{number}.00"']
            number = draw(st.sampled_from(texts))
        members.append(f"{json.dumps(name)}: {number}")
    return f"{{{', '.join(members)}}}".encode()


@given(reports(), st.data())
def test_order_told_is_the_order_asked_in_any_spelling(
    report: OrderReport, data: st.DataObject
) -> None:
    body = parse_object(data.draw(spelled(order_row(report, RECIPIENT))))
    assert isinstance(body, dict)
    request = request_of(PLACE, body)
    expected = asked(report)
    assert request == expected
    assert isinstance(request, PlaceOrder)
    assert fingerprint_of(request) == fingerprint_of(expected)


@given(reports(), reports())
def test_fingerprints_differ_exactly_where_requests_do(
    one: OrderReport, other: OrderReport
) -> None:
    first, second = asked(one), asked(other)
    assert (fingerprint_of(first) == fingerprint_of(second)) is (first == second)
