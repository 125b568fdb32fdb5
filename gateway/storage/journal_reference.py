"""Reads what the rules have to know for one batch.

However many records the batch has, the same questions are asked, and of kinds that it neither brings nor names none.
Which fields name which kind of record is told by the shapes of the records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, Table, and_, select

from gateway.model.batch import Batch
from gateway.model.ids import ClassId, GuardianId, PupilId, StaffId
from gateway.model.journal import Deferral, Lesson, PeriodMark
from gateway.model.journal_records import RecordKey, RecordKind, Stored, all_records, key_of, records_of
from gateway.model.people import Enrollment
from gateway.model.policy import policy_of
from gateway.model.record_shape import Linked, RosterKind
from gateway.model.rules.reference import COMPLETE, JournalReference, StoredRecords
from gateway.model.school import StudyGroup
from gateway.storage.chunks import one_of
from gateway.storage.final_marks import final_marks, summed_up
from gateway.storage.journal_rows import TABLES
from gateway.storage.record_links import links_of
from gateway.storage.stored_rows import StoredRows
from gateway.storage.tables import people, school
from gateway.storage.tables.records import RECORD_TABLES

_Found = dict[RecordKind, dict[RecordKey, Stored[Any]]]
_Named = Mapping[Linked, Collection[str]]

_OF_LESSONS = (RecordKind.MARKS, RecordKind.ABSENCES, RecordKind.MAKE_UPS)
"""Facts of which a reference has all those of its lessons."""

_OF_STAFF = {RecordKind.APPOINTMENTS: "staff_id", RecordKind.LOADS: "teacher_id"}
"""Papers of which a reference has all those of the staff that the batch names."""

_OF_PUPILS = (RecordKind.PERIOD_MARKS, RecordKind.DEFERRALS)
"""What a reference has of the pupils that the batch names, in the subjects it is about."""


def read_reference(connection: Connection, rows: StoredRows, batch: Batch) -> JournalReference | None:
    """Return the reference data of a batch and lock the school's row; ``None`` if there is no such school."""
    zone = connection.execute(
        select(school.school.c.zone).where(school.school.c.school_id == rows.school).with_for_update()
    ).scalar()
    if zone is None:
        return None
    reader = _Reader(connection, rows)
    named = _named(batch)
    stored = reader.stored(batch, named)
    classes = reader.classes()
    pupils = frozenset(named[RosterKind.PUPILS]) | _members(batch, stored)
    return JournalReference(
        zone=ZoneInfo(zone),
        policy=policy_of(one.record for one in stored.of(RecordKind.POLICIES).values()),
        grades={ClassId(row["id"]): row["grade"] for row in classes},
        class_teachers={
            ClassId(row["id"]): StaffId(row["class_teacher_id"]) for row in classes if row["class_teacher_id"]
        },
        pupils=frozenset(map(PupilId, reader.existing(people.pupil, pupils))),
        guardians=frozenset(map(GuardianId, reader.existing(people.guardian, named[RosterKind.GUARDIANS]))),
        staff=frozenset(map(StaffId, reader.existing(people.staff, named[RosterKind.STAFF]))),
        enrollments=reader.enrollments(pupils),
        guardianships=reader.guardianships(named[RosterKind.GUARDIANS]),
        finals=final_marks(connection, rows.school, _lessons(batch, stored)),
        summed_up=summed_up(connection, rows.school, {one.id for one in batch.periods}),
        kept=frozenset(kind for kind in _OF_STAFF if reader.keeps(kind)),
        stored=stored,
    )


def _named(batch: Batch) -> Mapping[Linked, set[str]]:
    """Return the ids that a batch's records link to, by the kind they name."""
    named: defaultdict[Linked, set[str]] = defaultdict(set)
    for kind, record in all_records(batch):
        for linked, ids in links_of(kind)(record):
            named[linked].update(ids)
    return named


class _Reader:
    """Asks one school's tables."""

    def __init__(self, connection: Connection, rows: StoredRows) -> None:
        self._connection = connection
        self._rows = rows

    def stored(self, batch: Batch, named: _Named) -> StoredRecords:
        """Return what the journal holds of and around the batch's records."""
        found: _Found = {kind: self._keyed(kind, self._select(kind)) for kind in RecordKind if kind in COMPLETE}
        for kind in RecordKind:
            if kind not in COMPLETE:
                found[kind] = self._again_and_named(kind, batch, named.get(kind, ()))
        self._around_lessons(found, batch)
        for kind, column in _OF_STAFF.items():
            self._add(found, kind, self._with(kind, column, named.get(RosterKind.STAFF, ())))
        papers = (one.record for kind in _OF_STAFF for one in found[kind].values())
        groups = {paper.group for paper in papers if paper.group is not None}
        self._add(found, RecordKind.GROUPS, self._with(RecordKind.GROUPS, "id", groups))
        subjects = _subjects(batch, found)
        for kind in _OF_PUPILS:
            self._add(found, kind, self._of_pupils(kind, named.get(RosterKind.PUPILS, ()), subjects))
        return StoredRecords(by_kind=found)

    def _again_and_named(self, kind: RecordKind, batch: Batch, named: Collection[str]) -> dict[RecordKey, Stored[Any]]:
        """Return the records of a kind that the batch brings again or names.

        Kinds known by several attributes are looked up by the first of them, and nothing names one of their records.
        """
        keys = {key_of(record) for record in records_of(batch, kind)}
        first = TABLES[kind].key[0].name
        found = self._keyed(kind, self._with(kind, first, {key[0] for key in keys} | set(named)))
        return {key: stored for key, stored in found.items() if key in keys or key[0] in named}

    def _around_lessons(self, found: _Found, batch: Batch) -> None:
        """Add what is stored of and around the lessons that the batch brings or names."""
        lessons = _lessons(batch, StoredRecords(by_kind=found))
        groups = {lesson.group for lesson in lessons if lesson.group is not None}
        self._add(found, RecordKind.GROUPS, self._with(RecordKind.GROUPS, "id", groups))
        orders = {one.substitution.order for one in lessons if one.substitution and one.substitution.order}
        self._add(found, RecordKind.SUBSTITUTIONS, self._with(RecordKind.SUBSTITUTIONS, "id", orders))
        for name, taught in (
            ("class_id", {lesson.school_class for lesson in lessons if lesson.school_class is not None}),
            ("group_id", groups),
        ):
            self._add(found, RecordKind.SUBSTITUTIONS, self._orders(name, taught, {lesson.day for lesson in lessons}))
        ids = {lesson.id for lesson in lessons}
        for kind in _OF_LESSONS:
            self._add(found, kind, self._with(kind, "lesson_id", ids))

    def _orders(self, column: str, taught: Collection[str], days: Collection[Any]) -> Iterator[RowMapping]:
        """Yield the substitution orders of some days and classes or groups."""
        table = RECORD_TABLES[RecordKind.SUBSTITUTIONS]
        if days:
            between = table.c.day.between(min(days), max(days))
            found = self._with(RecordKind.SUBSTITUTIONS, column, taught, between)
            yield from (row for row in found if row["day"] in days)

    def _of_pupils(self, kind: RecordKind, pupils: Collection[str], subjects: Collection[str]) -> Iterator[RowMapping]:
        if subjects:
            of_subjects = one_of(self._connection, RECORD_TABLES[kind].c.subject_id, subjects)
            yield from self._with(kind, "pupil_id", pupils, of_subjects)

    def keeps(self, kind: RecordKind) -> bool:
        """Tell whether the school has any record of a kind."""
        table = RECORD_TABLES[kind]
        there = select(table.c.school_id).where(table.c.school_id == self._rows.school).limit(1)
        return self._connection.execute(there).first() is not None

    def classes(self) -> list[RowMapping]:
        """Return every class of the school."""
        table = school.school_class
        return list(self._run(select(table).where(table.c.school_id == self._rows.school)))

    def existing(self, table: Table, ids: Collection[str]) -> Iterator[str]:
        """Yield those of the ids that a table of people has."""
        if ids:
            there = and_(table.c.school_id == self._rows.school, one_of(self._connection, table.c.id, ids))
            yield from self._connection.execute(select(table.c.id).where(there)).scalars()

    def enrollments(self, pupils: Collection[str]) -> Mapping[PupilId, tuple[Enrollment, ...]]:
        """Return all places in classes that the pupils have or had."""
        found: defaultdict[PupilId, tuple[Enrollment, ...]] = defaultdict(tuple)
        for row in self._of(people.enrollment.c.pupil_id, pupils):
            place = Enrollment(
                pupil=PupilId(row["pupil_id"]),
                school_class=ClassId(row["class_id"]),
                valid_from=row["valid_from"],
                valid_to=row["valid_to"],
            )
            found[place.pupil] += (place,)
        return dict(found)

    def guardianships(self, guardians: Collection[str]) -> frozenset[tuple[GuardianId, PupilId]]:
        """Return who is guarded by the guardians."""
        rows = self._of(people.guardianship.c.guardian_id, guardians)
        return frozenset((GuardianId(row["guardian_id"]), PupilId(row["pupil_id"])) for row in rows)

    def _with(
        self, kind: RecordKind, column: str, values: Collection[str], *conditions: ColumnElement[bool]
    ) -> Iterator[RowMapping]:
        """Yield the rows of a kind that have one of the values in a column."""
        return self._of(RECORD_TABLES[kind].c[column], values, *conditions)

    def _of(
        self, column: Column[Any], values: Collection[str], *conditions: ColumnElement[bool]
    ) -> Iterator[RowMapping]:
        """Yield the school's rows that have one of the values in a column; nothing is asked if there is none."""
        if values:
            table = column.table
            there = and_(table.c.school_id == self._rows.school, one_of(self._connection, column, values), *conditions)
            yield from self._run(select(table).where(there))

    def _select(self, kind: RecordKind) -> Iterator[RowMapping]:
        table = RECORD_TABLES[kind]
        yield from self._run(select(table).where(table.c.school_id == self._rows.school))

    def _run(self, statement: Select[Any]) -> Iterator[RowMapping]:
        yield from self._connection.execute(statement).mappings()

    def _keyed(self, kind: RecordKind, found: Iterable[RowMapping]) -> dict[RecordKey, Stored[Any]]:
        home = TABLES[kind]
        return {home.key_of_row(row): self._rows.read(kind, row) for row in found}

    def _add(self, found: _Found, kind: RecordKind, rows: Iterable[RowMapping]) -> None:
        """Add rows to what was found; a record is made of a row only once."""
        home, known = TABLES[kind], found[kind]
        for row in rows:
            key = home.key_of_row(row)
            if key not in known:
                known[key] = self._rows.read(kind, row)


def _subjects(batch: Batch, found: _Found) -> set[str]:
    """Return the subjects a batch is about: of its lessons, its period marks and its deferrals."""
    about: tuple[Lesson | PeriodMark | Deferral, ...] = (
        *_lessons(batch, StoredRecords(by_kind=found)),
        *batch.period_marks,
        *batch.deferrals,
    )
    return {record.subject for record in about}


def _lessons(batch: Batch, stored: StoredRecords) -> list[Lesson]:
    """Return the lessons that a batch brings or names."""
    return [*batch.lessons, *(one.record for one in stored.of(RecordKind.LESSONS).values())]


def _members(batch: Batch, stored: StoredRecords) -> frozenset[PupilId]:
    groups: list[StudyGroup] = [*batch.groups, *(one.record for one in stored.of(RecordKind.GROUPS).values())]
    return frozenset(pupil for group in groups for pupil in group.pupils)
