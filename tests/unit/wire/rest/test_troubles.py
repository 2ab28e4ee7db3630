"""The table of errors: its numbers stay what they are, its templates can be filled."""

import string

from chp.model.refusal import RejectReason
from chp.wire.rest.troubles import TROUBLES, Trouble

STATUSES = {
    400: "not_json token_missing field_missing bad_field malformed_http",
    401: "token_unknown",
    403: "forbidden_right forbidden_origin forbidden_host forbidden_address",
    404: "unknown_urn legacy_url",
    405: "not_post",
    408: "timeout",
    409: "request_key_reused",
    413: "body_too_large",
    429: "rate_limited",
    500: "internal outcome_unknown",
    503: "recovering stopping busy too_many_connections",
}
GIVEN_NUMBERS = {
    600: "request_key_reused",
    601: "unknown_urn",
    602: "legacy_url",
    603: "not_post",
    604: "body_too_large",
    605: "not_json",
    606: "token_missing",
    607: "token_unknown",
    608: "recovering",
    609: "stopping",
    610: "busy",
    611: "rate_limited",
    612: "forbidden_right",
    613: "forbidden_origin",
    614: "forbidden_host",
    615: "forbidden_address",
    616: "field_missing",
    617: "bad_field",
    618: "timeout",
    619: "too_many_connections",
    620: "malformed_http",
    621: "internal",
    622: "outcome_unknown",
}
REFUSAL_NUMBERS = {"already_connected": 2, "already_subscribed": 20}


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def refusals() -> list[Trouble]:
    return [trouble for trouble in TROUBLES if trouble.status == 200]


def test_statuses_are_those_of_the_document() -> None:
    by_status: dict[int, set[str]] = {}
    for trouble in TROUBLES:
        by_status.setdefault(trouble.status, set()).add(trouble.code)
    del by_status[200]
    assert by_status == {status: set(codes.split()) for status, codes in STATUSES.items()}


def test_numbers_of_faults_are_never_given_away() -> None:
    assert {t.number: t.code for t in TROUBLES if t.status != 200} == GIVEN_NUMBERS


def test_refusals_are_the_reasons_with_their_numbers() -> None:
    expected = {
        reason.name.lower(): REFUSAL_NUMBERS.get(reason.name.lower(), int(reason))
        for reason in RejectReason
        if reason is not RejectReason.REQUEST_KEY_REUSED
    }
    assert {trouble.code: trouble.number for trouble in refusals()} == expected


def test_templates_take_only_what_a_fault_knows() -> None:
    for trouble in TROUBLES:
        known = {"field", "name", "came", "expected"}
        assert names_in(trouble.message) <= known, trouble.code
        assert names_in(trouble.detail) <= known, trouble.code


def test_texts_are_whole_sentences() -> None:
    for trouble in TROUBLES:
        for text in (trouble.russian, trouble.message, trouble.detail):
            assert text.endswith("."), trouble.code
            assert text == text.strip(), trouble.code
        assert not names_in(trouble.russian), trouble.code
