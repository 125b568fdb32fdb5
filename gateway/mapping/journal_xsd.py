"""The XML Schema of a journal batch, made from the shapes of its records: the twin of `journal_schema`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from lxml import etree

from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_plain import NOT_SET
from gateway.mapping.journal_records import KIND_LABELS
from gateway.mapping.journal_schema import (
    ABOUT,
    ABOUT_TYPES,
    CLOCK_PATTERN,
    DAY_PATTERN,
    MOMENT_PATTERN,
    about_choices,
    about_field,
    all_choices,
    all_shapes,
)
from gateway.mapping.journal_words import title_of
from gateway.mapping.journal_xml import NAMESPACE, RECORD_TAGS, ROOT, item_tag
from gateway.model.fields import MAX_LISTED, Bounds, Length
from gateway.model.record_shape import ID_PATTERN, FieldType, RecordField, RecordShape, shape_of_kind

BATCH_FILE = "journal-batch.xsd"

_XSD = "http://www.w3.org/2001/XMLSchema"


def batch_xsd() -> bytes:
    """Return the XML Schema of a batch of the current version."""
    schema = _schema(f"{ABOUT} The same content as JSON: journal-batch.schema.json.")
    _add_root(schema)
    _add_plain_types(schema)
    fields = [field for shape in all_shapes() for field in shape.fields]
    for bounds in sorted({field.bounds for field in fields if field.bounds}, key=_bounds_order):
        _add_number(schema, bounds)
    for length in sorted({field.length for field in fields if field.length}, key=_length_order):
        _add_text(schema, length)
    for choices in all_choices():
        _add_choices(schema, choices)
    for shape in all_shapes():
        _add_record(schema, shape)
    return _written(schema)


def records_xsd() -> bytes:
    """Return the XML Schema of the records as elements of their own, so that each can be validated by itself."""
    schema = _schema(
        "The records of a journal batch as elements of their own, so that each can be validated by itself."
    )
    _add(schema, "include", schemaLocation=BATCH_FILE)
    for kind, tag in RECORD_TAGS.items():
        shape = shape_of_kind(kind)
        _document(_add(schema, "element", name=tag, type=shape.record.__name__), title_of(shape))
    return _written(schema)


def _schema(about: str) -> etree._Element:
    schema = etree.Element(
        _name("schema"),
        nsmap={"xs": _XSD, None: NAMESPACE},
        targetNamespace=NAMESPACE,
        elementFormDefault="qualified",
        version=VERSION,
    )
    _document(schema, about)
    return schema


def _add_root(schema: etree._Element) -> None:
    root = _add(schema, "element", name=ROOT)
    _document(root, ABOUT)
    content = _add(root, "complexType")
    sequence = _add(content, "sequence")
    _document(_add(sequence, "element", name="school", type="Id"), "The school's id at the gateway.")
    _document(_add(sequence, "element", name="sentAt", type="Moment"), "When the batch was put together.")
    for kind, label in KIND_LABELS.items():
        shape = shape_of_kind(kind)
        around = _add(sequence, "element", name=label, minOccurs="0")
        _document(around, title_of(shape))
        _add_items(around, RECORD_TAGS[kind], shape.record.__name__, most="unbounded")
    version = _add(content, "attribute", name="version", use="required")
    _document(version, "The version of this schema.")
    _add_restriction(_add(version, "simpleType"), "string", enumeration=[VERSION])


def _add_plain_types(schema: etree._Element) -> None:
    for name, holds, base, pattern in (
        ("Id", FieldType.ID, "string", ID_PATTERN),
        ("Day", FieldType.DAY, "date", DAY_PATTERN),
        ("Moment", FieldType.MOMENT, "dateTime", MOMENT_PATTERN),
        ("ClockTime", FieldType.CLOCK_TIME, "string", CLOCK_PATTERN),
    ):
        _add_restriction(_add_simple(schema, name, ABOUT_TYPES[holds]), base, pattern=[pattern])


def _add_number(schema: etree._Element, bounds: Bounds) -> None:
    about = f"A number from {bounds.lowest} to {bounds.highest}, in digits."
    _add_restriction(
        _add_simple(schema, _number_type(bounds), about),
        "integer",
        pattern=["[0-9]+"],
        minInclusive=[str(bounds.lowest)],
        maxInclusive=[str(bounds.highest)],
    )


def _add_text(schema: etree._Element, length: Length) -> None:
    about = f"A text of {length.shortest} to {length.longest} characters."
    _add_restriction(
        _add_simple(schema, _text_type(length), about),
        "string",
        minLength=[str(length.shortest)],
        maxLength=[str(length.longest)],
    )


def _add_choices(schema: etree._Element, choices: type[StrEnum]) -> None:
    simple = _add_simple(schema, choices.__name__, about_choices(choices))
    _add_restriction(simple, "string", enumeration=[choice.value for choice in choices])


def _add_record(schema: etree._Element, shape: RecordShape) -> None:
    record = _add(schema, "complexType", name=shape.record.__name__)
    _document(record, title_of(shape))
    sequence = _add(record, "sequence")
    for field in shape.fields:
        _add_field(sequence, shape.record, field)


def _add_field(sequence: etree._Element, record: type, field: RecordField) -> None:
    occurs = {} if field.required else {"minOccurs": "0"}
    about = about_field(record, field)
    if field.many:
        element = _add(sequence, "element", name=field.label, **occurs)
        _document(element, about)
        _add_items(element, item_tag(field), _type(field), most=str(MAX_LISTED))
    elif field.nullable:
        choice = _add(sequence, "choice")
        _document(_add(choice, "element", name=field.label, type=_type(field)), about)
        nothing = _add(choice, "element", name=NOT_SET)
        _document(nothing, f"Says explicitly that there is nothing, in place of {field.label}.")
        _add(nothing, "complexType")
    else:
        _document(_add(sequence, "element", name=field.label, type=_type(field), **occurs), about)


def _add_items(element: etree._Element, tag: str, of: str, *, most: str) -> None:
    items = _add(_add(element, "complexType"), "sequence")
    _add(items, "element", name=tag, type=of, minOccurs="0", maxOccurs=most)


def _type(field: RecordField) -> str:
    named = field.record or field.choices
    if named is not None:
        return named.__name__
    if field.bounds is not None:
        return _number_type(field.bounds)
    if field.length is not None:
        return _text_type(field.length)
    return _TYPES[field.holds]


_TYPES = {
    FieldType.ID: "Id",
    FieldType.DAY: "Day",
    FieldType.MOMENT: "Moment",
    FieldType.CLOCK_TIME: "ClockTime",
    FieldType.FLAG: "xs:boolean",
}


def _number_type(bounds: Bounds) -> str:
    return f"Number{bounds.lowest}to{bounds.highest}"


def _text_type(length: Length) -> str:
    return f"Text{length.shortest}to{length.longest}"


def _bounds_order(bounds: Bounds) -> tuple[int, int]:
    return bounds.lowest, bounds.highest


def _length_order(length: Length) -> tuple[int, int]:
    return length.shortest, length.longest


def _add_simple(schema: etree._Element, name: str, about: str) -> etree._Element:
    simple = _add(schema, "simpleType", name=name)
    _document(simple, about)
    return simple


def _add_restriction(simple: etree._Element, base: str, **facets: Iterable[str]) -> None:
    restriction = _add(simple, "restriction", base=f"xs:{base}")
    for facet, values in facets.items():
        for value in values:
            _add(restriction, facet, value=value)


def _document(element: etree._Element, about: str) -> None:
    documentation = _add(_add(element, "annotation"), "documentation")
    documentation.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    documentation.text = about


def _add(parent: etree._Element, local: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, _name(local), attributes)


def _name(local: str) -> str:
    return f"{{{_XSD}}}{local}"


def _written(schema: etree._Element) -> bytes:
    etree.indent(schema)
    return etree.tostring(schema, encoding="UTF-8", xml_declaration=True) + b"\n"
