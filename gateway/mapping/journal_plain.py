"""Records of a journal batch ─▶ plain values; the way back is `journal_records`.

What is not set is left out. The fields stand in the order of the XML Schema. The audit keeps old and new values in
this form too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from gateway.model.journal import Absence, Homework, Lesson, Mark
from gateway.model.journal_records import Record
from gateway.model.people import Consent
from gateway.model.school import Period, StudyGroup, Subject, Vacation

PlainFields: TypeAlias = dict[str, Any]


def plain_from(record: Record) -> PlainFields:
    """Return a record's plain values: strings, integers, booleans, ``None``, lists and objects of these."""
    return _WRITERS[type(record)](record)


def moment_text(moment: datetime) -> str:
    """Return a moment as both forms write it: RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _period(period: Period) -> PlainFields:
    return {
        "id": period.id,
        "year": period.year,
        "kind": period.kind.value,
        "number": period.number,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "firstGrade": period.first_grade,
        "lastGrade": period.last_grade,
    }


def _vacation(vacation: Vacation) -> PlainFields:
    return {
        "id": vacation.id,
        "year": vacation.year,
        "name": vacation.name,
        "start": vacation.start.isoformat(),
        "end": vacation.end.isoformat(),
        "firstGrade": vacation.first_grade,
        "lastGrade": vacation.last_grade,
    }


def _subject(subject: Subject) -> PlainFields:
    return {"id": subject.id, "name": subject.name, "component": subject.component.value}


def _group(group: StudyGroup) -> PlainFields:
    return {
        "id": group.id,
        "name": group.name,
        "kind": group.kind.value,
        "subject": group.subject,
        "members": list(group.members),
    }


def _consent(consent: Consent) -> PlainFields:
    return {
        "guardian": consent.guardian,
        "pupil": consent.pupil,
        "decision": consent.decision.value,
        "decidedOn": consent.decided_on.isoformat(),
        "document": consent.document,
    }


def _lesson(lesson: Lesson) -> PlainFields:
    plain: PlainFields = {
        "id": lesson.id,
        "day": lesson.day.isoformat(),
        "number": lesson.number,
        "startsAt": moment_text(lesson.starts_at),
        "endsAt": moment_text(lesson.ends_at),
        "subject": lesson.subject,
        "teacher": lesson.teacher,
        "topic": lesson.topic,
    }
    if lesson.school_class is not None:
        plain["class"] = lesson.school_class
    if lesson.group is not None:
        plain["group"] = lesson.group
    if lesson.room:
        plain["room"] = lesson.room
    if lesson.substitution is not None:
        plain["substitution"] = {"teacher": lesson.substitution.teacher, "reason": lesson.substitution.reason}
    return plain


def _mark(mark: Mark) -> PlainFields:
    plain: PlainFields = {
        "id": mark.id,
        "lesson": mark.lesson,
        "pupil": mark.pupil,
        "value": mark.value,
        "workKind": mark.work_kind.value,
        "weight": mark.weight,
    }
    if mark.comment:
        plain["comment"] = mark.comment
    plain["voided"] = mark.voided
    return plain


def _absence(absence: Absence) -> PlainFields:
    plain: PlainFields = {"lesson": absence.lesson, "pupil": absence.pupil, "kind": absence.kind.value}
    if absence.comment:
        plain["comment"] = absence.comment
    plain["voided"] = absence.voided
    return plain


def _homework(homework: Homework) -> PlainFields:
    plain: PlainFields = {"lesson": homework.lesson, "text": homework.text}
    if homework.due is not None:
        plain["due"] = homework.due.isoformat()
    return plain


_WRITERS: Mapping[type[Record], Callable[[Any], PlainFields]] = MappingProxyType(
    {
        Period: _period,
        Vacation: _vacation,
        Subject: _subject,
        StudyGroup: _group,
        Consent: _consent,
        Lesson: _lesson,
        Mark: _mark,
        Absence: _absence,
        Homework: _homework,
    }
)
