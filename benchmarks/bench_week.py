"""Reading one pupil's week at 8 clients at once, with 1 000 and with 100 000 pupils in the database.

``value``: milliseconds of one reading with 100 000 pupils (50th and 99th percentile), ``bound`` those with 1 000: the
ratio should stay below 1.2. Every pupil has 30 lessons that week and 10 marks. ``--quick`` takes 10 000 pupils.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

from figure import Figure
from places import PLACES
from sqlalchemy import insert, text

from gateway.bootstrap import Gateway
from gateway.model.attendance import Absence, AbsenceKind
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, LessonId, MarkId, PupilId, SchoolId, StaffId, SubjectId
from gateway.model.journal import Homework, Lesson, Mark
from gateway.model.journal_records import RecordKind, Stored
from gateway.model.school import School, Subject
from gateway.settings import Settings
from gateway.storage.tables import people
from gateway.storage.tables import school as school_tables

SIZES = (1000, 100_000)
FEW_SIZES = (1000, 10_000)
SCHOOL_SIZE = 1000
CLASS_SIZE = 25
CLIENTS = 8
READINGS = 2000
MONDAY = date(2026, 9, 14)


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    figures = []
    for database, place in PLACES.items():
        times = {}
        for size in FEW_SIZES if quick else SIZES:
            here = folder / f"{database}-{size}"
            here.mkdir()
            with place(here) as (address, _), Gateway(Settings(database_url=address)) as gateway:
                gateway.upgrade_database()
                _fill(gateway, size)
                times[size] = _readings(gateway, size)
        small, large = times.values()
        figures += [
            Figure(name=f"week_{database}_{name}", value=large[name], unit="ms", bound=small[name])
            for name in ("p50", "p99")
        ]
    return figures


def _readings(gateway: Gateway, size: int) -> dict[str, float]:
    draw = Random(1)
    asked = [draw.randrange(size) for _ in range(READINGS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda number: _read(gateway, number), asked[:200]))  # connections are opened, plans made
        taken = list(clients.map(lambda number: _read(gateway, number), asked))
    cuts = quantiles(taken, n=100)
    return {"p50": cuts[49] * 1000, "p99": cuts[98] * 1000}


def _read(gateway: Gateway, number: int) -> float:
    school, pupil = _school(number), PupilId(f"P-{number}")
    started = time.perf_counter()
    with gateway.database.reading(school) as unit:
        week = unit.weeks.of_pupils([pupil], MONDAY, MONDAY + timedelta(days=6))[pupil]
    taken = time.perf_counter() - started
    assert len(week.lessons) == 30
    return taken


def _school(number: int) -> SchoolId:
    return SchoolId(f"school-{number // SCHOOL_SIZE}")


def _fill(gateway: Gateway, size: int) -> None:
    for first in range(0, size, SCHOOL_SIZE):
        print(f"\rwriting pupils: {first} of {size} … ", end="", file=sys.stderr, flush=True)
        school = _school(first)
        gateway.add_school(School(id=school, name=school, registry_id=school))
        pupils = range(first, min(first + SCHOOL_SIZE, size))
        classes = [pupils[start : start + CLASS_SIZE] for start in range(0, len(pupils), CLASS_SIZE)]
        with gateway.engine.begin() as connection:
            _people(connection, school, classes)
        with gateway.database.unit(school) as unit:
            unit.journal.add(
                RecordKind.SUBJECTS, [Stored(record=Subject(id=SubjectId("maths"), name="Математика"), version=1)]
            )
            facts: dict[RecordKind, list[Any]] = {}
            for kind, record in _facts(classes):
                facts.setdefault(kind, []).append(Stored(record=record, version=1))
            for kind, records in facts.items():
                unit.journal.add(kind, records)
    if gateway.engine.dialect.name == "postgresql":
        with gateway.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _people(connection: Any, school: SchoolId, classes: list[range]) -> None:
    name = {"family_name": "Пробина", "given_name": "Проба", "patronymic": ""}
    of_class = {number: f"C-{place}" for place, numbers in enumerate(classes) for number in numbers}
    connection.execute(
        insert(people.staff),
        {"school_id": school, "id": "T-1", "source_id": "T-1", **name, "position": "", "status": "active"},
    )
    connection.execute(
        insert(school_tables.school_class),
        [
            {
                "school_id": school,
                "id": one,
                "source_id": one,
                "year": 2026,
                "grade": 5,
                "letter": one,
                "archived": False,
            }
            for one in sorted(set(of_class.values()))
        ],
    )
    connection.execute(
        insert(people.pupil),
        [
            {
                "school_id": school,
                "id": f"P-{number}",
                "source_id": f"P-{number}",
                **name,
                "birth_date": date(2015, 1, 1),
                "sex": "female",
                "status": "active",
            }
            for number in of_class
        ],
    )
    connection.execute(
        insert(people.enrollment),
        [
            {"school_id": school, "pupil_id": f"P-{number}", "class_id": one, "valid_from": date(2026, 9, 1)}
            for number, one in of_class.items()
        ],
    )


def _facts(classes: list[range]) -> Iterator[tuple[RecordKind, Any]]:
    for place, numbers in enumerate(classes):
        for slot in range(30):
            day = MONDAY + timedelta(days=slot // 6)
            starts_at = datetime(day.year, day.month, day.day, 5 + slot % 6, tzinfo=UTC)
            lesson = LessonId(f"L-{place}-{slot}")
            yield (
                RecordKind.LESSONS,
                Lesson(
                    id=lesson,
                    day=day,
                    number=1 + slot % 6,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=45),
                    subject=SubjectId("maths"),
                    teacher=StaffId("T-1"),
                    topic="Дроби",
                    school_class=ClassId(f"C-{place}"),
                ),
            )
            yield RecordKind.HOMEWORK, Homework(lesson=lesson, text="№ 5")
            for number in numbers:
                pupil = PupilId(f"P-{number}")
                if (number + slot) % 3 == 0:
                    name = MarkId(f"M-{number}-{slot}")
                    yield RecordKind.MARKS, Mark(id=name, lesson=lesson, pupil=pupil, value=4, work_kind=WorkKind.ORAL)
                elif (number + slot) % 20 == 1:
                    yield RecordKind.ABSENCES, Absence(lesson=lesson, pupil=pupil, kind=AbsenceKind.ILLNESS)
