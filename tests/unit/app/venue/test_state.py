from __future__ import annotations

import pytest
from msgspec import structs

from chp.app.venue import state as state_module
from chp.app.venue.state import VenueState
from chp.model.events import AccountTouched
from chp.model.instrument import FlowKind
from tests.support.row_desk import BUY, RowDesk
from tests.support.small_venue import SEEDED, TAPED


def test_only_instruments_with_a_flow_have_a_market() -> None:
    listed = structs.replace(TAPED, symbol="ACKO", flow=FlowKind.NONE)
    halted = structs.replace(SEEDED, symbol="GAZC", is_halted=True)
    state = VenueState((TAPED, listed, halted), 0)
    assert list(state.instruments) == ["GAZP", "ACKO", "GAZC"]
    assert list(state.markets) == ["GAZP"]
    assert (state.lot_value("ACKO"), state.lot_value("GAZP")) == (0, 162_010)


def test_a_step_tells_each_touched_account_once_and_last() -> None:
    state = VenueState((TAPED,), 0)
    first = state.ledger.open("B", leverage=5, may_short=True, money_kopecks=0)
    second = state.ledger.open("A", leverage=5, may_short=True, money_kopecks=0)
    for portfolio in (first, second, first):
        state.touch(portfolio)
    state.end_step()
    state.end_step()
    assert state.events == [AccountTouched("B"), AccountTouched("A")]
    assert list(state.dirty_portfolios) == ["B", "A"]


def test_done_orders_are_known_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "DONE_ORDERS_KEPT", 2)
    desk = RowDesk()
    for _ in range(3):
        desk.place(BUY, 1, "161.00")
    for number in (1, 3, 5):
        desk.cancel(number)
    assert desk.cancel(1) == ["Refused unknown_order"]
    assert desk.cancel(3) == ["Refused order_is_done"]
    assert desk.cancel(5) == ["Refused order_is_done"]
