"""Rows 17 to 22 of market.md section 10: cancelling."""

from __future__ import annotations

from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import FIRST, SECOND

P2 = SECOND.name


def test_row_17_cancel_of_a_resting_order() -> None:
    desk = RowDesk()
    before = desk.account()
    desk.place(BUY, 10, "161.97")
    assert desk.cancel(1) == ["Touched A=1", "UO 4 A=1 N=2 K=5 r=10 @161.97", "PM"]
    assert desk.account() == before


def test_row_17_cancel_of_a_partial_order() -> None:
    desk = RowDesk()
    desk.place(BUY, 30, "161.99")
    assert desk.cancel(1) == ["Touched A=1", "UO 4 A=1 N=2 K=5 r=10 @161.99", "PM"]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)


def test_row_18_cancel_of_an_untriggered_stop() -> None:
    desk = RowDesk((1000, BUY, ((16220, 1),)))
    desk.place(BUY, 10, stop="162.05")
    assert desk.cancel(1) == ["Touched A=1", "UO 4 A=1 N=0 K=5 r=10 $162.05", "PM"]
    assert desk.go() == ["Tick T=3 @162.20 x1 buy"]


def test_row_18_cancel_of_a_limit_that_waits_for_a_better_band() -> None:
    desk = RowDesk((1000, BUY, ((19000, 5),)))
    desk.place(BUY, 10, "140.00", tif=GTC)
    # The close of 190.00 makes limits of 152.00 and 228.00.
    desk.to_midnight()
    assert desk.account()["buys"] == 10
    assert desk.cancel(1) == ["Touched A=1", "UO 4 A=1 N=0 K=5 r=10 @140.00", "PM"]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)


def test_row_20_cancel_of_a_done_order_fails_without_an_event() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    desk.cancel(1)
    assert desk.cancel(1) == ["Refused order_is_done"]
    desk.place(BUY, 1, "162.00")
    assert desk.cancel(3) == ["Refused order_is_done"]


def test_row_20_cancel_of_a_triggered_parent_fails() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(SELL, 10, "161.95", "161.96")
    desk.go()
    assert desk.cancel(1) == ["Refused order_is_done"]
    assert desk.cancel(2) == ["Touched A=2", "UO 4 A=2 N=3 K=0 r=10 @161.95", "PM"]


def test_row_20_a_second_cancel_fails_while_the_first_is_under_way() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.go()
    assert desk.cancel(1) == ["Touched A=1"]
    assert desk.cancel(1) == ["Refused cancel_in_flight"]
    assert desk.move(1, "161.96") == ["Refused cancel_in_flight"]
    assert desk.go() == ["UO 4 A=1 N=2 K=5 r=10 @161.97", "PM"]


def test_row_21_unknown_and_foreign_orders_are_unknown() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97", portfolio=P2)
    assert desk.cancel(77) == ["Refused unknown_order"]
    assert desk.cancel(1) == ["Refused unknown_order"]
    assert desk.move(1, "161.90") == ["Refused unknown_order"]
    assert desk.cancel(2, P2) == ["Refused unknown_order"], "a number of the exchange is no id"
    assert desk.cancel(1, P2, token_id=1) == ["Refused unknown_portfolio"]
    desk.cancel(1, P2)
    assert desk.cancel(1) == ["Refused unknown_order"]


def test_row_22_cancel_all_goes_by_ascending_id() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    desk.place(SELL, 10, stop="150.00")
    desk.place(BUY, 10, "161.97", portfolio=P2)
    desk.place(SELL, 5, "163.00", label=8)
    desk.move(1, "161.95")
    assert desk.cancel_all() == [
        "Touched A=1 A=3 A=6",
        "UO 4 A=1 N=8 K=5 r=10 @161.95",
        "UO 4 A=3 N=0 K=5 r=10 $150.00",
        "UO 4 A=6 N=7 K=8 r=5 @163.00",
        "PM",
    ]
    assert desk.cancel_all() == ["Touched"]
    assert desk.account(P2)["buys"] == 10


def test_row_22_cancel_all_of_a_symbol_or_portfolio() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    assert desk.cancel_all(symbol="NOPE") == ["Refused unknown_symbol"]
    assert desk.cancel_all(portfolio=P2) == ["Refused unknown_portfolio"]
    assert desk.cancel_all(FIRST.name, "GAZP") == [
        "Touched A=1",
        "UO 4 A=1 N=2 K=5 r=10 @161.97",
        "PM",
    ]


def test_row_22_cancel_all_leaves_out_what_is_being_cancelled() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.place(BUY, 10, "161.96")
    desk.go()
    desk.cancel(1)
    assert desk.cancel_all() == ["Touched A=2"]
    assert desk.go() == [
        "UO 4 A=1 N=3 K=5 r=10 @161.97",
        "PM",
        "UO 4 A=2 N=4 K=5 r=10 @161.96",
        "PM",
    ]
