"""Rows 1 to 8 and 10 of market.md section 10: placing orders, and what meets them at once."""

from __future__ import annotations

import pytest

from chp.model.order import PositionEffect, Side
from tests.support.row_desk import BUY, COVER, GTC, QUIET, SELL, SHORT, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name


def test_row_1_unknown_portfolio_or_symbol_is_refused_without_an_event() -> None:
    desk = RowDesk()
    assert desk.place(BUY, 10, portfolio="ST000000-MO-00") == ["Refused unknown_portfolio"]
    assert desk.place(BUY, 10, symbol="NOPE") == ["Refused unknown_symbol"]
    assert desk.events == []


@pytest.mark.parametrize(
    ("side", "lots", "price", "stop", "reason"),
    [
        (BUY, 0, "161.97", None, "amount_not_positive"),
        (BUY, -3, "161.97", None, "amount_not_positive"),
        (BUY, 10**10, "161.97", None, "amount_too_large"),
        (BUY, 10, "0", None, "limit_price_not_positive"),
        (BUY, 10, None, "-1", "stop_price_not_positive"),
        (BUY, 10, "161.975", None, "price_off_step"),
        (BUY, 10, "161.97", "161.999", "price_off_step"),
        (BUY, 10, "194.42", None, "price_out_of_band"),
        (SELL, 10, "129.60", None, "price_out_of_band"),
        (BUY, 10, None, "194.42", "price_out_of_band"),
        (BUY, 40_000, "161.97", None, "not_enough_money"),
        (BUY, 40_000, None, None, "not_enough_money"),
    ],
)
def test_row_2_the_brokers_refusal_has_no_event(
    side: Side, lots: int, price: str | None, stop: str | None, reason: str
) -> None:
    desk = RowDesk()
    assert desk.place(side, lots, price, stop) == [f"Refused {reason}"]
    assert desk.account() == RowDesk().account()


@pytest.mark.parametrize(
    ("side", "lots", "effect", "reason"),
    [
        (SELL, 1, PositionEffect.AUTO, "not_enough_position"),
        (SELL, 1, SHORT, "short_not_allowed"),
        (BUY, 1, COVER, "cover_exceeds_short"),
    ],
)
def test_row_2_positions_and_rights_are_judged(
    side: Side, lots: int, effect: PositionEffect, reason: str
) -> None:
    desk = RowDesk(first=RowDesk.without_short(holds_gazp=False))
    assert desk.place(side, lots, "161.98", effect=effect) == [f"Refused {reason}"]


def test_row_2_the_right_to_sell_short_is_judged_of_a_stop_too() -> None:
    desk = RowDesk(first=RowDesk.without_short())
    assert desk.place(SELL, 1, stop="161.00", effect=SHORT) == ["Refused short_not_allowed"]
    assert desk.place(SELL, 200, stop="161.00")[0] == "Placed A=1 K=5"


def test_row_2_working_sells_count_against_the_position() -> None:
    desk = RowDesk(first=RowDesk.without_short())
    assert desk.place(SELL, 60, "162.50")[0] == "Placed A=1 K=5"
    assert desk.place(SELL, 41, "162.50") == ["Refused not_enough_position"]
    assert desk.place(SELL, 40, "162.50")[0] == "Placed A=3 K=5"


def test_row_2_selling_passes_through_zero_where_shorting_is_allowed() -> None:
    desk = RowDesk()
    assert desk.place(SELL, 120, "161.00")[-2:] == [
        "UO 5 A=1 N=2 K=5 r=0 @161.00",
        "PM",
    ]
    assert desk.account()["lots"] == -20
    assert desk.place(BUY, 21, "161.50", effect=COVER) == ["Refused cover_exceeds_short"]
    assert desk.place(BUY, 20, "161.50", effect=COVER)[0] == "Placed A=3 K=5"
    assert desk.place(BUY, 1, "161.50", effect=COVER) == ["Refused cover_exceeds_short"]


def test_row_3_the_same_key_answers_the_first_answer_without_an_event() -> None:
    desk = RowDesk()
    first = desk.place(BUY, 10, "161.97", key="one")
    assert first == [
        "Placed A=1 K=5",
        "UO 1 A=1 N=0 K=5 r=10 @161.97",
        "UO 2 A=1 N=2 K=5 r=10 @161.97",
        "PM",
    ]
    assert desk.place(BUY, 10, "161.97", key="one") == ["Placed A=1 K=5"]
    assert desk.place(BUY, 11, "161.97", key="one") == ["Refused request_key_reused"]
    assert desk.place(BUY, 40_000, key="two") == ["Refused not_enough_money"]
    desk.cancel(1)
    assert desk.place(BUY, 40_000, key="two") == ["Refused not_enough_money"]


def test_row_4_a_limit_rests() -> None:
    desk = RowDesk()
    assert desk.place(BUY, 10, "161.97") == [
        "Placed A=1 K=5",
        "UO 1 A=1 N=0 K=5 r=10 @161.97",
        "UO 2 A=1 N=2 K=5 r=10 @161.97",
        "PM",
    ]
    # 10 lots of 10 at 161.97 are 16,197.00, its commission 0.03 % 4.86.
    assert desk.account() == {
        "money": 1_000_000_000,
        "holds": 1_620_186,
        "lots": 100,
        "buys": 10,
        "sells": 0,
    }


def test_row_5_a_limit_is_filled_at_once_execution_by_execution() -> None:
    desk = RowDesk()
    assert desk.place(BUY, 30, "162.10", label=0) == [
        "Placed A=1 K=0",
        "UO 1 A=1 N=0 K=0 r=30 @162.10",
        "UO 2 A=1 N=2 K=0 r=30 @162.10",
        "Tick T=3 @161.99 x20 buy",
        "AddTrade N=2 +20 @161.99 T=3",
        "UO 6 A=1 N=2 K=0 r=10 @162.10",
        "Tick T=4 @162.00 x10 buy",
        "AddTrade N=2 +10 @162.00 T=4",
        "UO 5 A=1 N=2 K=0 r=0 @162.10",
        "PM",
    ]
    # 32,398.00 + 9.72 and 16,200.00 + 4.86.
    assert desk.account() == {
        "money": 1_000_000_000 - 3_239_800 - 972 - 1_620_000 - 486,
        "holds": 0,
        "lots": 130,
        "buys": 0,
        "sells": 0,
    }


def test_row_5_a_market_sell_closes_a_long() -> None:
    desk = RowDesk()
    assert desk.place(SELL, 4) == [
        "Placed A=1 K=5",
        "UO 1 A=1 N=0 K=5 r=4",
        "UO 2 A=1 N=2 K=5 r=4",
        "Tick T=3 @161.97 x4 sell",
        "AddTrade N=2 -4 @161.97 T=3",
        "Closed +4 161.98 161.97 A=0 A=1",
        "UO 5 A=1 N=2 K=5 r=0",
        "PM",
    ]


def test_row_5_two_robots_trade_with_each_other() -> None:
    desk = RowDesk()
    desk.place(SELL, 7, "161.98", effect=SHORT, portfolio=P2)
    assert desk.place(BUY, 5, "161.98") == [
        "Placed A=3 K=5",
        "UO 1 A=3 N=0 K=5 r=5 @161.98",
        "UO 2 A=3 N=4 K=5 r=5 @161.98",
        "Tick T=3 @161.98 x5 buy",
        "AddTrade N=2 -5 @161.98 T=3 P2",
        "UO 6 A=1 N=2 K=5 r=2 @161.98 P2",
        "AddTrade N=4 +5 @161.98 T=3",
        "UO 5 A=3 N=4 K=5 r=0 @161.98",
        "PM",
        "PM P2",
    ]
    # The maker pays nothing, the taker 0.03 %: 8,099.00 and 2.43.
    assert desk.account(P2)["money"] == 500_000_000 + 809_900
    assert desk.account()["money"] == 1_000_000_000 - 809_900 - 243


def test_row_6_a_limit_partly_marketable_rests() -> None:
    desk = RowDesk()
    assert desk.place(BUY, 30, "161.99") == [
        "Placed A=1 K=5",
        "UO 1 A=1 N=0 K=5 r=30 @161.99",
        "UO 2 A=1 N=2 K=5 r=30 @161.99",
        "Tick T=3 @161.99 x20 buy",
        "AddTrade N=2 +20 @161.99 T=3",
        "UO 6 A=1 N=2 K=5 r=10 @161.99",
        "PM",
    ]
    # The hold of what rests: 16,199.00 and 4.86.
    assert (desk.account()["holds"], desk.account()["buys"]) == (1_620_386, 10)


def test_row_7_a_market_order_larger_than_the_market() -> None:
    # The bid 0.02 above the lowest price of the day leaves three slices of 3 lots.
    desk = RowDesk(before=((0, BUY, ((16199, 20),)), (0, SELL, ((12963, 3),))))
    assert desk.place(SELL, 10, label=9) == [
        "Placed A=1 K=9",
        "UO 1 A=1 N=0 K=9 r=10",
        "UO 2 A=1 N=2 K=9 r=10",
        "Tick T=3 @129.63 x3 sell",
        "AddTrade N=2 -3 @129.63 T=3",
        "Closed +3 161.98 129.63 A=0 A=1",
        "UO 6 A=1 N=2 K=9 r=7",
        "Tick T=4 @129.62 x3 sell",
        "AddTrade N=2 -3 @129.62 T=4",
        "Closed +3 161.98 129.62 A=0 A=1",
        "UO 6 A=1 N=2 K=9 r=4",
        "Tick T=5 @129.61 x3 sell",
        "AddTrade N=2 -3 @129.61 T=5",
        "Closed +3 161.98 129.61 A=0 A=1",
        "UO 6 A=1 N=2 K=9 r=1",
        'UO 4 A=1 N=2 K=9 r=1 "no liquidity"',
        "PM",
    ]
    assert desk.account()["sells"] == 0


def test_row_8_a_market_order_meets_an_empty_side() -> None:
    desk = RowDesk(before=((60_000, BUY, ((16199, 20),)),))
    assert desk.place(BUY, 10) == [
        "Placed A=1 K=5",
        "UO 1 A=1 N=0 K=5 r=10",
        "UO 2 A=1 N=2 K=5 r=10",
        'UO 4 A=1 N=2 K=5 r=10 "no liquidity"',
        "PM",
    ]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)


def test_row_10_self_trade_fills_with_others_first_and_leaves_the_old_order() -> None:
    desk = RowDesk()
    desk.place(SELL, 2, "161.98", effect=SHORT, portfolio=P2)
    desk.place(SELL, 5, "161.98", tif=GTC)
    assert desk.place(BUY, 10, "162.00") == [
        "Placed A=5 K=5",
        "UO 1 A=5 N=0 K=5 r=10 @162.00",
        "UO 2 A=5 N=6 K=5 r=10 @162.00",
        "Tick T=3 @161.98 x2 buy",
        "AddTrade N=2 -2 @161.98 T=3 P2",
        "UO 5 A=1 N=2 K=5 r=0 @161.98 P2",
        "AddTrade N=6 +2 @161.98 T=3",
        "UO 6 A=5 N=6 K=5 r=8 @162.00",
        'UO 4 A=5 N=6 K=5 r=8 @162.00 "self-trade"',
        "PM",
        "PM P2",
    ]
    assert desk.cancel(3) == ["Touched A=3", "UO 4 A=3 N=4 K=5 r=5 @161.98", "PM"]


def test_row_10_a_market_order_stops_before_the_own_order_too() -> None:
    desk = RowDesk(before=QUIET)
    desk.place(BUY, 5, "161.98")
    assert desk.place(SELL, 10) == [
        "Placed A=3 K=5",
        "UO 1 A=3 N=0 K=5 r=10",
        "UO 2 A=3 N=4 K=5 r=10",
        'UO 4 A=3 N=4 K=5 r=10 "self-trade"',
        "PM",
    ]
