"""The description of the protocol as an OpenAPI 3.1 document, made from the table of operations.

Not the reference for people: tools/reference.py writes docs/protocols/rest.md from the same
table. Source: wire.md sections 1, 2 and 4.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from chp.wire.rest.fields import REQUEST_KEY_LIMIT, Column, Field, Kind
from chp.wire.rest.operations import OPERATIONS, Operation
from chp.wire.rest.troubles import TROUBLES

Schema = dict[str, Any]

PROTOCOL_VERSION: Final = "1.0.0"

_ABOUT: Final = (
    "POST JSON gateway for trading robots. Paths and keys are read in any case, unknown keys are"
    " ignored, numbers may come as numeric strings. Refusals are answered with status 200 and"
    " `result: false`. Calls carry no HTTP authentication: the access token is the key `token` of"
    " every body, and only the three Auth calls carry `login` and `password`."
)

_STATUS_TEXTS: Final = {
    400: "No JSON object, no token, or a field that cannot be read",
    401: "Unknown token",
    403: "The token lacks the right, or a foreign web page asks",
    404: "Unknown URN",
    405: "Not POST",
    408: "The request did not arrive in time",
    409: "The idempotency key was used with another request",
    413: "The body is too large",
    429: "Too many calls",
    500: "Internal error, or the journal failed with the call on its way",
    503: "Recovering, shutting down or overloaded",
}
_WAITING: Final = (429, 503)


class _Page(NamedTuple):
    """What answers GET."""

    path: str
    name: str
    summary: str
    answers: dict[int, str]
    """Meaning of each status."""


_PAGES: Final = (
    _Page("/healthz", "health", "Whether the gateway lives.", {200: "It lives"}),
    _Page(
        "/readyz",
        "readiness",
        "Whether the gateway takes calls.",
        {200: "It does", 503: "It recovers its state or stops"},
    ),
    _Page("/openapi.json", "description", "The protocol as OpenAPI 3.1.", {200: "This document"}),
)

_TYPES: Final[dict[Kind, Schema]] = {
    Kind.TEXT: {"type": "string"},
    Kind.IDENTIFIER: {"type": ["string", "integer"]},
    Kind.NUMBER: {"type": ["number", "string"]},
    Kind.INTEGER: {"type": ["integer", "number", "string"]},
    Kind.CHOICE: {"type": ["integer", "number", "string"]},
    Kind.MOMENT: {"type": "string"},
}

_TOKEN: Final[Schema] = {"type": "string", "minLength": 1, "description": "access token"}

_RETRY_AFTER: Final[Schema] = {
    "Retry-After": {"description": "seconds", "schema": {"type": "integer"}}
}

_REQUEST_KEY: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": REQUEST_KEY_LIMIT}


def document() -> dict[str, Any]:
    """The whole document, ready for JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CHP gateway",
            "version": PROTOCOL_VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [],
        "paths": {
            **{f"/{operation.urn}": {"post": _call(operation)} for operation in OPERATIONS},
            **{page.path: {"get": _page(page)} for page in _PAGES},
        },
        "components": {
            "schemas": {"Error": _error_schema()},
            "responses": {str(status): _fault_response(status) for status in _STATUS_TEXTS},
        },
    }


def _call(operation: Operation) -> Schema:
    call: Schema = {
        "operationId": operation.method,
        "tags": [operation.urn.partition("/")[0]],
        "summary": operation.summary,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _request_schema(operation)}},
        },
        "responses": _responses(operation),
    }
    if operation.is_idempotent:
        call["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "the same key and request: the first answer again",
                "schema": _REQUEST_KEY,
            }
        ]
    return call


def _page(page: _Page) -> Schema:
    content = {"application/json": {"schema": {"type": "object"}}}
    responses: Schema = {
        str(status): {"description": meaning, "content": content}
        for status, meaning in page.answers.items()
    }
    if 503 in page.answers:
        responses["503"]["headers"] = _RETRY_AFTER
    for status in (403, 405):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return {
        "operationId": page.name,
        "tags": ["Gateway"],
        "summary": page.summary,
        "responses": responses,
    }


def _request_schema(operation: Operation) -> Schema:
    properties: Schema = {"token": _TOKEN}
    required, spellings = ["token"], []
    for field in operation.fields:
        for key in (field.name, *field.aliases):
            properties[key] = _field_schema(field)
        if field.is_required and field.aliases:
            keys = (field.name, *field.aliases)
            spellings.append({"anyOf": [{"required": [key]} for key in keys]})
        elif field.is_required:
            required.append(field.name)
    if operation.is_idempotent:
        properties["requestId"] = {**_REQUEST_KEY, "description": "as header Idempotency-Key"}
    schema: Schema = {"type": "object", "properties": properties, "required": required}
    return {**schema, "allOf": spellings} if spellings else schema


def _field_schema(field: Field) -> Schema:
    listed = ", ".join(f"{choice.value} = {choice.description}" for choice in field.choices)
    about = f"{field.description}: {listed}" if listed else field.description
    schema: Schema = {**_TYPES[field.kind], "description": about}
    if not field.is_required:
        schema["type"] = [*_as_list(schema["type"]), "null"]
    if field.choices:
        values = [choice.value for choice in field.choices]
        nothing = [] if field.is_required else [None]
        schema["enum"] = [*values, *(str(value) for value in values), *nothing]
    return schema


def _as_list(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def _responses(operation: Operation) -> Schema:
    error = {"$ref": "#/components/schemas/Error"}
    responses: Schema = {
        "200": {
            "description": "Carried out, or refused",
            "content": {
                "application/json": {"schema": {"oneOf": [_success_schema(operation), error]}}
            },
        }
    }
    for status in _STATUS_TEXTS:
        if status != 409 or operation.is_idempotent:
            responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _success_schema(operation: Operation) -> Schema:
    properties: Schema = {
        "method": {"const": operation.method},
        "result": {"const": True},
        "data": {"type": "array", "items": _row_schema(operation.columns)},
        "time": {"type": "string", "description": "venue time, Moscow"},
    }
    required = list(properties)
    if operation.is_numbered:
        required.append("seq")
        properties |= {
            "seq": {"type": "integer", "description": "number of the last event answered"},
            "gap": {"const": True, "description": "events before firstSeq were given up"},
            "firstSeq": {"type": "integer", "description": "number of the oldest kept event"},
        }
    return {"type": "object", "properties": properties, "required": required}


def _row_schema(columns: tuple[Column, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {column.name: _column_schema(column) for column in columns},
        "required": [column.name for column in columns],
    }


def _column_schema(column: Column) -> Schema:
    if column.columns:
        items = _row_schema(column.columns)
        return {"type": "array", "items": items, "description": column.description}
    kind = "string" if column.kind == "date-time" else column.kind
    return {
        "type": [kind, "null"] if column.is_nullable else kind,
        "description": column.description,
    }


def _error_schema() -> Schema:
    text = {"type": "string"}
    errors = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": dict.fromkeys(("method", "reason", "additional", "message"), text),
            "required": ["method", "reason", "additional", "message"],
        },
    }
    properties: Schema = {
        "method": text,
        "result": {"const": False},
        "reason": {"type": "string", "pattern": "^Error #[0-9]+$"},
        "additional": text,
        "dataParam": {"type": "array", "items": {"type": "object"}},
        "errorData": errors,
        "dataError": errors,
        "data": {"type": "array", "maxItems": 0},
        "code": {"enum": [trouble.code for trouble in TROUBLES]},
        "detail": text,
    }
    required = list(properties)
    properties["field"] = text
    return {"type": "object", "properties": properties, "required": required}


def _fault_response(status: int) -> Schema:
    response: Schema = {
        "description": _STATUS_TEXTS[status],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if status in _WAITING:
        response["headers"] = _RETRY_AFTER
    if status == 405:
        response["headers"] = {
            "Allow": {"description": "the method to use", "schema": {"type": "string"}}
        }
    return response
