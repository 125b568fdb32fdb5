"""The XML form of a posted document. Paths are XPaths with local names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO

from lxml import etree

from gateway.errors import Fault
from gateway.journal.document import (
    MAX_RAW,
    MAX_RECORDS,
    SHOWN_ID,
    Envelope,
    Located,
    ReadRecord,
    key_in,
    too_many_records,
    wrong_root,
)
from gateway.journal.shown import HIDDEN, as_shown, is_hidden, may_be_shown
from gateway.journal.versions import JOURNAL, version_for
from gateway.mapping import journal_xml
from gateway.mapping.journal_records import KEY_FIELDS, KIND_LABELS, moment_from
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RECORD_CLASSES, RESTRICTED, RecordKind
from gateway.model.record_shape import RecordField, shape_of
from gateway.model.rules.batch import Position
from gateway.schemas.xml_stream import XmlStream, root_of
from gateway.schemas.xml_validation import xml_faults

_ENVELOPE = "journal-batch.xsd"
_RECORDS = "journal-records.xsd"
_PREFIX = re.compile(r"/[^/:\[]+:")
_INDEX = re.compile(r"\[\d+\]")


class XmlDocument:
    """A batch as XML; comments and processing instructions are not looked at.

    Each record is validated by itself as soon as it has been read, so that it can be forgotten at once; and in one
    large tree with many faults the validation takes time that grows with the square of their number.

    Raises:
        SchemaError: it is not well-formed, or its root is not a batch's.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        source.seek(0)
        root = root_of(source)
        said = journal_xml.version_of(root)
        if said is None:
            raise wrong_root(f"/{etree.QName(root).localname[:SHOWN_ID]}", line=root.sourceline)
        self.version = version_for(said)
        self._space = f"{{{etree.QName(root).namespace}}}"
        self._kinds = {f"{self._space}{tag}": kind for kind, tag in journal_xml.RECORD_TAGS.items()}
        self._root: etree._Element | None = None

    def records(self) -> Iterator[ReadRecord]:
        """Yield the records, kinds in the document's own order."""
        for count, (position, element) in enumerate(self._elements(), start=1):
            if count > MAX_RECORDS:
                raise too_many_records()
            kind, _ = position
            faults = xml_faults(element, JOURNAL, self.version, _RECORDS)
            if faults:
                yield self._broken(position, element, faults)
            else:
                plain = journal_xml.plain_in(kind, element)
                yield ReadRecord(position=position, plain=plain, key=key_in(kind, plain))

    def envelope(self) -> Envelope:
        """Return what stands around the records; only after all of them have been read."""
        root = self._root
        assert root is not None  # noqa: S101  the records have been read
        faults = tuple(
            replace(fault, path=_PREFIX.sub("/", fault.path))
            for fault in xml_faults(root, JOURNAL, self.version, _ENVELOPE)
        )
        if faults:
            return Envelope(school=SchoolId(""), sent_at=_NEVER, faults=faults)
        return Envelope(
            school=SchoolId(root.findtext(f"{self._space}school", "")),
            sent_at=moment_from(root.findtext(f"{self._space}sentAt", "").strip()),
        )

    def locate(self, found: Mapping[Position, Sequence[Fault]]) -> Iterator[Located]:
        """Look up records that turned out to have faults."""
        for position, element in self._elements():
            if position in found:
                faults = tuple(_located(position, element, fault) for fault in found[position])
                yield Located(position=position, faults=faults, raw=_raw(position[0], element))

    def _elements(self) -> Iterator[tuple[Position, etree._Element]]:
        self._source.seek(0)
        homes = {tag: f"{self._space}{KIND_LABELS[kind]}" for tag, kind in self._kinds.items()}
        stream = XmlStream(self._source, homes)
        places: Counter[RecordKind] = Counter()
        for element in stream.elements():
            kind = self._kinds[str(element.tag)]
            yield (kind, places[kind]), element
            places[kind] += 1
        self._root = stream.root

    def _broken(self, position: Position, element: etree._Element, faults: Sequence[Fault]) -> ReadRecord:
        kind, _ = position
        keys = {name: journal_xml.field_element(element, name) for name in KEY_FIELDS[kind]}
        return ReadRecord(
            position=position,
            plain=None,
            key=key_in(kind, {name: (found.text or "").strip() for name, found in keys.items() if found is not None}),
            faults=tuple(
                replace(fault, path=_xpath(position, _inside(fault.path)), value=_value_at(position, element, fault))
                for fault in faults
            ),
            raw=_raw(kind, element),
        )


_NEVER = moment_from("0001-01-01T00:00:00Z")


def _value_at(position: Position, element: etree._Element, fault: Fault) -> str | None:
    names = _INDEX.sub("", _inside(fault.path)).split("/")[1:]
    return _value(position[0], element, names)


def _located(position: Position, element: etree._Element, fault: Fault) -> Fault:
    names = fault.field.split(".") if fault.field else []
    found = journal_xml.field_element(element, fault.field) if fault.field else None
    if found is None:
        return replace(fault, path=_xpath(position, ""), line=element.sourceline)
    inside = "".join(f"/{name}" for name in names)
    value = _value(position[0], element, names)
    return replace(fault, path=_xpath(position, inside), line=found.sourceline, value=value)


def _value(kind: RecordKind, element: etree._Element, names: Sequence[str]) -> str | None:
    found = journal_xml.field_element(element, ".".join(names)) if names else None
    if found is None or len(found) or not may_be_shown(kind, names):
        return None
    return as_shown((found.text or "").strip())


def _raw(kind: RecordKind, element: etree._Element) -> str:
    """Return the beginning of a record as text, without what is not kept of it (`shown_record`)."""
    shown = _bare(element) if kind in RESTRICTED else _shown_fields(RECORD_CLASSES[kind], element)
    return etree.tostring(shown, encoding="unicode")[:MAX_RAW]


def _shown_fields(record: type, element: etree._Element) -> etree._Element:
    fields = {field.label: field for field in shape_of(record).fields}
    shown = _bare(element)
    for child in element.iterchildren(etree.Element):
        shown.append(_shown_field(fields.get(etree.QName(child).localname), child))
    return shown


def _shown_field(field: RecordField | None, element: etree._Element) -> etree._Element:
    if field is None or is_hidden(field):
        return _bare(element, HIDDEN)
    if not field.many:
        return _shown_one(field, element)
    shown = _bare(element)
    shown.extend(_shown_one(field, item) for item in element.iterchildren(etree.Element))
    return shown


def _shown_one(field: RecordField, element: etree._Element) -> etree._Element:
    if field.record is None:
        return _bare(element, as_shown((element.text or "").strip()))
    nested: type = field.record
    return _shown_fields(nested, element)


def _bare(element: etree._Element, text: str | None = None) -> etree._Element:
    """Return an element with the name and the namespaces of another, with nothing in it but a text."""
    bare = etree.Element(element.tag, nsmap=element.nsmap)
    bare.text = text
    return bare


def _inside(path: str) -> str:
    """Return what follows the root on an XPath, by local names."""
    return "".join(f"/{step}" for step in _PREFIX.sub("/", path).split("/")[2:])


def _xpath(position: Position, inside: str) -> str:
    kind, place = position
    return f"/{journal_xml.ROOT}/{KIND_LABELS[kind]}/{journal_xml.RECORD_TAGS[kind]}[{place + 1}]{inside}"
