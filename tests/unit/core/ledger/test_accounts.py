from __future__ import annotations

from chp.core.ledger.accounts import Ledger, Portfolio
from chp.core.ledger.balances import FEES, MARKET, MONEY, OPENING
from chp.model.order import Side
from chp.model.portfolio import Account, Holding


def _ledger() -> tuple[Ledger, Portfolio]:
    ledger = Ledger()
    return ledger, ledger.open("A", leverage=5, may_short=True, money_kopecks=1_000_000)


def _buy(ledger: Ledger, portfolio: Portfolio, lots: int, price: int, order_id: int) -> None:
    ledger.execute(
        portfolio,
        "GAZP",
        Side.BUY,
        lots,
        price,
        value_kopecks=lots * price,
        commission_kopecks=7,
        order_id=order_id,
    )


def test_portfolio_is_opened_with_its_money_and_a_number_of_its_own() -> None:
    ledger, first = _ledger()
    second = ledger.open("B", leverage=1, may_short=False, money_kopecks=5)
    assert [first.owner, second.owner] == [1, 2]
    assert [first.may_short, second.may_short, second.leverage] == [True, False, 1]
    assert ledger.portfolios == {"A": first, "B": second}
    assert ledger.balances.entries() == [
        (OPENING, MONEY, -1_000_005),
        ("A", MONEY, 1_000_000),
        ("B", MONEY, 5),
    ]


def test_grants_cost_nothing_and_are_no_trades() -> None:
    ledger, portfolio = _ledger()
    ledger.grant(portfolio, "GAZP", 10, 100, 1_000)
    ledger.grant(portfolio, "SBER", -4, 250, 1_000)
    ledger.grant(portfolio, "IDLE", 0, 0, 0)
    assert ledger.account(portfolio) == Account(
        portfolio="A",
        money_kopecks=1_000_000,
        holds_kopecks=0,
        leverage=5,
        commission_kopecks=0,
        saldo_kopecks=0,
        holdings=(Holding("GAZP", 10, 1_000, 0, 0), Holding("SBER", -4, -1_000, 0, 0)),
    )
    assert ledger.balances.of("A", "GAZP") == 10
    assert ledger.balances.of(OPENING, "SBER") == 4


def test_purchase_moves_securities_against_money_and_commission() -> None:
    ledger, portfolio = _ledger()
    _buy(ledger, portfolio, 10, 100, 1)
    assert ledger.balances.entries() == [
        (OPENING, MONEY, -1_000_000),
        ("A", MONEY, 998_993),
        (MARKET, MONEY, 1_000),
        (MARKET, "GAZP", -10),
        ("A", "GAZP", 10),
        (FEES, MONEY, 7),
    ]
    assert ledger.account(portfolio) == Account(
        portfolio="A",
        money_kopecks=998_993,
        holds_kopecks=0,
        leverage=5,
        commission_kopecks=7,
        saldo_kopecks=-1_007,
        holdings=(Holding("GAZP", 10, 1_000, 0, 0),),
    )


def test_sale_answers_its_round_trips_and_without_commission_posts_none() -> None:
    ledger, portfolio = _ledger()
    ledger.grant(portfolio, "GAZP", 10, 100, 1_000)
    trips = ledger.execute(
        portfolio,
        "GAZP",
        Side.SELL,
        4,
        120,
        value_kopecks=480,
        commission_kopecks=0,
        order_id=9,
    )
    assert trips == [(4, 100, 120, 0, 9)]
    assert ledger.money_kopecks(portfolio) == 1_000_480
    assert (portfolio.saldo_kopecks, portfolio.commission_kopecks) == (480, 0)
    assert ledger.balances.of(FEES, MONEY) == 0
    assert ledger.balances.of("A", "GAZP") == portfolio.position("GAZP").lots == 6


def test_saldo_is_sales_less_purchases_less_commission() -> None:
    ledger, portfolio = _ledger()
    _buy(ledger, portfolio, 10, 100, 1)
    ledger.execute(
        portfolio,
        "GAZP",
        Side.SELL,
        10,
        130,
        value_kopecks=1_300,
        commission_kopecks=5,
        order_id=2,
    )
    assert (portfolio.saldo_kopecks, portfolio.commission_kopecks) == (1_300 - 1_000 - 12, 12)
    assert ledger.money_kopecks(portfolio) == 1_000_000 + portfolio.saldo_kopecks


def test_holds_are_set_and_voided_by_order() -> None:
    _, portfolio = _ledger()
    steps = [(1, 500, 500), (2, 300, 800), (1, 200, 500), (3, 0, 500), (2, 0, 200), (1, 0, 0)]
    for order_id, kopecks, held in steps:
        portfolio.hold(order_id, kopecks)
        assert portfolio.holds_kopecks == held == sum(portfolio.holds.values())
    assert portfolio.holds == {}


def test_account_shows_positions_closed_today_and_working_orders_by_symbol() -> None:
    ledger, portfolio = _ledger()
    portfolio.position("VTBR").add_working(Side.BUY, 3)
    portfolio.position("IDLE")
    _buy(ledger, portfolio, 1, 100, 1)
    ledger.execute(
        portfolio,
        "GAZP",
        Side.SELL,
        1,
        100,
        value_kopecks=100,
        commission_kopecks=0,
        order_id=2,
    )
    portfolio.hold(3, 77)
    account = ledger.account(portfolio)
    assert account.holds_kopecks == 77
    assert account.holdings == (Holding("GAZP", 0, 0, 0, 0), Holding("VTBR", 0, 0, 3, 0))


def test_new_day_begins_with_sums_of_zero_and_without_closed_positions() -> None:
    ledger, portfolio = _ledger()
    _buy(ledger, portfolio, 2, 100, 1)
    portfolio.position("CLOSED").traded_today = True
    portfolio.position("VTBR").add_working(Side.SELL, 3)
    portfolio.hold(3, 77)
    ledger.roll_day()
    assert ledger.account(portfolio) == Account(
        portfolio="A",
        money_kopecks=1_000_000 - 207,
        holds_kopecks=77,
        leverage=5,
        commission_kopecks=0,
        saldo_kopecks=0,
        holdings=(Holding("GAZP", 2, 200, 0, 0), Holding("VTBR", 0, 0, 0, 3)),
    )
    assert list(portfolio.positions) == ["GAZP", "VTBR"]
    assert not portfolio.position("GAZP").traded_today


def test_ledger_comes_back_from_its_state_and_goes_on() -> None:
    ledger, portfolio = _ledger()
    ledger.open("B", leverage=2, may_short=False, money_kopecks=3)
    _buy(ledger, portfolio, 2, 100, 1)
    portfolio.hold(8, 77)
    again = Ledger.from_state(ledger.state())
    assert again.state() == ledger.state()
    twin = again.portfolios["A"]
    assert again.account(twin) == ledger.account(portfolio)
    for side, owner in ((ledger, portfolio), (again, twin)):
        owner.hold(8, 0)
        _buy(side, owner, 1, 90, 2)
    assert again.state() == ledger.state()
    assert again.open("C", leverage=1, may_short=False, money_kopecks=0).owner == 3
