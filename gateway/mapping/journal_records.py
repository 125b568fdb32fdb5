"""Plain values ─▶ records of a journal batch; the way back is `journal_plain`.

Plain values stand under the field names that the batch's JSON and XML forms share, and are valid by the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from gateway.model.ids import (
    ClassId,
    GroupId,
    GuardianId,
    LessonId,
    MarkId,
    PeriodId,
    PupilId,
    StaffId,
    SubjectId,
)
from gateway.model.journal import Absence, AbsenceKind, Homework, Lesson, Mark, Substitution, WorkKind
from gateway.model.journal_records import Record, RecordKind
from gateway.model.people import Consent, ConsentDecision
from gateway.model.school import (
    FIRST_GRADE,
    LAST_GRADE,
    Component,
    GroupKind,
    Period,
    PeriodKind,
    StudyGroup,
    Subject,
    Vacation,
)

Plain: TypeAlias = Mapping[str, Any]
"""A record as JSON would have it: strings, integers, booleans, ``None``, lists and objects of these."""

KEY_FIELDS: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {
        kind: {
            RecordKind.CONSENTS: ("guardian", "pupil", "decidedOn"),
            RecordKind.ABSENCES: ("lesson", "pupil"),
            RecordKind.HOMEWORK: ("lesson",),
        }.get(kind, ("id",))
        for kind in RecordKind
    }
)
"""The fields a record of a kind is known by."""


def record_from(kind: RecordKind, plain: Plain) -> Record:
    """Return the record that plain values of a kind stand for."""
    return _READERS[kind](plain)


def moment_from(text: str) -> datetime:
    """Return the moment, in UTC, that a valid ``date-time`` stands for."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _period(plain: Plain) -> Period:
    return Period(
        id=PeriodId(plain["id"]),
        year=int(plain["year"]),
        kind=PeriodKind(plain["kind"]),
        number=int(plain["number"]),
        start=date.fromisoformat(plain["start"]),
        end=date.fromisoformat(plain["end"]),
        first_grade=int(plain.get("firstGrade", FIRST_GRADE)),
        last_grade=int(plain.get("lastGrade", LAST_GRADE)),
    )


def _vacation(plain: Plain) -> Vacation:
    return Vacation(
        id=plain["id"],
        year=int(plain["year"]),
        name=plain["name"],
        start=date.fromisoformat(plain["start"]),
        end=date.fromisoformat(plain["end"]),
        first_grade=int(plain.get("firstGrade", FIRST_GRADE)),
        last_grade=int(plain.get("lastGrade", LAST_GRADE)),
    )


def _subject(plain: Plain) -> Subject:
    return Subject(
        id=SubjectId(plain["id"]),
        name=plain["name"],
        component=Component(plain.get("component", Component.FEDERAL)),
    )


def _group(plain: Plain) -> StudyGroup:
    return StudyGroup(
        id=GroupId(plain["id"]),
        name=plain["name"],
        kind=GroupKind(plain["kind"]),
        subject=SubjectId(plain["subject"]),
        members=tuple(PupilId(member) for member in plain["members"]),
    )


def _consent(plain: Plain) -> Consent:
    return Consent(
        guardian=GuardianId(plain["guardian"]),
        pupil=PupilId(plain["pupil"]),
        decision=ConsentDecision(plain["decision"]),
        decided_on=date.fromisoformat(plain["decidedOn"]),
        document=plain["document"],
    )


def _lesson(plain: Plain) -> Lesson:
    return Lesson(
        id=LessonId(plain["id"]),
        day=date.fromisoformat(plain["day"]),
        number=int(plain["number"]),
        starts_at=moment_from(plain["startsAt"]),
        ends_at=moment_from(plain["endsAt"]),
        subject=SubjectId(plain["subject"]),
        teacher=StaffId(plain["teacher"]),
        topic=plain["topic"],
        school_class=ClassId(plain["class"]) if "class" in plain else None,
        group=GroupId(plain["group"]) if "group" in plain else None,
        room=plain.get("room", ""),
        substitution=_substitution(plain["substitution"]) if "substitution" in plain else None,
    )


def _substitution(plain: Plain) -> Substitution:
    return Substitution(teacher=StaffId(plain["teacher"]), reason=plain["reason"])


def _mark(plain: Plain) -> Mark:
    return Mark(
        id=MarkId(plain["id"]),
        lesson=LessonId(plain["lesson"]),
        pupil=PupilId(plain["pupil"]),
        value=int(plain["value"]),
        work_kind=WorkKind(plain["workKind"]),
        weight=int(plain.get("weight", 1)),
        comment=plain.get("comment", ""),
        voided=plain.get("voided", False),
    )


def _absence(plain: Plain) -> Absence:
    return Absence(
        lesson=LessonId(plain["lesson"]),
        pupil=PupilId(plain["pupil"]),
        kind=AbsenceKind(plain["kind"]),
        comment=plain.get("comment", ""),
        voided=plain.get("voided", False),
    )


def _homework(plain: Plain) -> Homework:
    return Homework(
        lesson=LessonId(plain["lesson"]),
        text=plain["text"],
        due=date.fromisoformat(plain["due"]) if "due" in plain else None,
    )


_READERS: Mapping[RecordKind, Callable[[Plain], Record]] = MappingProxyType(
    {
        RecordKind.PERIODS: _period,
        RecordKind.VACATIONS: _vacation,
        RecordKind.SUBJECTS: _subject,
        RecordKind.GROUPS: _group,
        RecordKind.CONSENTS: _consent,
        RecordKind.LESSONS: _lesson,
        RecordKind.MARKS: _mark,
        RecordKind.ABSENCES: _absence,
        RecordKind.HOMEWORK: _homework,
    }
)
