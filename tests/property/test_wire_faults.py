"""Whatever comes over the wire is answered in an envelope, and no answer holds a secret."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chp.model.access import Right
from chp.model.refusal import Refusal, RejectReason
from chp.wire.rest import envelope, faults
from chp.wire.rest.decode import parse_object, request_key_of, request_of, token_of
from chp.wire.rest.faults import Fault
from chp.wire.rest.openapi import document
from chp.wire.rest.operations import OPERATIONS, Operation
from tests.support.json_schema import faults_of

CANARY = "canary7391"
NUMBER_CANARY = "73910284655"
DOCUMENT: dict[str, Any] = json.loads(json.dumps(document()))
ERROR: dict[str, Any] = DOCUMENT["components"]["schemas"]["Error"]

operations = st.sampled_from(OPERATIONS)
names = sorted(
    {key for operation in OPERATIONS for f in operation.fields for key in (f.name, *f.aliases)}
    - {"password"}
)
plain_values = st.sampled_from(["GAZP", "1", 1, 0, None, True, 12.5, "2020-10-10", 2**53 + 1, ""])
strange_texts = st.sampled_from(
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "1e999999999",
        "-0.0",
        "9" * 400,
        "9" * 5000,
        "0." + "1" * 400,
        "[" * 5000 + "]" * 5000,
        '{"a":' * 5000 + "1" + "}" * 5000,
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\u0000"',
        '"' + "ы" * 3000 + '"',
        f'{{"token": "{CANARY}", "password": "{CANARY}"}}',
        f'["{CANARY}"]',
    ]
)
value_texts = strange_texts | st.recursive(
    plain_values | st.text(max_size=8) | st.integers(-(2**70), 2**70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
).map(json.dumps)
key_texts = (
    st.sampled_from(names) | st.sampled_from(names).map(str.upper) | st.text(max_size=6)
).map(json.dumps)
secret_members = st.tuples(
    st.sampled_from(['"token"', '"Token"', '"PASSWORD"', '"password"', '"passwd"', '"key"']),
    st.sampled_from(
        [
            f'"{CANARY}"',
            f'["{CANARY}"]',
            f'{{"token": "{CANARY}"}}',
            NUMBER_CANARY,
            f"{NUMBER_CANARY}.5",
            "null",
        ]
    ),
)
members = st.lists(st.tuples(key_texts, value_texts) | secret_members, max_size=12)
outside_spoilers = st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\x00", b",", b"{}", b"\n"])
inside_spoilers = st.sampled_from([b"", b"", b"\xff", b"\xed\xa0\x80", b"\xc3"])


@st.composite
def raw_bodies(draw: st.DrawFn) -> bytes:
    """A body in JSON, or nearly: keys may repeat, some bytes may not belong there."""
    text = ", ".join(f"{key}: {value}" for key, value in draw(members))
    raw = f"{{{text}}}".encode()
    place = draw(st.integers(0, len(raw)))
    raw = raw[:place] + draw(inside_spoilers) + raw[place:]
    return draw(outside_spoilers) + raw + draw(outside_spoilers)


def assert_told(operation: Operation | None, fault: Fault, body: dict[str, object] | None) -> None:
    sent = envelope.failure(operation, fault, body)
    assert faults_of(json.loads(sent), ERROR, DOCUMENT) == []
    assert CANARY.encode() not in sent
    assert NUMBER_CANARY.encode() not in sent
    assert len(sent) < 64_000


@given(operations, raw_bodies(), st.none() | st.text(max_size=140))
def test_any_body_is_answered_without_its_secrets(
    operation: Operation, raw: bytes, header: str | None
) -> None:
    body = parse_object(raw)
    if isinstance(body, Fault):
        assert (body.status, body.code) == (400, "not_json")
        assert_told(operation, body, None)
        return
    results = (token_of(body), request_of(operation, body), request_key_of(body, header))
    for result in results:
        if isinstance(result, Fault):
            assert result.status == 400
            assert_told(operation, result, body)


@given(operations, st.lists(secret_members, min_size=1), st.sampled_from(RejectReason))
def test_any_fault_is_told_without_the_secrets_of_its_body(
    operation: Operation, secrets: list[tuple[str, str]], reason: RejectReason
) -> None:
    text = ", ".join(f"{key}: {value}" for key, value in secrets)
    body = parse_object(f'{{"login": "l", {text}}}'.encode())
    assert isinstance(body, dict)
    all_faults = (
        faults.of_refusal(operation, Refusal(reason, field="amount", came="1", name="GAZP")),
        faults.token_unknown(),
        faults.recovering(1),
        faults.rate_limited(1),
        faults.forbidden_right(Right.TRADE),
        faults.forbidden_origin("http://other"),
        faults.internal("incident"),
        faults.outcome_unknown(),
    )
    for fault in all_faults:
        assert_told(operation, fault, body)


@given(st.text(max_size=200), st.booleans())
def test_any_path_and_header_is_answered(text: str, is_legacy: bool) -> None:
    fault = faults.legacy_url(text) if is_legacy else faults.unknown_urn(text)
    assert_told(None, fault, None)
    for other in (faults.forbidden_host(text), faults.not_post(text), faults.key_conflict(text)):
        assert_told(OPERATIONS[0], other, None)


@given(st.text(st.characters(codec=None, categories=["Cs", "Ll"]), max_size=20))
def test_half_characters_of_a_header_do_not_break_an_answer(text: str) -> None:
    assert_told(None, faults.unknown_urn(text), None)
    assert_told(None, faults.forbidden_origin(text), None)
    key = request_key_of({}, text or "k")
    assert isinstance(key, str)
    assert 0 < len(key) <= len(text or "k")
