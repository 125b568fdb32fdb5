"""A made-up school in real tables, and the transactions that exports need over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert

import outbox
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.sandbox.school import SampleSchool, journal_day, setup_batch
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import open_engine
from gateway.storage.exports import SqlExports
from gateway.storage.steps import SqlStepLog
from gateway.storage.tables import journal, metadata, people
from gateway.storage.tables import school as school_tables


def open_database(url: str) -> Engine:
    engine = open_engine(url)
    metadata.create_all(engine)
    outbox.migrate(engine)
    return engine


@dataclass
class ExportWork:
    """A unit of work with what exports need; ``seam`` is called with the name of every repository asked for."""

    connection: Connection
    school: SchoolId
    clock: Callable[[], datetime]
    seam: Callable[[str], None] = field(default=lambda _name: None)

    @property
    def exports(self) -> SqlExports:
        self.seam("exports")
        return SqlExports(self.connection, self.school)

    @property
    def audit(self) -> SqlAuditLog:
        self.seam("audit")
        return SqlAuditLog(self.connection, self.school)

    @property
    def steps(self) -> SqlStepLog:
        self.seam("steps")
        return SqlStepLog(self.connection, self.school)

    @property
    def outbound(self) -> ExportWork:
        self.seam("outbound")
        return self

    def enqueue(self, *messages: outbox.NewMessage) -> list[str]:
        return list(outbox.enqueue(self.connection, *messages, now=self.clock()))


def units(
    engine: Engine, school: SchoolId, clock: Callable[[], datetime], seam: Callable[[str], None] = lambda _name: None
) -> Callable[[], AbstractContextManager[ExportWork]]:
    @contextmanager
    def unit() -> Iterator[ExportWork]:
        with engine.begin() as connection:
            yield ExportWork(connection, school, clock, seam)

    return unit


def enter_school(engine: Engine, sample: SampleSchool) -> None:
    """Write the school's people and frame as roster and journal would have done."""
    setup = setup_batch(sample)
    rows = {
        school_tables.school: [
            {"name": sample.school.name, "registry_id": sample.school.registry_id, "zone": sample.school.zone}
        ],
        school_tables.period: [
            {
                "id": period.id,
                "year": period.year,
                "kind": period.kind,
                "number": period.number,
                "start_on": period.start,
                "end_on": period.end,
                "first_grade": period.first_grade,
                "last_grade": period.last_grade,
            }
            for period in setup.periods
        ],
        school_tables.school_class: [
            {
                "id": one.id,
                "source_id": one.source_id,
                "year": one.year,
                "grade": one.grade,
                "letter": one.letter,
                "class_teacher_id": one.class_teacher,
                "archived": one.archived,
            }
            for one in sample.classes
        ],
        school_tables.subject: [{"id": one.id, "name": one.name, "component": one.component} for one in setup.subjects],
        school_tables.study_group: [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "subject_id": one.subject,
                "members": list(one.members),
            }
            for one in setup.groups
        ],
        people.pupil: [
            {
                "id": one.id,
                "source_id": one.source_id,
                "family_name": one.name.family,
                "given_name": one.name.given,
                "patronymic": one.name.patronymic,
                "birth_date": one.birth_date,
                "sex": one.sex,
                "snils": one.snils,
                "status": one.status,
            }
            for one in sample.pupils
        ],
        people.enrollment: [
            {
                "pupil_id": one.pupil,
                "class_id": one.school_class,
                "valid_from": one.valid_from,
                "valid_to": one.valid_to,
            }
            for one in sample.enrollments
        ],
    }
    with engine.begin() as connection:
        for table, records in rows.items():
            connection.execute(insert(table), [{"school_id": sample.school.id, **record} for record in records])


def enter_days(engine: Engine, sample: SampleSchool, days: Iterable[date]) -> list[Batch]:
    """Write the facts of some days as the journal would have done; return them."""
    batches = [journal_day(sample, day) for day in days]
    with engine.begin() as connection:
        for batch in batches:
            for table, records in _facts(batch).items():
                if records:
                    connection.execute(insert(table), [{"school_id": sample.school.id, **record} for record in records])
    return batches


def _facts(batch: Batch) -> dict[object, list[dict[str, object]]]:
    return {
        journal.lesson: [
            {
                "id": one.id,
                "day": one.day,
                "number": one.number,
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
                "subject_id": one.subject,
                "teacher_id": one.teacher,
                "topic": one.topic,
                "class_id": one.school_class,
                "group_id": one.group,
                "room": one.room,
                "version": 1,
            }
            for one in batch.lessons
        ],
        journal.mark: [
            {
                "id": one.id,
                "lesson_id": one.lesson,
                "pupil_id": one.pupil,
                "value": one.value,
                "work_kind": one.work_kind,
                "weight": one.weight,
                "comment": one.comment,
                "voided": one.voided,
                "version": 1,
            }
            for one in batch.marks
        ],
        journal.absence: [
            {
                "lesson_id": one.lesson,
                "pupil_id": one.pupil,
                "kind": one.kind,
                "comment": one.comment,
                "voided": one.voided,
                "version": 1,
            }
            for one in batch.absences
        ],
    }
