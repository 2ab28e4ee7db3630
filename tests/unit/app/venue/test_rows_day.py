"""Rows 31 to 36 of market.md section 10: the end of a day, good-till-cancelled orders, stops."""

from __future__ import annotations

from msgspec import structs

from tests.support.row_desk import BUY, GTC, SELL, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name

ROLLED = ["DayRolled", "PM", "PM P2"]


def test_row_31_day_orders_expire() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    desk.place(BUY, 30, "161.99", label=6)
    desk.place(SELL, 10, stop="150.00")
    assert desk.to_midnight() == [
        "UO 3 A=1 N=2 K=5 r=10 @161.97",
        "UO 3 A=3 N=4 K=6 r=10 @161.99",
        "UO 3 A=5 N=0 K=5 r=10 $150.00",
        *ROLLED,
    ]
    assert (desk.account()["holds"], desk.account()["buys"]) == (0, 0)
    assert desk.cancel(1) == ["Refused order_is_done"]


def test_row_31_the_roll_comes_before_a_command_after_midnight() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.97")
    desk.wait(12 * 3_600_000)
    assert desk.cancel(1) == [
        "Refused order_is_done",
        "UO 3 A=1 N=2 K=5 r=10 @161.97",
        *ROLLED,
    ]


def test_rows_32_and_33_a_gtc_limit_waits_and_comes_back_with_a_new_number() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.90", tif=GTC)
    held = desk.account()
    assert desk.to_midnight() == [
        "UO 1 A=1 N=0 K=5 r=10 @161.90",
        "DayRolled",
        "UO 2 A=1 N=3 K=5 r=10 @161.90",
        "PM",
        "PM P2",
    ]
    assert desk.account() == held


def test_rows_32_and_33_a_partial_gtc_limit_comes_back_partial() -> None:
    desk = RowDesk((1000, SELL, ((16190, 2),)))
    desk.place(BUY, 30, "161.99", tif=GTC)
    desk.go()
    assert desk.to_midnight() == [
        "UO 1 A=1 N=0 K=5 r=8 @161.99",
        "DayRolled",
        "UO 6 A=1 N=3 K=5 r=8 @161.99",
        "PM",
        "PM P2",
    ]


def test_row_33_gtc_limits_come_back_in_the_order_of_their_numbers() -> None:
    desk = RowDesk((12 * 3_600_000 + 1000, SELL, ((16198, 3),)))
    desk.place(BUY, 3, "161.98", tif=GTC)
    desk.place(BUY, 3, "161.98", tif=GTC, portfolio=P2)
    desk.move(1, "161.90")
    desk.move(1, "161.98")
    assert [line for line in desk.to_midnight() if line.startswith("UO 2")] == [
        "UO 2 A=3 N=7 K=5 r=3 @161.98 P2",
        "UO 2 A=1 N=8 K=5 r=3 @161.98",
    ]
    assert desk.go()[1] == "AddTrade N=7 +3 @161.98 T=3 P2"


def test_row_33_outside_the_band_it_stays_pending_until_a_band_includes_it() -> None:
    day_ms = 24 * 3_600_000
    desk = RowDesk((1000, BUY, ((19000, 5),)), (day_ms, SELL, ((16197, 5),)))
    desk.place(BUY, 10, "140.00", tif=GTC)
    assert desk.to_midnight() == [
        "Tick T=3 @190.00 x5 buy",
        "UO 1 A=1 N=0 K=5 r=10 @140.00",
        *ROLLED,
    ]
    assert desk.account()["buys"] == 10
    # The close of 161.97 makes limits that include 140.00 again.
    assert desk.to_midnight() == [
        "Tick T=4 @161.97 x5 sell",
        "DayRolled",
        "UO 2 A=1 N=3 K=5 r=10 @140.00",
        "PM",
        "PM P2",
    ]


def test_row_33_off_the_step_of_a_new_day_it_is_cancelled() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.90", tif=GTC)
    desk.place(BUY, 10, "161.91", tif=GTC)
    market = desk.venue.state.markets["GAZP"]
    market.instrument = structs.replace(market.instrument, step_units=2)
    assert desk.to_midnight() == [
        "UO 1 A=1 N=0 K=5 r=10 @161.90",
        "UO 1 A=3 N=0 K=5 r=10 @161.91",
        "DayRolled",
        "UO 2 A=1 N=5 K=5 r=10 @161.90",
        'UO 4 A=3 N=0 K=5 r=10 @161.91 "price is off the step"',
        "PM",
        "PM P2",
    ]
    assert desk.account()["buys"] == 10


def test_row_34_a_gtc_stop_has_no_event_at_the_end_of_a_day() -> None:
    desk = RowDesk()
    desk.place(SELL, 10, stop="150.00", tif=GTC)
    assert desk.to_midnight() == ROLLED


def test_row_35_gtc_ends_with_the_last_trading_day_within_30_days() -> None:
    # Placed on 16 February 2024: the last day is 17 March.
    desk = RowDesk()
    desk.place(BUY, 10, "161.90", tif=GTC)
    desk.place(SELL, 10, stop="150.00", tif=GTC)
    for _ in range(30):
        assert not [line for line in desk.to_midnight() if line.startswith("UO 3")]
    desk.place(BUY, 1, "161.90", tif=GTC)
    assert desk.to_midnight() == [
        "UO 3 A=1 N=33 K=5 r=10 @161.90",
        "UO 3 A=3 N=0 K=5 r=10 $150.00",
        "UO 1 A=34 N=0 K=5 r=1 @161.90",
        "DayRolled",
        "UO 2 A=34 N=36 K=5 r=1 @161.90",
        "PM",
        "PM P2",
    ]
    assert (desk.account()["holds"], desk.account()["buys"]) == (161_949, 1)


def test_row_35_a_limit_that_waits_ends_with_its_last_number() -> None:
    desk = RowDesk((1000, BUY, ((19000, 5),)))
    desk.place(BUY, 10, "140.00", tif=GTC)
    lines = desk.to_midnight(days=31)
    assert [line for line in lines if line.startswith("UO")] == [
        "UO 1 A=1 N=0 K=5 r=10 @140.00",
        "UO 3 A=1 N=2 K=5 r=10 @140.00",
    ]


def test_row_36_a_child_of_a_day_stop_expires() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(SELL, 10, "161.95", "161.96", label=4)
    desk.go()
    assert desk.to_midnight() == ["UO 3 A=2 N=3 K=0 r=10 @161.95", *ROLLED]


def test_row_36_a_child_of_a_gtc_stop_goes_on_until_its_parent_would_have_ended() -> None:
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(SELL, 10, "161.95", "161.96", tif=GTC, label=4)
    desk.go()
    assert desk.to_midnight() == [
        "UO 1 A=2 N=0 K=0 r=10 @161.95",
        "DayRolled",
        "UO 2 A=2 N=4 K=0 r=10 @161.95",
        "PM",
        "PM P2",
    ]
    assert not [line for line in desk.to_midnight(days=29) if line.startswith("UO 3")]
    assert desk.to_midnight() == ["UO 3 A=2 N=33 K=0 r=10 @161.95", *ROLLED]


def test_row_36_the_sums_of_the_day_begin_again_with_it() -> None:
    desk = RowDesk()
    desk.place(SELL, 100, "161.00")
    desk.to_midnight()
    account = desk.venue.state.ledger.account(desk.venue.state.ledger.portfolios[P2])
    assert account.holdings == ()
    first = desk.venue.state.ledger.portfolios["ST123456-MO-01"]
    assert (first.commission_kopecks, first.saldo_kopecks, first.positions) == (0, 0, {})
