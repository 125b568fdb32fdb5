"""Records of the journal ⇄ rows of their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic

from sqlalchemy import RowMapping, Table

from gateway.model.ids import (
    ClassId,
    GroupId,
    GuardianId,
    LessonId,
    PupilId,
    StaffId,
    SubjectId,
)
from gateway.model.journal import Absence, Homework, Lesson, Mark, Substitution
from gateway.model.journal_records import R, RecordKind
from gateway.model.people import Consent, ConsentDecision
from gateway.model.school import Period, StudyGroup, Subject, Vacation
from gateway.storage import readers
from gateway.storage.tables import journal as journal_tables
from gateway.storage.tables import people as people_tables
from gateway.storage.tables import school as school_tables

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordTable(Generic[R]):
    """Where a kind of record is kept, and how a record becomes a row and a row a record."""

    table: Table
    read: Callable[[RowMapping], R]
    write: Callable[[R], Values]

    @property
    def is_versioned(self) -> bool:
        """Tell whether the table counts the changes of a record."""
        return "version" in self.table.c


def _write_period(period: Period) -> Values:
    return {
        "id": period.id,
        "year": period.year,
        "kind": period.kind,
        "number": period.number,
        "start_on": period.start,
        "end_on": period.end,
        "first_grade": period.first_grade,
        "last_grade": period.last_grade,
    }


def _write_vacation(vacation: Vacation) -> Values:
    return {
        "id": vacation.id,
        "year": vacation.year,
        "name": vacation.name,
        "start_on": vacation.start,
        "end_on": vacation.end,
        "first_grade": vacation.first_grade,
        "last_grade": vacation.last_grade,
    }


def _write_subject(subject: Subject) -> Values:
    return {"id": subject.id, "name": subject.name, "component": subject.component}


def _write_group(group: StudyGroup) -> Values:
    return {
        "id": group.id,
        "name": group.name,
        "kind": group.kind,
        "subject_id": group.subject,
        "members": list(group.members),
    }


def _read_consent(row: RowMapping) -> Consent:
    return Consent(
        guardian=GuardianId(row["guardian_id"]),
        pupil=PupilId(row["pupil_id"]),
        decision=ConsentDecision(row["decision"]),
        decided_on=row["decided_on"],
        document=row["document"],
    )


def _write_consent(consent: Consent) -> Values:
    return {
        "guardian_id": consent.guardian,
        "pupil_id": consent.pupil,
        "decided_on": consent.decided_on,
        "decision": consent.decision,
        "document": consent.document,
    }


def _read_lesson(row: RowMapping) -> Lesson:
    return Lesson(
        id=LessonId(row["id"]),
        day=row["day"],
        number=row["number"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        subject=SubjectId(row["subject_id"]),
        teacher=StaffId(row["teacher_id"]),
        topic=row["topic"],
        school_class=None if row["class_id"] is None else ClassId(row["class_id"]),
        group=None if row["group_id"] is None else GroupId(row["group_id"]),
        room=row["room"],
        substitution=_read_substitution(row),
    )


def _read_substitution(row: RowMapping) -> Substitution | None:
    if row["substitute_id"] is None:
        return None
    return Substitution(teacher=StaffId(row["substitute_id"]), reason=row["substitution_reason"])


def _write_lesson(lesson: Lesson) -> Values:
    substitution = lesson.substitution
    return {
        "id": lesson.id,
        "day": lesson.day,
        "number": lesson.number,
        "starts_at": lesson.starts_at,
        "ends_at": lesson.ends_at,
        "subject_id": lesson.subject,
        "teacher_id": lesson.teacher,
        "topic": lesson.topic,
        "class_id": lesson.school_class,
        "group_id": lesson.group,
        "room": lesson.room,
        "substitute_id": substitution.teacher if substitution else None,
        "substitution_reason": substitution.reason if substitution else None,
    }


def _write_mark(mark: Mark) -> Values:
    return {
        "id": mark.id,
        "lesson_id": mark.lesson,
        "pupil_id": mark.pupil,
        "value": mark.value,
        "work_kind": mark.work_kind,
        "weight": mark.weight,
        "comment": mark.comment,
        "voided": mark.voided,
    }


def _write_absence(absence: Absence) -> Values:
    return {
        "lesson_id": absence.lesson,
        "pupil_id": absence.pupil,
        "kind": absence.kind,
        "comment": absence.comment,
        "voided": absence.voided,
    }


def _write_homework(homework: Homework) -> Values:
    return {"lesson_id": homework.lesson, "content": homework.text, "due_on": homework.due}


PERIODS = RecordTable(table=school_tables.period, read=readers.period, write=_write_period)
VACATIONS = RecordTable(table=school_tables.vacation, read=readers.vacation, write=_write_vacation)
SUBJECTS = RecordTable(table=school_tables.subject, read=readers.subject, write=_write_subject)
GROUPS = RecordTable(table=school_tables.study_group, read=readers.study_group, write=_write_group)
CONSENTS = RecordTable(table=people_tables.consent, read=_read_consent, write=_write_consent)
LESSONS = RecordTable(table=journal_tables.lesson, read=_read_lesson, write=_write_lesson)
MARKS = RecordTable(table=journal_tables.mark, read=readers.mark, write=_write_mark)
ABSENCES = RecordTable(table=journal_tables.absence, read=readers.absence, write=_write_absence)
HOMEWORK = RecordTable(table=journal_tables.homework, read=readers.homework, write=_write_homework)

TABLES: Mapping[RecordKind, RecordTable[Any]] = MappingProxyType(
    {
        RecordKind.PERIODS: PERIODS,
        RecordKind.VACATIONS: VACATIONS,
        RecordKind.SUBJECTS: SUBJECTS,
        RecordKind.GROUPS: GROUPS,
        RecordKind.CONSENTS: CONSENTS,
        RecordKind.LESSONS: LESSONS,
        RecordKind.MARKS: MARKS,
        RecordKind.ABSENCES: ABSENCES,
        RecordKind.HOMEWORK: HOMEWORK,
    }
)
"""The table of every kind."""
