from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from chp.app.venue.checks import (
    MOST_LOTS,
    Ticket,
    judge_form,
    judge_price,
    judge_right,
    judge_risk,
    worst_units,
)
from chp.app.venue.state import VenueState
from chp.model.commands import Place
from chp.model.instrument import FlowKind
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.refusal import Refusal, RejectReason
from chp.model.requests import PlaceOrder
from tests.support.small_venue import TAPED

NAME = "ST123456-MO-01"
LISTED = structs.replace(TAPED, symbol="ACKO", flow=FlowKind.NONE)
STEPPED = structs.replace(
    TAPED, symbol="VTBR", scale=6, lot_size=10_000, step_units=5, legal_close_units=24_433
)


def _state(money_kopecks: int = 10**9, *, may_short: bool = True) -> VenueState:
    state = VenueState((TAPED, LISTED, STEPPED), 0)
    state.ledger.open(NAME, leverage=5, may_short=may_short, money_kopecks=money_kopecks)
    return state


ORDER = PlaceOrder(
    NAME,
    "GAZP",
    Side.BUY,
    PositionEffect.AUTO,
    OrderType.LIMIT,
    TimeInForce.DAY,
    Decimal("161.98"),
    Decimal(100),
    None,
    0,
)


def _judge(*, is_in_lots: bool = False, is_allowed: bool = True, **changes: Any) -> Any:
    order = structs.replace(ORDER, **changes)
    return judge_form(_state(), Place(1, order, is_allowed, is_in_lots, None))


def test_a_limit_order_becomes_a_ticket() -> None:
    ticket = _judge()
    assert isinstance(ticket, Ticket)
    assert (ticket.lots, ticket.limit_units, ticket.stop_units) == (10, 16198, None)


def test_amounts_count_securities_or_lots_as_the_token_says() -> None:
    assert _judge(securities=Decimal(50)).lots == 5
    assert _judge(securities=Decimal(50), is_in_lots=True).lots == 50
    assert _judge(securities=Decimal("5E1")).lots == 5


def test_prices_that_the_type_does_not_use_are_not_looked_at() -> None:
    changes: dict[str, Any] = {
        "order_type": OrderType.MARKET,
        "limit_price": Decimal(-3),
        "stop_price": None,
    }
    assert _judge(**changes).limit_units is None


@pytest.mark.parametrize(
    ("changes", "reason", "field", "expected", "came"),
    [
        ({"portfolio": "X"}, "UNKNOWN_PORTFOLIO", "portfolio", "", ""),
        ({"symbol": "NOPE"}, "UNKNOWN_SYMBOL", "symbol", "", ""),
        ({"symbol": "ACKO"}, "NOT_TRADABLE", "symbol", "", ""),
        ({"securities": Decimal(0)}, "AMOUNT_NOT_POSITIVE", "amount", "more than 0", "0"),
        (
            {"securities": Decimal(MOST_LOTS * 10 + 10)},
            "AMOUNT_TOO_LARGE",
            "amount",
            "at most 10000000000",
            "10000000010",
        ),
        (
            {"securities": Decimal(15)},
            "AMOUNT_NOT_WHOLE_LOTS",
            "amount",
            "a whole number of lots: 10 securities are 1 lot, so 15 securities are 1.5 lots; "
            "15 lots would be 150 securities",
            "15",
        ),
        (
            {"securities": Decimal("12345675.50")},
            "AMOUNT_NOT_WHOLE_LOTS",
            "amount",
            "a whole number of lots: 10 securities are 1 lot, so 12345675.5 securities are "
            "1234567.55 lots; 12345675.5 lots would be 123456755 securities",
            "12345675.50",
        ),
        ({"limit_price": None}, "LIMIT_PRICE_NOT_POSITIVE", "limit_price", "more than 0", "0"),
        (
            {"limit_price": Decimal("161.985")},
            "PRICE_OFF_STEP",
            "limit_price",
            "a multiple of 0.01",
            "161.985",
        ),
        (
            {"limit_price": Decimal("194.42")},
            "PRICE_OUT_OF_BAND",
            "limit_price",
            "129.61 to 194.41",
            "194.42",
        ),
        (
            {"limit_price": Decimal("1E+30")},
            "PRICE_OUT_OF_BAND",
            "limit_price",
            "129.61 to 194.41",
            "1" + 30 * "0",
        ),
        (
            {"order_type": OrderType.STOP, "stop_price": Decimal(-1)},
            "STOP_PRICE_NOT_POSITIVE",
            "stop_price",
            "more than 0",
            "-1",
        ),
    ],
)
def test_a_fault_of_form_names_field_expected_and_came(
    changes: dict[str, Any], reason: str, field: str, expected: str, came: str
) -> None:
    refusal = _judge(**changes)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason.name, refusal.field) == (reason, field)
    assert (refusal.expected, refusal.came) == (expected, came)


def test_faults_are_told_in_the_documented_order() -> None:
    wrong: dict[str, Any] = {
        "portfolio": "X",
        "symbol": "NOPE",
        "securities": Decimal(15),
        "limit_price": Decimal("500.001"),
    }
    repairs: list[dict[str, Any]] = [
        {},
        {"portfolio": NAME},
        {"symbol": "ACKO"},
        {"symbol": "GAZP"},
        {"securities": Decimal(10)},
        {"limit_price": Decimal(500)},
    ]
    told = []
    for repair in repairs:
        wrong.update(repair)
        told.append(_judge(**wrong).reason.name)
    assert told == [
        "UNKNOWN_PORTFOLIO",
        "UNKNOWN_SYMBOL",
        "NOT_TRADABLE",
        "AMOUNT_NOT_WHOLE_LOTS",
        "PRICE_OFF_STEP",
        "PRICE_OUT_OF_BAND",
    ]


def test_a_portfolio_that_is_not_the_tokens_is_unknown() -> None:
    assert _judge(is_allowed=False) == Refusal(
        RejectReason.UNKNOWN_PORTFOLIO, field="portfolio", name=NAME
    )


def test_limits_are_rounded_inward_to_the_step() -> None:
    # 20 % around 0.024433 are 0.0195464 and 0.0293196, the step is 0.000005.
    market = _state().markets["VTBR"]
    assert (market.low_limit_units, market.high_limit_units) == (19_550, 29_315)
    assert judge_price(market, Decimal("0.019550"), "price") == 19_550
    for outside in ("0.019545", "0.029320"):
        refusal = judge_price(market, Decimal(outside), "price")
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RejectReason.PRICE_OUT_OF_BAND


def test_the_worst_price_is_the_limit_or_the_days() -> None:
    market = _state().markets["GAZP"]
    assert worst_units(market, Side.BUY, 16000) == 16000
    assert worst_units(market, Side.BUY, None) == 19441
    assert worst_units(market, Side.SELL, None) == 12961


def test_money_is_enough_up_to_margin_and_commission() -> None:
    # A lot is 1,620.10 at the close: margin 324.02, commission 0.03 % of the limit's value.
    state = _state(money_kopecks=32_402 + 49)
    market = state.markets["GAZP"]
    ticket = Ticket(state.ledger.portfolios[NAME], market, 1, 16201, None)
    assert judge_risk(state, ticket, Side.BUY, PositionEffect.AUTO) is None
    short_of_it = _state(money_kopecks=32_402 + 48)
    ticket = Ticket(short_of_it.ledger.portfolios[NAME], market, 1, 16201, None)
    refusal = judge_risk(short_of_it, ticket, Side.BUY, PositionEffect.AUTO)
    assert refusal is not None
    assert refusal.reason is RejectReason.NOT_ENOUGH_MONEY


def test_only_the_right_to_sell_short_is_judged_of_an_opening_short() -> None:
    barred = _state(may_short=False).ledger.portfolios[NAME]
    refusal = judge_right(barred, PositionEffect.OPEN_SHORT)
    assert refusal is not None
    assert refusal.reason is RejectReason.SHORT_NOT_ALLOWED
    assert judge_right(barred, PositionEffect.CLOSE_SHORT) is None
    allowed = _state().ledger.portfolios[NAME]
    assert judge_right(allowed, PositionEffect.OPEN_SHORT) is None
