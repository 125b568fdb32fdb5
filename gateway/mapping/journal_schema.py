"""The JSON Schema of a journal batch, made from the shapes of its records.

`journal_xsd` makes the XML Schema from the same shapes, so that both have the same fields and the same limits
(R-EXCH-01). ``script/make-schemas`` writes them into the catalogue.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_records import KIND_LABELS
from gateway.mapping.journal_words import outside, title_of, words_of
from gateway.mapping.journal_xml import type_label
from gateway.model.fields import MAX_LISTED
from gateway.model.journal_records import RECORD_CLASSES, RecordKind
from gateway.model.record_shape import (
    ID_PATTERN,
    FieldType,
    Linked,
    RecordField,
    RecordShape,
    label_of,
    shape_of,
    shape_of_kind,
)

TITLE = "Journal batch"
ABOUT = "What a school's journal system posts at once: set-up records, facts and papers of one school."

DAY_PATTERN = "(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
CLOCK_PATTERN = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
MOMENT_PATTERN = (
    f"{DAY_PATTERN}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{{1,6}})?"
    "(Z|[+\\-](0[0-9]|1[0-3]):[0-5][0-9]|[+\\-]14:00)"
)
ABOUT_TYPES = {
    FieldType.ID: "An id: 1 to 64 printable ASCII or Cyrillic characters, no blanks.",
    FieldType.DAY: "A calendar day without a time zone, RFC 3339 full-date.",
    FieldType.MOMENT: "A moment with its offset from UTC, RFC 3339 date-time, at most microseconds, no leap second.",
    FieldType.CLOCK_TIME: "A time of day at the school, HH:MM, with seconds if need be.",
}

_TEXT_PATTERN = r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]*$"
"""Characters that XML 1.0 has (2.2), so that every text can be written in both forms."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a batch of the current version."""
    lists = {label: _list(shape_of_kind(kind)) for kind, label in KIND_LABELS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:school-gateway:journal:{VERSION}:batch",
        "title": TITLE,
        "description": f"{ABOUT} The same content as XML: journal-batch.xsd.",
        "type": "object",
        "additionalProperties": False,
        "required": ["version", "school", "sentAt"],
        "properties": {
            "version": {"description": "The version of this schema.", "const": VERSION},
            "school": {"description": "The school's id at the gateway.", "$ref": _ref("id")},
            "sentAt": {"description": "When the batch was put together.", "$ref": _ref("moment")},
            **lists,
        },
        "$defs": {
            **_plain_types(),
            **{type_label(choices): _choice(choices) for choices in all_choices()},
            **{type_label(shape.record): _record(shape) for shape in all_shapes()},
        },
    }


def all_shapes() -> Iterator[RecordShape]:
    """Yield the shapes of all classes of record, nested ones right after the record that holds them first."""
    seen: set[type] = set()
    for kind in RecordKind:
        yield from _shapes(RECORD_CLASSES[kind], seen)


def all_choices() -> Iterator[type[StrEnum]]:
    """Yield all enumerations of fields, in the order in which they are met."""
    seen: set[type[StrEnum]] = set()
    for shape in all_shapes():
        for field in shape.fields:
            if field.choices is not None and field.choices not in seen:
                seen.add(field.choices)
                yield field.choices


def about_choices(choices: type[StrEnum]) -> str:
    """Return what an enumeration is about."""
    return outside(inspect.cleandoc(choices.__doc__ or "").split("\n\n", 1)[0].replace("\n", " "))


def about_field(record: type, field: RecordField) -> str:
    """Return what a field says, and to which records its ids lead."""
    words = words_of(record, field)
    return words if field.links_to is None else f"{words} Links to {linked_label(field.links_to)}."


def linked_label(linked: Linked) -> str:
    """Return the name outside of a kind that ids lead to: one of the journal's or of the roster's."""
    return KIND_LABELS[linked] if isinstance(linked, RecordKind) else linked.value


def _shapes(record: type, seen: set[type]) -> Iterator[RecordShape]:
    if record in seen:
        return
    seen.add(record)
    shape = shape_of(record)
    yield shape
    for field in shape.fields:
        if field.record is not None:
            yield from _shapes(field.record, seen)


def _plain_types() -> dict[str, Any]:
    return {
        "id": {"description": ABOUT_TYPES[FieldType.ID], "type": "string", "pattern": f"^{ID_PATTERN}$"},
        "day": {
            "description": ABOUT_TYPES[FieldType.DAY],
            "type": "string",
            "format": "date",
            "pattern": f"^{DAY_PATTERN}$",
        },
        "moment": {
            "description": ABOUT_TYPES[FieldType.MOMENT],
            "type": "string",
            "format": "date-time",
            "pattern": f"^{MOMENT_PATTERN}$",
        },
        "clockTime": {
            "description": ABOUT_TYPES[FieldType.CLOCK_TIME],
            "type": "string",
            "pattern": f"^{CLOCK_PATTERN}$",
        },
    }


def _choice(choices: type[StrEnum]) -> dict[str, Any]:
    return {"description": about_choices(choices), "enum": [choice.value for choice in choices]}


def _list(shape: RecordShape) -> dict[str, Any]:
    return {"description": title_of(shape), "type": "array", "items": {"$ref": _ref(type_label(shape.record))}}


def _record(shape: RecordShape) -> dict[str, Any]:
    return {
        "description": title_of(shape),
        "type": "object",
        "additionalProperties": False,
        "required": [field.label for field in shape.fields if field.required],
        "properties": {field.label: _field(shape.record, field) for field in shape.fields},
    }


def _field(record: type, field: RecordField) -> dict[str, Any]:
    about = {"description": about_field(record, field)}
    if field.many:
        return {**about, "type": "array", "items": _value(field), "maxItems": MAX_LISTED}
    value = _value(field)
    if field.nullable:
        value = {**value, "type": [value["type"], "null"]}
    default = {} if field.required or field.default in {None, ""} else {"default": field.default}
    return {**about, **value, **default}


def _value(field: RecordField) -> dict[str, Any]:
    named = field.record or field.choices
    if named is not None:
        return {"$ref": _ref(type_label(named))}
    if field.bounds is not None:
        return {"type": "integer", "minimum": field.bounds.lowest, "maximum": field.bounds.highest}
    if field.length is not None:
        shortest = {"minLength": field.length.shortest} if field.length.shortest else {}
        return {"type": "string", **shortest, "maxLength": field.length.longest, "pattern": _TEXT_PATTERN}
    if field.holds is FieldType.FLAG:
        return {"type": "boolean"}
    return {"$ref": _ref(label_of(field.holds.value))}


def _ref(name: str) -> str:
    return f"#/$defs/{name}"
