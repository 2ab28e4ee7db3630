from __future__ import annotations

from chp.app.venue.day import KEYS_KEPT_NS
from chp.model.events import DayRolled
from chp.units import NS_PER_DAY
from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import FIRST


def test_roll_resets_the_sums_of_the_day_and_forgets_closed_positions() -> None:
    desk = RowDesk()
    desk.place(SELL, 100, "161.00")
    portfolio = desk.venue.state.ledger.portfolios[FIRST.name]
    assert portfolio.commission_kopecks > 0
    assert portfolio.saldo_kopecks > 0
    assert "GAZP" in portfolio.positions
    desk.to_midnight()
    assert (portfolio.commission_kopecks, portfolio.saldo_kopecks) == (0, 0)
    assert portfolio.positions == {}


def test_roll_makes_the_last_price_both_closes() -> None:
    desk = RowDesk((1000, BUY, ((16250, 5),)))
    desk.to_midnight()
    market = desk.venue.state.markets["GAZP"]
    assert (market.previous_close_units, market.legal_close_units) == (16250, 16250)
    assert (market.open_units, market.volume_lots) == (0, 0)


def test_roll_happens_at_the_boundary_once_a_day() -> None:
    desk = RowDesk()
    boundary_ns = desk.venue.state.next_roll_ns
    desk.to_midnight(days=3)
    rolls = [event.time_ns for event in desk.events if isinstance(event, DayRolled)]
    assert rolls == [boundary_ns, boundary_ns + NS_PER_DAY, boundary_ns + 2 * NS_PER_DAY]
    assert desk.venue.state.next_roll_ns == boundary_ns + 3 * NS_PER_DAY


def test_roll_shows_every_market_and_account_anew() -> None:
    desk = RowDesk()
    desk.venue.pop_views()
    desk.to_midnight()
    views = desk.venue.pop_views()
    assert [quote.volume_lots for quote in views.quotes] == [0]
    assert len(views.accounts) == 2


def test_keys_are_kept_for_a_day_at_least() -> None:
    desk = RowDesk()
    desk.place(BUY, 1, "161.00", key="old")
    desk.to_midnight()
    desk.place(BUY, 1, "161.00", key="new")
    assert list(desk.venue.state.remembered) == [(1, "old"), (1, "new")]
    desk.to_midnight()
    assert list(desk.venue.state.remembered) == [(1, "new")]
    assert KEYS_KEPT_NS >= NS_PER_DAY


def test_an_order_moved_at_the_last_moment_keeps_its_hold_right() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97", tif=GTC)
    desk.go(1000)
    desk.wait(12 * 3_600_000 - 1010)
    assert desk.move(1, "161.90")[0] == "Touched A=1"
    assert desk.move(1, "161.80")[0] == "Touched A=1"
    desk.go(200)
    assert desk.account()["holds"] == 1_618_485, "16,180.00 and 4.85"
    assert len(desk.venue.state.link.to_exchange) == 0
