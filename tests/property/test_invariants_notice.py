"""The checker of invariants notices what it is there for: one planted fault each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from chp.model.events import VenueEvent
from chp.model.order import OrderReport, OrderState
from chp.model.trade import Fill, Trade
from tests.support.invariants import EventInvariants, check_state
from tests.support.row_desk import BUY, SELL, RowDesk

Story = list[VenueEvent]


def _desk() -> RowDesk:
    """A partial fill and a cancel, a triggered stop with its child, an order that rests."""
    desk = RowDesk((1000, SELL, ((16190, 5),)))
    desk.place(BUY, 30, "161.99")
    desk.cancel(1)
    desk.place(SELL, 4, stop="161.95")
    desk.go()
    desk.place(BUY, 3, "161.50")
    desk.cancel(6)
    desk.place(BUY, 3, "161.40")
    return desk


def _changed(kind: type, place: int, **changes: Any) -> Callable[[Story], Story]:
    """Changes the event of a kind at a place among its kind."""

    def change(story: Story) -> Story:
        index = [i for i, event in enumerate(story) if isinstance(event, kind)][place]
        changed: Any = structs.replace(story[index], **changes)
        return [*story[:index], changed, *story[index + 1 :]]

    return change


def _without(kind: type, place: int) -> Callable[[Story], Story]:
    def remove(story: Story) -> Story:
        index = [i for i, event in enumerate(story) if isinstance(event, kind)][place]
        return story[:index] + story[index + 1 :]

    return remove


def _again(kind: type, place: int) -> Callable[[Story], Story]:
    def repeat(story: Story) -> Story:
        return [*story, [event for event in story if isinstance(event, kind)][place]]

    return repeat


def test_a_true_story_has_no_fault() -> None:
    desk = _desk()
    shown = EventInvariants()
    shown.read(desk.events)
    check_state(desk.venue, shown)
    assert [report.order_id for report in shown.working()] == [100_008]


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_without(OrderReport, 0), "first UO must be 1"),
        (_changed(OrderReport, 0, state=OrderState.OPEN), "first UO must be 1"),
        (_changed(OrderReport, 1, remaining_lots=31), "r never grows"),
        (_changed(OrderReport, 1, label=6), "label never changes"),
        (_changed(OrderReport, 1, lots=31), "lots never changes"),
        (_changed(OrderReport, 1, time_ns=0), "time goes back"),
        (_changed(OrderReport, 2, remaining_lots=9), "AddTrade and r differ"),
        (_without(Fill, 0), "AddTrade and r differ"),
        (_changed(Fill, 0, order_no=0), "under a number not shown"),
        (_changed(Fill, 0, order_id=1), "of an unknown order"),
        (_changed(Fill, 0, price_units=16200), "price_units=16200"),
        (_changed(Trade, 0, lots=19), "more than printed"),
        (_again(Fill, -1), "AddTrade after the end"),
        (_again(OrderReport, -3), "nothing follows a final state"),
        (_again(Trade, 0), "tradeno must increase"),
        (_changed(OrderReport, 5, order_no=100_099), "expected child 100099"),
    ],
)
def test_a_planted_fault_is_noticed(plant: Callable[[Story], Story], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        EventInvariants().read(plant(list(_desk().events)))


def _leave_hold(desk: RowDesk) -> None:
    desk.venue.state.ledger.portfolios["ST123456-MO-01"].hold(77, 5)


def _leave_working(desk: RowDesk) -> None:
    desk.venue.state.ledger.portfolios["ST123456-MO-01"].position("GAZP").add_working(BUY, 1)


def _lose_money(desk: RowDesk) -> None:
    balances = desk.venue.state.ledger.balances
    balances.transfer("A", "A", "RUB", 0)
    balances._amounts["A", "RUB"] += 1


def _lose_order(desk: RowDesk) -> None:
    desk.venue.state.orders.clear()


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_leave_hold, "holds without an order"),
        (_leave_working, "ST123456-MO-01"),
        (_lose_money, "do not balance"),
        (_lose_order, "working orders differ"),
    ],
)
def test_a_planted_fault_of_the_books_is_noticed(
    plant: Callable[[RowDesk], None], words: str
) -> None:
    desk = _desk()
    shown = EventInvariants()
    shown.read(desk.events)
    plant(desk)
    with pytest.raises(AssertionError, match=words):
        check_state(desk.venue, shown)
