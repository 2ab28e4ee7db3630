"""Every kind of field against what comes over the wire."""

from decimal import Decimal

import pytest

from chp.wire.rest.fields import Choice, Field, Kind
from chp.wire.rest.values import ValueRefused, decimal_of, expected_of, json_number, reader_of

LIMIT = 2**53


def field_of(kind: Kind) -> Field:
    return Field(
        name="f",
        kind=kind,
        description="",
        limit=LIMIT if kind is Kind.INTEGER else 5,
        choices=(Choice(1, "one", ""), Choice(2, "two", "")),
    )


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Kind.TEXT, "GAZP", "GAZP"),
        (Kind.TEXT, "", ""),
        (Kind.TEXT, "12345", "12345"),
        (Kind.IDENTIFIER, "any text at all", "any text at all"),
        (Kind.IDENTIFIER, 17, "17"),
        (Kind.IDENTIFIER, Decimal("17.0"), "17"),
        (Kind.NUMBER, Decimal("163.92"), Decimal("163.92")),
        (Kind.NUMBER, 163.92, Decimal("163.92")),
        (Kind.NUMBER, 12, Decimal(12)),
        (Kind.NUMBER, "163.92", Decimal("163.92")),
        (Kind.NUMBER, " 163.920 ", Decimal("163.92")),
        (Kind.NUMBER, "+.5", Decimal("0.5")),
        (Kind.NUMBER, "-1.", Decimal(-1)),
        (Kind.NUMBER, "1e3", Decimal(1000)),
        (Kind.NUMBER, "0e-999", Decimal(0)),
        (Kind.NUMBER, -(10**28) + 1, Decimal(-(10**28) + 1)),
        (Kind.INTEGER, 12, 12),
        (Kind.INTEGER, Decimal("12.0"), 12),
        (Kind.INTEGER, 12.0, 12),
        (Kind.INTEGER, "12", 12),
        (Kind.INTEGER, "1.2e1", 12),
        (Kind.INTEGER, LIMIT, LIMIT),
        (Kind.INTEGER, -LIMIT, -LIMIT),
        (Kind.CHOICE, 1, "one"),
        (Kind.CHOICE, "2", "two"),
        (Kind.CHOICE, Decimal("2.0"), "two"),
        (Kind.MOMENT, "1970-01-01T00:00:00Z", 0),
    ],
)
def test_value_is_read(kind: Kind, value: object, expected: object) -> None:
    read = reader_of(field_of(kind))(value)
    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.TEXT, 12),
        (Kind.TEXT, True),
        (Kind.TEXT, ["GAZP"]),
        (Kind.TEXT, "123456"),
        (Kind.IDENTIFIER, True),
        (Kind.IDENTIFIER, Decimal("1.5")),
        (Kind.IDENTIFIER, {}),
        (Kind.NUMBER, True),
        (Kind.NUMBER, "abc"),
        (Kind.NUMBER, ""),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, "Infinity"),
        (Kind.NUMBER, float("nan")),
        (Kind.NUMBER, float("inf")),
        (Kind.NUMBER, "1_000"),
        (Kind.NUMBER, "163,92"),
        (Kind.NUMBER, "٣"),
        (Kind.NUMBER, "1e9999"),
        (Kind.NUMBER, "1e29"),
        (Kind.NUMBER, "1e-29"),
        (Kind.NUMBER, "0." + "1" * 29),
        (Kind.NUMBER, "1" * 65),
        (Kind.NUMBER, 10**28),
        (Kind.NUMBER, []),
        (Kind.INTEGER, Decimal("12.5")),
        (Kind.INTEGER, "12.5"),
        (Kind.INTEGER, False),
        (Kind.INTEGER, "twelve"),
        (Kind.INTEGER, LIMIT + 1),
        (Kind.INTEGER, -LIMIT - 1),
        (Kind.INTEGER, "1e28"),
        (Kind.CHOICE, 0),
        (Kind.CHOICE, 3),
        (Kind.CHOICE, True),
        (Kind.CHOICE, "one"),
        (Kind.CHOICE, [1]),
        (Kind.MOMENT, "yesterday"),
        (Kind.MOMENT, 1602313810),
    ],
)
def test_value_is_refused(kind: Kind, value: object) -> None:
    field = field_of(kind)
    with pytest.raises(ValueRefused) as caught:
        reader_of(field)(value)
    assert caught.value.field is field
    assert caught.value.came is value
    assert caught.value.expected == expected_of(field)


@pytest.mark.parametrize(
    ("kind", "english"),
    [
        (Kind.CHOICE, "one of 1, 2"),
        (Kind.INTEGER, f"an integer from {-LIMIT} to {LIMIT}"),
        (Kind.TEXT, "a text of at most 5 characters"),
        (Kind.NUMBER, "a number of at most 28 digits"),
    ],
)
def test_expectation_names_what_is_taken(kind: Kind, english: str) -> None:
    assert expected_of(field_of(kind))[0] == english


def test_text_without_limit_is_just_a_text() -> None:
    assert expected_of(Field(name="f", kind=Kind.TEXT, description=""))[0] == "a text"


@pytest.mark.parametrize("text", ["0.1", "163.92", "1e-5", "-0.0", "5E3", "123456789.123456789"])
def test_json_number_is_exact(text: str) -> None:
    assert json_number(text) == Decimal(text)


@pytest.mark.parametrize("text", ["1e999", "0." + "1" * 40, "1e99999999999999999999"])
def test_json_number_beyond_reach_stays_text(text: str) -> None:
    assert json_number(text) == text
    assert decimal_of(text) is None
