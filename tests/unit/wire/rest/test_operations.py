"""The table against wire.md: who is in it, what each needs, how paths are found."""

import msgspec
import pytest

from chp.model.access import Right
from chp.wire.rest.operations import OPERATIONS, find, is_legacy
from chp.wire.rest.urns import URNS

BODY_KEYS = {
    # method: needed keys, keys that may be left out
    "Connected": ("login password", "mode"),
    "Reconnection": ("login password", "mode"),
    "Disconnected": ("login password", "mode"),
    "GetBars": ("since interval symbol count", ""),
    "GetTrades": ("from symbol count", ""),
    "ListenQuotes": ("symbol", ""),
    "CancelQuotes": ("symbol", ""),
    "ListenTicks": ("symbol", ""),
    "CancelTicks": ("symbol", ""),
    "ListenBidAsks": ("symbol", ""),
    "CancelBidAsks": ("symbol", ""),
    "AddTick": ("", "after"),
    "GetMyPortfolioData": ("mode portfolio", ""),
    "ListenPortfolio": ("portfolio", ""),
    "CancelPortfolio": ("portfolio", ""),
    "UpdateOrder": ("", "after"),
    "AddTrade": ("", "after"),
    "PlaceOrder": ("portfolio symbol action type validity price amount stop", "cookie"),
    "MoveOrder": ("portfolio symbol orderid targetprice", ""),
    "CancelOrder": ("portfolio symbol orderid", ""),
    "CancelAll": ("", "portfolio symbol"),
    "GetOrder": ("", "orderid cookie requestId"),
}
ORDER_CHANGES = {"PlaceOrder", "MoveOrder", "CancelOrder", "CancelAll"}


def test_table_has_every_urn_once() -> None:
    assert {operation.method: operation.urn for operation in OPERATIONS} == dict(URNS)
    assert len(OPERATIONS) == len(URNS)


def test_body_keys_are_those_of_the_document() -> None:
    table = {
        operation.method: (
            " ".join(field.name for field in operation.fields if field.is_required),
            " ".join(field.name for field in operation.fields if not field.is_required),
        )
        for operation in OPERATIONS
        if operation.fields
    }
    assert table == BODY_KEYS


def test_fields_pair_with_the_request_they_build() -> None:
    for operation in OPERATIONS:
        if operation.method != "PlaceOrder":
            slots = msgspec.structs.fields(operation.request_type)
            assert len(slots) == len(operation.fields), operation.method


def test_rights_sessions_and_keys() -> None:
    assert {op.method for op in OPERATIONS if op.right is Right.TRADE} == ORDER_CHANGES
    assert {op.method for op in OPERATIONS if op.is_idempotent} == ORDER_CHANGES
    assert {op.method for op in OPERATIONS if not op.needs_session} == {
        "Connected",
        "Reconnection",
        "Disconnected",
    }
    assert {op.method for op in OPERATIONS if op.is_numbered} == {
        "AddTick",
        "UpdateOrder",
        "AddTrade",
    }


def test_outer_numbers_on_record_are_kept_and_others_are_unique() -> None:
    numbers = {op.method: (op.error_number, op.error_text) for op in OPERATIONS}
    assert numbers["Connected"] == (3, "Не удалось подключиться к серверу")
    assert numbers["ListenQuotes"] == (12, "Ошибка ListenQuotes")
    others = [op.error_number for op in OPERATIONS if op.needs_session]
    assert len(set(others)) == len(others)
    assert not {1, 2, 3, 20} & set(others)


@pytest.mark.parametrize(
    "path",
    [
        "/Order/Place",
        "Order/Place",
        "/order/place",
        "/ORDER/PLACE/",
        "order/Place/",
    ],
)
def test_path_is_found_in_any_spelling(path: str) -> None:
    operation = find(path)
    assert operation is not None
    assert operation.method == "PlaceOrder"


@pytest.mark.parametrize(
    "path", ["", "/", "/Order", "//Order/Place", "/Order/Place//", "/Order/Place/x", "/api/Place"]
)
def test_path_is_not_found(path: str) -> None:
    assert find(path) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api", True),
        ("/api/", True),
        ("/API/getbars", True),
        ("api/x/y", True),
        ("/apis/x", False),
        ("/Order/Place", False),
        ("", False),
    ],
)
def test_legacy_paths_are_told_apart(path: str, expected: bool) -> None:
    assert is_legacy(path) is expected
