"""Money figures of an account at market prices, and whether an order is affordable.

Pure functions of an `Account` and the value of one lot of each symbol at its last price.
Source: market.md section 7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chp.model.order import Side
from chp.model.portfolio import Account, Holding, Money, Position
from chp.units import divide_half_up, share_of

INSTRUMENT_RATE_MILLIONTHS: Final = 200_000
"""Initial margin of a share as a part of its value (the demo's number)."""

LotValue = Callable[[str], int]
"""Kopecks that one lot of a symbol is worth at its last price."""


def money_of(account: Account, lot_value: LotValue) -> Money:
    """The figures of SetPortfolio."""
    worth = longs = 0
    for holding in account.holdings:
        value = holding.lots * lot_value(holding.symbol)
        worth += value
        longs += max(value, 0)
    return Money(
        portfolio=account.portfolio,
        cash_kopecks=account.money_kopecks - account.holds_kopecks,
        leverage=account.leverage,
        commission_kopecks=account.commission_kopecks,
        saldo_kopecks=account.saldo_kopecks,
        liquidation_kopecks=account.money_kopecks + worth,
        initial_margin_kopecks=initial_margin(account, lot_value),
        total_assets_kopecks=max(account.money_kopecks, 0) + longs,
    )


def positions_of(account: Account) -> tuple[Position, ...]:
    """The rows of UpdatePosition, by symbol."""
    return tuple(
        Position(
            account.portfolio,
            holding.symbol,
            holding.lots,
            holding.lots + holding.working_buy_lots - holding.working_sell_lots,
            holding.cost_kopecks,
        )
        for holding in account.holdings
    )


def initial_margin(account: Account, lot_value: LotValue) -> int:
    """Sum of rate * |q| * last, q the worse of all working buys or all working sells filled."""
    return sum(
        margin_of(_worst_lots(holding) * lot_value(holding.symbol), account.leverage)
        for holding in account.holdings
    )


def margin_of(value_kopecks: int, leverage: int) -> int:
    """Margin of a position's value: the larger demand of the instrument and of the multiple.

    The multiple's part is exact: a rate of 1/3 is no whole number of millionths.
    """
    by_rate = share_of(value_kopecks, INSTRUMENT_RATE_MILLIONTHS)
    return max(by_rate, divide_half_up(value_kopecks, leverage))


def affords(
    account: Account,
    lot_value: LotValue,
    *,
    symbol: str,
    side: Side,
    lots: int,
    commission_kopecks: int,
) -> bool:
    """Whether liquidationValue - initialMargin stays >= 0 with one more working order.

    An order that adds no margin (it closes) is always affordable: who is short of margin must
    be able to get out (decision 0007).
    """
    own = _NOTHING
    free_kopecks = account.money_kopecks - commission_kopecks
    for holding in account.holdings:
        value = lot_value(holding.symbol)
        free_kopecks += holding.lots * value
        if holding.symbol == symbol:
            own = holding
        else:
            free_kopecks -= margin_of(_worst_lots(holding) * value, account.leverage)
    value = lot_value(symbol)
    before = margin_of(_worst_lots(own) * value, account.leverage)
    after = margin_of(_worst_lots(_with_order(own, side, lots)) * value, account.leverage)
    return after <= before or free_kopecks >= after


def covers(account: Account, lot_value: LotValue, commission_kopecks: int) -> bool:
    """Whether liquidationValue - initialMargin stays >= 0 after paying a commission."""
    worth = sum(holding.lots * lot_value(holding.symbol) for holding in account.holdings)
    margin = initial_margin(account, lot_value)
    return account.money_kopecks + worth - commission_kopecks - margin >= 0


def _worst_lots(holding: Holding) -> int:
    return max(
        abs(holding.lots + holding.working_buy_lots), abs(holding.lots - holding.working_sell_lots)
    )


def _with_order(holding: Holding, side: Side, lots: int) -> Holding:
    buys, sells = (lots, 0) if side is Side.BUY else (0, lots)
    return Holding(
        holding.symbol,
        holding.lots,
        holding.cost_kopecks,
        holding.working_buy_lots + buys,
        holding.working_sell_lots + sells,
    )


_NOTHING: Final = Holding("", 0, 0, 0, 0)
