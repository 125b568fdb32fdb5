"""What the OneRoster gradebook is made from, read from the school's tables in flat memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from gateway.model.ids import ClassId, GroupId, LessonId, MarkId, PupilId, RecordId, SchoolId, SubjectId
from gateway.model.journal import Homework, Lesson, Mark, PeriodMark, Stage
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster import ObjectKind, ObjectStatus, referred
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.oneroster_marks import GradebookFacts, LessonFacts, OutsideWork
from gateway.storage.chunks import chunks_of, one_of
from gateway.storage.journal_rows import TABLES
from gateway.storage.provider_submissions import SqlSubmissions
from gateway.storage.tables.provider import provider_object

_LESSONS, _MARKS = TABLES[RecordKind.LESSONS], TABLES[RecordKind.MARKS]
_HOMEWORK, _FINALS = TABLES[RecordKind.HOMEWORK], TABLES[RecordKind.PERIOD_MARKS]
_AT_ONCE = 500
_CONCLUSIONS = (Stage.EXAM.value, Stage.FINAL.value)


class SqlGradebook:
    """The gradebook of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def facts(self, school: SchoolFacts) -> GradebookFacts:
        """Return what holds for all marks; ``school`` is what holds for everything."""
        submissions = SqlSubmissions(self._connection, self._school)
        works: dict[str, OutsideWork] = {}
        for one in submissions.taken(ObjectKind.LINE_ITEM):
            if one.lesson is not None:
                works[one.sourced_id] = OutsideWork(
                    sourced_id=one.sourced_id,
                    lesson=one.lesson,
                    category=referred(one.body, "category") or "",
                    title=str(one.body["title"]),
                    description=str(one.body.get("description", "")),
                )
        of_lesson: dict[LessonId, list[OutsideWork]] = defaultdict(list)
        for work in works.values():
            of_lesson[work.lesson].append(work)
        results = submissions.taken(ObjectKind.RESULT, ObjectKind.ASSESSMENT_RESULT)
        return GradebookFacts(
            school=school,
            scales=self._records(RecordKind.SCALES),
            work_types=self._records(RecordKind.WORK_TYPES),
            works=of_lesson,
            marks_of_works={MarkId(one.record): one.item for one in results if one.record_kind is RecordKind.MARKS},
            finals_of_others={
                RecordId(one.record): one.sourced_id for one in results if one.record_kind is RecordKind.PERIOD_MARKS
            },
            conclusions=list(self.finals(stages=_CONCLUSIONS)),
        )

    def lessons(self, wanted: Collection[LessonId] | None = None) -> Iterator[LessonFacts]:
        """Yield lessons by id, each with its marks and homework: all of them, or those with some ids."""
        key = _LESSONS.table.c.id
        if wanted is not None:
            for some in chunks_of(sorted(set(wanted))):
                yield from self._lessons(one_of(self._connection, key, some))
            return
        after = ""
        while page := self._page_of_ids(after):
            yield from self._lessons(one_of(self._connection, key, page))
            after = page[-1]

    def lessons_on(
        self, day: date, *, subject: SubjectId, school_class: ClassId | None, group: GroupId | None
    ) -> Sequence[Lesson]:
        """Return the lessons of a subject that a class or a group had on a day, in their order."""
        table = _LESSONS.table.c
        statement = (
            select(_LESSONS.table)
            .where(table.school_id == self._school, table.day == day, table.subject_id == subject)
            .where(table.class_id == school_class if school_class else table.group_id == group)
            .order_by(table.number)
        )
        return [_LESSONS.read(row) for row in self._connection.execute(statement).mappings()]

    def finals(
        self,
        *,
        stages: Collection[str] | None = None,
        ids: Collection[str] | None = None,
        pupil: PupilId | None = None,
    ) -> Iterator[PeriodMark]:
        """Yield final marks that hold, by id: all of them, those of some stages, with some ids or of a pupil."""
        table = _FINALS.table.c
        statement = select(_FINALS.table).where(table.school_id == self._school, ~table.voided).order_by(table.id)
        if stages is not None:
            statement = statement.where(table.stage.in_(sorted(stages)))
        if ids is not None:
            statement = statement.where(one_of(self._connection, table.id, ids))
        if pupil is not None:
            statement = statement.where(table.pupil_id == pupil)
        after = ""
        while page := self._connection.execute(statement.where(table.id > after).limit(_AT_ONCE)).mappings().all():
            yield from (_FINALS.read(row) for row in page)
            after = page[-1]["id"]

    def digests_of(
        self, kind: ObjectKind, *, ids: Collection[str] = (), items: Collection[str] = ()
    ) -> dict[str, str | None]:
        """Return the digests of objects with some ids, and of results of some line items; ``None`` for what is gone."""
        held = provider_object.c
        found: dict[str, str | None] = {}
        for column, wanted in ((held.sourced_id, ids), (held.parent_id, items)):
            for some in chunks_of(sorted(set(wanted))):
                statement = select(held.sourced_id, held.status, held.digest).where(
                    held.school_id == self._school,
                    held.kind == kind.value,
                    one_of(self._connection, column, some),
                )
                for row in self._connection.execute(statement):
                    found[row.sourced_id] = row.digest if row.status == ObjectStatus.ACTIVE else None
        return found

    def _page_of_ids(self, after: str) -> Sequence[str]:
        key = _LESSONS.table.c.id
        statement = (
            select(key).where(_LESSONS.table.c.school_id == self._school, key > after).order_by(key).limit(_AT_ONCE)
        )
        return self._connection.execute(statement).scalars().all()

    def _lessons(self, which: ColumnElement[bool]) -> Iterator[LessonFacts]:
        table = _LESSONS.table.c
        statement = select(_LESSONS.table).where(table.school_id == self._school, which).order_by(table.id)
        lessons = [_LESSONS.read(row) for row in self._connection.execute(statement).mappings()]
        marks: Mapping[LessonId, list[Mark]] = self._at(RecordKind.MARKS, lessons)
        homework: Mapping[LessonId, list[Homework]] = self._at(RecordKind.HOMEWORK, lessons)
        for lesson in lessons:
            told = homework.get(lesson.id, ())
            held = [mark for mark in marks.get(lesson.id, ()) if not mark.voided]
            yield LessonFacts(lesson=lesson, marks=held, homework=next(iter(told), None))

    def _at(self, kind: RecordKind, lessons: Sequence[Lesson]) -> Mapping[LessonId, list[Any]]:
        """Return the records of a kind at lessons, by lesson."""
        home = TABLES[kind]
        table = home.table.c
        found: dict[LessonId, list[Any]] = defaultdict(list)
        ids = one_of(self._connection, table.lesson_id, [one.id for one in lessons])
        statement = select(home.table).where(table.school_id == self._school, ids).order_by(*home.table.primary_key)
        for row in self._connection.execute(statement).mappings():
            record = home.read(row)
            found[record.lesson].append(record)
        return found

    def _records(self, kind: RecordKind) -> Sequence[Any]:
        home = TABLES[kind]
        statement = select(home.table).where(home.table.c.school_id == self._school).order_by(*home.table.primary_key)
        return [home.read(row) for row in self._connection.execute(statement).mappings()]
