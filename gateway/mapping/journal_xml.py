"""The XML form of a journal batch (``schemas/journal/1.1/journal-batch.xsd``) ⇄ `Batch`.

The elements of 1.0 are read by the same functions: its namespace is another, its fields are some of today's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeAlias

from lxml import etree

from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_plain import NOT_SET, PlainFields, moment_text, nullable_field, plain_from
from gateway.mapping.journal_records import KIND_LABELS, moment_from, record_from
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RECORD_CLASSES, Record, RecordKind, records_of
from gateway.model.record_shape import FieldType, RecordField, RosterKind, label_of, shape_of
from gateway.schemas.catalogue import versions_of

NAMESPACE_PREFIX = "urn:school-gateway:journal:"
"""What every version's namespace begins with; the version follows."""
NAMESPACE = f"{NAMESPACE_PREFIX}{VERSION}"
ROOT = "journalBatch"

RECORD_TAGS: Mapping[RecordKind, str] = MappingProxyType(
    {kind: "entry" if kind is RecordKind.HOMEWORK else label_of(kind.one) for kind in RecordKind}
)
"""Element of one record inside the element of its kind."""

RecordElements: TypeAlias = "Mapping[RecordKind, Sequence[etree._Element]]"  # noqa: SLF001  lxml has no other name for it
"""The elements of records by kind, in their order."""

_ENVELOPE_CHILDREN = len(RecordKind) + 10
"""More elements than a valid envelope has side by side."""


def element_from(batch: Batch) -> etree._Element:
    """Return a batch as its XML element; kinds of which there is no record are left out."""
    root = etree.Element(_name(ROOT), nsmap={None: NAMESPACE}, version=VERSION)
    _add_text(root, "school", batch.school)
    _add_text(root, "sentAt", moment_text(batch.sent_at))
    for kind in RecordKind:
        if records := records_of(batch, kind):
            parent = etree.SubElement(root, _name(KIND_LABELS[kind]))
            for record in records:
                _add_fields(etree.SubElement(parent, _name(RECORD_TAGS[kind])), type(record), plain_from(record))
    return root


def batch_from(root: etree._Element, records: RecordElements) -> Batch:
    """Return the batch with the envelope of ``root`` and the records given, all of which must be valid."""
    lists: dict[str, Any] = {
        kind.value: tuple(record_in(kind, element) for element in records.get(kind, ())) for kind in RecordKind
    }
    space = _space(root)
    return Batch(
        school=SchoolId(root.findtext(f"{space}school", "")),
        sent_at=moment_from(root.findtext(f"{space}sentAt", "").strip()),
        **lists,
    )


def record_in(kind: RecordKind, element: etree._Element) -> Record:
    """Return the record of a kind that a valid element stands for."""
    return record_from(kind, plain_in(kind, element))


def plain_in(kind: RecordKind, element: etree._Element) -> PlainFields:
    """Return the plain values of a record's element, which must be valid."""
    record: type = RECORD_CLASSES[kind]
    plain: PlainFields = _reader(record)(element)
    return plain


def version_of(root: etree._Element) -> str | None:
    """Return the version in whose namespace a batch's root is, known or not; ``None`` if it is the root of no batch."""
    name = etree.QName(root)
    if name.localname != ROOT or not (name.namespace or "").startswith(NAMESPACE_PREFIX):
        return None
    return (name.namespace or "").removeprefix(NAMESPACE_PREFIX)


def is_batch(root: etree._Element) -> bool:
    """Tell whether a document's root is that of a batch of any version; nothing else of it has been looked at."""
    return version_of(root) is not None


def record_elements(root: etree._Element) -> RecordElements:
    """Return the elements of all records of a batch, valid or not."""
    space = _space(root)
    return {kind: root.findall(f"{space}{KIND_LABELS[kind]}/{space}{RECORD_TAGS[kind]}") for kind in RecordKind}


def envelope_from(root: etree._Element) -> etree._Element:
    """Return a copy of a batch without its records; it is valid if and only if the batch is but for its records.

    Nothing else than records may be many in a batch, so that of what else there is only the beginning is copied.
    """
    space = _space(root)
    record_tags = {f"{space}{KIND_LABELS[kind]}": f"{space}{tag}" for kind, tag in RECORD_TAGS.items()}
    envelope = _copy(root)
    for child in islice(root.iterchildren(tag=etree.Element), _ENVELOPE_CHILDREN):
        record_tag = record_tags.get(str(child.tag))
        strays = (element for element in child.iterchildren(tag=etree.Element) if element.tag != record_tag)
        between = ((record.tail or "").strip() for record in child.iterchildren(tag=record_tag or etree.Comment))
        copy = _copy(child)
        copy.text = "".join([copy.text or "", *between])
        copy.extend(_copy(stray) for stray in islice(strays, _ENVELOPE_CHILDREN))
        envelope.append(copy)
    return envelope


def field_element(record: etree._Element, field: str) -> etree._Element | None:
    """Return the element of a record's field, ``substitution.teacher`` for one inside another."""
    space = _space(record)
    return record.find("/".join(f"{space}{part}" for part in field.split(".")))


def item_tag(field: RecordField) -> str:
    """Return the element of one value of a list: what it is, as ``pupil`` in ``members``."""
    match field.links_to:
        case RosterKind() as people:
            return _PEOPLE[people]
        case RecordKind() as kind:
            return RECORD_TAGS[kind]
        case _:
            named = field.record or field.choices
            return "item" if named is None else type_label(named)


def type_label(named: type) -> str:
    """Return the name outside of a class: ``plannedSubject``."""
    return named.__name__[0].lower() + named.__name__[1:]


_PEOPLE = {
    RosterKind.PUPILS: "pupil",
    RosterKind.GUARDIANS: "guardian",
    RosterKind.STAFF: "staff",
    RosterKind.CLASSES: "class",
}


# reading

_SPACES = tuple(f"{{{NAMESPACE_PREFIX}{one.version}}}" for one in versions_of("journal"))
"""The namespaces of all versions, as lxml writes them before a name."""

_ElementReader: TypeAlias = "Callable[[etree._Element], Any]"  # noqa: SLF001  lxml has no other name for it


@cache
def _reader(record: type) -> _ElementReader:
    """Return the function that reads elements of a class of record; made once."""
    shape = shape_of(record)
    by_name = {field.label: (field.label, _value_reader(field)) for field in shape.fields}
    nullable = nullable_field(shape)
    if nullable is not None:
        by_name[NOT_SET] = (nullable.label, _nothing)
    fields = {f"{space}{name}": found for space in _SPACES for name, found in by_name.items()}

    def read(element: etree._Element) -> PlainFields:
        plain: PlainFields = {}
        for child in element:
            found = fields.get(child.tag)  # type: ignore[arg-type]  # a comment's tag is no string
            if found is not None:
                label, convert = found
                plain[label] = convert(child)
        return plain

    return read


def _value_reader(field: RecordField) -> _ElementReader:
    nested: type | None = field.record
    one = _READERS.get(field.holds, _word) if nested is None else _reader(nested)
    return _each(one) if field.many else one


def _each(read: _ElementReader) -> _ElementReader:
    return lambda element: [read(child) for child in element.iterchildren(etree.Element)]


def _text(element: etree._Element) -> str:
    return element.text or ""


def _word(element: etree._Element) -> str:
    """Return a text in which blanks at the ends mean nothing."""
    return (element.text or "").strip()


def _number(element: etree._Element) -> int:
    return int(element.text or "")


def _flag(element: etree._Element) -> bool:
    return _word(element) in {"true", "1"}


def _nothing(_element: etree._Element) -> None:
    return None


_READERS: Mapping[FieldType, _ElementReader] = MappingProxyType(
    {FieldType.TEXT: _text, FieldType.NUMBER: _number, FieldType.FLAG: _flag}
)


# writing


def _add_fields(element: etree._Element, record: type, plain: Mapping[str, Any]) -> None:
    for field in shape_of(record).fields:
        if field.label in plain:
            _add_field(element, field, plain[field.label])


def _add_field(element: etree._Element, field: RecordField, value: Any) -> None:
    if value is None:
        etree.SubElement(element, _name(NOT_SET))
    elif field.many:
        items = etree.SubElement(element, _name(field.label))
        for item in value:
            _add_value(items, item_tag(field), field, item)
    else:
        _add_value(element, field.label, field, value)


def _add_value(parent: etree._Element, tag: str, field: RecordField, value: Any) -> None:
    if field.record is not None:
        _add_fields(etree.SubElement(parent, _name(tag)), field.record, value)
    elif field.holds is FieldType.FLAG:
        _add_text(parent, tag, "true" if value else "false")
    else:
        _add_text(parent, tag, str(value))


def _add_text(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, _name(tag)).text = text


def _copy(element: etree._Element) -> etree._Element:
    """Return an element with its text and line but without its children and the namespaces that it does not use."""
    namespace = etree.QName(element).namespace
    copy = etree.Element(element.tag, dict(element.attrib), nsmap={None: namespace} if namespace else None)
    copy.text, copy.tail = element.text, element.tail
    copy.sourceline = element.sourceline  # type: ignore[misc]  # lxml lets it be set, its types do not know
    return copy


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _space(element: etree._Element) -> str:
    """Return the namespace of an element as lxml writes it before a name."""
    namespace, brace, _ = str(element.tag).rpartition("}")
    return namespace + brace
