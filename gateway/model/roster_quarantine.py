"""Quarantine: records that a source gave and that were turned away, each with its reasons, until it comes back clean.

One missing class to which thirty enrolments refer is one problem with thirty followers: faults are grouped by their
*root cause*, so that a person mends one thing and not thirty (the error flood of roster syncs is the best known reason
why nobody reads their reports).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.errors import Fault, Party, Rejected, Text
from gateway.model.file_place import FilePlace, place_of
from gateway.model.ids import SchoolId, issued_id
from gateway.model.roster import RecordKind, RosterSnapshot

UNKNOWN_REFERENCE = "roster.unknown_reference"
"""Code of the fault of a record that names one which is missing or turned away; its ``value`` is the id it names."""

_ID_LENGTH = 16

_REFERRED: Mapping[str, RecordKind] = {
    "class": RecordKind.CLASS,
    "pupil": RecordKind.PUPIL,
    "student": RecordKind.PUPIL,
    "guardian": RecordKind.GUARDIAN,
    "parent": RecordKind.GUARDIAN,
    "agent": RecordKind.GUARDIAN,
    "staff": RecordKind.STAFF,
    "teacher": RecordKind.STAFF,
}
"""Word in the name of a field that refers to another record, and the kind of record it refers to."""


class QuarantineState(StrEnum):
    """Whether a record still waits to be mended at its source."""

    OPEN = "open"
    RESOLVED = "resolved"


class CauseKind(StrEnum):
    """What a root cause is: a record that is missing, one that is bad and drags others along, or a sort of fault."""

    MISSING = "missing"
    RECORD = "record"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantined:
    """A record that was turned away.

    Attributes:
        id: its id here.
        source: name of the source.
        kind: kind of record; the name of the element where it is no kind that we know.
        record: its id as the source wrote it, parts set apart by ``/``.
        faults: what is wrong with it.
        raw: as it came; empty where it was read without it, or where there is no key to keep it sealed.
        first_seen: when it was turned away first …
        last_seen: … and last.
        state: open until a snapshot has it clean, or until a complete one no longer has it.
        resolved_at: when that was.
    """

    id: str
    source: str
    kind: str
    record: str
    faults: tuple[Fault, ...]
    raw: str = field(repr=False, default="")
    first_seen: datetime
    last_seen: datetime
    state: QuarantineState = QuarantineState.OPEN
    resolved_at: datetime | None = None

    @property
    def place(self) -> FilePlace | None:
        """The row of a file that it is, where it came in one: what its id at the source does not tell a person."""
        return place_of(self.faults)


@dataclass(frozen=True, kw_only=True, slots=True)
class RootCause:
    """One thing to mend, and the records that are turned away because of it.

    Attributes:
        id: stable as long as the cause is the same.
        kind: what it is.
        source: whose records they are.
        text: what is wrong, in words.
        rule: which rule or clause is broken.
        who: who has to act.
        about: the record meant, by kind and id at the source; ``None`` for a sort of fault.
        records: ids of the records in quarantine, the one meant first, then its followers.
        places: the rows of files that they are, where they came in files.
    """

    id: str
    kind: CauseKind
    source: str
    text: Text
    rule: str | None
    who: Party
    about: tuple[str, str] | None
    records: tuple[str, ...]
    places: tuple[FilePlace, ...] = ()


def quarantined(snapshot: RosterSnapshot, held: Iterable[Quarantined], *, at: datetime) -> tuple[Quarantined, ...]:
    """Return what a snapshot changes in the quarantine of its source: records to keep, open or resolved.

    Args:
        snapshot: as it was read.
        held: what is in quarantine of the source.
        at: when it was read.

    A record resolves itself when it comes back clean, and when a complete snapshot no longer has it. A partial or
    doubted snapshot says nothing of records that are not in it.
    """
    known = {one.id: one for one in held}
    turned_away = {one.id: one for one in (_of(snapshot, rejected, at) for rejected in snapshot.rejected)}
    kept = [replace(one, first_seen=_since(known.get(one.id), at)) for one in turned_away.values()]
    clean = frozenset(_clean(snapshot))
    over = (
        one
        for one in known.values()
        if one.state is QuarantineState.OPEN
        and one.id not in turned_away
        and (snapshot.complete or (one.kind, one.record) in clean)
    )
    return (*kept, *(replace(one, state=QuarantineState.RESOLVED, resolved_at=at) for one in over))


def quarantine_id(school: SchoolId, source: str, kind: str, record: str) -> str:
    """Return the id in quarantine of a record of a source."""
    return issued_id(school, source, f"quarantine {kind}", record)


def root_causes(records: Collection[Quarantined]) -> tuple[RootCause, ...]:
    """Return what has to be mended for the records to be taken, the cause of most records first.

    A record that names a missing one belongs to the missing one; a record that names one in quarantine belongs to the
    cause of that one, through any number of steps. Every record belongs to one cause, that of its first fault.
    """
    named = {(one.source, one.kind, one.record): one for one in records}
    followed = {(one.source, *about) for one in records if (about := _refers_to(one)) is not None}
    members: dict[tuple[str, CauseKind, str], list[Quarantined]] = defaultdict(list)
    for one in records:
        members[_cause(one, named, followed)].append(one)
    found = [_root_cause(cause, ones) for cause, ones in members.items()]
    return tuple(sorted(found, key=lambda cause: (-len(cause.records), cause.id)))


def without_raw(rejected: Iterable[Rejected]) -> tuple[Rejected, ...]:
    """Return rejected records as a plan keeps them: without their raw form and without what was written there.

    Both are in quarantine, sealed.
    """
    return tuple(
        replace(one, raw="", faults=tuple(replace(fault, value=None) for fault in one.faults)) for one in rejected
    )


def _of(snapshot: RosterSnapshot, rejected: Rejected, at: datetime) -> Quarantined:
    return Quarantined(
        id=quarantine_id(snapshot.school, snapshot.source, rejected.kind, rejected.record),
        source=snapshot.source,
        kind=rejected.kind,
        record=rejected.record,
        faults=rejected.faults,
        raw=rejected.raw,
        first_seen=at,
        last_seen=at,
    )


def _since(known: Quarantined | None, at: datetime) -> datetime:
    return known.first_seen if known is not None and known.state is QuarantineState.OPEN else at


def _clean(snapshot: RosterSnapshot) -> Iterable[tuple[str, str]]:
    """Yield kind and id of the good records: as they came, or by the ids that the people and classes have."""
    yield from ((one.kind.value, one.source_id) for one in snapshot.received)
    for kind, ones in (
        (RecordKind.STAFF, snapshot.staff),
        (RecordKind.CLASS, snapshot.classes),
        (RecordKind.PUPIL, snapshot.pupils),
        (RecordKind.GUARDIAN, snapshot.guardians),
    ):
        yield from ((kind.value, one.source_id) for one in ones)


def _refers_to(one: Quarantined) -> tuple[str, str] | None:
    """Return kind and id of the record that this one names in vain, if that is its first fault."""
    fault = one.faults[0] if one.faults else None
    if fault is None or fault.code != UNKNOWN_REFERENCE or not fault.value:
        return None
    return _kind_of_field(fault.field or ""), fault.value


def _kind_of_field(name: str) -> str:
    lowered = name.lower()
    # A class teacher's id is a teacher's, so the words for people come before the word "class".
    words = sorted(_REFERRED, key=lambda word: word == "class")
    return next((_REFERRED[word].value for word in words if word in lowered), "")


def _cause(
    one: Quarantined,
    named: Mapping[tuple[str, str, str], Quarantined],
    followed: Collection[tuple[str, str, str]],
) -> tuple[str, CauseKind, str]:
    """Return source, kind and name of the root cause of a record."""
    seen: set[str] = set()
    while (about := _refers_to(one)) is not None and one.id not in seen:
        seen.add(one.id)
        target = named.get((one.source, *about))
        if target is None:
            return one.source, CauseKind.MISSING, "/".join(about)
        one = target
    if (one.source, one.kind, one.record) in followed:
        return one.source, CauseKind.RECORD, f"{one.kind}/{one.record}"
    fault = one.faults[0] if one.faults else None
    return one.source, CauseKind.FAULT, f"{one.kind}/{fault.code}/{fault.field or ''}" if fault else one.kind


def _root_cause(cause: tuple[str, CauseKind, str], ones: list[Quarantined]) -> RootCause:
    source, kind, name = cause
    about_kind, _, about_id = name.partition("/")
    first = next((one for one in ones if (one.kind, one.record) == (about_kind, about_id)), ones[0])
    fault = first.faults[0] if first.faults else None
    rest = sorted((one for one in ones if one is not first), key=lambda one: (one.kind, one.record))
    return RootCause(
        id=hashlib.sha256("\x1f".join(cause).encode()).hexdigest()[:_ID_LENGTH],
        kind=kind,
        source=source,
        text=_missing(about_kind, about_id) if kind is CauseKind.MISSING or fault is None else fault.text,
        rule=fault.rule if fault else None,
        who=fault.who if fault else Party.COORDINATOR,
        about=None if kind is CauseKind.FAULT else (about_kind, about_id),
        records=tuple(one.id for one in (first, *rest)),
        places=tuple(place for one in (first, *rest) if (place := one.place) is not None),
    )


_NAMES: Mapping[str, Text] = {
    RecordKind.STAFF.value: Text(ru="сотрудника", en="member of staff"),
    RecordKind.CLASS.value: Text(ru="класса", en="class"),
    RecordKind.PUPIL.value: Text(ru="ученика", en="pupil"),
    RecordKind.GUARDIAN.value: Text(ru="родителя", en="guardian"),
}
"""Names of what may be missing; the Russian ones in the genitive."""


def _missing(kind: str, record: str) -> Text:
    name = _NAMES.get(kind, Text(ru="идентификатора", en="record"))
    return Text(
        ru=f"Другие записи ссылаются на «{record}», а такого {name.ru} в составе нет.",
        en=f"The {name.en} '{record}' that other records refer to is not in the roster.",
    )
