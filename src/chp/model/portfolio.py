"""Portfolios as their owner sees them: money, positions, status.

Not ledger entries. Source: market.md section 7.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class PortfolioStatus(IntEnum):
    """smartcom.md section 3, number 7."""

    BROKER = 0
    READ_ONLY = 2
    BLOCKED = 3


class Money(Struct, frozen=True):
    """SetPortfolio: the money figures of one portfolio, in kopecks."""

    portfolio: str
    cash_kopecks: int
    leverage: int
    commission_kopecks: int
    saldo_kopecks: int
    liquidation_kopecks: int
    initial_margin_kopecks: int
    total_assets_kopecks: int


class Position(Struct, frozen=True):
    """UpdatePosition: one position; lots are signed."""

    portfolio: str
    symbol: str
    lots: int
    planned_lots: int
    """After all working orders fill; untriggered stops do not count."""
    cost_kopecks: int
    """Signed cost of the open lots; the average price is cost / (lots * lot_size)."""


class ClosedPosition(Struct, frozen=True):
    """A round trip, matched first in, first out."""

    portfolio: str
    symbol: str
    lots: int
    """Positive for a closed long, negative for a closed short."""
    buy_units: int
    sell_units: int
    time_ns: int
    open_order_id: int
    close_order_id: int
    trade_no: int
    """Of the closing execution; with `part` and the portfolio the key of the round trip."""
    part: int
    """Place among the round trips that the same execution closed, from 0."""


class PortfolioEntry(Struct, frozen=True):
    """GetPortfolioList: one portfolio of a token."""

    name: str
    exchange: str
    status: PortfolioStatus


class Holding(Struct, frozen=True):
    """One symbol in an account: what is held and what is working."""

    symbol: str
    lots: int
    cost_kopecks: int
    working_buy_lots: int
    working_sell_lots: int


class Account(Struct, frozen=True):
    """A portfolio's account without market prices: what `Money` and `Position` follow from."""

    portfolio: str
    money_kopecks: int
    """Trade-date balance."""
    holds_kopecks: int
    leverage: int
    commission_kopecks: int
    """Of this trading day, positive."""
    saldo_kopecks: int
    """Net trading cash of this trading day: sales - purchases - commission."""
    holdings: tuple[Holding, ...]
    """Open positions, positions closed today, and symbols with working orders."""
