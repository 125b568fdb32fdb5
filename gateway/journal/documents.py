"""A posted document in either form: where its records are, what is wrong with them, how they look to the sender."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from lxml import etree

from gateway.errors import Fault, Party, SchemaError, Text
from gateway.mapping import journal_json, journal_xml
from gateway.mapping.journal_records import KEY_FIELDS
from gateway.model.journal import Batch
from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.rules.batch import Position
from gateway.schemas.json import parse_json
from gateway.schemas.json_lines import pointer_to
from gateway.schemas.json_validation import json_faults, with_lines
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

Finding = tuple[Position | None, Fault]
"""A fault and the record it belongs to, ``None`` when it is about the batch as a whole."""

MAX_RECORDS = 200_000
"""Records of one batch, of all kinds together."""

_SCHEMA = ("journal", "1.0")

_MAX_BRACKETS = 5 * MAX_RECORDS
"""Far more objects and lists than so many records have; a document that has them is not even parsed."""


class JournalDocument(Protocol):
    """A well-formed document that is meant to be a batch."""

    def faults(self) -> Iterable[Finding]:
        """Return what is wrong by the schema, with path and line, each fault with its record."""
        ...

    def batch(self, *, leaving_out: Collection[Position]) -> Batch:
        """Return the batch without the records that are not valid."""
        ...

    def count(self, kind: RecordKind) -> int:
        """Return how many records of a kind there are, valid or not."""
        ...

    def key(self, position: Position) -> RecordKey | None:
        """Return what the sender calls a record, valid or not; ``None`` if a part of its key is missing."""
        ...

    def raw(self, position: Position) -> str:
        """Return a record in its own form."""
        ...

    def placed(self, findings: Sequence[tuple[Position, Fault]]) -> tuple[Fault, ...]:
        """Return faults of records with the paths and the lines of their fields."""
        ...


def open_document(content: bytes, media_type: str) -> JournalDocument:
    """Return a document of the media type ``application/json`` or ``application/xml``.

    Raises:
        SchemaError: the document is not well-formed, too deep, or of another media type (``journal.media_type``);
            its root is not a batch's (``journal.not_a_batch``); it has more than `MAX_RECORDS` records
            (``journal.too_many_records``).
    """
    match media_type:
        case "application/json":
            return _open_json(content)
        case "application/xml":
            return _open_xml(content)
        case _:
            raise SchemaError(
                "journal.media_type",
                Text(
                    ru="Пакет принимается как application/json или application/xml.",
                    en="A batch is taken as application/json or application/xml.",
                ),
                who=Party.SENDER,
                rule="R-EXCH-01",
            )


def not_a_batch(faults: tuple[Fault, ...]) -> SchemaError:
    """Return the refusal of a document that is well-formed but not a batch, with all that was found."""
    return SchemaError("journal.not_a_batch", _NOT_A_BATCH, faults=faults, rule="R-EXCH-01")


def _open_json(content: bytes) -> JsonDocument:
    if content.count(b"}") + content.count(b"]") > _MAX_BRACKETS:
        raise _too_many_records()
    tree = parse_json(content)
    if not isinstance(tree, dict):
        raise not_a_batch((_wrong_root("", line=1),))
    lists = [tree.get(kind.value) for kind in RecordKind]
    if sum(len(records) for records in lists if isinstance(records, list)) > MAX_RECORDS:
        raise _too_many_records()
    return JsonDocument(tree=tree, source=content)


def _open_xml(content: bytes) -> XmlDocument:
    root = parse_xml(content)
    if not journal_xml.is_batch(root):
        raise not_a_batch((_wrong_root(f"/{etree.QName(root).localname[:_SHOWN_ID]}", line=root.sourceline),))
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    records = journal_xml.record_elements(root)
    if sum(len(elements) for elements in records.values()) > MAX_RECORDS:
        raise _too_many_records()
    return XmlDocument(envelope=journal_xml.envelope_from(root), records=records)


def _wrong_root(path: str, *, line: int | None) -> Fault:
    return Fault(code="journal.not_a_batch", text=_NOT_A_BATCH, path=path, line=line, rule="R-EXCH-01")


def _too_many_records() -> SchemaError:
    text = Text(
        ru=f"В пакете больше {MAX_RECORDS} записей. Разделите его на несколько.",
        en=f"The batch has more than {MAX_RECORDS} records. Divide it into several.",
    )
    fault = Fault(code="journal.too_many_records", text=text, rule="R-SEC-07")
    return SchemaError("journal.too_many_records", text, faults=(fault,), rule="R-SEC-07")


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonDocument:
    """The JSON form; paths are JSON pointers."""

    tree: Any = field(repr=False)
    source: bytes = field(repr=False)

    def faults(self) -> Iterator[Finding]:
        """Yield what is wrong by the schema, with path and line."""
        for fault in json_faults(self.tree, *_SCHEMA, "journal-batch.schema.json", source=self.source):
            yield _owner(fault), fault

    def batch(self, *, leaving_out: Collection[Position]) -> Batch:
        """Return the batch without the records that are not valid."""
        return journal_json.batch_from(self.tree, leaving_out=leaving_out)

    def count(self, kind: RecordKind) -> int:
        """Return how many records of a kind there are, valid or not."""
        return len(self.tree.get(kind.value, ()))

    def key(self, position: Position) -> RecordKey | None:
        """Return what the sender calls a record, valid or not; ``None`` if a part of its key is missing."""
        record = self._record(position)
        return _key(position, record if isinstance(record, dict) else {})

    def raw(self, position: Position) -> str:
        """Return a record in its own form."""
        return json.dumps(self._record(position), ensure_ascii=False)

    def placed(self, findings: Sequence[tuple[Position, Fault]]) -> tuple[Fault, ...]:
        """Return faults of records with the pointers and the lines of their fields."""
        return with_lines([replace(fault, path=_pointer(position, fault)) for position, fault in findings], self.source)

    def _record(self, position: Position) -> Any:
        kind, place = position
        return self.tree[kind.value][place]


@dataclass(frozen=True, kw_only=True, slots=True)
class XmlDocument:
    """The XML form, without comments and processing instructions; paths are XPaths with local names.

    Envelope and records are validated each by itself: in one large tree with many faults the validation takes time
    that grows with the square of their number.
    """

    envelope: etree._Element = field(repr=False)
    records: journal_xml.RecordElements = field(repr=False)

    def faults(self) -> Iterator[Finding]:
        """Yield what is wrong by the schema, with path and line."""
        for fault in xml_faults(self.envelope, *_SCHEMA, "journal-batch.xsd"):
            yield None, replace(fault, path=_PREFIX.sub("/", fault.path))
        for kind, elements in self.records.items():
            for place, element in enumerate(elements):
                for fault in xml_faults(element, *_SCHEMA, "journal-records.xsd"):
                    yield (kind, place), replace(fault, path=_xpath((kind, place), _inside(fault.path)))

    def batch(self, *, leaving_out: Collection[Position]) -> Batch:
        """Return the batch without the records that are not valid."""
        kept = {
            kind: [element for place, element in enumerate(elements) if (kind, place) not in leaving_out]
            for kind, elements in self.records.items()
        }
        return journal_xml.batch_from(self.envelope, kept)

    def count(self, kind: RecordKind) -> int:
        """Return how many records of a kind there are, valid or not."""
        return len(self.records[kind])

    def key(self, position: Position) -> RecordKey | None:
        """Return what the sender calls a record, valid or not; ``None`` if a part of its key is missing."""
        fields = {name: journal_xml.field_element(self._record(position), name) for name in KEY_FIELDS[position[0]]}
        return _key(position, {name: (field.text or "").strip() for name, field in fields.items() if field is not None})

    def raw(self, position: Position) -> str:
        """Return a record in its own form."""
        return etree.tostring(self._record(position), encoding="unicode", with_tail=False)

    def placed(self, findings: Sequence[tuple[Position, Fault]]) -> tuple[Fault, ...]:
        """Return faults of records with the XPaths and the lines of their fields."""
        return tuple(self._placed(position, fault) for position, fault in findings)

    def _placed(self, position: Position, fault: Fault) -> Fault:
        record = self._record(position)
        element = journal_xml.field_element(record, fault.field) if fault.field else None
        if element is None or fault.field is None:
            return replace(fault, path=_xpath(position, ""), line=record.sourceline)
        return replace(fault, path=_xpath(position, f"/{fault.field.replace('.', '/')}"), line=element.sourceline)

    def _record(self, position: Position) -> etree._Element:
        kind, place = position
        return self.records[kind][place]


_NOT_A_BATCH = Text(
    ru="Документ не является пакетом журнала по схеме версии 1.0; все найденные ошибки перечислены.",
    en="The document is not a journal batch by the schema of version 1.0; all faults found are listed.",
)
_KIND_NAMES = frozenset(kind.value for kind in RecordKind)
_PREFIX = re.compile(r"/[^/:\[]+:")
_SHOWN_ID = 64


def _inside(path: str) -> str:
    """Return what follows the root on an XPath, by local names."""
    return "".join(f"/{step}" for step in _PREFIX.sub("/", path).split("/")[2:])


def _xpath(position: Position, inside: str) -> str:
    kind, place = position
    return f"/{journal_xml.ROOT}/{kind}/{journal_xml.RECORD_TAGS[kind]}[{place + 1}]{inside}"


def _owner(fault: Fault) -> Position | None:
    match fault.path.split("/")[1:]:
        case [kind, place, *_] if kind in _KIND_NAMES and place.isdecimal():
            return RecordKind(kind), int(place)
        case _:
            return None


def _pointer(position: Position, fault: Fault) -> str:
    kind, place = position
    return pointer_to([kind.value, place, *(fault.field.split(".") if fault.field else ())])


def _key(position: Position, record: Mapping[str, object]) -> RecordKey | None:
    parts = [record.get(name) for name in KEY_FIELDS[position[0]]]
    key = tuple(part[:_SHOWN_ID] for part in parts if isinstance(part, str) and part)
    return key if len(key) == len(parts) else None
