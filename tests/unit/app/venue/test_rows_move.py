"""Rows 23 to 29 of market.md section 10: moving orders."""

from __future__ import annotations

import pytest

from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name


def test_row_23_move_of_a_resting_order() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    assert desk.move(1, "161.90") == ["Touched A=1", "UO 2 A=1 N=3 K=5 r=10 @161.90", "PM"]
    # 16,190.00 and 4.86.
    assert desk.account()["holds"] == 1_619_486


def test_row_24_move_of_a_partial_order() -> None:
    desk = RowDesk()
    desk.place(BUY, 30, "161.99")
    assert desk.move(1, "161.90") == ["Touched A=1", "UO 6 A=1 N=3 K=5 r=10 @161.90", "PM"]
    assert desk.account()["holds"] == 1_619_486


def test_row_25_move_becomes_marketable() -> None:
    desk = RowDesk()
    desk.place(BUY, 30, "161.90")
    assert desk.move(1, "162.00") == [
        "Touched A=1",
        "UO 2 A=1 N=3 K=5 r=30 @162.00",
        "Tick T=3 @161.99 x20 buy",
        "AddTrade N=3 +20 @161.99 T=3",
        "UO 6 A=1 N=3 K=5 r=10 @162.00",
        "Tick T=4 @162.00 x10 buy",
        "AddTrade N=3 +10 @162.00 T=4",
        "UO 5 A=1 N=3 K=5 r=0 @162.00",
        "PM",
    ]


def test_row_25_move_of_a_partial_order_takes_what_there_is_and_rests() -> None:
    desk = RowDesk()
    desk.place(BUY, 30, "161.99")
    assert desk.move(1, "162.00") == [
        "Touched A=1",
        "UO 6 A=1 N=3 K=5 r=10 @162.00",
        "Tick T=4 @162.00 x10 buy",
        "AddTrade N=3 +10 @162.00 T=4",
        "UO 5 A=1 N=3 K=5 r=0 @162.00",
        "PM",
    ]


def test_row_25_a_move_into_the_own_order_ends_in_self_trade() -> None:
    desk = RowDesk()
    desk.place(SELL, 5, "161.98")
    desk.place(BUY, 5, "161.97")
    assert desk.move(3, "161.98") == [
        "Touched A=3",
        "UO 2 A=3 N=5 K=5 r=5 @161.98",
        'UO 4 A=3 N=5 K=5 r=5 @161.98 "self-trade"',
        "PM",
    ]


def test_row_26_move_to_the_same_price_keeps_number_and_priority() -> None:
    desk = RowDesk((1000, SELL, ((16198, 3),)))
    desk.place(BUY, 3, "161.98")
    desk.place(BUY, 3, "161.98", portfolio=P2)
    placed = desk.events[1]
    desk.wait(100)
    assert desk.move(1, "161.98") == ["Touched A=1", "UO 2 A=1 N=2 K=5 r=3 @161.98"]
    assert desk.events[-1] == placed, "its time is that of the last change"
    assert desk.go(900) == [
        "Tick T=3 @161.98 x3 sell",
        "AddTrade N=2 +3 @161.98 T=3",
        "UO 5 A=1 N=2 K=5 r=0 @161.98",
        "PM",
    ]


def test_row_26_another_price_and_back_gives_priority_away() -> None:
    desk = RowDesk((1000, SELL, ((16198, 3),)))
    desk.place(BUY, 3, "161.98")
    desk.place(BUY, 3, "161.98", portfolio=P2)
    desk.move(1, "161.97")
    desk.move(1, "161.98")
    assert desk.go()[1] == "AddTrade N=4 +3 @161.98 T=3 P2"


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("161.975", "price_off_step"),
        ("194.42", "price_out_of_band"),
        ("0", "limit_price_not_positive"),
    ],
)
def test_row_27_a_failed_move_leaves_price_and_priority(price: str, reason: str) -> None:
    desk = RowDesk((1000, SELL, ((16198, 3),)))
    desk.place(BUY, 3, "161.98")
    desk.place(BUY, 3, "161.98", portfolio=P2)
    assert desk.move(1, price) == [f"Refused {reason}"]
    assert desk.go()[1] == "AddTrade N=2 +3 @161.98 T=3"


def test_row_27_a_move_whose_commission_is_not_covered_fails() -> None:
    # Margin leaves 10,129,576.00 for 31,230 lots: 323.94 of margin each, and a commission of
    # 0.3891 at 129.70 or 0.4859 at 161.96.
    desk = RowDesk()
    lots = 31_230
    assert desk.place(BUY, lots, "129.70")[0] == "Placed A=1 K=5"
    assert desk.move(1, "161.96") == ["Refused not_enough_money"]
    assert desk.move(1, "129.65")[1:] == [f"UO 2 A=1 N=3 K=5 r={lots} @129.65", "PM"]


def test_row_27_market_orders_stop_limits_and_done_orders_cannot_be_moved() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(SELL, 10, "161.95", "161.96")
    assert desk.move(1, "161.90") == ["Refused move_of_stop_limit"]
    desk.go()
    assert desk.move(1, "161.90") == ["Refused order_is_done"]
    desk.cancel(2)
    assert desk.move(2, "161.90") == ["Refused order_is_done"]


def test_row_27_a_market_order_under_way_cannot_be_moved() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 1)
    assert desk.move(1, "161.90") == ["Refused move_of_market_order"]


def test_row_28_move_of_an_untriggered_stop() -> None:
    desk = RowDesk((1000, BUY, ((16205, 1),)), (2000, BUY, ((16210, 1),)))
    desk.place(BUY, 1, stop="162.05")
    assert desk.move(1, "162.10") == ["Touched A=1", "UO 1 A=1 N=0 K=5 r=1 $162.10"]
    assert desk.go() == ["Tick T=3 @162.05 x1 buy"]
    assert desk.go()[1] == "UO 5 A=1 N=2 K=5 r=0 $162.10"


def test_row_28_a_stop_may_not_be_moved_off_the_step_or_the_band() -> None:
    desk = RowDesk()
    desk.place(BUY, 1, stop="162.05")
    assert desk.move(1, "162.055") == ["Refused price_off_step"]
    assert desk.move(1, "500") == ["Refused price_out_of_band"]
    assert desk.move(1, "0") == ["Refused stop_price_not_positive"]


def test_row_29_move_of_a_limit_that_waits_goes_to_the_exchange_at_once() -> None:
    # Pending as in row 29; trading is open and the new price within the limits, so it enters.
    desk = RowDesk((1000, BUY, ((19000, 5),)))
    desk.place(BUY, 10, "140.00", tif=GTC)
    desk.to_midnight()
    assert desk.move(1, "140.01") == ["Refused price_out_of_band"]
    assert desk.move(1, "160.00") == [
        "Touched A=1",
        "UO 1 A=1 N=0 K=5 r=10 @160.00",
        "UO 2 A=1 N=3 K=5 r=10 @160.00",
        "PM",
    ]
    # 16,000.00 and 4.80.
    assert desk.account()["holds"] == 1_600_480
