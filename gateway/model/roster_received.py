"""A record as received, as mapped, as stored: three views of one thing, side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from gateway.model.roster import Fields, Key, Record, RecordKind, RosterSnapshot, Scalar, fields_of, key_of

_DIGEST_BYTES = 16


class ReadRecords:
    """The records of a snapshot by their ids at the source.

    They are put in order when the first is asked for: most days bring nothing new, and then nobody asks.
    """

    def __init__(self, snapshot: RosterSnapshot) -> None:
        self._snapshot = snapshot

    def fields(self, kind: RecordKind, source_id: str) -> Fields | None:
        """Return the fields of a record, ``None`` where nothing was read under that id."""
        record = self._records.get((kind, source_id))
        return None if record is None else fields_of(record)

    @cached_property
    def _records(self) -> Mapping[tuple[RecordKind, str], Record]:
        return dict(_by_source_id(self._snapshot))


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRecord:
    """A record of a source as it came, and what was read of all that came with it."""

    kind: RecordKind
    source_id: str
    raw: str = field(repr=False)
    read: ReadRecords = field(repr=False)

    @property
    def mapped(self) -> Fields | None:
        """What it was read as: its fields before they met ours."""
        return self.read.fields(self.kind, self.source_id)

    def digest(self) -> str:
        """Return the hash (hex) by which a record that came again unchanged is recognised."""
        return hashlib.blake2b(self.raw.encode(), digest_size=_DIGEST_BYTES).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedAs:
    """The newest form in which a record came from a source."""

    source: str
    kind: RecordKind
    source_id: str
    received_at: datetime
    raw: str = field(repr=False)
    mapped: Fields | None = field(repr=False, default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldView:
    """One field of a record: as each source gave it (by name of the source) and as we hold it."""

    name: str
    mapped: Mapping[str, Scalar] = field(repr=False)
    stored: Scalar = field(repr=False)

    @property
    def differs(self) -> bool:
        """Whether a source says something else than we hold."""
        return any(value != self.stored for value in self.mapped.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordView:
    """A record of ours, and what its sources last said of it."""

    kind: RecordKind
    key: Key
    stored: Fields = field(repr=False)
    received: tuple[ReceivedAs, ...] = field(repr=False)

    def fields(self) -> tuple[FieldView, ...]:
        """Return the fields, as received and as stored; the ids that each side gives by itself are left out."""
        return tuple(
            FieldView(
                name=name,
                mapped={one.source: one.mapped[name] for one in self.received if one.mapped and name in one.mapped},
                stored=value,
            )
            for name, value in self.stored.items()
            if name not in _OWN
        )


_OWN = frozenset({"source_id", "status", "archived", "pupil", "guardian", "school_class", "class_teacher"})
"""Fields that are ids given by each side, or a state that we alone keep."""


def kept_records(snapshot: RosterSnapshot) -> Iterator[KeptRecord]:
    """Yield the records of a snapshot as they came, each with the fields it was read as.

    ``snapshot`` is as it was read, before matching: people and classes are found by their id at the source, relations
    by the ids of their ends set apart by ``/`` (and the first day of an enrolment).
    """
    read = ReadRecords(snapshot)
    return (KeptRecord(kind=one.kind, source_id=one.source_id, raw=one.raw, read=read) for one in snapshot.received)


def _by_source_id(snapshot: RosterSnapshot) -> Iterator[tuple[tuple[RecordKind, str], Record]]:
    named: dict[str, str] = {}
    for kind, people in (
        (RecordKind.STAFF, snapshot.staff),
        (RecordKind.CLASS, snapshot.classes),
        (RecordKind.PUPIL, snapshot.pupils),
        (RecordKind.GUARDIAN, snapshot.guardians),
    ):
        for person in people:
            named[person.id] = person.source_id
            yield (kind, person.source_id), person
    for kind, relations in (
        (RecordKind.GUARDIANSHIP, snapshot.guardianships),
        (RecordKind.ENROLLMENT, snapshot.enrollments),
    ):
        for relation in relations:
            yield (kind, "/".join(named.get(part, part) for part in key_of(relation))), relation
