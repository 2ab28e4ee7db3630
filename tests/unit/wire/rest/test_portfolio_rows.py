"""Rows of portfolios, whole, with SmartCOM's meanings."""

import pytest
from msgspec import structs

from chp.model.answers import Monies, PortfolioHistory, PortfolioList, Positions
from chp.model.order import OrderState, OrderType, PositionEffect, Side, TimeInForce
from chp.model.portfolio import PortfolioEntry, PortfolioStatus, Position
from chp.wire.rest import portfolio_rows
from chp.wire.rest.fields import PLACE
from chp.wire.rest.row_units import Recipient
from tests.support.rest_answers import (
    CLOSED,
    FILL,
    INSTRUMENTS,
    MONEY,
    ORDER,
    PORTFOLIO,
    POSITION,
    TOKEN,
    VTBR,
)

SECURITIES = Recipient(INSTRUMENTS, in_lots=False, token=TOKEN)
LOTS = Recipient(INSTRUMENTS, in_lots=True, token=TOKEN)

ORDER_HEAD = {
    "portfolio": PORTFOLIO,
    "symbol": "GAZP",
    "state": 6,
    "action": 2,
    "type": 4,
    "validity": 2,
    "price": 163.5,
    "amount": 70,
    "stop": 163.6,
    "filled": 30,
    "datetime": "2024-02-16T12:00:00.250",
}
FILL_ROW = {
    "portfolio": PORTFOLIO,
    "symbol": "GAZP",
    "orderid": "2413543384",
    "price": 163.92,
    "amount": -40,
    "datetime": "2024-02-16T12:00:00.250",
    "tradeno": "9000017",
    "value": 6556.8,
    "accruedint": 0,
    "cookie": 12,
}


def test_portfolios_are_numbered_from_0() -> None:
    entries = (
        PortfolioEntry("A", "MON", PortfolioStatus.READ_ONLY),
        PortfolioEntry("B", "RTS_FUT", PortfolioStatus.BLOCKED),
    )
    assert portfolio_rows.entry_rows(PortfolioList(entries), SECURITIES) == [
        {
            "row": 0,
            "nrows": 2,
            "portfolioName": "A",
            "portfolioExch": "MON",
            "portfolioStatus": 2,
        },
        {
            "row": 1,
            "nrows": 2,
            "portfolioName": "B",
            "portfolioExch": "RTS_FUT",
            "portfolioStatus": 3,
        },
    ]


def test_money_is_exact_to_the_kopeck() -> None:
    assert portfolio_rows.money_rows(Monies((MONEY,)), SECURITIES) == [
        {
            "portfolio": PORTFOLIO,
            "cash": 1000000.01,
            "leverage": 5,
            "comission": 2.62,
            "saldo": -655682.62,
            "liquidationValue": 1200000.05,
            "initialMargin": 300000.1,
            "totalAssets": 1500000.99,
        }
    ]


@pytest.mark.parametrize(("recipient", "amount", "planned"), [(SECURITIES, 30, -40), (LOTS, 3, -4)])
def test_position_is_signed(recipient: Recipient, amount: int, planned: int) -> None:
    assert portfolio_rows.position_rows(Positions((POSITION,)), recipient) == [
        {
            "portfolio": PORTFOLIO,
            "symbol": "GAZP",
            "avprice": 161.9803,
            "amount": amount,
            "planned": planned,
        }
    ]


@pytest.mark.parametrize(
    ("lots", "cost_kopecks", "average"),
    [
        (3, 485_941, 161.9803),
        (-3, -485_941, 161.9803),
        (1, 162_005, 162.005),
        (0, 0, 0.0),
        (0, 12, 0.0),
    ],
)
def test_average_price_is_cost_per_security(lots: int, cost_kopecks: int, average: float) -> None:
    position = Position(PORTFOLIO, "GAZP", lots, 0, cost_kopecks)
    (row,) = portfolio_rows.position_rows(Positions((position,)), SECURITIES)
    assert row["avprice"] == average


def test_average_price_of_the_finest_instrument_has_18_places() -> None:
    fine = structs.replace(VTBR, scale=18, lot_size=1)
    position = Position(PORTFOLIO, "VTBR", 3, 0, 100)
    recipient = Recipient({"VTBR": fine}, in_lots=False, token=TOKEN)
    (row,) = portfolio_rows.position_rows(Positions((position,)), recipient)
    assert row["avprice"] == 0.333333333333333333


def test_order_tells_the_remaining_volume_as_filled() -> None:
    assert portfolio_rows.order_row(ORDER, SECURITIES) == {
        **ORDER_HEAD,
        "orderid": "4636001270",
        "orderno": "2413543384",
        "status_mask": 0,
        "cookie": 12,
        "description": "why",
    }
    in_lots = portfolio_rows.order_row(ORDER, LOTS)
    assert (in_lots["amount"], in_lots["filled"]) == (7, 3)


@pytest.mark.parametrize(
    ("side", "effect", "action"),
    [
        (Side.BUY, PositionEffect.AUTO, 1),
        (Side.SELL, PositionEffect.AUTO, 2),
        (Side.SELL, PositionEffect.OPEN_SHORT, 3),
        (Side.BUY, PositionEffect.CLOSE_SHORT, 4),
    ],
)
def test_action_is_side_and_effect(side: Side, effect: PositionEffect, action: int) -> None:
    report = structs.replace(ORDER, side=side, effect=effect)
    assert portfolio_rows.order_row(report, SECURITIES)["action"] == action


def test_validity_has_the_numbers_of_the_old_api() -> None:
    day = structs.replace(ORDER, time_in_force=TimeInForce.DAY)
    assert portfolio_rows.order_row(day, SECURITIES)["validity"] == 1
    assert portfolio_rows.order_row(ORDER, SECURITIES)["validity"] == 2


@pytest.mark.parametrize("field", ["action", "validity"])
def test_numbers_told_are_the_numbers_taken(field: str) -> None:
    told = {"action": portfolio_rows.ACTIONS, "validity": portfolio_rows.VALIDITIES}[field]
    (taken,) = [known.choices for known in PLACE if known.name == field]
    assert {choice.meaning: choice.value for choice in taken} == told


@pytest.mark.parametrize(
    ("state", "number"),
    [
        (OrderState.SUBMITTED, 0),
        (OrderState.PENDING, 1),
        (OrderState.OPEN, 2),
        (OrderState.EXPIRED, 3),
        (OrderState.CANCELLED, 4),
        (OrderState.FILLED, 5),
        (OrderState.PARTIAL, 6),
        (OrderState.REJECTED, 8),
    ],
)
def test_state_has_the_number_of_the_old_api(state: OrderState, number: int) -> None:
    report = structs.replace(ORDER, state=state)
    assert portfolio_rows.order_row(report, SECURITIES)["state"] == number


def test_market_order_before_the_exchange_has_zeros_not_nulls() -> None:
    report = structs.replace(
        ORDER,
        order_type=OrderType.MARKET,
        limit_price_units=None,
        stop_price_units=None,
        order_no=0,
        label=0,
        description="",
    )
    row = portfolio_rows.order_row(report, SECURITIES)
    assert (row["type"], row["price"], row["stop"]) == (1, 0.0, 0.0)
    assert (row["orderno"], row["cookie"], row["description"]) == ("0", 0, "")


def test_own_trade_has_the_number_at_the_exchange_and_a_signed_amount() -> None:
    assert portfolio_rows.fill_row(FILL, SECURITIES) == FILL_ROW
    bought = portfolio_rows.fill_row(structs.replace(FILL, side=Side.BUY), SECURITIES)
    assert bought == {**FILL_ROW, "amount": 40}
    assert portfolio_rows.fill_row(FILL, LOTS) == {**FILL_ROW, "amount": -4}


def test_value_of_a_trade_is_exact_at_any_scale() -> None:
    fill = structs.replace(FILL, symbol="VTBR", price_units=24_005, lots=3)
    row = portfolio_rows.fill_row(fill, SECURITIES)
    assert (row["price"], row["value"]) == (0.024005, 720.15)


def test_history_is_one_object_of_three_lists() -> None:
    orders, fills, closed = (ORDER, ORDER), (FILL, FILL), (CLOSED, CLOSED)
    (row,) = portfolio_rows.history_rows(PortfolioHistory(orders, fills, closed), SECURITIES)
    assert list(row) == ["orders", "trades", "closedPositions"]
    assert row["orders"][1] == {
        "row": 1,
        "nrows": 2,
        **ORDER_HEAD,
        "id": "4636001270",
        "no": "2413543384",
        "cookie": 12,
    }
    assert row["trades"][1] == {
        "row": 1,
        "nrows": 2,
        "portfolio": PORTFOLIO,
        "symbol": "GAZP",
        "datetime": "2024-02-16T12:00:00.250",
        "price": 163.92,
        "volume": 40,
        "tradeno": "9000017",
        "buysell": 2,
        "orderno": "2413543384",
        "value": 6556.8,
        "accruedint": 0,
    }
    assert row["closedPositions"][1] == {
        "row": 1,
        "nrows": 2,
        "portfolio": PORTFOLIO,
        "symbol": "GAZP",
        "amount": -20,
        "price_buy": 163.0,
        "price_sell": 163.92,
        "postime": "2024-02-16T12:00:00.250",
        "order_open": "4636001270",
        "order_close": "4636001271",
    }


def test_history_of_nothing_is_three_empty_lists() -> None:
    assert portfolio_rows.history_rows(PortfolioHistory((), (), ()), SECURITIES) == [
        {"orders": [], "trades": [], "closedPositions": []}
    ]


def test_lots_of_the_history_follow_the_token() -> None:
    (row,) = portfolio_rows.history_rows(PortfolioHistory((ORDER,), (FILL,), (CLOSED,)), LOTS)
    assert row["orders"][0]["amount"] == 7
    assert row["trades"][0]["volume"] == 4
    assert row["closedPositions"][0]["amount"] == -2
