"""A small made-up school in a real database, a signer, an archive folder and the flows over them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, insert, update

from gateway.archive.builder import ArchiveBuilder
from gateway.archive.renderer import TypstRenderer
from gateway.archive.verification import ArchiveTrust, ArchiveVerifier
from gateway.model.archive import ArchiveSource
from gateway.model.ids import ClassId, PeriodId, SchoolId
from gateway.signing.authority import create_test_authority
from gateway.signing.keys import SigningIdentity, fingerprint
from gateway.signing.signer import IdentitySigner
from gateway.storage.archive import SqlArchive
from gateway.storage.archive_folder import ArchiveFolder
from gateway.storage.audit import SqlAuditLog
from gateway.storage.steps import SqlStepLog
from gateway.storage.tables import journal, metadata, people, school
from outbox import NewMessage, sqlite_engine

SCHOOL = SchoolId("school-1")
CLASS = ClassId("c-5a")
QUARTER = PeriodId("q1")
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


class NoOutbound:
    """The archive sends nothing."""

    def enqueue(self, *messages: NewMessage) -> list[str]:
        raise AssertionError(messages)


class ArchiveWork:
    """The part of a unit of work that the archive uses."""

    outbound = NoOutbound()

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def audit(self) -> SqlAuditLog:
        return SqlAuditLog(self._connection, SCHOOL)

    @cached_property
    def steps(self) -> SqlStepLog:
        return SqlStepLog(self._connection, SCHOOL)

    @cached_property
    def archive(self) -> SqlArchive:
        return SqlArchive(self._connection, SCHOOL)


@dataclass(frozen=True, kw_only=True)
class CountingRenderer:
    """Sets pages in earnest and counts how often."""

    real: TypstRenderer = field(default_factory=TypstRenderer)
    rendered: list[str] = field(default_factory=list)

    def render(self, source: ArchiveSource, *, at: datetime) -> bytes:
        self.rendered.append(source.class_name)
        return self.real.render(source, at=at)


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Everything a test of the archive holds in hand."""

    engine: Engine
    folder: ArchiveFolder
    identity: SigningIdentity
    renderer: CountingRenderer
    builder: ArchiveBuilder
    verifier: ArchiveVerifier

    @contextmanager
    def unit(self) -> Iterator[ArchiveWork]:
        with self.engine.begin() as connection:
            yield ArchiveWork(connection)

    def files(self) -> list[str]:
        return sorted(str(file.relative_to(self.folder.root)) for file in self.folder.root.rglob("*") if file.is_file())

    def correct_a_topic(self, topic: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(journal.lesson).where(journal.lesson.c.id == "l1").values(topic=topic))


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("director") / "keys", now=NOW - timedelta(days=30))


@pytest.fixture(scope="session")
def empty_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the school's database and nothing archived; every test works on a copy."""
    place = tmp_path_factory.mktemp("empty")
    engine = sqlite_engine(place / "gateway.db")
    metadata.create_all(engine)
    with engine.begin() as connection:
        fill(connection)
    engine.dispose()
    return place


@pytest.fixture(scope="session")
def built_place(tmp_path_factory: pytest.TempPathFactory, empty_place: Path, identity: SigningIdentity) -> Path:
    """Return a folder with the school's database and the class's file archived."""
    place = tmp_path_factory.mktemp("built")
    shutil.copytree(empty_place, place, dirs_exist_ok=True)
    engine = sqlite_engine(place / "gateway.db")
    archive_over(engine, place / "archive", identity).builder.run(QUARTER, CLASS)
    engine.dispose()
    return place


@pytest.fixture
def engine(empty_place: Path, tmp_path: Path) -> Iterator[Engine]:
    yield from engine_on_copy(empty_place, tmp_path)


@pytest.fixture
def archive(engine: Engine, tmp_path: Path, identity: SigningIdentity) -> Archive:
    return archive_over(engine, tmp_path / "archive", identity)


@pytest.fixture
def built(built_place: Path, tmp_path: Path, identity: SigningIdentity) -> Iterator[Archive]:
    for engine in engine_on_copy(built_place, tmp_path):
        yield archive_over(engine, tmp_path / "archive", identity)


def engine_on_copy(place: Path, copy: Path) -> Iterator[Engine]:
    shutil.copytree(place, copy, dirs_exist_ok=True)
    engine = sqlite_engine(copy / "gateway.db")
    yield engine
    engine.dispose()


def archive_over(
    engine: Engine, root: Path, identity: SigningIdentity, *, clock: Callable[[], datetime] = lambda: NOW
) -> Archive:
    @contextmanager
    def units() -> Iterator[ArchiveWork]:
        with engine.begin() as connection:
            yield ArchiveWork(connection)

    numbers = count(1)
    folder = ArchiveFolder(root=root)
    renderer = CountingRenderer()
    trust = ArchiveTrust(roots=identity.roots, directors=frozenset({fingerprint(identity.certificate)}))
    return Archive(
        engine=engine,
        folder=folder,
        identity=identity,
        renderer=renderer,
        builder=ArchiveBuilder(
            units=units,
            renderer=renderer,
            signer=IdentitySigner(identity=identity, clock=clock),
            store=folder,
            trust=trust,
            clock=clock,
            new_id=lambda: f"id-{next(numbers)}",
        ),
        verifier=ArchiveVerifier(units=units, store=folder, trust=trust),
    )


def fill(connection: Connection) -> None:
    """Put two classes, five pupils, a subject of the class, one of a subgroup, and a few lessons into the tables."""

    def add(table: Table, *rows: dict[str, Any]) -> None:
        connection.execute(insert(table), [{"school_id": SCHOOL, **row} for row in rows])

    add(school.school, {"name": "Школа № 101", "registry_id": "REG-0001", "zone": "Europe/Moscow"})
    term = {"year": 2026, "number": 1, "start_on": date(2026, 9, 1), "first_grade": 1, "last_grade": 9}
    add(
        school.period,
        {"id": QUARTER, "kind": "quarter", "end_on": date(2026, 10, 25), **term},
        {"id": "h1", "kind": "half_year", "end_on": date(2026, 12, 28), **term, "first_grade": 10, "last_grade": 11},
    )
    room = {"year": 2026, "archived": False, "class_teacher_id": None}
    add(
        school.school_class,
        {"id": CLASS, "source_id": "C-1", "grade": 5, "letter": "А", **room, "class_teacher_id": "t1"},
        {"id": "c-10a", "source_id": "C-2", "grade": 10, "letter": "А", **room},
        {"id": "c-2b", "source_id": "C-3", "grade": 2, "letter": "Б", **room},
    )
    add(
        school.subject,
        {"id": "math", "name": "Математика", "component": "federal"},
        {"id": "eng", "name": "Английский язык", "component": "federal"},
    )
    group = {"kind": "subgroup", "subject_id": "eng"}
    add(
        school.study_group,
        {"id": "g1", "name": "подгруппа 1", "members": ["p1", "p-10a"], **group},
        {"id": "g9", "name": "чужая", "members": ["p-10a"], **group},
    )
    teacher = {"position": "учитель", "status": "active"}
    add(
        people.staff,
        {"id": "t1", "source_id": "S-1", "family_name": "Учителева", "given_name": "Анна", "patronymic": "Петровна",
         **teacher},
        {"id": "t2", "source_id": "S-2", "family_name": "Замещаев", "given_name": "Олег", "patronymic": "", **teacher},
    )  # fmt: skip
    someone = {"birth_date": date(2015, 1, 1), "sex": "male", "status": "active", "patronymic": "Ильич"}
    add(
        people.pupil,
        {"id": "p1", "source_id": "P-1", "family_name": "Жуков", "given_name": "Пётр", **someone},
        {"id": "p2", "source_id": "P-2", "family_name": "Ёлкин", "given_name": "Иван", **someone},
        {"id": "p3", "source_id": "P-3", "family_name": "Выбывалов", "given_name": "Лев", **someone},
        {"id": "p-gone", "source_id": "P-4", "family_name": "Прошлогодний", "given_name": "Лев", **someone},
        {"id": "p-10a", "source_id": "P-5", "family_name": "Старший", "given_name": "Юрий", **someone},
    )
    start = date(2026, 9, 1)
    add(
        people.enrollment,
        {"pupil_id": "p1", "class_id": CLASS, "valid_from": start, "valid_to": None},
        {"pupil_id": "p2", "class_id": CLASS, "valid_from": date(2026, 9, 14), "valid_to": None},
        {"pupil_id": "p3", "class_id": CLASS, "valid_from": start, "valid_to": date(2026, 10, 2)},
        {"pupil_id": "p-gone", "class_id": CLASS, "valid_from": date(2025, 9, 1), "valid_to": date(2026, 5, 31)},
        {"pupil_id": "p-10a", "class_id": "c-10a", "valid_from": start, "valid_to": None},
    )
    lessons = [
        ("l1", date(2026, 9, 1), 1, "math", CLASS, None, "Обыкновенные дроби", None),
        ("l2", date(2026, 9, 2), 2, "math", CLASS, None, "Десятичные дроби", "t2"),
        ("l3", date(2026, 9, 2), 3, "eng", None, "g1", "Моя семья", None),
        ("l4", date(2026, 9, 2), 3, "eng", None, "g9", "Чужой урок", None),
        ("l5", date(2026, 11, 5), 1, "math", CLASS, None, "Урок второй четверти", None),
    ]
    begins = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
    add(
        journal.lesson,
        *(
            {"id": id_, "day": day, "number": number, "starts_at": begins, "ends_at": begins + timedelta(minutes=45),
             "subject_id": subject, "teacher_id": "t1", "topic": topic, "class_id": of_class, "group_id": of_group,
             "room": "", "substitute_id": substitute, "version": 1}
            for id_, day, number, subject, of_class, of_group, topic, substitute in lessons
        ),
    )  # fmt: skip
    given = {"work_kind": "control", "weight": 3, "comment": "", "voided": False, "version": 1}
    add(
        journal.mark,
        {"id": "m1", "lesson_id": "l1", "pupil_id": "p1", "value": 5, **given},
        {"id": "m2", "lesson_id": "l1", "pupil_id": "p3", "value": 2, **given, "voided": True},
        {"id": "m3", "lesson_id": "l3", "pupil_id": "p-10a", "value": 4, **given},
        {"id": "m4", "lesson_id": "l5", "pupil_id": "p1", "value": 3, **given},
    )
    missed = {"comment": "", "voided": False, "version": 1}
    add(
        journal.absence,
        {"lesson_id": "l2", "pupil_id": "p1", "kind": "illness", **missed},
        {"lesson_id": "l1", "pupil_id": "p2", "kind": "unknown", **missed, "voided": True},
    )
    add(
        journal.homework,
        {"lesson_id": "l1", "content": "§ 1, № 15", "due_on": date(2026, 9, 2), "version": 1},
        {"lesson_id": "l2", "content": None, "due_on": None, "version": 1},
    )
