"""A record as received, as mapped, as stored: three views of one thing, side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.model.roster import Fields, Key, RecordKind, RosterSnapshot, Rows, Scalar, snapshot_rows

_DIGEST_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRecord:
    """A record of a source as it came and as it was read: its fields before they met ours."""

    kind: RecordKind
    source_id: str
    raw: str = field(repr=False)
    mapped: Fields | None = field(repr=False, default=None)

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
    mapped = dict(_by_source_id(snapshot_rows(snapshot))) if snapshot.received else {}
    for one in snapshot.received:
        yield KeptRecord(
            kind=one.kind, source_id=one.source_id, raw=one.raw, mapped=mapped.get((one.kind, one.source_id))
        )


def _by_source_id(rows: Rows) -> Iterable[tuple[tuple[RecordKind, str], Fields]]:
    named: dict[str, str] = {}
    for kind in (RecordKind.STAFF, RecordKind.CLASS, RecordKind.PUPIL, RecordKind.GUARDIAN):
        for key, fields in rows[kind].items():
            named[key[0]] = str(fields["source_id"])
            yield (kind, named[key[0]]), fields
    for kind in (RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT):
        for key, fields in rows[kind].items():
            ends = "/".join(named.get(part, part) for part in key)
            yield (kind, ends), fields
