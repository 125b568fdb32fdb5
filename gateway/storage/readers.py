"""Rows of the tables as values of the model: one reader a kind, whoever reads."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import RowMapping

from gateway.model.attendance import Absence
from gateway.model.ids import ClassId, StaffId
from gateway.model.journal import Homework, Mark
from gateway.model.journal_records import RecordKind
from gateway.model.people import PersonName
from gateway.model.school import Period, SchoolClass, StudyGroup, Subject
from gateway.storage.journal_rows import TABLES

period: Callable[[RowMapping], Period] = TABLES[RecordKind.PERIODS].read
subject: Callable[[RowMapping], Subject] = TABLES[RecordKind.SUBJECTS].read
study_group: Callable[[RowMapping], StudyGroup] = TABLES[RecordKind.GROUPS].read
mark: Callable[[RowMapping], Mark] = TABLES[RecordKind.MARKS].read
absence: Callable[[RowMapping], Absence] = TABLES[RecordKind.ABSENCES].read
homework: Callable[[RowMapping], Homework] = TABLES[RecordKind.HOMEWORK].read


def person_name(row: RowMapping) -> PersonName:
    """Return a name; of somebody whom an outer join did not find, an empty one."""
    return PersonName(
        family=row["family_name"] or "", given=row["given_name"] or "", patronymic=row["patronymic"] or ""
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
