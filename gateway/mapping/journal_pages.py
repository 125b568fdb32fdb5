"""What the reference says of the journal's records and of the schemas, made from shapes and catalogue.

``script/make-schemas`` writes it between the markers of the pages, and the schema files beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from gateway.mapping.journal_records import KEY_FIELDS, KIND_LABELS
from gateway.mapping.journal_schema import all_shapes, json_schema, linked_label
from gateway.mapping.journal_words import title_of, words_of
from gateway.mapping.journal_xml import RECORD_TAGS, type_label
from gateway.mapping.journal_xsd import batch_xsd, records_xsd
from gateway.model.journal_records import KIND_OF, RESTRICTED
from gateway.model.record_shape import FieldType, RecordField, RecordShape, shape_of_kind
from gateway.schemas.catalogue import CATALOGUE, SchemaVersion

_MARKED = "<!-- made by script/make-schemas: {name} -->"
_END = "<!-- end -->"

_TYPES = {
    FieldType.ID: "id",
    FieldType.FLAG: "true or false",
    FieldType.DAY: "day",
    FieldType.MOMENT: "moment",
    FieldType.CLOCK_TIME: "time of day",
}


def schema_files() -> Mapping[str, bytes]:
    """Return the files of the current version of the journal's schema by their names."""
    return {
        "journal-batch.schema.json": (json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n").encode(),
        "journal-batch.xsd": batch_xsd(),
        "journal-records.xsd": records_xsd(),
    }


def filled_in(page: str) -> str:
    """Return a page with everything between markers made anew; what stands outside of them is kept."""
    for name, part in {"kinds": _kinds, "records": _records, "catalogue": _catalogue}.items():
        marker = _MARKED.format(name=name)
        before, found, after = page.partition(marker)
        if found:
            _, end, rest = after.partition(_END)
            page = "\n".join([before + marker, "", *part(), "", end + rest])
    return page


def _kinds() -> Iterator[str]:
    """Yield the table of all kinds."""
    yield "| kind | XML element | known by | a record is |"
    yield "|---|---|---|---|"
    for kind, label in KIND_LABELS.items():
        keys = ", ".join(f"`{key}`" for key in KEY_FIELDS[kind])
        restricted = " Restricted." if kind in RESTRICTED else ""
        anchor = label.lower()
        yield f"| [{label}](#{anchor}) | `{RECORD_TAGS[kind]}` | {keys} | {title_of(shape_of_kind(kind))}{restricted} |"


def _records() -> Iterator[str]:
    """Yield a section for every kind and every nested record."""
    for shape in all_shapes():
        kind = KIND_OF.get(shape.record)
        name = type_label(shape.record) if kind is None else KIND_LABELS[kind]
        yield f"### {name}"
        yield ""
        yield title_of(shape)
        yield ""
        yield from _fields(shape)
        yield ""


def _fields(shape: RecordShape) -> Iterator[str]:
    yield "| field | holds | if absent | says |"
    yield "|---|---|---|---|"
    for field in shape.fields:
        yield f"| `{field.label}` | {_holds(field)} | {_absent(field)} | {words_of(shape.record, field)} |"


def _holds(field: RecordField) -> str:
    one = _one(field)
    one += " or null" if field.nullable else ""
    one += ", sealed" if field.sealed else ""
    return f"list: {one}" if field.many else one


def _one(field: RecordField) -> str:
    if field.links_to is not None:
        return f"id of {linked_label(field.links_to)}"
    if field.record is not None:
        name = type_label(field.record)
        return f"[{name}](#{name.lower()})"
    if field.choices is not None:
        return ", ".join(f"`{choice.value}`" for choice in field.choices)
    if field.bounds is not None:
        return f"{field.bounds.lowest}–{field.bounds.highest}"
    if field.length is not None:
        return f"text, {field.length.shortest}–{field.length.longest}"
    return _TYPES[field.holds]


def _absent(field: RecordField) -> str:
    if field.required:
        return "**required**"
    return "" if field.default in {None, "", ()} else f"`{json.dumps(field.default)}`".replace('"', "")


def _catalogue() -> Iterator[str]:
    """Yield the table of all versions of all schemas."""
    yield "| schema | issued | state | files | about |"
    yield "|---|---|---|---|---|"
    for one in CATALOGUE:
        files = ", ".join(f"`{name}`" for name in one.files)
        yield f"| `{one}` | {one.issued_on} | {_life(one)} | {files} | {one.about} |"


def _life(one: SchemaVersion) -> str:
    if one.accepted_until is None:
        return "current"
    return f"accepted until {one.accepted_until}, retired since {one.retired_since}"
