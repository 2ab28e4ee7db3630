from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chp.core.ledger.accounts import Ledger, Portfolio
from chp.core.ledger.balances import MONEY
from chp.core.ledger.fees import commission_kopecks
from chp.core.ledger.positions import RoundTrip
from chp.model.order import Side

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
        self.lots: Counter[tuple[str, str]] = Counter()
        self.opened: Counter[tuple[str, str]] = Counter()
        """Signed value of the lots that opened and are not closed, at their own prices."""
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
        self.lots[name, symbol] += signed
        self.opened[name, symbol] += signed * price * LOT_SIZE

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
        self._check_round_trips((name, symbol), sign * lots, price, trips)

    def _check_round_trips(
        self, key: tuple[str, str], lots: int, price: int, trips: list[RoundTrip]
    ) -> None:
        """What was closed is told in full: lots, own price, and the other side's opening value."""
        before = self.lots[key]
        closed = min(abs(lots), abs(before)) if before * lots < 0 else 0
        sign = 1 if before > 0 else -1
        assert sum(trip[0] for trip in trips) == sign * closed
        for part, buy_units, sell_units, opened_by, closed_by in trips:
            assert part * sign > 0
            assert (sell_units if before > 0 else buy_units) == price
            assert opened_by < closed_by == self.order_id
            open_units = buy_units if before > 0 else sell_units
            self.opened[key] -= part * open_units * LOT_SIZE
        self.lots[key] += lots
        opening = abs(lots) - closed
        self.opened[key] += (opening if lots > 0 else -opening) * price * LOT_SIZE

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
        sign = 1 if lots > 0 else -1
        assert sum(part for part, _, _ in position.open_lots) == abs(lots)
        first_in = sum(part * units for part, units, _ in position.open_lots) * LOT_SIZE
        assert sign * first_in == self.opened[key]
        # Average cost: of the sign of the position, 0 with it, and within the prices ever paid.
        assert position.cost_kopecks * sign >= 0
        assert (position.cost_kopecks == 0) == (lots == 0)
        assert abs(position.cost_kopecks) <= abs(lots) * LOT_SIZE * 40_000

    @invariant()
    def state_comes_back_exactly(self) -> None:
        state = self.ledger.state()
        again = Ledger.from_state(state)
        assert again.state() == state
        accounts = [self.ledger.account(one) for one in self.ledger.portfolios.values()]
        assert [again.account(one) for one in again.portfolios.values()] == accounts


TestLedger = LedgerMachine.TestCase


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
