from __future__ import annotations

from chp.app.venue.booking import REMOVALS, take_report
from chp.model.events import Entered, RemovalCause
from chp.model.order import FINAL_STATES
from chp.model.portfolio import ClosedPosition
from tests.support.event_lines import lines_of
from tests.support.row_desk import BUY, SELL, SHORT, RowDesk
from tests.support.small_venue import SECOND

P2 = SECOND.name


def test_every_removal_is_an_end() -> None:
    assert REMOVALS.keys() == set(RemovalCause)
    assert {state for state, _ in REMOVALS.values()} <= FINAL_STATES


def test_a_report_of_an_order_that_has_ended_is_dropped() -> None:
    desk = RowDesk()
    take_report(desk.venue.state, Entered(100_077, 100_078))
    assert desk.events == []


def test_one_execution_closes_round_trips_first_in_first_out() -> None:
    desk = RowDesk()
    desk.place(SELL, 3, "161.97", effect=SHORT, portfolio=P2)
    desk.place(SELL, 2, "161.97", effect=SHORT, portfolio=P2)
    desk.events.clear()
    desk.place(BUY, 4, "162.00", portfolio=P2)
    closed = [event for event in desk.events if isinstance(event, ClosedPosition)]
    assert lines_of(closed) == [
        "Closed -3 161.99 161.97 A=1 A=5 P2",
        "Closed -1 161.99 161.97 A=3 A=5 P2",
    ]
    assert [(event.trade_no, event.part) for event in closed] == [(100_005, 0), (100_005, 1)]


def test_money_and_securities_balance_after_fills() -> None:
    desk = RowDesk()
    desk.place(SELL, 7, "161.98", effect=SHORT, portfolio=P2)
    desk.place(BUY, 30, "162.00")
    desk.place(SELL, 100)
    balances = desk.venue.state.ledger.balances
    assert balances.totals() == {"RUB": 0, "GAZP": 0}
    assert balances.of("@fees", "RUB") > 0


def test_the_hold_of_a_partly_filled_limit_shrinks_with_it() -> None:
    desk = RowDesk((1000, SELL, ((16190, 4),)))
    desk.place(BUY, 10, "161.97")
    assert desk.account()["holds"] == 1_620_186
    desk.go()
    # 6 lots at 161.97: 9,718.20, commission 2.92 (2.91546 half up).
    assert desk.account()["holds"] == 972_112
