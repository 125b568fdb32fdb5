"""The flow of step 3 over real tables and a platform that is made up here."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, insert

from gateway.control.compare import PlatformComparison
from gateway.errors import MappingError, Party, Text, TransientError
from gateway.model.difference import DifferenceKind
from gateway.model.ids import ClassId, SchoolId
from gateway.model.platform_week import PlatformLesson, PlatformMark, PlatformPupil, PlatformWeek
from gateway.model.steps import Step, StepOutcome
from gateway.ports.frame import Outbound
from gateway.storage.audit import SqlAuditLog
from gateway.storage.comparison import SqlComparisons
from gateway.storage.steps import SqlStepLog
from gateway.storage.tables import metadata
from gateway.storage.tables.journal import lesson, mark
from gateway.storage.tables.people import enrollment, pupil
from gateway.storage.tables.school import school_class, subject
from gateway.storage.weeks import SqlWeeks

SCHOOL = SchoolId("school-1")
CLASS = ClassId("class-5a")
MONDAY = date(2026, 9, 14)
MOSCOW = ZoneInfo("Europe/Moscow")
FRIDAY_EVENING = datetime(2026, 9, 18, 18, 0, tzinfo=UTC)


class Unit:
    """The repositories of the flow over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.audit = SqlAuditLog(connection, SCHOOL)
        self.steps = SqlStepLog(connection, SCHOOL)
        self.weeks = SqlWeeks(connection, SCHOOL)
        self.comparisons = SqlComparisons(connection, SCHOOL)

    @property
    def outbound(self) -> Outbound:
        raise AssertionError("the comparison sends nothing")


@dataclass
class Platform:
    """A platform that shows what it is given and remembers what it was asked."""

    lessons: tuple[PlatformLesson, ...]
    asked: list[tuple[str, date]] = field(default_factory=list)
    failure: Exception | None = None
    platform: str = "netschool"

    def class_week(self, class_name: str, monday: date) -> PlatformWeek:
        self.asked.append((class_name, monday))
        if self.failure:
            raise self.failure
        pupils = (PlatformPupil(name="Пчёлкина Анна", lessons=self.lessons),)
        return PlatformWeek(first=monday, last=monday + timedelta(days=5), pupils=pupils)


def shown(day: date, *, marks: tuple[int, ...] = (), hour: int = 9) -> PlatformLesson:
    return PlatformLesson(
        day=day,
        number=1,
        ends_at=datetime.combine(day, time(hour), tzinfo=MOSCOW),
        subject_name="Алгебра",
        marks=tuple(PlatformMark(value=value) for value in marks),
    )


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        put: dict[Table, dict[str, Any]] = {
            school_class: {"id": CLASS, "source_id": "C-1", "year": 2026, "grade": 5, "letter": "А", "archived": False},
            subject: {"id": "algebra", "name": "Алгебра", "component": "federal"},
            pupil: {
                "id": "anna",
                "source_id": "P-1",
                "family_name": "Пчёлкина",
                "given_name": "Анна",
                "patronymic": "",
                "birth_date": date(2015, 5, 5),
                "sex": "female",
                "status": "active",
            },
            enrollment: {"pupil_id": "anna", "class_id": CLASS, "valid_from": date(2026, 9, 1), "valid_to": None},
            lesson: {
                "id": "l-1",
                "day": MONDAY,
                "number": 1,
                "starts_at": datetime(2026, 9, 14, 5, 30, tzinfo=UTC),
                "ends_at": datetime(2026, 9, 14, 6, 15, tzinfo=UTC),
                "subject_id": "algebra",
                "teacher_id": "t-1",
                "topic": "",
                "class_id": CLASS,
                "room": "",
                "version": 1,
            },
            mark: {
                "id": "m-1",
                "lesson_id": "l-1",
                "pupil_id": "anna",
                "value": 5,
                "work_kind": "oral",
                "weight": 1,
                "comment": "",
                "voided": False,
                "version": 1,
            },
        }
        for table, row in put.items():
            connection.execute(insert(table).values(school_id=SCHOOL, **row))
    yield engine
    engine.dispose()


def units(engine: Engine) -> Callable[[], AbstractContextManager[Unit]]:
    @contextmanager
    def opened() -> Iterator[Unit]:
        with engine.begin() as connection:
            yield Unit(connection)

    return opened


def flow(engine: Engine, platform: Platform, *, now: datetime = FRIDAY_EVENING) -> PlatformComparison:
    numbers = count(1)
    return PlatformComparison(
        units=units(engine),
        platform=platform,
        clock=lambda: now,
        new_id=lambda: f"run-{now.isoformat()}-{next(numbers)}",
    )


def state(engine: Engine) -> tuple[object, object]:
    with units(engine)() as unit:
        return unit.comparisons.recent(), unit.audit.head()


def test_what_differs_is_kept_with_its_run_and_its_audit_entry(engine: Engine) -> None:
    platform = Platform(lessons=(shown(MONDAY, marks=(4,)),))
    stored = flow(engine, platform).run(CLASS, MONDAY, message="message-1")
    assert platform.asked == [("5А", MONDAY)]
    assert stored.found.lessons == 1
    (difference,) = stored.found.differences
    assert (difference.kind, difference.pupil, difference.lesson, difference.ours, difference.theirs) == (
        DifferenceKind.MARK_DIFFERS,
        "anna",
        "l-1",
        "5",
        "4",
    )
    with units(engine)() as unit:
        assert unit.comparisons.recent() == [stored]
        assert unit.comparisons.get(stored.id) == stored
        run = unit.steps.last(Step.PLATFORM_COMPARED)
        assert run is not None
        assert (run.outcome, run.message) == (StepOutcome.OK, "message-1")
        assert run.summary == {"lessons": 1, "differences": 1, "comparison": stored.id}
        (entry,) = unit.audit.entries()
        assert entry.record.new == {"lessons": 1, "differences": 1}
        assert entry.record.old is None


def test_a_second_run_with_the_same_findings_changes_nothing(engine: Engine) -> None:
    platform = Platform(lessons=(shown(MONDAY, marks=(4,)),))
    first = flow(engine, platform).run(CLASS, MONDAY)
    before = state(engine)
    assert flow(engine, platform, now=FRIDAY_EVENING + timedelta(hours=1)).run(CLASS, MONDAY) == first
    assert state(engine) == before


def test_a_run_with_other_findings_takes_the_place_of_the_earlier(engine: Engine) -> None:
    first = flow(engine, Platform(lessons=(shown(MONDAY, marks=(4,)),))).run(CLASS, MONDAY)
    second = flow(engine, Platform(lessons=(shown(MONDAY, marks=(5,)),))).run(CLASS, MONDAY)
    assert second.id == first.id
    assert second.found.differences == ()
    with units(engine)() as unit:
        assert unit.comparisons.recent() == [second]
        *_, entry = unit.audit.entries()
        assert (entry.record.old, entry.record.new) == (
            {"lessons": 1, "differences": 1},
            {"lessons": 1, "differences": 0},
        )


def test_lessons_that_are_not_over_are_not_compared(engine: Engine) -> None:
    friday = date(2026, 9, 18)
    planned = (shown(MONDAY, marks=(5,)), shown(friday, hour=22), shown(date(2026, 9, 19)))
    found = flow(engine, Platform(lessons=planned)).run(CLASS, MONDAY).found
    assert (found.lessons, found.differences) == (1, ())
    found = (
        flow(engine, Platform(lessons=planned), now=datetime(2026, 9, 18, 19, 0, tzinfo=UTC)).run(CLASS, MONDAY).found
    )
    assert [one.day for one in found.differences] == [friday]


def test_a_platform_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    down = TransientError("platform.timeout", Text(ru="нет", en="no"))
    before = state(engine)
    with pytest.raises(TransientError):
        flow(engine, Platform(lessons=(), failure=down)).run(CLASS, MONDAY)
    assert state(engine) == before


def test_a_run_that_dies_before_its_end_leaves_nothing_and_can_be_repeated(engine: Engine) -> None:
    platform = Platform(lessons=(shown(MONDAY, marks=(4,)),))
    before = state(engine)

    def killed() -> str:
        raise KeyboardInterrupt

    dying = PlatformComparison(units=units(engine), platform=platform, clock=lambda: FRIDAY_EVENING, new_id=killed)
    with pytest.raises(KeyboardInterrupt):
        dying.run(CLASS, MONDAY)
    assert state(engine) == before
    assert len(flow(engine, platform).run(CLASS, MONDAY).found.differences) == 1


def test_an_unknown_class_is_told_before_the_platform_is_asked(engine: Engine) -> None:
    platform = Platform(lessons=())
    with pytest.raises(MappingError) as caught:
        flow(engine, platform).run(ClassId("class-9z"), MONDAY)
    assert (caught.value.code, caught.value.who) == ("comparison.unknown_class", Party.COORDINATOR)
    assert platform.asked == []
