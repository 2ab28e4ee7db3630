from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chp.core.ledger.accounts import Ledger, Portfolio
from chp.core.ledger.balances import MONEY
from chp.core.ledger.fees import commission_kopecks
from chp.core.ledger.positions import RoundTrip
from chp.model.order import Side

Key: TypeAlias = tuple[str, str]
"""(portfolio, symbol)."""

NAMES = ("A", "B", "C")
SYMBOLS = ("GAZP", "SBER")
FIRST_MONEY_KOPECKS = 1_000_000
LOT_SIZE = 10
"""A price unit is a kopeck, so a lot at a price is worth ten times the price."""

_NAMES = st.sampled_from(NAMES)
_SYMBOLS = st.sampled_from(SYMBOLS)
_SIDES = st.sampled_from(list(Side))
_LOTS = st.integers(1, 30)
_PRICES = st.integers(1, 40_000)


class LedgerMachine(RuleBasedStateMachine):
    """Anything that a venue may do to its ledger, in any order, beside sums kept by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.order_id = 0
        self.money = dict.fromkeys(NAMES, FIRST_MONEY_KOPECKS)
        self.lots: Counter[Key] = Counter()
        self.cost: Counter[Key] = Counter()
        self.queue: defaultdict[Key, list[tuple[int, int]]] = defaultdict(list)
        """(price, opening order) of every open lot, one by one, first in first."""
        self.holds: dict[tuple[str, int], int] = {}
        self.saldo: Counter[str] = Counter()
        self.commission: Counter[str] = Counter()

    @initialize()
    def open_portfolios(self) -> None:
        for name in NAMES:
            self.ledger.open(name, leverage=5, may_short=True, money_kopecks=FIRST_MONEY_KOPECKS)

    @rule(name=_NAMES, symbol=_SYMBOLS, side=_SIDES, lots=_LOTS, price=_PRICES)
    def grant(self, name: str, symbol: str, side: Side, lots: int, price: int) -> None:
        if self.lots[name, symbol]:
            return
        signed = lots if side is Side.BUY else -lots
        portfolio = self.ledger.portfolios[name]
        self.ledger.grant(portfolio, symbol, signed, price, lots * price * LOT_SIZE)
        assert self._round_trips((name, symbol), signed, price, 0) == []

    @rule(name=_NAMES, symbol=_SYMBOLS, side=_SIDES, lots=_LOTS, price=_PRICES, maker=st.booleans())
    def execute(
        self, name: str, symbol: str, side: Side, lots: int, price: int, maker: bool
    ) -> None:
        self.order_id += 1
        value = lots * price * LOT_SIZE
        commission = commission_kopecks(value, maker)
        trips = self.ledger.execute(
            self.ledger.portfolios[name],
            symbol,
            side,
            lots,
            price,
            value_kopecks=value,
            commission_kopecks=commission,
            order_id=self.order_id,
        )
        sign = 1 if side is Side.BUY else -1
        self.money[name] -= sign * value + commission
        self.saldo[name] -= sign * value + commission
        self.commission[name] += commission
        assert trips == self._round_trips((name, symbol), sign * lots, price, self.order_id)

    def _round_trips(self, key: Key, lots: int, price: int, order_id: int) -> list[RoundTrip]:
        """Counts signed lots in by hand; answers the round trips they close."""
        before, queue, sign = self.lots[key], self.queue[key], 1 if lots > 0 else -1
        trips: list[RoundTrip] = []
        closed = min(abs(lots), abs(before)) if before * lots < 0 else 0
        for (units, opened_by), group in groupby(queue[:closed]):
            part = -sign * len(list(group))
            buy, sell = (units, price) if sign < 0 else (price, units)
            trips.append((part, buy, sell, opened_by, order_id))
        if closed:
            gone = Decimal(self.cost[key] * closed) / abs(before)
            self.cost[key] -= int(gone.to_integral_value(ROUND_HALF_UP))
        opening = abs(lots) - closed
        queue[:closed] = []
        queue += [(price, order_id)] * opening
        self.lots[key] += lots
        self.cost[key] += sign * opening * price * LOT_SIZE
        return trips

    @rule(name=_NAMES, order_id=st.integers(1, 4), kopecks=st.sampled_from([0, 0, 1, 500, 10**9]))
    def hold(self, name: str, order_id: int, kopecks: int) -> None:
        self.ledger.portfolios[name].hold(order_id, kopecks)
        self.holds[name, order_id] = kopecks

    @rule(name=_NAMES, symbol=_SYMBOLS, side=_SIDES, lots=_LOTS)
    def work_and_stop(self, name: str, symbol: str, side: Side, lots: int) -> None:
        position = self.ledger.portfolios[name].position(symbol)
        working = position.working_buy_lots, position.working_sell_lots
        position.add_working(side, lots)
        position.add_working(side, -lots)
        assert (position.working_buy_lots, position.working_sell_lots) == working

    @rule()
    def roll_day(self) -> None:
        self.ledger.roll_day()
        self.saldo.clear()
        self.commission.clear()

    @rule()
    def restart(self) -> None:
        self.ledger = Ledger.from_state(self.ledger.state())

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        assert set(self.ledger.balances.totals().values()) <= {0}

    @invariant()
    def accounts_agree_with_the_sums_kept_by_hand(self) -> None:
        for name, portfolio in self.ledger.portfolios.items():
            account = self.ledger.account(portfolio)
            assert account.money_kopecks == self.money[name]
            assert account.money_kopecks == self.ledger.balances.of(name, MONEY)
            assert account.saldo_kopecks == self.saldo[name]
            assert account.commission_kopecks == self.commission[name]
            self._holds_agree(portfolio)
            for symbol in SYMBOLS:
                self._position_agrees(portfolio, symbol)

    def _holds_agree(self, portfolio: Portfolio) -> None:
        mine = {
            order_id: kopecks
            for (name, order_id), kopecks in self.holds.items()
            if name == portfolio.name and kopecks
        }
        assert portfolio.holds == mine
        assert portfolio.holds_kopecks == sum(mine.values()) >= 0

    def _position_agrees(self, portfolio: Portfolio, symbol: str) -> None:
        key = (portfolio.name, symbol)
        lots = self.lots[key]
        assert self.ledger.balances.of(*key) == lots
        position = portfolio.positions.get(symbol)
        if position is None:
            assert lots == 0
            return
        assert position.lots == lots
        assert position.cost_kopecks == self.cost[key]
        open_lots = [(units, by) for n, units, by in position.open_lots for _ in range(n)]
        assert open_lots == self.queue[key]

    @invariant()
    def state_comes_back_exactly(self) -> None:
        state = self.ledger.state()
        again = Ledger.from_state(state)
        assert again.state() == state
        accounts = [self.ledger.account(one) for one in self.ledger.portfolios.values()]
        assert [again.account(one) for one in again.portfolios.values()] == accounts


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=60)


def test_average_cost_is_kept_by_closing_and_profit_is_the_rest() -> None:
    ledger = Ledger()
    portfolio = ledger.open("A", leverage=5, may_short=True, money_kopecks=0)
    for order_id, (side, lots, price) in enumerate(
        [(Side.BUY, 3, 100), (Side.BUY, 1, 140), (Side.SELL, 2, 200)], 1
    ):
        ledger.execute(
            portfolio,
            "GAZP",
            side,
            lots,
            price,
            value_kopecks=lots * price,
            commission_kopecks=0,
            order_id=order_id,
        )
    position = portfolio.position("GAZP")
    assert (position.lots, position.cost_kopecks) == (2, 220)
    assert ledger.money_kopecks(portfolio) + position.cost_kopecks == 2 * (200 - 110)
