"""Step 3 of the road whole: a made-up school in real tables, the emulator behind a real socket, the flow between."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, insert

from gateway.adapters.netschool.adapter import NetschoolJournal
from gateway.adapters.netschool.settings import NetschoolAccess
from gateway.control.compare import PlatformComparison
from gateway.model.comparison import Comparison
from gateway.model.ids import ClassId
from gateway.ports.frame import Outbound
from gateway.sandbox.netschool import Account, ClassJournal, class_journal, netschool_emulator, one_of_each_kind
from gateway.sandbox.school import SampleSchool, journal_day, schools
from gateway.sandbox.server import Emulator, RunningServer
from gateway.storage.audit import SqlAuditLog
from gateway.storage.comparison import SqlComparisons
from gateway.storage.steps import SqlStepLog
from gateway.storage.tables import journal, metadata, people, school
from gateway.storage.weeks import SqlWeeks

MONDAY = date(2026, 9, 14)
DAYS = tuple(MONDAY + timedelta(days=offset) for offset in range(6))
NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
ACCOUNT = Account(login="Лукина", password="пароль", name="Лукина И. П.")


@pytest.fixture(scope="module")
def sample() -> SampleSchool:
    return next(schools(60, year=2026))


class Unit:
    def __init__(self, connection: Connection, sample: SampleSchool) -> None:
        self.audit = SqlAuditLog(connection, sample.school.id)
        self.steps = SqlStepLog(connection, sample.school.id)
        self.weeks = SqlWeeks(connection, sample.school.id)
        self.comparisons = SqlComparisons(connection, sample.school.id)

    @property
    def outbound(self) -> Outbound:
        raise AssertionError("the comparison sends nothing")


@pytest.fixture(scope="module")
def engine(sample: SampleSchool) -> Iterator[Engine]:
    """The school's roster and a week of its journal, as the steps before this one leave them."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table, rows in rows_of(sample).items():
            connection.execute(insert(table), [{"school_id": sample.school.id, **row} for row in rows])
    yield engine
    engine.dispose()


def rows_of(sample: SampleSchool) -> dict[Table, list[dict[str, Any]]]:
    batches = [journal_day(sample, day) for day in DAYS]
    return {
        school.school_class: [
            {
                "id": one.id,
                "source_id": one.source_id,
                "year": one.year,
                "grade": one.grade,
                "letter": one.letter,
                "archived": False,
            }
            for one in sample.classes
        ],
        school.subject: [{"id": one.id, "name": one.name, "component": one.component} for one in sample.subjects],
        school.study_group: [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "subject_id": one.subject,
                "members": list(one.members),
            }
            for one in sample.groups
        ],
        school.group_member: [
            {"group_id": one.id, "pupil_id": member, "valid_from": date.min}
            for one in sample.groups
            for member in one.members
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
            for batch in batches
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
            for batch in batches
            for one in batch.marks
        ],
        journal.homework: [
            {"lesson_id": one.lesson, "content": one.text, "due_on": one.due, "version": 1}
            for batch in batches
            for one in batch.homework
        ],
    }


def compared(engine: Engine, sample: SampleSchool, school_class: ClassId, emulator: Emulator) -> Comparison:
    @contextmanager
    def units() -> Iterator[Unit]:
        with engine.begin() as connection:
            yield Unit(connection, sample)

    numbers = count(1)
    with RunningServer(emulator) as server:
        access = NetschoolAccess(
            url=server.url, school=sample.school.name, login=ACCOUNT.login, password=ACCOUNT.password
        )
        platform = NetschoolJournal(access, clock=lambda: NOW)
        flow = PlatformComparison(
            units=units, platform=platform, clock=lambda: NOW, new_id=lambda: f"{school_class}-{next(numbers)}"
        )
        return flow.run(school_class, MONDAY)


def class_of(sample: SampleSchool, grade: int) -> ClassId:
    return next(one.id for one in sample.classes if one.grade == grade)


def pupil_lessons(journal: ClassJournal) -> int:
    return sum(len(journal.lessons(pupil.id, day)) for pupil in journal.pupils for day in DAYS)


@pytest.mark.parametrize("grade", [1, 5, 7, 11])
def test_nothing_planted_nothing_found(engine: Engine, sample: SampleSchool, grade: int) -> None:
    """Grade 1 has no marks, 5 has subgroups, 7 a pupil with an individual plan, 11 profile groups."""
    held = class_journal(sample, class_of(sample, grade))
    emulator = netschool_emulator(held, account=ACCOUNT, clock=lambda: NOW)
    found = compared(engine, sample, class_of(sample, grade), emulator).found
    assert found.differences == ()
    assert found.lessons == pupil_lessons(held) > 0


@pytest.mark.parametrize("grade", [1, 7, 10])
def test_the_planted_differences_are_found_and_nothing_else(engine: Engine, sample: SampleSchool, grade: int) -> None:
    held = class_journal(sample, class_of(sample, grade))
    planted = one_of_each_kind(held, DAYS)
    assert len(planted) == (3 if grade == 1 else 6)
    emulator = netschool_emulator(held, account=ACCOUNT, clock=lambda: NOW, planted=planted)
    with RunningServer(emulator) as server:
        told = httpx.get(f"{server.url}/_sandbox/planted", trust_env=False).json()
    found = compared(engine, sample, class_of(sample, grade), emulator).found
    assert found.lessons == pupil_lessons(held)
    assert sorted((one.kind, str(one.pupil), str(one.day), one.number) for one in found.differences) == sorted(
        (one["kind"], one["pupil"], one["day"], one["number"]) for one in told
    )
