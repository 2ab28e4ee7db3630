from __future__ import annotations

from chp.app.venue.desk import arrive, refusal_text
from chp.app.venue.link import Errand, Sent
from chp.model.refusal import Refusal, RejectReason
from tests.support.row_desk import BUY, GTC, SELL, SHORT, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name


def test_an_errand_for_an_order_that_is_gone_does_nothing() -> None:
    desk = RowDesk()
    for errand in Errand:
        arrive(desk.venue.state, Sent(desk.now_ns, errand, 77, 16198))
    assert desk.events == []


def test_a_market_buy_holds_all_cash_where_the_worst_price_would_need_more() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 30_000)
    assert desk.account()["holds"] == 1_000_000_000
    desk.place(BUY, 1)
    assert desk.account()["holds"] == 1_000_000_000, "nothing is left to hold"


def test_a_market_buy_holds_the_worst_price_where_cash_allows() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10)
    # 10 lots at 194.41: 19,441.00, commission 5.83.
    assert desk.account()["holds"] == 1_944_683


def test_sells_hold_securities_and_no_money() -> None:
    desk = RowDesk()
    desk.place(SELL, 10, "163.00")
    desk.place(SELL, 10, "163.00", effect=SHORT, portfolio=P2)
    assert desk.account()["holds"] == desk.account(P2)["holds"] == 0
    assert desk.account()["sells"] == desk.account(P2)["sells"] == 10


def test_a_move_across_midnight_to_a_price_outside_the_new_limits_is_dropped() -> None:
    desk = RowDesk((1000, BUY, ((19000, 5),)), latency_ms=55)
    desk.wait(12 * 3_600_000 - 10)
    desk.place(BUY, 10, "161.97", tif=GTC)
    assert desk.move(1, "140.00") == ["Touched A=1"]
    assert desk.go(100)[-2:] == ["UO 2 A=1 N=2 K=5 r=10 @161.97", "PM"]


def test_stops_of_one_side_and_price_fire_in_the_order_of_acceptance_though_moved() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(SELL, 1, stop="161.95", label=1)
    desk.place(SELL, 1, stop="161.96", label=2)
    desk.move(1, "161.80")
    desk.move(1, "161.96")
    fired = [line for line in desk.go() if "$" in line]
    assert fired == [
        "UO 5 A=1 N=3 K=1 r=0 $161.96",
        "UO 5 A=2 N=5 K=2 r=0 $161.96",
    ]


def test_a_refusals_text_is_its_code_in_words() -> None:
    assert refusal_text(Refusal(RejectReason.PRICE_OUT_OF_BAND)) == "price out of band"
