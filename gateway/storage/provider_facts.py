"""What the OneRoster objects are made from, read from the school's tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, func, select

from gateway.errors import GatewayError, Text
from gateway.model.ids import ClassId, GroupId, GuardianId, PupilId, SchoolId, StaffId, SubjectId
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster_facts import SchoolFacts, TaughtLessons
from gateway.model.people import Enrollment, Guardian, Guardianship, Pupil, Relation, Sex, Staff, Status
from gateway.model.roster import RecordKind as Roster
from gateway.storage import readers
from gateway.storage.journal_rows import TABLES
from gateway.storage.schools import read_school
from gateway.storage.tables.journal import lesson
from gateway.storage.tables.people import enrollment, guardian, guardianship, pupil, staff
from gateway.storage.tables.persons import person_record
from gateway.storage.tables.school import school_class


def read_facts(connection: Connection, school: SchoolId) -> SchoolFacts:
    """Return what is told of a school; people and classes that are archived are not.

    Raises:
        GatewayError: ``school.unknown``: this installation has no such school.
    """
    facts = _Facts(connection, school)
    found = read_school(connection, school)
    if found is None:
        raise GatewayError(
            "school.unknown",
            Text(
                ru=f"Школа «{school}» не заведена; добавьте её командой «gateway school add».",
                en=f"There is no school '{school}'; add it with 'gateway school add'.",
            ),
        )
    members = [_staff(row) for row in facts.people(staff)]
    return SchoolFacts(
        school=found,
        years=facts.records(RecordKind.YEARS),
        periods=facts.records(RecordKind.PERIODS),
        subjects=facts.records(RecordKind.SUBJECTS),
        classes=[readers.school_class(row) for row in facts.rows(school_class, ~school_class.c.archived)],
        groups=facts.records(RecordKind.GROUPS),
        loads=facts.records(RecordKind.LOADS),
        slots=facts.records(RecordKind.SLOTS),
        lessons=facts.lessons(),
        pupils=[_pupil(row) for row in facts.people(pupil)],
        guardians=[_guardian(row) for row in facts.people(guardian)],
        guardianships=[_guardianship(row) for row in facts.rows(guardianship)],
        staff=members,
        enrollments=[_enrollment(row) for row in facts.rows(enrollment)],
        other_role=facts.other_roles(frozenset(one.id for one in members)),
    )


class _Facts:
    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def rows(self, table: Table, *where: ColumnElement[bool]) -> Sequence[RowMapping]:
        statement = select(table).where(table.c.school_id == self._school, *where).order_by(*table.primary_key)
        return self._connection.execute(statement).mappings().all()

    def people(self, table: Table) -> Sequence[RowMapping]:
        return self.rows(table, table.c.status != Status.ARCHIVED)

    def records(self, kind: RecordKind) -> Sequence[Any]:
        home = TABLES[kind]
        return [home.read(row) for row in self.rows(home.table)]

    def other_roles(self, members: Collection[StaffId]) -> Mapping[GuardianId, StaffId]:
        """Return which guardians are which members of staff; of several positions that with the lowest id."""
        record = person_record.c
        statement = (
            select(record.person_id, record.kind, record.record_id)
            .where(record.school_id == self._school, record.kind.in_([Roster.GUARDIAN.value, Roster.STAFF.value]))
            .order_by(record.record_id.desc())
        )
        found = self._connection.execute(statement).all()
        staff_of = {
            person: StaffId(one) for person, kind, one in found if kind == Roster.STAFF and StaffId(one) in members
        }
        return {
            GuardianId(one): staff_of[person]
            for person, kind, one in found
            if kind == Roster.GUARDIAN and person in staff_of
        }

    def lessons(self) -> Sequence[TaughtLessons]:
        """Return who gave lessons of what to whom: one for all lessons that are alike."""
        held = lesson.c
        alike = (held.class_id, held.group_id, held.subject_id, held.teacher_id)
        statement = (
            select(*alike, func.min(held.day).label("first"), func.max(held.day).label("last"))
            .where(held.school_id == self._school)
            .group_by(*alike)
        )
        return [
            TaughtLessons(
                subject=SubjectId(row["subject_id"]),
                teacher=StaffId(row["teacher_id"]),
                first=row["first"],
                last=row["last"],
                school_class=ClassId(row["class_id"]) if row["class_id"] else None,
                group=GroupId(row["group_id"]) if row["group_id"] else None,
            )
            for row in self._connection.execute(statement).mappings()
        ]


def _pupil(row: RowMapping) -> Pupil:
    return Pupil(
        id=PupilId(row["id"]),
        source_id=row["source_id"],
        name=readers.person_name(row),
        birth_date=row["birth_date"],
        sex=Sex(row["sex"]),
        status=Status(row["status"]),
    )


def _guardian(row: RowMapping) -> Guardian:
    return Guardian(
        id=GuardianId(row["id"]),
        source_id=row["source_id"],
        name=readers.person_name(row),
        status=Status(row["status"]),
    )


def _staff(row: RowMapping) -> Staff:
    return Staff(
        id=StaffId(row["id"]),
        source_id=row["source_id"],
        name=readers.person_name(row),
        position=row["position"],
        status=Status(row["status"]),
    )


def _guardianship(row: RowMapping) -> Guardianship:
    return Guardianship(
        guardian=GuardianId(row["guardian_id"]),
        pupil=PupilId(row["pupil_id"]),
        relation=Relation(row["relation"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


def _enrollment(row: RowMapping) -> Enrollment:
    return Enrollment(
        pupil=PupilId(row["pupil_id"]),
        school_class=ClassId(row["class_id"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )
