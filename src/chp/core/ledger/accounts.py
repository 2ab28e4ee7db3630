"""The accounts of all portfolios: money, holds, positions, the day's sums.

Every movement of money and securities is a balanced posting (`balances`); nothing here judges
whether an order is allowed. Source: market.md section 7.
"""

from __future__ import annotations

from chp.core.ledger.balances import FEES, MARKET, MONEY, OPENING, Balances
from chp.core.ledger.positions import PositionBook, RoundTrip
from chp.model.order import Side
from chp.model.portfolio import Account, Holding


class Portfolio:
    """One portfolio's account."""

    __slots__ = (
        "commission_kopecks",
        "holds",
        "holds_kopecks",
        "leverage",
        "may_short",
        "name",
        "owner",
        "positions",
        "saldo_kopecks",
    )

    def __init__(self, name: str, owner: int, leverage: int, may_short: bool) -> None:
        """An account without money; `owner` is its number in the matching, from 1."""
        self.name = name
        self.owner = owner
        self.leverage = leverage
        self.may_short = may_short
        self.positions: dict[str, PositionBook] = {}
        self.holds: dict[int, int] = {}
        self.holds_kopecks = 0
        self.commission_kopecks = 0
        self.saldo_kopecks = 0

    def position(self, symbol: str) -> PositionBook:
        """The position in a symbol, made where there is none."""
        position = self.positions.get(symbol)
        if position is None:
            position = self.positions[symbol] = PositionBook()
        return position

    def hold(self, order_id: int, kopecks: int) -> None:
        """Sets what an order holds; 0 voids the hold."""
        self.holds_kopecks += kopecks - self.holds.pop(order_id, 0)
        if kopecks:
            self.holds[order_id] = kopecks


class Ledger:
    """All portfolios over one set of balances."""

    __slots__ = ("balances", "portfolios")

    def __init__(self) -> None:
        """No portfolios."""
        self.balances = Balances()
        self.portfolios: dict[str, Portfolio] = {}

    def open(self, name: str, *, leverage: int, may_short: bool, money_kopecks: int) -> Portfolio:
        """Opens a portfolio with its first money; the name must be new."""
        portfolio = Portfolio(name, len(self.portfolios) + 1, leverage, may_short)
        self.portfolios[name] = portfolio
        self.balances.transfer(OPENING, name, MONEY, money_kopecks)
        return portfolio

    def grant(
        self, portfolio: Portfolio, symbol: str, lots: int, price_units: int, value_kopecks: int
    ) -> None:
        """Puts an opening position (signed lots) into a portfolio at a price, free of payment."""
        self.balances.transfer(OPENING, portfolio.name, symbol, lots)
        side = Side.BUY if lots > 0 else Side.SELL
        position = portfolio.position(symbol)
        position.execute(side, abs(lots), price_units, value_kopecks, 0)
        position.traded_today = False

    def execute(
        self,
        portfolio: Portfolio,
        symbol: str,
        side: Side,
        lots: int,
        price_units: int,
        *,
        value_kopecks: int,
        commission_kopecks: int,
        order_id: int,
    ) -> list[RoundTrip]:
        """Posts one execution: securities against money, and the commission."""
        name, transfer = portfolio.name, self.balances.transfer
        if side is Side.BUY:
            transfer(name, MARKET, MONEY, value_kopecks)
            transfer(MARKET, name, symbol, lots)
            portfolio.saldo_kopecks -= value_kopecks + commission_kopecks
        else:
            transfer(MARKET, name, MONEY, value_kopecks)
            transfer(name, MARKET, symbol, lots)
            portfolio.saldo_kopecks += value_kopecks - commission_kopecks
        if commission_kopecks:
            transfer(name, FEES, MONEY, commission_kopecks)
            portfolio.commission_kopecks += commission_kopecks
        position = portfolio.position(symbol)
        return position.execute(side, lots, price_units, value_kopecks, order_id)

    def money_kopecks(self, portfolio: Portfolio) -> int:
        """Trade-date balance of a portfolio."""
        return self.balances.of(portfolio.name, MONEY)

    def roll_day(self) -> None:
        """Ends the trading day: the day's sums begin again, closed positions are forgotten."""
        for portfolio in self.portfolios.values():
            portfolio.commission_kopecks = portfolio.saldo_kopecks = 0
            kept = {s: p for s, p in portfolio.positions.items() if not p.is_idle()}
            for position in kept.values():
                position.traded_today = False
            portfolio.positions = kept

    def account(self, portfolio: Portfolio) -> Account:
        """The account as one record, holdings by symbol."""
        return Account(
            portfolio=portfolio.name,
            money_kopecks=self.money_kopecks(portfolio),
            holds_kopecks=portfolio.holds_kopecks,
            leverage=portfolio.leverage,
            commission_kopecks=portfolio.commission_kopecks,
            saldo_kopecks=portfolio.saldo_kopecks,
            holdings=tuple(
                Holding(
                    symbol,
                    position.lots,
                    position.cost_kopecks,
                    position.working_buy_lots,
                    position.working_sell_lots,
                )
                for symbol, position in sorted(portfolio.positions.items())
                if position.traded_today or not position.is_idle()
            ),
        )

    def state(self) -> list[object]:
        """Everything, in plain lists."""
        return [
            [list(entry) for entry in self.balances.entries()],
            [_portfolio_state(portfolio) for portfolio in self.portfolios.values()],
        ]

    @classmethod
    def from_state(cls, state: list) -> Ledger:  # type: ignore[type-arg]
        """The ledger whose `state()` this was."""
        ledger = cls()
        ledger.balances = Balances.from_entries(state[0])
        for entry in state[1]:
            portfolio = _portfolio_from(entry)
            ledger.portfolios[portfolio.name] = portfolio
        return ledger


def _portfolio_state(portfolio: Portfolio) -> list[object]:
    return [
        portfolio.name,
        portfolio.owner,
        portfolio.leverage,
        portfolio.may_short,
        portfolio.commission_kopecks,
        portfolio.saldo_kopecks,
        [list(hold) for hold in portfolio.holds.items()],
        [[symbol, position.state()] for symbol, position in portfolio.positions.items()],
    ]


def _portfolio_from(entry: list) -> Portfolio:  # type: ignore[type-arg]
    name, owner, leverage, may_short, commission, saldo, holds, positions = entry
    portfolio = Portfolio(name, owner, leverage, may_short)
    portfolio.commission_kopecks, portfolio.saldo_kopecks = commission, saldo
    for order_id, kopecks in holds:
        portfolio.hold(order_id, kopecks)
    for symbol, state in positions:
        portfolio.positions[symbol] = PositionBook.from_state(state)
    return portfolio
