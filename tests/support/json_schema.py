"""Whether a value is what a JSON schema says: the few keywords that our own documents use.

Not a validator for any other schema: a keyword that it does not know is a fault of the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
KEYWORDS: Final = frozenset(
    {
        *("type", "description", "const", "enum", "properties", "required", "items", "$ref"),
        *("oneOf", "anyOf", "allOf", "minLength", "maxLength", "maxItems", "pattern"),
    }
)


def faults_of(value: object, schema: Schema, document: Schema) -> list[str]:
    """What is wrong with the value; empty where it is valid.

    Args:
        value: as `json.loads` makes it.
        schema: the schema to keep.
        document: where `$ref` leads to.
    """
    return list(_faults(value, schema, document, "$"))


def referred(document: Schema, reference: str) -> Schema:
    """What a reference within the document names."""
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    assert isinstance(target, dict)
    return target


def _faults(value: object, schema: Schema, document: Schema, place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = referred(document, schema["$ref"])
    assert set(schema) <= KEYWORDS, f"{place}: {set(schema) - KEYWORDS}"
    if "type" in schema and not _is_of_type(value, schema["type"]):
        yield f"{place}: no {schema['type']}"
        return
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        yield f"{place}: not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: none of {schema['enum']}"
    yield from _faults_inside(value, schema, document, place)
    yield from _faults_together(value, schema, document, place)


def _is_of_type(value: object, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names
    if isinstance(value, float) and not value.is_integer():
        return "number" in names
    return any(isinstance(value, _TYPES[name]) for name in names)


def _faults_inside(value: object, schema: Schema, document: Schema, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _faults_of_keys(value, schema, document, place)
    elif isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            yield f"{place}: too many"
        for row, part in enumerate(value):
            yield from _faults(part, schema.get("items", {}), document, f"{place}[{row}]")
    elif isinstance(value, str):
        least, most = schema.get("minLength", 0), schema.get("maxLength", len(value))
        if not least <= len(value) <= most or not re.search(schema.get("pattern", ""), value):
            yield f"{place}: not this text"


def _faults_of_keys(
    value: dict[str, object], schema: Schema, document: Schema, place: str
) -> Iterator[str]:
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{place}: no {key}"
    for key, part in schema.get("properties", {}).items():
        if key in value:
            yield from _faults(value[key], part, document, f"{place}.{key}")


def _faults_together(value: object, schema: Schema, document: Schema, place: str) -> Iterator[str]:
    for part in schema.get("allOf", ()):
        yield from _faults(value, part, document, place)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            verdicts = [not faults_of(value, part, document) for part in schema[keyword]]
            fits = verdicts.count(True)
            if not fits or (keyword == "oneOf" and fits > 1):
                yield f"{place}: {fits} of {keyword}"
