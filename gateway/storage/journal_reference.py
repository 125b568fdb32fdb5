"""Reads what the rules have to know for one batch.

However many records the batch has, the same questions are asked, each in chunks of `_CHUNK` ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, RowMapping, Select, select

from gateway.model.ids import ClassId, GuardianId, PupilId, SchoolId, StaffId
from gateway.model.journal import Batch
from gateway.model.journal_records import R, RecordKey, Stored, key_of
from gateway.model.people import Enrollment
from gateway.model.rules.reference import JournalReference, StoredRecords
from gateway.storage import journal_rows as rows
from gateway.storage.tables import journal, people, school

_CHUNK = 1000
"""Ids in one IN list: SQLite takes 32 766 parameters in a statement, PostgreSQL 65 535."""


def read_reference(connection: Connection, school_id: SchoolId, batch: Batch) -> JournalReference | None:
    """Return the reference data of a batch and lock the school's row; ``None`` if there is no such school."""
    zone = connection.execute(
        select(school.school.c.zone).where(school.school.c.school_id == school_id).with_for_update()
    ).scalar()
    if zone is None:
        return None
    reader = _Reader(connection, school_id)
    stored = reader.stored(batch)
    members = _members(batch, stored)
    return JournalReference(
        zone=ZoneInfo(zone),
        grades=reader.grades(),
        pupils=reader.pupils(members),
        staff=reader.staff(_teachers(batch)),
        enrollments=reader.enrollments(members),
        guardianships=reader.guardianships(consent.guardian for consent in batch.consents),
        stored=stored,
    )


class _Reader:
    """Asks one school's tables."""

    def __init__(self, connection: Connection, school_id: SchoolId) -> None:
        self._connection = connection
        self._school = school_id

    def stored(self, batch: Batch) -> StoredRecords:
        """Return what the journal holds of and around the batch's records."""
        lesson_ids = _lessons(batch)
        lessons = self._records(rows.LESSONS, journal.lesson.c.id, lesson_ids)
        named_groups = {lesson.group for lesson in batch.lessons} | {one.record.group for one in lessons.values()}
        group_ids = {group for group in named_groups if group is not None} | {group.id for group in batch.groups}
        marks_there = self._records(rows.MARKS, journal.mark.c.lesson_id, lesson_ids)
        marks_again = self._records(rows.MARKS, journal.mark.c.id, (mark.id for mark in batch.marks))
        guardians = (consent.guardian for consent in batch.consents)
        return StoredRecords(
            periods=self._all(rows.PERIODS),
            vacations=self._all(rows.VACATIONS),
            subjects=self._all(rows.SUBJECTS),
            groups=self._records(rows.GROUPS, school.study_group.c.id, group_ids),
            consents=self._records(rows.CONSENTS, people.consent.c.guardian_id, guardians),
            lessons=lessons,
            marks={**marks_there, **marks_again},
            absences=self._records(rows.ABSENCES, journal.absence.c.lesson_id, lesson_ids),
            homework=self._records(rows.HOMEWORK, journal.homework.c.lesson_id, lesson_ids),
        )

    def grades(self) -> Mapping[ClassId, int]:
        """Return the grade of every class of the school."""
        statement = select(school.school_class).where(school.school_class.c.school_id == self._school)
        return {ClassId(row["id"]): row["grade"] for row in self._run(statement)}

    def pupils(self, pupils: Iterable[PupilId]) -> frozenset[PupilId]:
        """Return those of the pupils that exist."""
        table = people.pupil
        return frozenset(PupilId(row["id"]) for row in self._with(select(table.c.id), table.c.id, pupils))

    def staff(self, staff: Iterable[StaffId]) -> frozenset[StaffId]:
        """Return those members of staff that exist."""
        table = people.staff
        return frozenset(StaffId(row["id"]) for row in self._with(select(table.c.id), table.c.id, staff))

    def enrollments(self, pupils: Iterable[PupilId]) -> Mapping[PupilId, tuple[Enrollment, ...]]:
        """Return all places in classes that the pupils have or had."""
        found: defaultdict[PupilId, tuple[Enrollment, ...]] = defaultdict(tuple)
        for row in self._with(select(people.enrollment), people.enrollment.c.pupil_id, pupils):
            place = Enrollment(
                pupil=PupilId(row["pupil_id"]),
                school_class=ClassId(row["class_id"]),
                valid_from=row["valid_from"],
                valid_to=row["valid_to"],
            )
            found[place.pupil] += (place,)
        return dict(found)

    def guardianships(self, guardians: Iterable[GuardianId]) -> frozenset[tuple[GuardianId, PupilId]]:
        """Return who is guarded by the guardians."""
        table = people.guardianship
        found = self._with(select(table.c.guardian_id, table.c.pupil_id), table.c.guardian_id, guardians)
        return frozenset((GuardianId(row["guardian_id"]), PupilId(row["pupil_id"])) for row in found)

    def _all(self, home: rows.RecordTable[R]) -> Mapping[RecordKey, Stored[R]]:
        return _keyed(home, self._run(select(home.table).where(home.table.c.school_id == self._school)))

    def _records(
        self, home: rows.RecordTable[R], column: Column[Any], ids: Iterable[str]
    ) -> Mapping[RecordKey, Stored[R]]:
        return _keyed(home, self._with(select(home.table), column, ids))

    def _with(self, statement: Select[Any], column: Column[Any], ids: Iterable[str]) -> Iterator[RowMapping]:
        """Yield the school's rows that have one of the ids in the column."""
        distinct = iter(sorted(set(ids)))
        while chunk := list(islice(distinct, _CHUNK)):
            yield from self._run(statement.where(column.table.c.school_id == self._school, column.in_(chunk)))

    def _run(self, statement: Select[Any]) -> Iterator[RowMapping]:
        yield from self._connection.execute(statement).mappings()


def _keyed(home: rows.RecordTable[R], found: Iterable[RowMapping]) -> Mapping[RecordKey, Stored[R]]:
    versioned = home.is_versioned
    records = (Stored(record=home.read(row), version=row["version"] if versioned else 1) for row in found)
    return {key_of(stored.record): stored for stored in records}


def _lessons(batch: Batch) -> set[str]:
    return (
        {lesson.id for lesson in batch.lessons}
        | {mark.lesson for mark in batch.marks}
        | {absence.lesson for absence in batch.absences}
        | {homework.lesson for homework in batch.homework}
    )


def _members(batch: Batch, stored: StoredRecords) -> set[PupilId]:
    groups = chain(batch.groups, (one.record for one in stored.groups.values()))
    return (
        {mark.pupil for mark in batch.marks}
        | {absence.pupil for absence in batch.absences}
        | {member for group in groups for member in group.members}
    )


def _teachers(batch: Batch) -> set[StaffId]:
    substitutes = (lesson.substitution.teacher for lesson in batch.lessons if lesson.substitution is not None)
    return {lesson.teacher for lesson in batch.lessons} | set(substitutes)
