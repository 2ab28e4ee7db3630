"""What bodies hold: choices against SmartCOM's numbers, spellings, limits, secrets."""

from collections.abc import Iterator

import pytest

from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.quote import Interval
from chp.wire.rest.fields import COOKIE_LIMIT, INTEGER_LIMIT, REQUEST_KEY_LIMIT, Field, Kind
from chp.wire.rest.operations import OPERATIONS

CHOICES = {
    ("Connected", "mode"): {0: False, 1: True},
    ("GetBars", "interval"): dict(zip(range(1, 14), Interval, strict=True)),
    ("GetMyPortfolioData", "mode"): {1: False, 2: True},
    ("PlaceOrder", "action"): {
        1: (Side.BUY, PositionEffect.AUTO),
        2: (Side.SELL, PositionEffect.AUTO),
        3: (Side.SELL, PositionEffect.OPEN_SHORT),
        4: (Side.BUY, PositionEffect.CLOSE_SHORT),
    },
    ("PlaceOrder", "type"): {
        1: OrderType.MARKET,
        2: OrderType.LIMIT,
        3: OrderType.STOP,
        4: OrderType.STOP_LIMIT,
    },
    ("PlaceOrder", "validity"): {1: TimeInForce.DAY, 2: TimeInForce.GTC},
}


def everywhere() -> Iterator[tuple[str, Field]]:
    for operation in OPERATIONS:
        for field in operation.fields:
            yield operation.method, field


def field_of(method: str, name: str) -> Field:
    return next(f for m, f in everywhere() if (m, f.name) == (method, name))


@pytest.mark.parametrize(("method", "name"), CHOICES)
def test_choices_have_the_numbers_of_the_old_api(method: str, name: str) -> None:
    choices = field_of(method, name).choices
    assert {choice.value: choice.meaning for choice in choices} == CHOICES[method, name]


def test_only_choices_have_choices() -> None:
    for method, field in everywhere():
        assert bool(field.choices) is (field.kind is Kind.CHOICE), (method, field.name)
        assert all(choice.description for choice in field.choices)
        assert field.description


def test_other_spellings_are_those_of_the_document() -> None:
    spellings = {(field.name, field.aliases) for _, field in everywhere() if field.aliases}
    assert spellings == {
        ("from", ("since",)),
        ("orderid", ("irderid",)),
        ("type", ("type_",)),
    }


def test_spellings_of_a_body_never_collide() -> None:
    for operation in OPERATIONS:
        keys = [
            key.lower() for field in operation.fields for key in (field.name, *field.aliases)
        ] + ["token"]
        if operation.is_idempotent:
            keys.append("requestid")
        assert len(set(keys)) == len(keys), operation.method


def test_fields_that_may_be_left_out_stand_last() -> None:
    for operation in OPERATIONS:
        needed = [field.is_required for field in operation.fields]
        assert needed == sorted(needed, reverse=True), operation.method


def test_limits_are_those_of_the_document() -> None:
    assert COOKIE_LIMIT == 9_007_199_254_740_992
    assert REQUEST_KEY_LIMIT == 128
    limited = {field.name: field.limit for _, field in everywhere() if field.limit != INTEGER_LIMIT}
    assert limited == {"cookie": COOKIE_LIMIT, "requestId": REQUEST_KEY_LIMIT}


def test_passwords_are_secret_and_nothing_else_is() -> None:
    assert {field.name for _, field in everywhere() if field.is_secret} == {"password"}


def test_cookie_is_0_where_it_is_not_given_but_is_not_looked_up() -> None:
    assert field_of("PlaceOrder", "cookie").default == 0
    assert field_of("GetOrder", "cookie").default is None
