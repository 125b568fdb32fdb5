"""The XML form of a journal batch (``schemas/journal/1.0/journal-batch.xsd``) ⇄ `Batch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeAlias

from lxml import etree

from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_plain import moment_text, plain_from
from gateway.mapping.journal_records import moment_from, record_from
from gateway.model.ids import SchoolId
from gateway.model.journal import Batch
from gateway.model.journal_records import RecordKind, records_of

NAMESPACE = "urn:school-gateway:journal:1.0"
ROOT = "journalBatch"

RECORD_TAGS: Mapping[RecordKind, str] = MappingProxyType(
    {kind: "entry" if kind is RecordKind.HOMEWORK else kind.one for kind in RecordKind}
)
"""Element of one record inside the element of its kind."""

RecordElements: TypeAlias = "Mapping[RecordKind, Sequence[etree._Element]]"  # noqa: SLF001  lxml has no other name for it
"""The elements of records by kind, in their order."""

_ENVELOPE_CHILDREN = 20
"""More elements than a valid envelope has side by side."""

_FREE_TEXTS = frozenset({"name", "document", "topic", "room", "reason", "comment", "text"})
"""Fields in which blanks at the ends mean something (``xs:string``); in all others they are collapsed."""


def element_from(batch: Batch) -> etree._Element:
    """Return a batch as its XML element; kinds of which there is no record are left out."""
    root = etree.Element(_name(ROOT), nsmap={None: NAMESPACE}, version=VERSION)
    _add_text(root, "school", batch.school)
    _add_text(root, "sentAt", moment_text(batch.sent_at))
    for kind in RecordKind:
        if records := records_of(batch, kind):
            parent = etree.SubElement(root, _name(kind))
            for record in records:
                _add_fields(etree.SubElement(parent, _name(RECORD_TAGS[kind])), plain_from(record))
    return root


def batch_from(root: etree._Element, records: RecordElements) -> Batch:
    """Return the batch with the envelope of ``root`` and the records given, all of which must be valid."""
    lists: dict[str, Any] = {
        kind.value: tuple(record_from(kind, _plain(element)) for element in records.get(kind, ()))
        for kind in RecordKind
    }
    return Batch(
        school=SchoolId(root.findtext(_name("school"), "")),
        sent_at=moment_from(root.findtext(_name("sentAt"), "").strip()),
        **lists,
    )


def is_batch(root: etree._Element) -> bool:
    """Tell whether a document's root is that of a batch; nothing else of it has been looked at."""
    return root.tag == _name(ROOT)


def record_elements(root: etree._Element) -> RecordElements:
    """Return the elements of all records of a batch, valid or not."""
    return {kind: root.findall(f"{_name(kind)}/{_name(RECORD_TAGS[kind])}") for kind in RecordKind}


def envelope_from(root: etree._Element) -> etree._Element:
    """Return a copy of a batch without its records; it is valid if and only if the batch is but for its records.

    Nothing else than records may be many in a batch, so that of what else there is only the beginning is copied.
    """
    envelope = _copy(root)
    for child in islice(root.iterchildren(tag=etree.Element), _ENVELOPE_CHILDREN):
        record_tag = _RECORDS_IN.get(str(child.tag))
        strays = (element for element in child.iterchildren(tag=etree.Element) if element.tag != record_tag)
        between = ((record.tail or "").strip() for record in child.iterchildren(tag=record_tag or etree.Comment))
        copy = _copy(child)
        copy.text = "".join([copy.text or "", *between])
        copy.extend(_copy(stray) for stray in islice(strays, _ENVELOPE_CHILDREN))
        envelope.append(copy)
    return envelope


def _copy(element: etree._Element) -> etree._Element:
    """Return an element with its text and line but without its children and the namespaces that it does not use."""
    copy = etree.Element(element.tag, dict(element.attrib), nsmap={None: NAMESPACE})
    copy.text, copy.tail = element.text, element.tail
    copy.sourceline = element.sourceline  # type: ignore[misc]  # lxml lets it be set, its types do not know
    return copy


def field_element(record: etree._Element, field: str) -> etree._Element | None:
    """Return the element of a record's field, ``substitution.teacher`` for one inside another."""
    return record.find("/".join(_name(part) for part in field.split(".")))


def _plain(record: etree._Element) -> dict[str, Any]:
    return dict(_plain_field(element) for element in record.iterchildren(tag=etree.Element))


def _plain_field(element: etree._Element) -> tuple[str, Any]:
    match etree.QName(element).localname:
        case "notSet":
            return "text", None
        case "members":
            return "members", [(member.text or "").strip() for member in element.iterchildren(tag=etree.Element)]
        case "substitution":
            return "substitution", _plain(element)
        case "voided":
            return "voided", (element.text or "").strip() in {"true", "1"}
        case name:
            text = element.text or ""
            return name, text if name in _FREE_TEXTS else text.strip()


def _add_fields(record: etree._Element, plain: Mapping[str, Any]) -> None:
    for name, value in plain.items():
        match value:
            case None:
                etree.SubElement(record, _name("notSet"))
            case list():
                members = etree.SubElement(record, _name(name))
                for member in value:
                    _add_text(members, "pupil", member)
            case dict():
                _add_fields(etree.SubElement(record, _name(name)), value)
            case bool():
                _add_text(record, name, "true" if value else "false")
            case _:
                _add_text(record, name, str(value))


def _add_text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _name(name)).text = text


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


_RECORDS_IN = {_name(kind): _name(tag) for kind, tag in RECORD_TAGS.items()}
