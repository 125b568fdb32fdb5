"""The part of the description that is made from the shapes of the records: their addresses and their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.mapping.journal_records import KIND_LABELS
from gateway.mapping.journal_schema import json_schema
from gateway.mapping.journal_xml import type_label
from gateway.model.journal_records import KEYS, RECORD_CLASSES, RESTRICTED, RecordKind
from gateway.model.permissions import scope_to_read, scope_to_write
from gateway.web.record_addresses import MOST_CHARACTERS
from gateway.web.records import DAYS, PREFIX, filters_of, has_day

Described = dict[str, Any]

_DEFINITIONS = "#/$defs/"
_COMPONENTS = "#/components/schemas/"


def record_paths() -> Described:
    """Return the addresses of every kind."""
    paths: Described = {}
    for kind in RecordKind:
        several = f"{PREFIX}/{KIND_LABELS[kind]}"
        paths[several] = {"get": _listing(kind)}
        paths[f"{several}/{{key}}"] = {"get": _reading(kind), "put": _writing(kind)}
    return paths


def record_schemas() -> Described:
    """Return the schemas of every kind of record, of a list of each, and of all they refer to."""
    batch = json_schema()
    definitions = batch.pop("$defs")
    envelope = {key: value for key, value in batch.items() if key not in {"$schema", "$id"}}
    schemas = {component(name): _referring_here(schema) for name, schema in definitions.items()}
    schemas["JournalBatch"] = _referring_here(envelope)
    schemas |= {_page_name(kind): _page(kind) for kind in RecordKind}
    schemas["AnyRecord"] = {
        "description": "A record of any kind.",
        "anyOf": [_ref(_record_name(kind)) for kind in RecordKind],
    }
    schemas["RecordKind"] = {"description": "Kinds of record.", "enum": list(KIND_LABELS.values())}
    return schemas


def component(name: str) -> str:
    """Return the name of a component: that of the batch's schema with a capital."""
    return name[0].upper() + name[1:]


def _record_name(kind: RecordKind) -> str:
    return component(type_label(RECORD_CLASSES[kind]))


def _page_name(kind: RecordKind) -> str:
    return f"{_record_name(kind)}Page"


def _page(kind: RecordKind) -> Described:
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {
                "type": "array",
                "maxItems": 1000,
                "items": {
                    "type": "object",
                    "required": ["key", "version", "etag", "record"],
                    "properties": {
                        "key": {"type": "string", "description": "The record's key as it stands in an address."},
                        "version": {"type": "integer", "minimum": 1, "description": "Counts the record's changes."},
                        "etag": {"type": "string", "description": "What If-Match asks for."},
                        "record": _ref(_record_name(kind)),
                    },
                },
            },
            "next": {"type": ["string", "null"], "description": "Address of the next page."},
        },
    }


def _listing(kind: RecordKind) -> Described:
    return {
        "operationId": f"list{component(KIND_LABELS[kind])}",
        "summary": f"List {KIND_LABELS[kind]} by key",
        "tags": ["records"],
        "security": [{"oauth": [scope_to_read(kind).value]}],
        "parameters": list(_list_parameters(kind)),
        "responses": {
            "200": {
                "description": "A page.",
                "headers": {"ETag": _header("etag"), "Link": _header("link")},
                "content": _json(_ref(_page_name(kind))),
            },
            "304": _shared("responses", "NotModified"),
            "400": _shared("responses", "BadRequest"),
        },
    }


def _list_parameters(kind: RecordKind) -> Iterator[Described]:
    yield _shared("parameters", "limit")
    yield {**_key_parameter(kind), "name": "after", "in": "query", "required": False}
    for label in filters_of(kind):
        yield {"name": label, "in": "query", "schema": _ref("Id"), "description": f"Only with this {label}."}
    if has_day(kind):
        for label in DAYS:
            yield {"name": label, "in": "query", "schema": _ref("Day"), "description": "Bounds the day, included."}
    yield _shared("parameters", "if_none_match")


def _reading(kind: RecordKind) -> Described:
    return {
        "operationId": f"read{_record_name(kind)}",
        "summary": f"One of {KIND_LABELS[kind]}",
        "tags": ["records"],
        "security": [{"oauth": [scope_to_read(kind).value]}],
        "parameters": [_key_parameter(kind), _shared("parameters", "if_none_match")],
        "responses": {
            "200": {
                "description": "The record.",
                "headers": {"ETag": _header("etag")},
                "content": _json(_ref(_record_name(kind))),
            },
            "304": _shared("responses", "NotModified"),
            "400": _shared("responses", "BadRequest"),
            "404": _shared("responses", "NotFound"),
        },
    }


def _writing(kind: RecordKind) -> Described:
    record = _json(_ref(_record_name(kind)))
    return {
        "operationId": f"put{_record_name(kind)}",
        "summary": f"Create or change one of {KIND_LABELS[kind]}",
        "tags": ["records"],
        "security": [{"oauth": [scope_to_write(kind).value]}],
        "parameters": [
            _key_parameter(kind),
            _shared("parameters", "if_match"),
            _shared("parameters", "if_none_match_any"),
        ],
        "requestBody": {"required": True, "content": record},
        "responses": {
            "200": {
                "description": "Changed, or held already as it is.",
                "headers": {"ETag": _header("etag")},
                "content": record,
            },
            "201": {
                "description": "Created.",
                "headers": {"ETag": _header("etag"), "Location": _header("location")},
                "content": record,
            },
            "400": _shared("responses", "BadRequest"),
            "404": _shared("responses", "NotFound"),
            "412": _shared("responses", "PreconditionFailed"),
            "413": _shared("responses", "TooLarge"),
            "415": _shared("responses", "UnsupportedMediaType"),
            "422": _shared("responses", "Unprocessable"),
            "423": _shared("responses", "Locked"),
            "428": _shared("responses", "PreconditionRequired"),
            "507": _shared("responses", "InsufficientStorage"),
        },
    }


def _key_parameter(kind: RecordKind) -> Described:
    """Return the parameter that holds a key; how keys are written: `record_addresses`."""
    parts = ",".join(KEYS[kind])
    restricted = " Special category of personal data (R-SEC-10)." if kind in RESTRICTED else ""
    return {
        "name": "key",
        "in": "path",
        "required": True,
        "description": f"The key: {parts}. In a part ~0 stands for ~, ~1 for /, ~2 for a comma.{restricted}",
        "schema": {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
    }


def _json(schema: Described) -> Described:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> Described:
    return {"$ref": f"{_COMPONENTS}{name}"}


def _header(name: str) -> Described:
    return _shared("headers", name)


def _shared(section: str, name: str) -> Described:
    return {"$ref": f"#/components/{section}/{name}"}


def _referring_here(value: Any) -> Any:
    """Return a schema of the batch with its references leading to components."""
    if isinstance(value, list):
        return [_referring_here(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _COMPONENTS + component(item.removeprefix(_DEFINITIONS))
        if key == "$ref" and isinstance(item, str)
        else _referring_here(item)
        for key, item in value.items()
    }
