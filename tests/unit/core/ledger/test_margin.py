from __future__ import annotations

import pytest

from chp.core.ledger.margin import (
    affords,
    covers,
    initial_margin,
    margin_of,
    money_of,
    positions_of,
)
from chp.model.order import Side
from chp.model.portfolio import Account, Holding, Money, Position

NAME = "ST123456-MO-01"
LOT_KOPECKS = {"GAZP": 161_580, "SBER": 289_830, "CENT": 100}
"""A lot is ten shares at 161.58 and at 289.83; CENT keeps sums short."""


def lot_value(symbol: str) -> int:
    return LOT_KOPECKS[symbol]


def _account(*holdings: Holding, money: int = 0, holds: int = 0, leverage: int = 5) -> Account:
    return Account(NAME, money, holds, leverage, 17, -23, holdings)


def test_worked_example_of_the_rule_book() -> None:
    account = _account(
        Holding("GAZP", 100, 1, 0, 0), Holding("SBER", 100, 1, 0, 0), money=10_000_000_00
    )
    assert money_of(account, lot_value) == Money(
        portfolio=NAME,
        cash_kopecks=10_000_000_00,
        leverage=5,
        commission_kopecks=17,
        saldo_kopecks=-23,
        liquidation_kopecks=10_451_410_00,
        initial_margin_kopecks=90_282_00,
        total_assets_kopecks=10_451_410_00,
    )


def test_shorts_lower_the_worth_and_debts_are_no_assets() -> None:
    account = _account(
        Holding("CENT", 30, 1, 0, 0), Holding("GAZP", -1, 1, 0, 0), money=-1_000, holds=500
    )
    money = money_of(account, lot_value)
    assert money.cash_kopecks == -1_500
    assert money.liquidation_kopecks == -1_000 + 3_000 - 161_580
    assert money.total_assets_kopecks == 3_000
    assert money.initial_margin_kopecks == 600 + 32_316


def test_positions_tell_what_is_planned() -> None:
    account = _account(Holding("CENT", 30, 2_500, 4, 9), Holding("GAZP", -1, -7, 0, 0))
    assert positions_of(account) == (
        Position(NAME, "CENT", 30, 25, 2_500),
        Position(NAME, "GAZP", -1, -1, -7),
    )


# Held, working buys, working sells; lots that margin is counted on.
@pytest.mark.parametrize(
    ("held", "buys", "sells", "worst"),
    [
        (10, 0, 0, 10),
        (10, 5, 0, 15),
        (10, 0, 5, 10),
        (10, 0, 25, 15),
        (10, 3, 25, 15),
        (-10, 0, 0, 10),
        (-10, 5, 0, 10),
        (-10, 25, 0, 15),
        (-10, 0, 5, 15),
        (0, 7, 9, 9),
    ],
)
def test_margin_is_counted_on_the_worse_of_all_buys_or_all_sells(
    held: int, buys: int, sells: int, worst: int
) -> None:
    account = _account(Holding("CENT", held, 0, buys, sells))
    assert initial_margin(account, lot_value) == worst * 100 // 5


@pytest.mark.parametrize(
    ("leverage", "margin"),
    [(1, 1_000_000), (2, 500_000), (3, 333_333), (5, 200_000), (10, 200_000)],
)
def test_margin_is_the_larger_of_the_two_demands(leverage: int, margin: int) -> None:
    assert margin_of(1_000_000, leverage) == margin


def test_margin_of_a_third_is_exact_for_large_values() -> None:
    assert margin_of(300_000_000_000, 3) == 100_000_000_000


@pytest.mark.parametrize(("money", "is_enough"), [(2_000, True), (1_999, False)])
def test_order_is_affordable_while_worth_covers_margin(money: int, is_enough: bool) -> None:
    account = _account(money=money)
    for side in Side:
        order = {"symbol": "CENT", "side": side, "lots": 100, "commission_kopecks": 0}
        assert affords(account, lot_value, **order) is is_enough  # type: ignore[arg-type]


def test_commission_counts_before_the_order() -> None:
    account = _account(money=2_000)
    for commission, is_enough in ((0, True), (1, False)):
        assert covers(account, lot_value, commission) is True
        assert is_enough is affords(
            account,
            lot_value,
            symbol="CENT",
            side=Side.BUY,
            lots=100,
            commission_kopecks=commission,
        )
    assert covers(account, lot_value, 2_001) is False


def test_other_working_orders_count() -> None:
    account = _account(Holding("CENT", 0, 0, 60, 0), Holding("GAZP", 0, 0, 0, 0), money=2_000)
    for lots, is_enough in ((40, True), (41, False)):
        assert is_enough is affords(
            account, lot_value, symbol="CENT", side=Side.BUY, lots=lots, commission_kopecks=0
        )


# Decision 0007: an order that adds no margin is always affordable, whatever it costs.
@pytest.mark.parametrize(
    ("held", "side", "lots", "is_affordable"),
    [
        (100, Side.SELL, 100, True),
        (100, Side.SELL, 200, True),
        (100, Side.SELL, 201, False),
        (100, Side.BUY, 1, False),
        (-100, Side.BUY, 100, True),
        (-100, Side.SELL, 1, False),
    ],
)
def test_closing_is_affordable_without_money(
    held: int, side: Side, lots: int, is_affordable: bool
) -> None:
    account = _account(Holding("CENT", held, 0, 0, 0), money=-1_000_000)
    assert is_affordable is affords(
        account, lot_value, symbol="CENT", side=side, lots=lots, commission_kopecks=10**9
    )
