"""Whatever comes, decoding answers and never raises; what is good survives the round trip."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chp.model import requests as ask
from chp.wire.rest import envelope
from chp.wire.rest.decode import (
    fingerprint_of,
    parse_object,
    request_key_of,
    request_of,
    token_of,
)
from chp.wire.rest.faults import Fault
from chp.wire.rest.moscow import FARTHEST_NS, moment_ns, moscow_text
from chp.wire.rest.operations import OPERATIONS, Operation

operations = st.sampled_from(OPERATIONS)
known_keys = sorted(
    {key for operation in OPERATIONS for f in operation.fields for key in (f.name, *f.aliases)}
    | {"token", "requestId", "TYPE", "Symbol"}
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=80)
    | st.sampled_from(["1", "2.0", "NaN", "1e400", "2020-10-10", "2020-10-10T10:10:10Z", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
bodies = st.dictionaries(st.sampled_from(known_keys) | st.text(max_size=10), json_values)


def answered(operation: Operation, raw: bytes) -> None:
    """Goes the way of a call, and encodes the envelope of whatever went wrong."""
    body = parse_object(raw)
    if isinstance(body, Fault):
        envelope.failure(operation, body, None)
        return
    results = (token_of(body), request_key_of(body, None), request_of(operation, body))
    for result in results:
        if isinstance(result, Fault):
            assert result.status == 400
            answer = envelope.failure(operation, result, body)
            assert len(answer) < 64_000
    if isinstance(results[2], ask.Request):
        assert isinstance(results[2], operation.request_type)
        fingerprint_of(results[2])


@given(operations, st.binary())
def test_any_bytes_are_answered(operation: Operation, raw: bytes) -> None:
    answered(operation, raw)


@given(operations, bodies)
def test_any_json_is_answered(operation: Operation, body: dict[str, Any]) -> None:
    answered(operation, msgspec.json.encode(body))


@given(st.binary(), st.sampled_from([b'{"a": %s}', b'{"a": "%s"}', b'{"%s": 1}']))
def test_bytes_inside_json_are_answered(raw: bytes, frame: bytes) -> None:
    for operation in OPERATIONS[:1]:
        answered(operation, frame.replace(b"%s", raw))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**9)))
def test_price_is_read_exactly(price: Decimal) -> None:
    price = price % 10**9
    body: dict[str, Any] = {"portfolio": "P", "symbol": "S", "orderid": "1"}
    move = next(operation for operation in OPERATIONS if operation.method == "MoveOrder")
    raws = [f'"{price:f}"', f"{price:f}"]
    for raw in raws:
        text = msgspec.json.encode(body)[:-1] + f',"targetprice":{raw}}}'.encode()
        parsed = parse_object(text)
        assert isinstance(parsed, dict)
        request = request_of(move, parsed)
        assert isinstance(request, ask.MoveOrder)
        assert request.target_price == price


@given(st.integers(-FARTHEST_NS // 10**6, FARTHEST_NS // 10**6))
def test_moment_survives_the_round_trip(ms: int) -> None:
    utc_ns = max(-FARTHEST_NS, ms * 10**6)
    assert moment_ns(moscow_text(utc_ns)) == utc_ns // 10**6 * 10**6 or abs(utc_ns) == FARTHEST_NS


@given(st.text(max_size=60))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    moment = moment_ns(text)
    assert moment is None or abs(moment) <= FARTHEST_NS
