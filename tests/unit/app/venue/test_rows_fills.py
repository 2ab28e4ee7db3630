"""Rows 13 to 16 of market.md section 10: history fills resting orders, stops fire."""

from __future__ import annotations

from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name


def test_row_13_a_print_at_the_price_fills_what_reaches_past_the_queue() -> None:
    # Ahead of the order: the largest sell batch at its price, 15 lots.
    desk = RowDesk((1000, SELL, ((16197, 18),)), (2000, SELL, ((16197, 30),)))
    desk.place(BUY, 10, "161.97")
    assert desk.go(1000) == [
        "Tick T=3 @161.97 x3 sell",
        "AddTrade N=2 +3 @161.97 T=3",
        "UO 6 A=1 N=2 K=5 r=7 @161.97",
        "Tick T=4 @161.97 x15 sell",
        "PM",
    ]
    assert desk.go(1000) == [
        "Tick T=5 @161.97 x7 sell",
        "AddTrade N=2 +7 @161.97 T=5",
        "UO 5 A=1 N=2 K=5 r=0 @161.97",
        "Tick T=6 @161.97 x23 sell",
        "PM",
    ]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)


def test_row_13_a_print_through_the_price_fills_at_the_orders_price() -> None:
    desk = RowDesk((1000, BUY, ((16205, 4),)))
    desk.place(SELL, 10, "162.01")
    assert desk.go() == [
        "Tick T=3 @162.01 x4 buy",
        "AddTrade N=2 -4 @162.01 T=3",
        "Closed +4 161.98 162.01 A=0 A=1",
        "UO 6 A=1 N=2 K=5 r=6 @162.01",
        "PM",
    ]


def test_row_13_an_order_that_improves_the_quote_has_nothing_ahead() -> None:
    desk = RowDesk((1000, SELL, ((16198, 6),)))
    desk.place(BUY, 5, "161.98")
    assert desk.go() == [
        "Tick T=3 @161.98 x5 sell",
        "AddTrade N=2 +5 @161.98 T=3",
        "UO 5 A=1 N=2 K=5 r=0 @161.98",
        "Tick T=4 @161.98 x1 sell",
        "PM",
    ]


def test_row_14_a_stop_is_accepted_and_holds_nothing() -> None:
    desk = RowDesk()
    idle = desk.account()
    assert desk.place(BUY, 10, stop="162.05", label=7) == [
        "Placed A=1 K=7",
        "UO 1 A=1 N=0 K=7 r=10 $162.05",
    ]
    assert desk.place(SELL, 200, "161.80", "161.90") == [
        "Placed A=2 K=5",
        "UO 1 A=2 N=0 K=5 r=200 @161.80 $161.90",
    ]
    assert desk.account() == idle


def test_row_14_a_stop_already_beyond_the_last_trade_waits_for_the_next_one() -> None:
    desk = RowDesk((1000, SELL, ((16197, 1),)))
    assert desk.place(SELL, 1, stop="161.99") == [
        "Placed A=1 K=5",
        "UO 1 A=1 N=0 K=5 r=1 $161.99",
    ]
    assert desk.go() == [
        "Tick T=3 @161.97 x1 sell",
        "UO 5 A=1 N=2 K=5 r=0 $161.99",
        "UO 1 A=2 N=0 K=0 r=1",
        "UO 2 A=2 N=3 K=0 r=1",
        "Tick T=4 @161.97 x1 sell",
        "AddTrade N=3 -1 @161.97 T=4",
        "Closed +1 161.98 161.97 A=0 A=2",
        "UO 5 A=2 N=3 K=0 r=0",
        "PM",
    ]


def test_row_15_a_stop_becomes_a_market_order_after_the_whole_batch() -> None:
    desk = RowDesk((1000, BUY, ((16202, 5), (16206, 30))))
    desk.place(BUY, 40, stop="162.02")
    assert desk.go() == [
        "Tick T=3 @162.02 x5 buy",
        "Tick T=4 @162.06 x30 buy",
        "UO 5 A=1 N=2 K=5 r=0 $162.02",
        "UO 1 A=2 N=0 K=0 r=40",
        "UO 2 A=2 N=3 K=0 r=40",
        "Tick T=5 @162.06 x35 buy",
        "AddTrade N=3 +35 @162.06 T=5",
        "UO 6 A=2 N=3 K=0 r=5",
        "Tick T=6 @162.07 x5 buy",
        "AddTrade N=3 +5 @162.07 T=6",
        "UO 5 A=2 N=3 K=0 r=0",
        "PM",
    ]


def test_row_15_a_stop_limits_child_rests() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(SELL, 10, "161.95", "161.96")
    assert desk.go() == [
        "Tick T=3 @161.90 x5 sell",
        "UO 5 A=1 N=2 K=5 r=0 @161.95 $161.96",
        "UO 1 A=2 N=0 K=0 r=10 @161.95",
        "UO 2 A=2 N=3 K=0 r=10 @161.95",
        "PM",
    ]
    assert desk.account()["sells"] == 10


def test_row_15_a_childs_market_order_without_liquidity() -> None:
    desk = RowDesk((1000, SELL, ((12962, 1),)))
    desk.place(SELL, 3, stop="130.00")
    assert desk.go()[-2:] == ['UO 4 A=2 N=3 K=0 r=1 "no liquidity"', "PM"]


def test_row_15_stops_fire_in_the_order_of_acceptance() -> None:
    desk = RowDesk((1000, BUY, ((16203, 50),)))
    desk.place(BUY, 1, stop="162.02", label=1)
    desk.place(BUY, 1, stop="162.00", label=2, portfolio=P2)
    assert [line for line in desk.go() if line.startswith("UO 5")] == [
        "UO 5 A=1 N=3 K=1 r=0 $162.02",
        "UO 5 A=3 N=4 K=0 r=0",
        "UO 5 A=2 N=5 K=2 r=0 $162.00 P2",
        "UO 5 A=5 N=6 K=0 r=0 P2",
    ]


def test_row_15_a_stop_fired_by_a_child_comes_after_those_the_batch_fired() -> None:
    desk = RowDesk((1000, BUY, ((16203, 2),)))
    desk.place(BUY, 4, stop="162.04", label=1)
    desk.place(BUY, 4, stop="162.03", label=2)
    desk.place(BUY, 1, stop="162.02", label=3)
    # The child of the second trades at 162.04 and so fires the first.
    parents = [line for line in desk.go() if line.startswith("UO 5") and "$" in line]
    assert parents == [
        "UO 5 A=2 N=4 K=2 r=0 $162.03",
        "UO 5 A=3 N=6 K=3 r=0 $162.02",
        "UO 5 A=1 N=8 K=1 r=0 $162.04",
    ]


def test_row_15_a_long_cascade_of_stops_ends() -> None:
    desk = RowDesk((1000, BUY, ((16203, 1),)))
    for step in range(1000):
        desk.place(BUY, 2, stop=f"{162 + (3 + step) / 100:.2f}")
    lines = desk.go()
    assert sum(line.startswith("UO 5") and "$" in line for line in lines) == 1000
    assert desk.account()["lots"] == 100 + 2000


def test_row_16_a_child_that_the_position_does_not_allow_is_rejected() -> None:
    desk = RowDesk((1000, SELL, ((16195, 5),)), first=RowDesk.without_short())
    desk.place(SELL, 60, stop="161.96")
    desk.place(SELL, 50, "163.00")
    assert desk.go() == [
        "Tick T=3 @161.95 x5 sell",
        "UO 5 A=1 N=4 K=5 r=0 $161.96",
        "UO 1 A=4 N=0 K=0 r=60",
        'UO 8 A=4 N=0 K=0 r=60 "not enough position"',
    ]
    assert desk.account()["sells"] == 50


def test_row_16_a_child_without_money_is_rejected() -> None:
    desk = RowDesk((1000, BUY, ((16203, 5),)))
    desk.place(BUY, 40_000, stop="162.00")
    assert desk.go() == [
        "Tick T=3 @162.03 x5 buy",
        "UO 5 A=1 N=2 K=5 r=0 $162.00",
        "UO 1 A=2 N=0 K=0 r=40000",
        'UO 8 A=2 N=0 K=0 r=40000 "not enough money"',
    ]


def test_row_16_a_child_outside_the_limits_of_a_later_day_is_rejected() -> None:
    day_ms = 24 * 3_600_000
    desk = RowDesk((1000, SELL, ((13500, 5),)), (day_ms, BUY, ((16505, 5),)))
    desk.place(BUY, 1, "190.00", "165.00", tif=GTC)
    # The close of 135.00 makes limits of 108.00 and 162.00.
    desk.to_midnight()
    assert desk.go(13 * 3_600_000) == [
        "Tick T=4 @165.05 x5 buy",
        "UO 5 A=1 N=2 K=5 r=0 @190.00 $165.00",
        "UO 1 A=2 N=0 K=0 r=1 @190.00",
        'UO 8 A=2 N=0 K=0 r=1 @190.00 "price out of band"',
    ]
