"""Rows of the tables as values of the model: one reader a kind, whoever reads."""

from __future__ import annotations

from sqlalchemy import RowMapping

from gateway.model.ids import ClassId, GroupId, LessonId, MarkId, PeriodId, PupilId, StaffId, SubjectId
from gateway.model.journal import Absence, AbsenceKind, Homework, Mark, WorkKind
from gateway.model.people import PersonName
from gateway.model.school import (
    Component,
    GroupKind,
    Period,
    PeriodKind,
    SchoolClass,
    StudyGroup,
    Subject,
    Vacation,
)


def person_name(row: RowMapping) -> PersonName:
    """Return a name; of somebody whom an outer join did not find, an empty one."""
    return PersonName(
        family=row["family_name"] or "", given=row["given_name"] or "", patronymic=row["patronymic"] or ""
    )


def period(row: RowMapping) -> Period:
    """Return a study period."""
    return Period(
        id=PeriodId(row["id"]),
        year=row["year"],
        kind=PeriodKind(row["kind"]),
        number=row["number"],
        start=row["start_on"],
        end=row["end_on"],
        first_grade=row["first_grade"],
        last_grade=row["last_grade"],
    )


def vacation(row: RowMapping) -> Vacation:
    """Return a vacation."""
    return Vacation(
        id=row["id"],
        year=row["year"],
        name=row["name"],
        start=row["start_on"],
        end=row["end_on"],
        first_grade=row["first_grade"],
        last_grade=row["last_grade"],
    )


def school_class(row: RowMapping) -> SchoolClass:
    """Return a class."""
    return SchoolClass(
        id=ClassId(row["id"]),
        source_id=row["source_id"],
        year=row["year"],
        grade=row["grade"],
        letter=row["letter"],
        class_teacher=StaffId(row["class_teacher_id"]) if row["class_teacher_id"] else None,
        archived=row["archived"],
    )


def subject(row: RowMapping) -> Subject:
    """Return a subject."""
    return Subject(id=SubjectId(row["id"]), name=row["name"], component=Component(row["component"]))


def study_group(row: RowMapping) -> StudyGroup:
    """Return a study group with its members."""
    return StudyGroup(
        id=GroupId(row["id"]),
        name=row["name"],
        kind=GroupKind(row["kind"]),
        subject=SubjectId(row["subject_id"]),
        members=tuple(PupilId(member) for member in row["members"]),
    )


def mark(row: RowMapping) -> Mark:
    """Return a mark."""
    return Mark(
        id=MarkId(row["id"]),
        lesson=LessonId(row["lesson_id"]),
        pupil=PupilId(row["pupil_id"]),
        value=row["value"],
        work_kind=WorkKind(row["work_kind"]),
        weight=row["weight"],
        comment=row["comment"],
        voided=row["voided"],
    )


def absence(row: RowMapping) -> Absence:
    """Return an absence."""
    return Absence(
        lesson=LessonId(row["lesson_id"]),
        pupil=PupilId(row["pupil_id"]),
        kind=AbsenceKind(row["kind"]),
        comment=row["comment"],
        voided=row["voided"],
    )


def homework(row: RowMapping) -> Homework:
    """Return the homework of a lesson."""
    return Homework(lesson=LessonId(row["lesson_id"]), text=row["content"], due=row["due_on"])
