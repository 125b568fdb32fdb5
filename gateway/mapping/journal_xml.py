"""The XML form of a journal batch (``schemas/journal/1.0/journal-batch.xsd``) ⇄ `Batch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lxml import etree

from gateway.mapping.journal_json import VERSION, Positions
from gateway.mapping.journal_plain import moment_text, plain_from
from gateway.mapping.journal_records import moment_from, record_from
from gateway.model.ids import SchoolId
from gateway.model.journal import Batch
from gateway.model.journal_records import Record, RecordKind, records_of

NAMESPACE = "urn:school-gateway:journal:1.0"
ROOT = "journalBatch"

RECORD_TAGS: Mapping[RecordKind, str] = MappingProxyType(
    {kind: "entry" if kind is RecordKind.HOMEWORK else kind.one for kind in RecordKind}
)
"""Element of one record inside the element of its kind."""

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


def batch_from(root: etree._Element, *, leaving_out: Positions = ()) -> Batch:
    """Return the batch that an element stands for; it must be valid but for the records that are left out."""
    return Batch(
        school=SchoolId(root.findtext(_name("school"), "")),
        sent_at=moment_from(root.findtext(_name("sentAt"), "").strip()),
        **{kind.value: _records(root, kind, leaving_out) for kind in RecordKind},  # type: ignore[arg-type]  # a kind's list holds its records
    )


def record_elements(root: etree._Element, kind: RecordKind) -> Sequence[etree._Element]:
    """Return the elements of the records of one kind, valid or not."""
    return root.findall(f"{_name(kind)}/{_name(RECORD_TAGS[kind])}")


def field_element(record: etree._Element, field: str) -> etree._Element | None:
    """Return the element of a record's field, ``substitution.teacher`` for one inside another."""
    return record.find("/".join(_name(part) for part in field.split(".")))


def _records(root: etree._Element, kind: RecordKind, leaving_out: Positions) -> tuple[Record, ...]:
    return tuple(
        record_from(kind, _plain(element))
        for position, element in enumerate(record_elements(root, kind))
        if (kind, position) not in leaving_out
    )


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
