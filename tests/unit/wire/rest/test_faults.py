"""The table of errors, and each fault's status, texts and field."""

import re
from decimal import Decimal

import pytest

from chp.model.access import Right
from chp.model.refusal import Refusal, RejectReason
from chp.wire.rest import faults
from chp.wire.rest.faults import Fault
from chp.wire.rest.fields import PASSWORD
from chp.wire.rest.troubles import TROUBLES
from chp.wire.rest.values import ValueRefused
from tests.support.rest_answers import operation_of

RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)
LOTS = (
    "a whole number of lots: 10 securities are 1 lot, so 35 securities are 3.5 lots;"
    " 35 lots would be 350 securities"
)


PLACE = operation_of("PlaceOrder")


def test_numbers_and_codes_are_unique() -> None:
    assert len({trouble.number for trouble in TROUBLES}) == len(TROUBLES)
    assert len({trouble.code for trouble in TROUBLES}) == len(TROUBLES)


def test_texts_are_in_both_languages() -> None:
    for trouble in TROUBLES:
        assert RUSSIAN.search(trouble.russian), trouble.code
        assert RUSSIAN.search(trouble.message), trouble.code
        assert not RUSSIAN.search(trouble.detail), trouble.code


@pytest.mark.parametrize("reason", RejectReason)
def test_every_reason_has_its_fault(reason: RejectReason) -> None:
    refusal = Refusal(reason, field="amount", expected="at most 5", came="6", name="GAZP")
    fault = faults.of_refusal(PLACE, refusal)
    is_conflict = reason is RejectReason.REQUEST_KEY_REUSED
    assert fault.status == (409 if is_conflict else 200)
    assert fault.code == reason.name.lower()
    assert "{" not in fault.message + fault.detail


@pytest.mark.parametrize(
    ("reason", "number"),
    [
        (RejectReason.ALREADY_CONNECTED, 2),
        (RejectReason.ALREADY_SUBSCRIBED, 20),
        (RejectReason.NOT_CONNECTED, 100),
        (RejectReason.UNKNOWN_ORDER, 300),
    ],
)
def test_numbers_of_refusals_are_kept(reason: RejectReason, number: int) -> None:
    assert faults.of_refusal(PLACE, Refusal(reason)).number == number


@pytest.mark.parametrize(
    ("method", "field", "spelled"),
    [
        ("PlaceOrder", "limit_price", "price"),
        ("PlaceOrder", "stop_price", "stop"),
        ("PlaceOrder", "amount", "amount"),
        ("PlaceOrder", "requestId", "requestId"),
        ("MoveOrder", "target_price", "targetprice"),
        ("GetSymbols", "symbol", ""),
        ("PlaceOrder", "", ""),
    ],
)
def test_field_is_spelled_as_on_the_wire(method: str, field: str, spelled: str) -> None:
    refusal = Refusal(RejectReason.PRICE_OFF_STEP, field=field)
    assert faults.of_refusal(operation_of(method), refusal).field == spelled


@pytest.mark.parametrize(
    ("expected", "russian"),
    [
        ("a multiple of 0.01", "price = 1: нужно число, кратное 0.01."),
        ("at most 30 securities", "price = 1: нужно не больше 30 ЦБ."),
        ("at most 100", "price = 1: нужно не больше 100."),
        ("more than 0", "price = 1: нужно больше 0."),
        (
            "more than 0 to walk back, less than 0 to walk forward",
            "price = 1: нужно больше 0 – назад, меньше 0 – вперёд.",
        ),
        ("129.61 to 194.41", "price = 1: нужно от 129.61 до 194.41."),
        (
            LOTS,
            "price = 1: нужно целое число лотов: в лоте 10 ЦБ, поэтому 35 ЦБ – это 3.5 лота;"
            " 35 в лотах – это 350 ЦБ.",
        ),
        ("words of no table", "price = 1: нужно words of no table."),
    ],
)
def test_expectation_is_told_in_both_languages(expected: str, russian: str) -> None:
    refusal = Refusal(RejectReason.PRICE_OFF_STEP, field="limit_price", expected=expected, came="1")
    fault = faults.of_refusal(PLACE, refusal)
    assert fault.message == russian
    assert fault.detail == f"price is 1, expected {expected}."


@pytest.mark.parametrize("when", ["order", "move"])
def test_money_is_told_in_russian(when: str) -> None:
    expected = f"liquidation value above initial margin after the {when}"
    refusal = Refusal(RejectReason.NOT_ENOUGH_MONEY, expected=expected, name="P")
    message = faults.of_refusal(PLACE, refusal).message
    assert message == (
        "В портфеле P недостаточно средств: нужно, чтобы ликвидационная стоимость"
        " оставалась не ниже начальной маржи."
    )


def test_braces_in_a_name_are_only_text() -> None:
    refusal = Refusal(RejectReason.UNKNOWN_SYMBOL, name="{field}{0}")
    assert "{field}{0}" in faults.of_refusal(PLACE, refusal).detail


def test_half_a_character_cannot_break_the_answer() -> None:
    fault = faults.forbidden_origin("http://\udcff")
    assert "http://?" in fault.detail


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (faults.unknown_urn("/Order/Nothing"), 404, "unknown_urn"),
        (faults.legacy_url("/api/GetBars"), 404, "legacy_url"),
        (faults.not_post("PUT"), 405, "not_post"),
        (faults.body_too_large(65536), 413, "body_too_large"),
        (faults.not_json(), 400, "not_json"),
        (faults.token_missing(), 400, "token_missing"),
        (faults.token_unknown(), 401, "token_unknown"),
        (faults.recovering(1), 503, "recovering"),
        (faults.stopping(1), 503, "stopping"),
        (faults.busy(1), 503, "busy"),
        (faults.rate_limited(1), 429, "rate_limited"),
        (faults.forbidden_right(Right.TRADE), 403, "forbidden_right"),
        (faults.forbidden_origin("http://x"), 403, "forbidden_origin"),
        (faults.forbidden_host("x"), 403, "forbidden_host"),
        (faults.forbidden_address("10.0.0.1"), 403, "forbidden_address"),
        (faults.key_conflict("k"), 409, "request_key_reused"),
        (faults.timeout(), 408, "timeout"),
        (faults.too_many_connections(1), 503, "too_many_connections"),
        (faults.malformed_http(), 400, "malformed_http"),
        (faults.internal("id-1"), 500, "internal"),
        (faults.outcome_unknown(), 500, "outcome_unknown"),
    ],
)
def test_fault_has_status_and_code(fault: Fault, status: int, code: str) -> None:
    assert (fault.status, fault.code) == (status, code)
    assert "{" not in fault.message + fault.detail
    has_wait = status in (429, 503)
    assert fault.retry_after_s == (1 if has_wait else None)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/Order/Nothing", "Nothing"),
        ("/Order/Nothing/", "Nothing"),
        ("/", ""),
        ("", ""),
        ("/a/" + "x" * 100, "x" * 63 + "…"),
    ],
)
def test_method_of_an_unknown_path_is_its_last_part(path: str, method: str) -> None:
    assert faults.unknown_urn(path).method == method


def test_not_post_names_what_is_taken() -> None:
    assert faults.not_post("PUT", "GET").detail == "PUT is not taken here, expected GET."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (Decimal("12.50"), "12.50"),
        ("x", '"x"'),
        ([], "[…]"),
        ({}, "{…}"),
    ],
)
def test_value_is_shown(value: object, text: str) -> None:
    assert faults.shown(value) == text


TAKEN = ("a text", "строка")


def test_missing_field_is_named_with_what_is_taken() -> None:
    fault = faults.missing_field("symbol", TAKEN)
    assert (fault.status, fault.code, fault.field) == (400, "field_missing", "symbol")
    assert fault.detail == "symbol is missing, expected a text."
    assert fault.message == "Нет поля symbol: ожидается строка."


def test_bad_field_is_named_with_what_came() -> None:
    fault = faults.bad_field("symbol", 12, TAKEN)
    assert (fault.status, fault.code, fault.field) == (400, "bad_field", "symbol")
    assert fault.detail == "symbol: expected a text, came 12."
    assert fault.message == "Поле symbol: ожидается строка, получено 12."


def test_secret_that_is_refused_is_not_shown() -> None:
    refused = ValueRefused(PASSWORD, 12345, TAKEN)
    fault = faults.of_value(refused)
    assert fault.detail == "password: expected a text, came ***."
    assert fault == faults.bad_field("password", "other", TAKEN, is_secret=True)


def test_request_key_is_told_its_limits() -> None:
    fault = faults.bad_request_key("")
    assert (fault.status, fault.field) == (400, "requestId")
    assert fault.detail == 'requestId: expected a text of 1 to 128 characters, came "".'
