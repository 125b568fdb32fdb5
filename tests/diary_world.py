"""Two made-up schools with a handful of families, on a real SQLite file: the ground of the access and diary tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Engine, Table, insert, select, text, update

import outbox
from gateway.access.clients import Clients
from gateway.access.passwords import Passwords
from gateway.access.users import Users
from gateway.diary.reading import Diary
from gateway.model.grading import WorkKind
from gateway.model.ids import GuardianId, LessonId, MarkId, PupilId, SchoolId, SubjectId
from gateway.model.journal import Lesson, Mark, MarkChange
from gateway.storage.access import SqlAccessDirectory
from gateway.storage.engine import open_engine
from gateway.storage.tables import metadata
from gateway.storage.tables.journal import homework, lesson, mark
from gateway.storage.tables.people import consent, enrollment, guardian, guardianship, pupil, staff
from gateway.storage.tables.school import school, school_class, subject
from gateway.storage.work import Database, Work
from outbox import Entry
from outbox.tables import metadata as outbox_metadata
from outbox.testing import ManualClock
from tests.sqlite_files import new_file

SCHOOL, OTHER_SCHOOL = SchoolId("school-1"), SchoolId("school-2")
NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
TODAY, MONDAY = date(2026, 10, 14), date(2026, 10, 12)
YESTERDAY, LONG_AGO = TODAY - timedelta(days=1), date(2020, 9, 1)

MOTHER, FATHER, STRANGER = "portal-mother", "portal-father", "portal-stranger"
OWN, REFUSED, UNDECIDED, ENDED, SUSPENDED, ADULT, FOREIGN, ELSEWHERE = (
    PupilId(name) for name in ("own", "refused", "undecided", "ended", "suspended", "adult", "foreign", "elsewhere")
)
UNSEEN = (REFUSED, UNDECIDED, ENDED, SUSPENDED, ADULT, FOREIGN, ELSEWHERE, PupilId("unknown"))
"""Pupils whose diaries the mother may not see, each for a reason of its own."""

MARK = MarkId("mark-1")
LESSON = LessonId("lesson-1")


@dataclass(frozen=True)
class Announced:
    """A message in the outbox, payload and all."""

    id: str
    entry: Entry
    payload: bytes


class World:
    """The database, the clock and the flows over them."""

    def __init__(self, folder: Path, *, url: str = "") -> None:
        self._file = None if url else folder / "world.db"
        self.engine = new_file(self._file, _filled) if self._file else open_engine(url)
        self.clock = ManualClock(NOW)
        self.database = Database(self.engine, self.clock)
        self.directory = SqlAccessDirectory(self.engine)
        self._numbers = count(1)
        if self._file is None:
            _filled(self.engine)

    def renew(self) -> None:
        """Begin anew: the data, the clock and the numbers are those of a new world."""
        if self._file:
            self.engine.dispose()
            new_file(self._file, _filled).dispose()
        else:
            _empty(self.engine)
            _fill(self.engine)
        self.clock.advance(NOW - self.clock())
        self.database = Database(self.engine, self.clock)
        self._numbers = count(1)

    def units(self, of: SchoolId) -> Callable[[], AbstractContextManager[Work]]:
        return self.database.units(of)

    def announced(self) -> list[Announced]:
        """Return what is in the outbox, oldest first."""
        with self.engine.connect() as connection:
            entries = outbox.find(connection, limit=1000).entries
            return [Announced(one.id, one, outbox.payload(connection, one.id)) for one in reversed(entries)]

    def new_id(self) -> str:
        return f"id-{next(self._numbers):04d}"

    def diary(self, of: SchoolId = SCHOOL) -> Diary:
        return Diary(units=self.units(of), readings=self.database.readings(of), clock=self.clock, new_id=self.new_id)

    def users(self) -> Users:
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        return Users(units=self.units, directory=self.directory, passwords=cheap, clock=self.clock)

    def clients(self) -> Clients:
        return Clients(units=self.units, directory=self.directory, clock=self.clock, new_id=self.new_id)

    def rows(self, table: Table) -> Sequence[Mapping[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def change(self, table: Table, values: Mapping[str, Any], **where: object) -> None:
        conditions = [table.c[name] == value for name, value in where.items()]
        with self.engine.begin() as connection:
            connection.execute(update(table).where(*conditions).values(values))

    def decide(self, child: PupilId, decision: str, on: date, by: str = "g-mother") -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(consent), [_consent(SCHOOL, by, child, decision, on)])

    def close(self) -> None:
        self.engine.dispose()


def _filled(engine: Engine) -> None:
    metadata.create_all(engine)
    outbox_metadata.create_all(engine)
    _fill(engine)


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for table, rows in _rows():
            connection.execute(insert(table), rows)


def _empty(engine: Engine) -> None:
    """Empty all tables of a PostgreSQL, which is far faster than making them anew."""
    tables = ", ".join(table.name for one in (metadata, outbox_metadata) for table in one.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))


def change_of(
    value: int, *, old: int | None = None, voided: bool = False, version: int = 1, of: str = OWN
) -> MarkChange:
    """Return a change of one mark at one lesson of mathematics."""
    now = Mark(
        id=MARK, lesson=LESSON, pupil=PupilId(of), value=value, work_kind=WorkKind.CONTROL, weight=2, voided=voided
    )
    before = None
    if old is not None:
        before = Mark(id=MARK, lesson=LESSON, pupil=PupilId(of), value=old, work_kind=WorkKind.CONTROL, weight=2)
    held = Lesson(
        id=LESSON,
        day=MONDAY,
        number=1,
        starts_at=NOW,
        ends_at=NOW + timedelta(minutes=45),
        subject=SubjectId("math"),
        teacher="s-1",  # type: ignore[arg-type]  # an id like any other
        topic="Дроби",
    )
    return MarkChange(now=now, before=before, lesson=held, version=version)


def _rows() -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    yield school, [_school(SCHOOL, "REG-0001"), _school(OTHER_SCHOOL, "REG-0002")]
    yield subject, [{"school_id": SCHOOL, "id": "math", "name": "Математика", "component": "federal"}]
    yield school_class, [_class(SCHOOL), _class(OTHER_SCHOOL)]
    yield staff, [{**_person(SCHOOL, "s-1", "Учителева"), "position": "учитель", "snils": None}]
    yield (
        guardian,
        [
            _guardian(SCHOOL, "g-mother", MOTHER),
            _guardian(SCHOOL, "g-father", FATHER),
            _guardian(OTHER_SCHOOL, "g-elsewhere", STRANGER),
        ],
    )
    own_school = [OWN, REFUSED, UNDECIDED, ENDED, SUSPENDED, ADULT, FOREIGN]
    yield pupil, [_pupil(SCHOOL, name) for name in own_school] + [_pupil(OTHER_SCHOOL, ELSEWHERE)]
    yield enrollment, [_enrollment(SCHOOL, name) for name in own_school] + [_enrollment(OTHER_SCHOOL, ELSEWHERE)]
    mothers = [OWN, REFUSED, UNDECIDED, ENDED, SUSPENDED, ADULT]
    yield (
        guardianship,
        [_guardianship(SCHOOL, "g-mother", name) for name in mothers]
        + [_guardianship(SCHOOL, "g-father", FOREIGN), _guardianship(OTHER_SCHOOL, "g-elsewhere", ELSEWHERE)],
    )
    consented = [(SCHOOL, "g-mother", name) for name in (OWN, REFUSED, ENDED, SUSPENDED, ADULT)]
    consented += [(SCHOOL, "g-father", FOREIGN), (OTHER_SCHOOL, "g-elsewhere", ELSEWHERE)]
    yield (
        consent,
        [_consent(of, by, name, "consent", LONG_AGO) for of, by, name in consented]
        + [_consent(SCHOOL, "g-mother", REFUSED, "refusal", YESTERDAY)],
    )
    yield lesson, [_lesson("lesson-1", MONDAY, 1), _lesson("lesson-2", MONDAY, 2)]
    yield mark, [_mark("mark-1", OWN, 4, 1), _mark("mark-2", OWN, 5, 3), _mark("mark-3", FOREIGN, 2, 1)]
    yield homework, [{**_of(SCHOOL), "lesson_id": "lesson-1", "content": "№ 5", "due_on": TODAY, "version": 1}]


def _of(name: SchoolId) -> dict[str, Any]:
    return {"school_id": name}


def _school(name: SchoolId, registry: str) -> dict[str, Any]:
    return {**_of(name), "name": "Школа", "registry_id": registry, "zone": "Europe/Moscow"}


def _class(of: SchoolId) -> dict[str, Any]:
    fields = {"id": "c-5a", "source_id": "C-1", "year": 2026, "grade": 5, "letter": "А", "archived": False}
    return {**_of(of), **fields}


def _person(of: SchoolId, name: str, family: str) -> dict[str, Any]:
    names = {"family_name": family, "given_name": "Имярек", "patronymic": ""}
    return {**_of(of), "id": name, "source_id": name.upper(), **names, "status": "active"}


def _guardian(of: SchoolId, name: str, portal_user: str) -> dict[str, Any]:
    return {**_person(of, name, "Родителева"), "phone": "", "email": "", "portal_user": portal_user}


def _pupil(of: SchoolId, name: PupilId) -> dict[str, Any]:
    born = date(2008, 10, 14) if name == ADULT else date(2015, 5, 5)
    status = "suspended" if name == SUSPENDED else "active"
    person = _person(of, name, "Ученикова")
    return {**person, "birth_date": born, "sex": "female", "snils": None, "status": status}


def _enrollment(of: SchoolId, name: PupilId) -> dict[str, Any]:
    return {**_of(of), "pupil_id": name, "class_id": "c-5a", "valid_from": LONG_AGO, "valid_to": None}


def _guardianship(of: SchoolId, by: str, name: PupilId) -> dict[str, Any]:
    until = YESTERDAY if name == ENDED else None
    fields = {"guardian_id": by, "pupil_id": name, "relation": "mother", "valid_from": LONG_AGO, "valid_to": until}
    return {**_of(of), **fields}


def _consent(of: SchoolId, by: str, name: PupilId, decision: str, on: date) -> dict[str, Any]:
    fields = {"guardian_id": by, "pupil_id": name, "decided_on": on, "decision": decision, "document": "№ 1"}
    return {**_of(of), **fields}


def _lesson(name: str, day: date, number: int) -> dict[str, Any]:
    starts = datetime(day.year, day.month, day.day, 5 + number, 30, tzinfo=UTC)
    return {
        **_of(SCHOOL),
        "id": name,
        "day": day,
        "number": number,
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=45),
        "subject_id": "math",
        "teacher_id": "s-1",
        "topic": "Дроби",
        "class_id": "c-5a",
        "group_id": None,
        "room": "12",
        "substitute_id": None,
        "substitution_reason": None,
        "version": 1,
    }


def _mark(name: str, of: PupilId, value: int, version: int) -> dict[str, Any]:
    entered = {"id": name, "lesson_id": "lesson-1", "pupil_id": of, "value": value, "work_kind": "control"}
    return {**_of(SCHOOL), **entered, "weight": 2, "comment": "лично", "voided": False, "version": version}


MOTHER_ID = GuardianId("g-mother")
