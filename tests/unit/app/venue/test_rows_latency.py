"""Rows 9, 19 and 30 of market.md section 10: what overtakes what on a link of 55 ms.

The broker's errand is at the exchange after 27.5 ms, the report of it at the broker after 55.
"""

from __future__ import annotations

from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name
ROLLED = ["DayRolled", "PM", "PM P2"]
HALF_DAY_MS = 12 * 3_600_000
"""From the desk's opening to midnight."""


def test_row_4_with_latency_the_order_opens_later() -> None:
    desk = RowDesk(latency_ms=55)
    assert desk.place(BUY, 10, "161.97") == ["Placed A=1 K=5", "UO 1 A=1 N=0 K=5 r=10 @161.97"]
    assert desk.account()["buys"] == 10, "the broker holds at once"
    assert desk.go(54) == []
    assert desk.go(1) == ["UO 2 A=1 N=2 K=5 r=10 @161.97", "PM"]


def test_row_5_with_latency_the_tape_sees_the_trade_before_the_broker() -> None:
    desk = RowDesk(latency_ms=55)
    assert desk.place(BUY, 10) == ["Placed A=1 K=5", "UO 1 A=1 N=0 K=5 r=10"]
    assert desk.go(30) == ["Tick T=3 @161.99 x10 buy"]
    assert desk.account()["lots"] == 100
    assert desk.go(30) == [
        "UO 2 A=1 N=2 K=5 r=10",
        "PM",
        "AddTrade N=2 +10 @161.99 T=3",
        "UO 5 A=1 N=2 K=5 r=0",
        "PM",
    ]


def test_row_9_a_day_order_that_crosses_midnight_is_rejected() -> None:
    desk = RowDesk(latency_ms=55)
    desk.wait(HALF_DAY_MS - 10)
    assert desk.place(BUY, 10, "161.97") == ["Placed A=1 K=5", "UO 1 A=1 N=0 K=5 r=10 @161.97"]
    assert desk.go(54) == ROLLED
    assert desk.go(1) == [
        'UO 8 A=1 N=0 K=5 r=10 @161.97 "the trading day ended before the order reached the '
        'exchange"',
        "PM",
    ]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)


def test_row_9_a_gtc_order_that_crosses_midnight_meets_the_limits_of_the_new_day() -> None:
    desk = RowDesk((1000, BUY, ((19000, 5),)), latency_ms=55)
    desk.wait(HALF_DAY_MS - 10)
    desk.place(BUY, 10, "161.97", tif=GTC)
    desk.place(BUY, 10, "140.00", tif=GTC, portfolio=P2)
    assert desk.go(100)[-4:] == [
        "UO 2 A=1 N=3 K=5 r=10 @161.97",
        "PM",
        'UO 8 A=2 N=0 K=5 r=10 @140.00 "the price limits changed before the order reached the '
        'exchange" P2',
        "PM P2",
    ]


def test_row_19_a_cancel_is_overtaken_by_a_fill() -> None:
    desk = RowDesk((1020, SELL, ((16190, 30),)), latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.go(1000)
    assert desk.cancel(1) == ["Touched A=1"]
    assert desk.go(100) == [
        "Tick T=3 @161.97 x10 sell",
        "Tick T=4 @161.90 x20 sell",
        "AddTrade N=2 +10 @161.97 T=3",
        "UO 5 A=1 N=2 K=5 r=0 @161.97",
        "PM",
    ]


def test_row_19_a_cancel_is_overtaken_by_a_partial_fill() -> None:
    desk = RowDesk((1020, SELL, ((16190, 4),)), latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.go(1000)
    assert desk.cancel(1) == ["Touched A=1"]
    assert desk.go(100) == [
        "Tick T=3 @161.97 x4 sell",
        "AddTrade N=2 +4 @161.97 T=3",
        "UO 6 A=1 N=2 K=5 r=6 @161.97",
        "PM",
        "UO 4 A=1 N=2 K=5 r=6 @161.97",
        "PM",
    ]


def test_row_19_a_cancel_right_behind_its_order_finds_it() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97")
    assert desk.cancel(1) == ["Touched A=1"]
    assert desk.go(100) == [
        "UO 2 A=1 N=2 K=5 r=10 @161.97",
        "PM",
        "UO 4 A=1 N=2 K=5 r=10 @161.97",
        "PM",
    ]


def test_row_30_a_move_is_overtaken_by_a_fill() -> None:
    desk = RowDesk((1020, SELL, ((16190, 30),)), latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.go(1000)
    assert desk.move(1, "161.95") == ["Touched A=1"]
    assert desk.go(100) == [
        "Tick T=3 @161.97 x10 sell",
        "Tick T=4 @161.90 x20 sell",
        "AddTrade N=2 +10 @161.97 T=3",
        "UO 5 A=1 N=2 K=5 r=0 @161.97",
        "PM",
    ]


def test_row_30_a_move_is_overtaken_by_a_partial_fill() -> None:
    desk = RowDesk((1020, SELL, ((16190, 4),)), latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.go(1000)
    assert desk.move(1, "161.80") == ["Touched A=1"]
    assert desk.go(100) == [
        "Tick T=3 @161.97 x4 sell",
        "AddTrade N=2 +4 @161.97 T=3",
        "UO 6 A=1 N=2 K=5 r=6 @161.97",
        "PM",
        "UO 6 A=1 N=3 K=5 r=6 @161.80",
        "PM",
    ]


def test_row_31_a_cancel_of_a_day_order_that_crosses_midnight_comes_too_late() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97")
    desk.go(HALF_DAY_MS - 10)
    assert desk.cancel(1) == ["Touched A=1"]
    assert desk.go(100) == ["UO 3 A=1 N=2 K=5 r=10 @161.97", *ROLLED]


def test_row_33_a_cancel_of_a_gtc_order_that_crosses_midnight_holds() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97", tif=GTC)
    desk.go(HALF_DAY_MS - 10)
    assert desk.cancel(1) == ["Touched A=1"]
    assert desk.go(200) == ["UO 4 A=1 N=2 K=5 r=10 @161.97", *ROLLED]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)


def test_row_33_a_move_of_a_gtc_order_that_crosses_midnight_holds() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.97", tif=GTC)
    desk.go(HALF_DAY_MS - 10)
    assert desk.move(1, "161.90") == ["Touched A=1"]
    assert desk.go(200) == [
        "UO 1 A=1 N=0 K=5 r=10 @161.90",
        *ROLLED,
        "UO 2 A=1 N=3 K=5 r=10 @161.90",
        "PM",
    ]
    assert desk.account()["holds"] == 1_619_486


def test_row_33_a_fill_on_its_way_at_midnight_belongs_to_the_day_that_ends() -> None:
    desk = RowDesk((HALF_DAY_MS - 10, SELL, ((16190, 4),)), latency_ms=55)
    desk.place(BUY, 10, "161.97", tif=GTC)
    desk.go(HALF_DAY_MS - 10)
    assert desk.go(10) == [
        "AddTrade N=2 +4 @161.97 T=3",
        "UO 6 A=1 N=2 K=5 r=6 @161.97",
        "UO 1 A=1 N=0 K=5 r=6 @161.97",
        *ROLLED,
    ]
    assert desk.go(100) == ["UO 6 A=1 N=3 K=5 r=6 @161.97", "PM"]


def test_row_15_with_latency_the_child_meets_a_later_market() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)), (1010, SELL, ((16180, 5),)), latency_ms=55)
    desk.place(SELL, 2, stop="161.95")
    assert desk.go(1000) == [
        "Tick T=3 @161.90 x5 sell",
        "UO 5 A=1 N=2 K=5 r=0 $161.95",
        "UO 1 A=2 N=0 K=0 r=2",
    ]
    assert desk.go(100) == [
        "Tick T=4 @161.80 x5 sell",
        "Tick T=5 @161.80 x2 sell",
        "UO 2 A=2 N=3 K=0 r=2",
        "PM",
        "AddTrade N=3 -2 @161.80 T=5",
        "Closed +2 161.98 161.80 A=0 A=2",
        "UO 5 A=2 N=3 K=0 r=0",
        "PM",
    ]
