"""A small made-up school, a source that says what a test tells it, and units over real tables."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection, Engine, event

from gateway.errors import Text
from gateway.mapping.registry import class_id, guardian_id, pupil_id, staff_id
from gateway.model.ids import ClassId, PupilId, SchoolId
from gateway.model.people import (
    Enrollment,
    Guardian,
    Guardianship,
    PersonName,
    Pupil,
    Relation,
    Sex,
    Staff,
    snils_check_digits,
)
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_source import REGISTRY_RULES, Limits, SourceRules, Thresholds
from gateway.model.school import School, SchoolClass
from gateway.storage.engine import open_engine
from gateway.storage.schools import SqlSchools
from gateway.storage.sealing import sealer_of
from gateway.storage.tables import metadata
from gateway.storage.work import Work
from tests.sqlite_files import new_file

SCHOOL = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001")
FIRST = date(2026, 9, 1)
TODAY = date(2026, 10, 1)
NOON = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
SEALER = sealer_of(base64.b64encode(b"a made-up key of thirty-two byte").decode())
UNPROVED = (Text(ru="Страница потеряна.", en="A page was lost."),)


def pupil(number: int, *, family: str = "Тестова") -> Pupil:
    digits = f"9{number:08d}"
    snils = f"{digits[:3]}-{digits[3:6]}-{digits[6:]} {snils_check_digits(digits)}"
    source_id = f"P-{number}"
    return Pupil(
        id=pupil_id(SCHOOL.id, source_id),
        source_id=source_id,
        name=PersonName(family=family, given="Проба", patronymic="Примеровна"),
        birth_date=date(2015, 3, 4),
        sex=Sex.FEMALE,
        snils=snils,
    )


def guardian(number: int) -> Guardian:
    source_id = f"G-{number}"
    return Guardian(
        id=guardian_id(SCHOOL.id, source_id),
        source_id=source_id,
        name=PersonName(family="Тестова", given="Мама"),
        phone="+7 000 000-00-01",
        email="mama@example.org",
        portal_user=f"portal-{number}",
    )


def teacher(number: int) -> Staff:
    source_id = f"S-{number}"
    return Staff(
        id=staff_id(SCHOOL.id, source_id),
        source_id=source_id,
        name=PersonName(family="Учебный", given="Учитель", patronymic="Образцович"),
        position="учитель",
    )


def school_class(number: int, *, grade: int = 5, letter: str = "А", year: int = 2026) -> SchoolClass:
    source_id = f"C-{number}"
    return SchoolClass(
        id=class_id(SCHOOL.id, source_id),
        source_id=source_id,
        year=year,
        grade=grade,
        letter=letter,
        class_teacher=staff_id(SCHOOL.id, "S-1"),
    )


def place(number: int, in_class: int, *, since: date = FIRST, until: date | None = None) -> Enrollment:
    return Enrollment(pupil=pupil_of(number), school_class=class_of(in_class), valid_from=since, valid_to=until)


def link(number: int, whose: int, *, until: date | None = None) -> Guardianship:
    return Guardianship(
        guardian=guardian(number).id,
        pupil=pupil_of(whose),
        relation=Relation.MOTHER,
        valid_from=FIRST,
        valid_to=until,
    )


def pupil_of(number: int) -> PupilId:
    return pupil_id(SCHOOL.id, f"P-{number}")


def class_of(number: int) -> ClassId:
    return class_id(SCHOOL.id, f"C-{number}")


@dataclass(frozen=True, kw_only=True)
class Roster:
    """What a registry emulator is given; the same as a snapshot says."""

    school: School = SCHOOL
    pupils: tuple[Pupil, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    staff: tuple[Staff, ...]
    classes: tuple[SchoolClass, ...]
    enrollments: tuple[Enrollment, ...]

    def snapshot(self) -> RosterSnapshot:
        return RosterSnapshot(
            source="registry",
            school=self.school.id,
            pupils=self.pupils,
            guardians=self.guardians,
            guardianships=self.guardianships,
            staff=self.staff,
            classes=self.classes,
            enrollments=self.enrollments,
        )


def roster(pupils: int = 4) -> Roster:
    """Two classes, one teacher, every pupil with one guardian; odd numbers sit in class 1, even ones in class 2."""
    numbers = range(1, pupils + 1)
    return Roster(
        pupils=tuple(pupil(n) for n in numbers),
        guardians=tuple(guardian(n) for n in numbers),
        guardianships=tuple(link(n, n) for n in numbers),
        staff=(teacher(1),),
        classes=(school_class(1), school_class(2, letter="Б")),
        enrollments=tuple(place(n, 2 - n % 2) for n in numbers),
    )


def without(snapshot: RosterSnapshot, *numbers: int) -> RosterSnapshot:
    """The snapshot after pupils have left, with what hangs on them."""
    gone = {pupil_of(number) for number in numbers}
    return replace(
        snapshot,
        pupils=tuple(one for one in snapshot.pupils if one.id not in gone),
        guardianships=tuple(one for one in snapshot.guardianships if one.pupil not in gone),
        enrollments=tuple(one for one in snapshot.enrollments if one.pupil not in gone),
    )


class Unit(Work):
    """The repositories of the flow over one connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, SCHOOL.id, lambda: NOON, SEALER)

    @property
    def outbound(self) -> NoReturn:
        raise AssertionError("the roster sends nothing")


def removing(removals: Thresholds, *, updates: Thresholds | None = None) -> SourceRules:
    """The registry's rules with other thresholds."""
    limits = Limits.everywhere(removals=removals, updates=updates or Thresholds(percent=100))
    return replace(REGISTRY_RULES, limits=limits, least_percent=0)


@dataclass
class Told:
    """A source that says what it is told to say, or fails."""

    says: RosterSnapshot
    failure: Exception | None = None

    def snapshot(self, school: School) -> RosterSnapshot:
        assert school == SCHOOL
        if self.failure is not None:
            raise self.failure
        return self.says


@dataclass
class Moments:
    """A clock that a test sets."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Database:
    """Real tables with the school in them."""

    engine: Engine
    ids: Iterator[int] = field(default_factory=count)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        with self.engine.begin() as connection:
            yield Unit(connection)

    @property
    def units(self) -> Callable[[], AbstractContextManager[Unit]]:
        return self.unit

    def new_id(self) -> str:
        return f"id-{next(self.ids):04d}"

    @contextmanager
    def dying_at(self, statement: str) -> Iterator[None]:
        """Break the connection the moment a statement with these words is about to run."""

        def die(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
            if statement in sql:
                raise KeyboardInterrupt

        event.listen(self.engine, "before_cursor_execute", die)
        try:
            yield
        finally:
            event.remove(self.engine, "before_cursor_execute", die)


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    engine = new_file(folder / "roster.db", _with_school)
    try:
        yield Database(engine=engine)
    finally:
        engine.dispose()


@contextmanager
def database_at(url: str) -> Iterator[Database]:
    engine = open_engine(url)
    _with_school(engine)
    try:
        yield Database(engine=engine)
    finally:
        engine.dispose()


def _with_school(engine: Engine) -> None:
    metadata.create_all(engine)
    with engine.begin() as connection:
        SqlSchools(connection).add(SCHOOL)
