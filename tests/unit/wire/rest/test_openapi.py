"""The OpenAPI document: whole, consistent, and true of real requests and answers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chp.wire.rest import envelope
from chp.wire.rest.openapi import document
from chp.wire.rest.operations import OPERATIONS, Operation
from chp.wire.rest.rows import rows_of
from chp.wire.rest.troubles import TROUBLES
from tests.support.json_schema import KEYWORDS, faults_of, referred
from tests.support.rest_answers import (
    ANSWERS,
    IN_SECURITIES,
    INSTRUMENTS,
    TIME_NS,
    TOKEN,
    operation_of,
)

GOLDEN = Path(__file__).parents[3] / "data" / "golden" / "rest"
DOCUMENT: dict[str, Any] = json.loads(json.dumps(document()))
ERROR: dict[str, Any] = DOCUMENT["components"]["schemas"]["Error"]
TYPES = {"string", "number", "integer", "boolean", "array", "object", "null"}
STATUSES = {str(trouble.status) for trouble in TROUBLES}

SENT: dict[str, dict[str, Any]] = {
    "Connected": {"login": "l", "password": "p", "mode": 0},
    "Disconnected": {"login": "l", "password": "p", "mode": None},
    "GetBars": {"since": "2020-10-10", "interval": "6", "symbol": "GAZP", "count": 10.0},
    "GetTrades": {"since": "2020-10-10", "symbol": "GAZP", "count": "-10"},
    "ListenQuotes": {"symbol": "GAZP"},
    "AddTick": {"after": None},
    "GetMyPortfolioData": {"mode": 2, "portfolio": "P"},
    "ListenPortfolio": {"portfolio": "P"},
    "PlaceOrder": {
        "portfolio": "P",
        "symbol": "GAZP",
        "action": 1,
        "type_": "2",
        "validity": 1,
        "price": "163.92",
        "amount": 10,
        "stop": 0.0,
        "cookie": 12.0,
        "requestId": "k",
    },
    "MoveOrder": {"portfolio": "P", "symbol": "GAZP", "irderid": 17, "targetprice": "161.5"},
    "CancelOrder": {"portfolio": "P", "symbol": "GAZP", "orderid": "17"},
    "CancelAll": {"portfolio": None},
    "GetOrder": {"cookie": 12},
    "GetSymbols": {},
}


def call_of(operation: Operation) -> dict[str, Any]:
    call = DOCUMENT["paths"][f"/{operation.urn}"]["post"]
    assert isinstance(call, dict)
    return call


def request_schema(operation: Operation) -> dict[str, Any]:
    body = call_of(operation)["requestBody"]
    assert body["required"] is True
    schema = body["content"]["application/json"]["schema"]
    assert isinstance(schema, dict)
    return schema


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from parts(part)


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema, itself included."""
    yield value
    for part in value.get("properties", {}).values():
        yield from schemas(part)
    for keyword in ("oneOf", "anyOf", "allOf"):
        for part in value.get(keyword, ()):
            yield from schemas(part)
    if "items" in value:
        yield from schemas(value["items"])


def all_schemas() -> Iterator[dict[str, Any]]:
    for part in parts(DOCUMENT):
        if "schema" in part:
            yield from schemas(part["schema"])
    for schema in DOCUMENT["components"]["schemas"].values():
        yield from schemas(schema)


def calls() -> list[dict[str, Any]]:
    return [call for item in DOCUMENT["paths"].values() for call in item.values()]


def test_head_is_that_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert set(DOCUMENT) == {"openapi", "info", "servers", "security", "paths", "components"}
    assert set(DOCUMENT["info"]) == {"title", "version", "description", "license"}
    assert DOCUMENT["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", DOCUMENT["info"]["version"])


def test_token_is_said_to_be_in_the_body() -> None:
    assert DOCUMENT["security"] == []
    assert "the access token is the key `token` of every body" in DOCUMENT["info"]["description"]
    for operation in OPERATIONS:
        schema = request_schema(operation)
        assert "token" in schema["required"]
        assert schema["properties"]["token"]["minLength"] == 1


def test_paths_are_the_calls_and_the_pages() -> None:
    gets = {path for path, item in DOCUMENT["paths"].items() if "get" in item}
    posts = {path for path, item in DOCUMENT["paths"].items() if "post" in item}
    assert gets == {"/healthz", "/readyz", "/openapi.json"}
    assert posts == {f"/{operation.urn}" for operation in OPERATIONS}
    assert all(len(item) == 1 for item in DOCUMENT["paths"].values())


def test_calls_have_what_openapi_needs() -> None:
    names = [call["operationId"] for call in calls()]
    assert len(set(names)) == len(names)
    for call in calls():
        assert set(call) <= {
            *("operationId", "tags", "summary", "requestBody", "responses", "parameters"),
        }
        assert call["summary"]
        for response in call["responses"].values():
            target = response if "$ref" not in response else referred(DOCUMENT, response["$ref"])
            assert target["description"]
            assert set(target) <= {"description", "content", "headers"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_every_status_is_described(operation: Operation) -> None:
    expected = STATUSES if operation.is_idempotent else STATUSES - {"409"}
    assert set(call_of(operation)["responses"]) == expected


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_key_is_a_header_or_in_the_body(operation: Operation) -> None:
    call, properties = call_of(operation), request_schema(operation)["properties"]
    if not operation.is_idempotent:
        assert "parameters" not in call
        return
    (header,) = call["parameters"]
    assert (header["name"], header["in"], header["required"]) == (
        "Idempotency-Key",
        "header",
        False,
    )
    assert header["schema"]["maxLength"] == properties["requestId"]["maxLength"] == 128


def test_waiting_and_methods_are_told_in_headers() -> None:
    headers = {
        status: set(response.get("headers", {}))
        for status, response in DOCUMENT["components"]["responses"].items()
    }
    told = {status: names for status, names in headers.items() if names}
    assert told == {"405": {"Allow"}, "429": {"Retry-After"}, "503": {"Retry-After"}}


def test_references_lead_somewhere_and_nothing_is_unused() -> None:
    used = {part["$ref"] for part in parts(DOCUMENT) if "$ref" in part}
    for reference in used:
        assert referred(DOCUMENT, reference)
    known = {
        f"#/components/{kind}/{name}"
        for kind, members in DOCUMENT["components"].items()
        for name in members
    }
    assert used == known


def test_schemas_are_well_formed() -> None:
    for schema in all_schemas():
        assert set(schema) <= KEYWORDS, schema
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        assert set(kinds) <= TYPES
        assert len(set(kinds)) == len(kinds)
        assert set(schema.get("required", ())) <= set(schema.get("properties", ())) or (
            set(schema) == {"required"}
        )
        values = [json.dumps(value) for value in schema.get("enum", ["any"])]
        assert values
        assert len(set(values)) == len(values)
        re.compile(schema.get("pattern", ""))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_answer_is_as_described(operation: Operation) -> None:
    rows, extra = rows_of(ANSWERS[operation.method], INSTRUMENTS, IN_SECURITIES, TOKEN)
    sent = json.loads(envelope.success(operation, rows, time_ns=TIME_NS, extra=extra))
    content = call_of(operation)["responses"]["200"]["content"]
    schema = content["application/json"]["schema"]
    assert faults_of(sent, schema, DOCUMENT) == []
    for key in sent["data"][0]:
        less = {**sent, "data": [{k: v for k, v in sent["data"][0].items() if k != key}]}
        assert faults_of(less, schema, DOCUMENT)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_answer_is_as_described(path: Path) -> None:
    sent = json.loads(path.read_text("utf-8"))
    assert bool(faults_of(sent, ERROR, DOCUMENT)) is sent["result"]


@pytest.mark.parametrize("method", SENT)
def test_request_is_as_described(method: str) -> None:
    schema = request_schema(operation_of(method))
    body = {"token": "t", **SENT[method]}
    assert faults_of(body, schema, DOCUMENT) == []
    assert faults_of(SENT[method], schema, DOCUMENT) == ["$: no token"]


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("PlaceOrder", {"type_": 5}),
        ("PlaceOrder", {"action": None}),
        ("PlaceOrder", {"price": True}),
        ("PlaceOrder", {"cookie": []}),
        ("PlaceOrder", {"requestId": ""}),
        ("Connected", {"mode": 2}),
        ("ListenQuotes", {"symbol": 12}),
        ("GetBars", {"interval": 0}),
    ],
)
def test_wrong_request_is_not_as_described(method: str, change: dict[str, Any]) -> None:
    body = {"token": "t", **SENT[method], **change}
    assert faults_of(body, request_schema(operation_of(method)), DOCUMENT)


@pytest.mark.parametrize(
    ("method", "key"), [("PlaceOrder", "type_"), ("MoveOrder", "irderid"), ("GetTrades", "since")]
)
def test_one_of_two_spellings_is_needed(method: str, key: str) -> None:
    body = {"token": "t", **SENT[method]}
    del body[key]
    schema = request_schema(operation_of(method))
    assert faults_of(body, schema, DOCUMENT) == ["$: 0 of anyOf"]
