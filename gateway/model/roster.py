"""A school's roster: what a source tells of it (`RosterSnapshot`), what we hold of it (`RosterState`).

Both are seen by the plan as *rows*: record kind and key to plain fields. Keys are the gateway's own ids, so a row of a
snapshot and the row it became are found by the same key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from gateway.errors import Rejected, Text
from gateway.model.file_place import FilePlace
from gateway.model.ids import ClassId, PupilId, SchoolId
from gateway.model.people import Enrollment, Guardian, Guardianship, PersonName, Pupil, Staff, Status
from gateway.model.school import SchoolClass

_DAYS = 4096
"""Days whose text is remembered: more than ten years of them."""


class RecordKind(StrEnum):
    """Kinds of roster record, in the order in which they are written: what is referred to comes first."""

    STAFF = "staff"
    CLASS = "class"
    PUPIL = "pupil"
    GUARDIAN = "guardian"
    GUARDIANSHIP = "guardianship"
    ENROLLMENT = "enrollment"


Scalar = str | int | bool | None
"""Value of a field; a date is its ISO 8601 text."""

Fields = Mapping[str, Scalar]
"""Canonical field names to values. Holds personal data: never logged."""

Key = tuple[str, ...]
"""Key of a record inside its kind: ``(id,)``, ``(guardian, pupil)`` or ``(pupil, class, first day)``."""

Record = Staff | SchoolClass | Pupil | Guardian | Guardianship | Enrollment
"""A record as a value."""

Rows = Mapping[RecordKind, Mapping[Key, Fields]]
"""Records of every kind by key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Protected:
    """Records that a rejected one may stand for: they are not treated as absent.

    ``prefix`` is the beginning of their key; the empty one stands for the whole kind (the rejected record did not even
    tell its id).
    """

    kind: RecordKind
    prefix: Key = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A record exactly as its source gave it (XML, JSON or a row's JSON), to be shown beside what became of it."""

    kind: RecordKind
    source_id: str
    raw: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterSnapshot:
    """What a source told of one school at one moment.

    The ids in it are those that the source's records would have if they were all new (`gateway.model.ids.issued_id` of
    school, source, kind and the id there); matching replaces them by those of the people who are known already.

    Attributes:
        source: name of the source, ``registry``.
        school: the school it is about.
        doubts: why the snapshot is not proved complete; empty when it is.
        remarks: what is wrong with the source though no record is in doubt for it: to be told to who runs it.
        rejected: records that were turned away, with their raw form.
        protected: records that must not count as absent because of a rejected one.
        received: the records as they came.
        partial: a delta or a single record: whoever is not in it is not missed, for whatever is proved.
        numbers: by kind and id at the source, the ids that a record says it has elsewhere (a person number, the number
            in another system): matching compares them with the ids that other sources give.
        places: by kind and id at the source, where in a file the record stands, for sources whose ids tell nobody
            which row that is.
        until: up to where the source has told, as it says itself: what came later it tells from this mark on; empty
            where it does not say, and then it is read whole.
        gone: how many records of ours it names as no longer there; only what tells changes does so.
    """

    source: str
    school: SchoolId
    doubts: tuple[Text, ...] = ()
    remarks: tuple[Text, ...] = ()
    pupils: tuple[Pupil, ...] = ()
    guardians: tuple[Guardian, ...] = ()
    guardianships: tuple[Guardianship, ...] = ()
    staff: tuple[Staff, ...] = ()
    classes: tuple[SchoolClass, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    protected: frozenset[Protected] = frozenset()
    received: tuple[Received, ...] = field(default=(), repr=False)
    partial: bool = False
    numbers: Mapping[tuple[RecordKind, str], tuple[str, ...]] = field(default_factory=dict, repr=False)
    places: Mapping[tuple[RecordKind, str], FilePlace] = field(default_factory=dict, repr=False)
    until: str = field(default="", compare=False)
    gone: int = 0

    @property
    def complete(self) -> bool:
        """Whether it is proved that the snapshot holds every record the source has of the school."""
        return not self.doubts and not self.partial


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterState:
    """What we hold of a school's roster, suspended and ended records included."""

    rows: Rows = field(default_factory=dict, repr=False)

    def of(self, kind: RecordKind) -> Mapping[Key, Fields]:
        """Return the records of one kind by key."""
        return self.rows.get(kind, {})


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedRecord:
    """A pupil, guardian, class or member of staff as a journal system needs it to match its own records with ours.

    ``school_class`` is the class of a pupil's open enrolment, ``pupils`` are those in a guardian's care.
    """

    kind: RecordKind
    id: str
    source_id: str
    name: str = field(repr=False)
    active: bool
    school_class: ClassId | None = None
    pupils: tuple[PupilId, ...] = ()


def snapshot_rows(snapshot: RosterSnapshot) -> Rows:
    """Return a snapshot's records as rows."""
    return {
        RecordKind.STAFF: {(one.id,): _staff_fields(one) for one in snapshot.staff},
        RecordKind.CLASS: {(one.id,): _class_fields(one) for one in snapshot.classes},
        RecordKind.PUPIL: {(one.id,): _pupil_fields(one) for one in snapshot.pupils},
        RecordKind.GUARDIAN: {(one.id,): _guardian_fields(one) for one in snapshot.guardians},
        RecordKind.GUARDIANSHIP: {key_of(one): _guardianship_fields(one) for one in snapshot.guardianships},
        RecordKind.ENROLLMENT: {key_of(one): _enrollment_fields(one) for one in snapshot.enrollments},
    }


def key_of(record: Record) -> Key:
    """Return a record's key inside its kind."""
    match record:
        case Enrollment():
            return (record.pupil, record.school_class, _iso(record.valid_from))
        case Guardianship():
            return (record.guardian, record.pupil)
        case _:
            return (record.id,)


def fields_of(record: Record) -> Fields:
    """Return a record's fields."""
    match record:
        case Enrollment():
            return _enrollment_fields(record)
        case Guardianship():
            return _guardianship_fields(record)
        case Pupil():
            return _pupil_fields(record)
        case Guardian():
            return _guardian_fields(record)
        case Staff():
            return _staff_fields(record)
        case SchoolClass():
            return _class_fields(record)


def called(fields: Fields) -> str:
    """Return what a record is called: a full name as in a class list, or a class by grade and letter."""
    if "grade" in fields:
        return f"{fields['grade']}{fields['letter']}"
    return " ".join(str(fields[name]) for name in ("family", "given", "patronymic") if fields.get(name))


def is_active(kind: RecordKind, fields: Fields, today: date) -> bool:
    """Tell whether a record is in force: not suspended, not archived, or a period that has not run out."""
    match kind:
        case RecordKind.GUARDIANSHIP | RecordKind.ENROLLMENT:
            last, first = fields["valid_to"], str(fields["valid_from"])
            return last is None or (str(last) >= first and str(last) >= today.isoformat())
        case RecordKind.CLASS:
            return not fields["archived"]
        case _:
            return fields["status"] == Status.ACTIVE


def active_rows(rows: Rows, today: date) -> dict[RecordKind, dict[Key, Fields]]:
    """Return only what is in force today."""
    return {
        kind: {key: fields for key, fields in rows.get(kind, {}).items() if is_active(kind, fields, today)}
        for kind in RecordKind
    }


def put_out_of_force(kind: RecordKind, fields: Fields, on: date) -> Fields:
    """Return a record as it is once it is no longer in force: a person suspended, a class archived, a period ended.

    ``on`` is the first day on which a period no longer holds. One that would begin only then or later becomes empty
    (its last day lies before its first), which says that it never took effect: nothing is deleted.
    """
    match kind:
        case RecordKind.GUARDIANSHIP | RecordKind.ENROLLMENT:
            first = date.fromisoformat(str(fields["valid_from"]))
            return {**fields, "valid_to": (max(on, first) - timedelta(days=1)).isoformat()}
        case RecordKind.CLASS:
            return {**fields, "archived": True}
        case _:
            return {**fields, "status": Status.SUSPENDED.value}


def snapshot_counts(snapshot: RosterSnapshot) -> dict[RecordKind, int]:
    """Return how many records of each kind a snapshot has; those that were turned away are not among them."""
    return {
        RecordKind.STAFF: len(snapshot.staff),
        RecordKind.CLASS: len(snapshot.classes),
        RecordKind.PUPIL: len(snapshot.pupils),
        RecordKind.GUARDIAN: len(snapshot.guardians),
        RecordKind.GUARDIANSHIP: len(snapshot.guardianships),
        RecordKind.ENROLLMENT: len(snapshot.enrollments),
    }


def _name_fields(name: PersonName) -> dict[str, Scalar]:
    return {"family": name.family, "given": name.given, "patronymic": name.patronymic}


def _pupil_fields(pupil: Pupil) -> Fields:
    return {
        "source_id": pupil.source_id,
        **_name_fields(pupil.name),
        "birth_date": pupil.birth_date.isoformat(),
        "sex": pupil.sex.value,
        "snils": pupil.snils,
        "status": pupil.status.value,
    }


def _guardian_fields(guardian: Guardian) -> Fields:
    return {
        "source_id": guardian.source_id,
        **_name_fields(guardian.name),
        "phone": guardian.phone,
        "email": guardian.email,
        "portal_user": guardian.portal_user,
        "status": guardian.status.value,
    }


def _staff_fields(member: Staff) -> Fields:
    return {
        "source_id": member.source_id,
        **_name_fields(member.name),
        "position": member.position,
        "snils": member.snils,
        "status": member.status.value,
    }


def _class_fields(school_class: SchoolClass) -> Fields:
    return {
        "source_id": school_class.source_id,
        "year": school_class.year,
        "grade": school_class.grade,
        "letter": school_class.letter,
        "class_teacher": school_class.class_teacher,
        "archived": school_class.archived,
    }


def _guardianship_fields(guardianship: Guardianship) -> Fields:
    return {
        "guardian": guardianship.guardian,
        "pupil": guardianship.pupil,
        "relation": guardianship.relation.value,
        **_period_fields(guardianship.valid_from, guardianship.valid_to),
    }


def _enrollment_fields(enrollment: Enrollment) -> Fields:
    return {
        "pupil": enrollment.pupil,
        "school_class": enrollment.school_class,
        **_period_fields(enrollment.valid_from, enrollment.valid_to),
    }


def _period_fields(first: date, last: date | None) -> dict[str, Scalar]:
    return {"valid_from": _iso(first), "valid_to": _iso(last) if last else None}


@lru_cache(maxsize=_DAYS)
def _iso(day: date) -> str:
    """Return a day's text, the same one every time: few days stand in very many records."""
    return day.isoformat()
