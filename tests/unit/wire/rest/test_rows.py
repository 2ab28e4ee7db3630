"""Every answer against the table's columns, and the rows that no other module makes."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from chp.model.answers import EventPage, OrdersTouched
from chp.wire.rest import market_rows, portfolio_rows
from chp.wire.rest.fields import Column
from chp.wire.rest.moscow import moment_ns
from chp.wire.rest.operations import OPERATIONS, Operation
from chp.wire.rest.row_units import Recipient
from chp.wire.rest.rows import rows_of
from tests.support.rest_answers import (
    ANSWERS,
    FILL,
    IN_LOTS,
    IN_SECURITIES,
    INSTRUMENTS,
    ORDER,
    TOKEN,
    TRADE,
)

PYTHON_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "date-time": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "rows": (list,),
}
RECIPIENT = Recipient(INSTRUMENTS, in_lots=False, token=TOKEN)


def sent_of(method: str, *, in_lots: bool = False) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    caller = IN_LOTS if in_lots else IN_SECURITIES
    return rows_of(ANSWERS[method], INSTRUMENTS, caller, TOKEN)


def assert_as_columns_say(row: dict[str, Any], columns: tuple[Column, ...]) -> None:
    assert list(row) == [column.name for column in columns]
    for column in columns:
        value = row[column.name]
        if value is None:
            assert column.is_nullable, column.name
            continue
        assert type(value) in PYTHON_KINDS[column.kind], column.name
        if column.kind == "date-time":
            assert moment_ns(value) is not None, column.name
        for nested in value if column.columns else ():
            assert_as_columns_say(nested, column.columns)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
@pytest.mark.parametrize("in_lots", [False, True])
def test_rows_have_the_keys_and_kinds_of_the_table(operation: Operation, in_lots: bool) -> None:
    rows, extra = sent_of(operation.method, in_lots=in_lots)
    assert rows
    for row in rows:
        assert_as_columns_say(row, operation.columns)
    assert ("seq" in extra) is operation.is_numbered
    assert msgspec.json.decode(msgspec.json.encode(rows)) == rows


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_rows_are_numbered_where_the_table_says_so(operation: Operation) -> None:
    rows, _ = sent_of(operation.method)
    is_history = operation.method == "GetMyPortfolioData"
    for numbered in rows[0].values() if is_history else [rows]:
        if "nrows" in numbered[0]:
            assert [(row["row"], row["nrows"]) for row in numbered] == [
                (row, len(numbered)) for row in range(len(numbered))
            ]


def test_session_repeats_the_token_and_hides_the_password() -> None:
    opened = {
        "token": "user_token",
        "work": 0,
        "exchange": 1,
        "login": "user_login",
        "password": "***",
    }
    assert sent_of("Connected") == ([opened], {})
    assert sent_of("Reconnection") == ([opened], {})
    assert sent_of("Disconnected") == ([{"description": "Сессия закрыта"}], {})


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("ListenQuotes", "Подписка на GAZP успешно оформлена"),
        ("ListenPortfolio", "Подписка на GAZP успешно оформлена"),
        ("CancelTicks", "Подписка на GAZP успешно отменена"),
    ],
)
def test_subscription_is_told_in_words(method: str, text: str) -> None:
    assert sent_of(method) == ([{"description": text}], {})


def test_time_is_told() -> None:
    row = {
        "time": "2024-02-16T12:00:00.250",
        "trade_date": "2024-02-16",
        "phase": "continuous",
        "speed": 1,
    }
    assert sent_of("GetTime") == ([row], {})


def test_placed_order_is_told_in_lots_and_securities() -> None:
    row = {"cookie": 12, "orderid": "4636001270", "lots": 3, "securities": 30}
    assert sent_of("PlaceOrder") == ([row], {})
    assert sent_of("PlaceOrder", in_lots=True) == ([row], {})


def test_touched_orders_are_a_row_each() -> None:
    assert sent_of("CancelAll")[0] == [{"orderid": "4636001270"}, {"orderid": "4636001271"}]
    assert rows_of(OrdersTouched(()), INSTRUMENTS, IN_SECURITIES, TOKEN) == ([], {})


def test_events_of_a_page_are_rows_of_their_kind() -> None:
    trade = market_rows.trade_row(TRADE, INSTRUMENTS["GAZP"], RECIPIENT)
    order = portfolio_rows.order_row(ORDER, RECIPIENT)
    fill = portfolio_rows.fill_row(FILL, RECIPIENT)
    assert sent_of("AddTick") == ([trade, trade], {"seq": 2})
    assert sent_of("UpdateOrder") == ([order], {"seq": 100_007, "gap": True, "firstSeq": 8})
    assert sent_of("AddTrade") == ([fill], {"seq": 1})
    assert sent_of("GetOrder") == ([order], {})


def test_page_without_events_still_has_its_number() -> None:
    assert rows_of(EventPage((), 0, None), INSTRUMENTS, IN_SECURITIES, TOKEN) == ([], {"seq": 0})


def test_token_in_lots_changes_volumes_and_nothing_else() -> None:
    volumes = {"volume", "amount", "filled", "planned"}
    for method in ANSWERS:
        securities, lots = sent_of(method)[0], sent_of(method, in_lots=True)[0]
        changed = {
            key
            for one, other in zip(securities, lots, strict=True)
            for key in one
            if one[key] != other[key]
        }
        nested = {"orders", "trades", "closedPositions"}
        assert changed <= volumes | nested, method


def test_keys_of_a_row_are_never_alike_but_for_case() -> None:
    for method in ANSWERS:
        for row in sent_of(method)[0]:
            folded = sorted(key.lower() for key in row)
            assert all(one != other for one, other in pairwise(folded)), method
