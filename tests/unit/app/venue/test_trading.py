from __future__ import annotations

from decimal import Decimal

import pytest

from chp.model.commands import (
    Cancel,
    CancelAll,
    CloseSession,
    Command,
    Move,
    RequestKey,
)
from chp.model.refusal import Refusal, RejectReason
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder
from tests.support.row_desk import BUY, RowDesk
from tests.support.small_venue import FIRST

P1 = FIRST.name


def _commands(order_id: str, key: RequestKey | None = None) -> list[Command]:
    return [
        Move(1, MoveOrder(P1, "GAZP", order_id, Decimal("161.00")), True, key),
        Cancel(1, CancelOrder(P1, "GAZP", order_id), True, key),
        CancelAll(1, CancelAllOrders(), (P1,), key),
    ]


def test_orders_need_a_session() -> None:
    desk = RowDesk()
    desk.place(BUY, 1, "161.50")
    desk.do(CloseSession(1))
    assert desk.place(BUY, 1, "161.50") == ["Refused not_connected"]
    for command in _commands("100001"):
        assert desk.do(command) == ["Refused not_connected"]
    assert len(desk.venue.state.orders) == 1, "working orders stay"


@pytest.mark.parametrize(
    "text", ["", "abc", "-100001", "100001.0", " 100001", "1e5", "٣", "9" * 40, "0x186a1"]
)
def test_any_text_may_be_asked_for(text: str) -> None:
    desk = RowDesk()
    desk.place(BUY, 1, "161.50")
    command = Cancel(1, CancelOrder(P1, "GAZP", text), True, None)
    refused = Refusal(RejectReason.UNKNOWN_ORDER, field="orderid", name=text[:64])
    assert desk.venue.handle(command, desk.now_ns).reply == refused


def test_an_order_is_found_under_its_own_symbol_only() -> None:
    desk = RowDesk()
    desk.place(BUY, 1, "161.50")
    command = Cancel(1, CancelOrder(P1, "SBER", "100001"), True, None)
    assert desk.do(command) == ["Refused unknown_order"]


@pytest.mark.parametrize("index", range(3))
def test_every_order_command_is_done_once_per_key(index: int) -> None:
    desk = RowDesk()
    desk.place(BUY, 1, "161.50")
    command = _commands("100001", RequestKey("key", "body"))[index]
    first = desk.do(command)
    assert first[0] == "Touched A=1"
    assert len(first) == 3
    assert desk.do(command) == ["Touched A=1"]


def test_a_key_belongs_to_its_token_and_to_one_body() -> None:
    desk = RowDesk()
    key = RequestKey("key", "body")
    command = CancelAll(1, CancelAllOrders(), (P1,), key)
    assert desk.do(command) == ["Touched"]
    other = CancelAll(1, CancelAllOrders(), (P1,), RequestKey("key", "another body"))
    refused = desk.venue.handle(other, desk.now_ns)
    assert refused.reply == Refusal(RejectReason.REQUEST_KEY_REUSED, field="requestId", name="key")
    assert not refused.is_journalled
    assert desk.do(CancelAll(2, CancelAllOrders(), (), key)) == ["Touched"]
    assert list(desk.venue.state.remembered) == [(1, "key"), (2, "key")]


def test_a_keyed_refusal_is_journalled_and_an_unkeyed_one_is_not() -> None:
    desk = RowDesk()
    for key, is_journalled in ((None, False), (RequestKey("key", "body"), True)):
        command = Cancel(1, CancelOrder(P1, "GAZP", "7"), True, key)
        assert desk.venue.handle(command, desk.now_ns).is_journalled is is_journalled
