"""The JSON form of a posted document. Paths are JSON pointers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import IO, Any

from gateway.errors import Fault
from gateway.journal.document import (
    MAX_RAW,
    MAX_RECORDS,
    Envelope,
    Located,
    ReadRecord,
    key_in,
    too_many_records,
    wrong_root,
)
from gateway.journal.shown import shown_record, shown_value
from gateway.journal.versions import JOURNAL, version_for
from gateway.mapping.journal_records import KIND_LABELS, KINDS, moment_from
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.rules.batch import Position
from gateway.schemas.json_lines import lines_of, pointer_to
from gateway.schemas.json_stream import JsonItem, JsonMember, is_object, read_members
from gateway.schemas.json_validation import item_faults, json_faults

_SCHEMA = "journal-batch.schema.json"
_VERSION = "version"


class JsonDocument:
    """A batch as JSON.

    Raises:
        SchemaError: it is no JSON object.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._members: dict[str, JsonMember] = {}
        source.seek(0)
        if not is_object(source):
            raise wrong_root("", line=1)

    @cached_property
    def version(self) -> str:
        """The version it says it has, else the one that is current: then the schema tells what is wrong."""
        for part in self._parts():
            if isinstance(part, JsonMember) and part.name == _VERSION:
                return version_for(part.value)
        return version_for(None)

    def records(self) -> Iterator[ReadRecord]:
        """Yield the records, kinds in the document's own order."""
        version = self.version
        self._members = {}
        for part in self._parts():
            if isinstance(part, JsonMember):
                self._members[part.name] = part
                continue
            yield _read(part, item_faults(part.value, JOURNAL, version, _SCHEMA, of=part.name, place=part.place))

    def envelope(self) -> Envelope:
        """Return what stands around the records; only after all of them have been read."""
        tree = {name: member.value for name, member in self._members.items()}
        faults = tuple(
            replace(fault, line=self._line(fault)) for fault in json_faults(tree, JOURNAL, self.version, _SCHEMA)
        )
        if faults:
            return Envelope(school=SchoolId(""), sent_at=_NEVER, faults=faults)
        return Envelope(school=SchoolId(tree["school"]), sent_at=moment_from(tree["sentAt"]))

    def locate(self, found: Mapping[Position, Sequence[Fault]]) -> Iterator[Located]:
        """Look up records that turned out to have faults."""
        for part in self._parts():
            if isinstance(part, JsonItem):
                position = (KINDS[part.name], part.place)
                if position in found:
                    inside = (replace(fault, path=_pointer(position, fault)) for fault in found[position])
                    yield Located(position=position, faults=_placed(part, tuple(inside)), raw=_raw(part))

    def _parts(self) -> Iterator[JsonMember | JsonItem]:
        self._source.seek(0)
        count = 0
        for part in read_members(self._source, KINDS):
            count += isinstance(part, JsonItem)
            if count > MAX_RECORDS:
                raise too_many_records()
            yield part

    def _line(self, fault: Fault) -> int:
        member = self._members.get(fault.path.split("/")[1] if fault.path else "")
        return member.line if member else 1


_NEVER = moment_from("0001-01-01T00:00:00Z")


def _read(item: JsonItem, faults: tuple[Fault, ...]) -> ReadRecord:
    kind, value = KINDS[item.name], item.value
    return ReadRecord(
        position=(kind, item.place),
        plain=None if faults else value,
        key=key_in(kind, value if isinstance(value, dict) else {}),
        faults=_placed(item, faults) if faults else (),
        raw=_raw(item) if faults else "",
    )


def _placed(item: JsonItem, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Return faults with the lines and values that their pointers have in the document."""
    above = pointer_to([item.name, item.place])
    inside = {fault.path: fault.path.removeprefix(above) for fault in faults}
    lines = lines_of(item.text, inside.values())
    return tuple(
        replace(
            fault,
            line=item.line - 1 + lines[inside[fault.path]],
            value=_value(KINDS[item.name], inside[fault.path], item.value),
        )
        for fault in faults
    )


def _raw(item: JsonItem) -> str:
    return json.dumps(shown_record(KINDS[item.name], item.value), ensure_ascii=False)[:MAX_RAW]


def _value(kind: RecordKind, pointer: str, plain: Any) -> str | None:
    return shown_value(kind, [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]], plain)


def _pointer(position: Position, fault: Fault) -> str:
    kind, place = position
    return pointer_to([KIND_LABELS[kind], place, *(fault.field.split(".") if fault.field else ())])
