"""A posted document in either form: where its records are, what is wrong with them, how they look to the sender."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

from lxml import etree

from gateway.errors import Fault, Party, SchemaError, Text
from gateway.mapping import journal_json, journal_xml
from gateway.mapping.journal_records import KEY_FIELDS
from gateway.model.journal import Batch
from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.rules.batch import Position
from gateway.schemas import json_validation, xml_validation
from gateway.schemas.json import parse_json
from gateway.schemas.json_lines import pointer_to
from gateway.schemas.json_validation import json_faults, with_lines
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

_SCHEMA = ("journal", "1.0")


class JournalDocument(Protocol):
    """A well-formed document that is meant to be a batch."""

    fault_limit: ClassVar[int]
    """So many faults by the schema are told at most."""

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong by the schema, with path and line."""
        ...

    def owner(self, fault: Fault) -> Position | None:
        """Return the record a fault by the schema belongs to, ``None`` when it is about the batch as a whole."""
        ...

    def batch(self, *, leaving_out: journal_json.Positions) -> Batch:
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
        SchemaError: the document is not well-formed, too deep, or of another media type (``journal.media_type``).
    """
    match media_type:
        case "application/json":
            return JsonDocument(tree=parse_json(content), source=content)
        case "application/xml":
            root = parse_xml(content)
            etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
            records = {kind: journal_xml.record_elements(root, kind) for kind in RecordKind}
            return XmlDocument(root=root, records=records)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonDocument:
    """The JSON form; paths are JSON pointers."""

    fault_limit: ClassVar[int] = json_validation.MAX_FAULTS

    tree: Any = field(repr=False)
    source: bytes = field(repr=False)

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong by the schema, with path and line."""
        return json_faults(self.tree, *_SCHEMA, "journal-batch.schema.json", source=self.source)

    def owner(self, fault: Fault) -> Position | None:
        """Return the record a fault belongs to: the first index on its path."""
        match fault.path.split("/")[1:]:
            case [kind, place, *_] if kind in _KIND_NAMES and place.isdecimal():
                return RecordKind(kind), int(place)
            case _:
                return None

    def batch(self, *, leaving_out: journal_json.Positions) -> Batch:
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
    """The XML form, without comments and processing instructions; paths are XPaths with local names."""

    fault_limit: ClassVar[int] = xml_validation.MAX_FAULTS

    root: etree._Element = field(repr=False)
    records: Mapping[RecordKind, Sequence[etree._Element]] = field(repr=False)

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong by the schema, with path and line."""
        return xml_faults(self.root, *_SCHEMA, "journal-batch.xsd")

    def owner(self, fault: Fault) -> Position | None:
        """Return the record a fault belongs to: the first record element on its path."""
        on_path = _RECORD_PATH.match(_PREFIX.sub("/", fault.path))
        if on_path is None or on_path["tag"] != _TAGS.get(on_path["kind"]):
            return None
        return RecordKind(on_path["kind"]), int(on_path["place"] or 1) - 1

    def batch(self, *, leaving_out: journal_json.Positions) -> Batch:
        """Return the batch without the records that are not valid."""
        return journal_xml.batch_from(self.root, leaving_out=leaving_out)

    def count(self, kind: RecordKind) -> int:
        """Return how many records of a kind there are, valid or not."""
        return len(self.records[kind])

    def key(self, position: Position) -> RecordKey | None:
        """Return what the sender calls a record, valid or not; ``None`` if a part of its key is missing."""
        record = self._record(position)
        return _key(position, {etree.QName(child).localname: (child.text or "").strip() for child in record})

    def raw(self, position: Position) -> str:
        """Return a record in its own form."""
        return etree.tostring(self._record(position), encoding="unicode", with_tail=False)

    def placed(self, findings: Sequence[tuple[Position, Fault]]) -> tuple[Fault, ...]:
        """Return faults of records with the XPaths and the lines of their fields."""
        return tuple(self._placed(position, fault) for position, fault in findings)

    def _placed(self, position: Position, fault: Fault) -> Fault:
        kind, place = position
        record = self._record(position)
        path = f"/{journal_xml.ROOT}/{kind}/{journal_xml.RECORD_TAGS[kind]}[{place + 1}]"
        element = journal_xml.field_element(record, fault.field) if fault.field else None
        if element is None or fault.field is None:
            return replace(fault, path=path, line=record.sourceline)
        return replace(fault, path=f"{path}/{fault.field.replace('.', '/')}", line=element.sourceline)

    def _record(self, position: Position) -> etree._Element:
        kind, place = position
        return self.records[kind][place]


_KIND_NAMES = frozenset(kind.value for kind in RecordKind)
_TAGS: Mapping[str, str] = {kind.value: tag for kind, tag in journal_xml.RECORD_TAGS.items()}
_PREFIX = re.compile(r"/[^/:\[]+:")
_RECORD_PATH = re.compile(rf"/{journal_xml.ROOT}/(?P<kind>\w+)/(?P<tag>\w+)(?:\[(?P<place>\d+)\])?(?:/|$)")
_SHOWN_ID = 64


def _pointer(position: Position, fault: Fault) -> str:
    kind, place = position
    return pointer_to([kind.value, place, *(fault.field.split(".") if fault.field else ())])


def _key(position: Position, record: Mapping[str, object]) -> RecordKey | None:
    parts = [record.get(name) for name in KEY_FIELDS[position[0]]]
    key = tuple(part[:_SHOWN_ID] for part in parts if isinstance(part, str) and part)
    return key if len(key) == len(parts) else None
