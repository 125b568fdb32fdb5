"""An empty database and all migrations make exactly the tables that the code uses, on both kinds of database."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Inspector, MetaData, inspect, text

import outbox
from gateway.errors import ConfigurationError, Party
from gateway.model.attendance import Absence, AbsenceKind
from gateway.model.audit import GENESIS, AuditRecord, PupilView, SealForm, all_faults, entry_hash
from gateway.model.grading import WorkKind
from gateway.model.ids import (
    GroupId,
    GuardianId,
    LessonId,
    MarkId,
    PeriodId,
    PupilId,
    RecordId,
    SchoolId,
    StaffId,
    SubjectId,
)
from gateway.model.journal import Homework, Lesson, Mark, Substitution
from gateway.model.journal_records import RecordKind, Stored
from gateway.model.people import Consent, ConsentDecision
from gateway.model.school import Component, GroupKind, Period, PeriodKind, StudyGroup, Subject, Vacation
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import open_engine
from gateway.storage.migrations import VERSION_TABLE, _config, check, upgrade
from gateway.storage.records import SqlRecords
from gateway.storage.tables import metadata
from gateway.storage.views import SqlViewLog
from gateway.storage.weeks import SqlWeeks
from outbox.migrations import VERSION_TABLE as OUTBOX_VERSION_TABLE
from outbox.tables import metadata as outbox_metadata

NewDatabase = Callable[[], Engine]
VERSIONS = {VERSION_TABLE, OUTBOX_VERSION_TABLE}
HEADS = {VERSION_TABLE: "0005", OUTBOX_VERSION_TABLE: "0002"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    opened: list[Engine] = []

    def new() -> Engine:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / f'{len(opened)}.db'}"
        else:
            url = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
        opened.append(open_engine(url))
        return opened[-1]

    yield new
    for engine in opened:
        engine.dispose()


def test_an_empty_database_and_all_migrations_equal_the_metadata(new_database: NewDatabase) -> None:
    migrated = new_database()
    upgrade(migrated)
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _: kind != "table" or name not in VERSIONS,
    }
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        # Alembic takes several metadata at once; its type hints know of one.
        assert compare_metadata(context, [metadata, outbox_metadata]) == []  # type: ignore[arg-type]


def test_the_migrated_tables_are_those_of_the_metadata_in_every_detail(new_database: NewDatabase) -> None:
    # compare_metadata does not look at everything: conditions of indexes, keys, the names of constraints.
    migrated, created = new_database(), new_database()
    upgrade(migrated)
    metadata.create_all(created)
    outbox_metadata.create_all(created)
    assert set(inspect(migrated).get_table_names()) == {*metadata.tables, *outbox_metadata.tables, *VERSIONS}
    assert _shapes(migrated) == _shapes(created)


def _shapes(engine: Engine) -> dict[str, dict[str, Any]]:
    look = inspect(engine)
    return {table: _shape(look, table) for table in [*metadata.tables, *outbox_metadata.tables]}


def _shape(look: Inspector, table: str) -> dict[str, Any]:
    return {
        # By name: a column that was added later stands at the end of a table, and nothing depends on it.
        "columns": sorted(
            (c["name"], repr(c["type"]), c["nullable"], str(c["default"]), str(c.get("autoincrement")))
            for c in look.get_columns(table)
        ),
        "key": look.get_pk_constraint(table),
        "foreign": look.get_foreign_keys(table),
        "unique": sorted(map(str, look.get_unique_constraints(table))),
        "checks": sorted(map(str, look.get_check_constraints(table))),
        "indexes": sorted(_words(index) for index in look.get_indexes(table)),
    }


def _words(reflected: Mapping[str, Any]) -> str:
    """What the database says of an index; a condition is an expression, of which only the text can be compared."""
    options = {name: str(value) for name, value in reflected.get("dialect_options", {}).items()}
    return str({**reflected, "dialect_options": options})


def test_upgrading_twice_changes_nothing(new_database: NewDatabase) -> None:
    engine = new_database()
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(metadata.tables["school"].insert(), _SCHOOL)
    before = _shapes(engine), _versions(engine)
    upgrade(engine)
    check(engine)
    assert (_shapes(engine), _versions(engine)) == before
    with engine.connect() as connection:
        assert [dict(row) for row in connection.execute(metadata.tables["school"].select()).mappings()] == [_SCHOOL]


_SCHOOL = {"school_id": "school-1", "name": "Школа № 101", "registry_id": "REG-0001", "zone": "Europe/Moscow"}


def _versions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT version_num FROM {table}")).scalar_one()  # noqa: S608  our own names
            for table in sorted(VERSIONS)
        ]


# a database of the first version, with rows in it


def test_what_the_first_version_wrote_is_there_after_the_upgrade(new_database: NewDatabase) -> None:
    engine = new_database()
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0001")
        tables = MetaData()
        tables.reflect(connection)
        for name, row in _FIRST_VERSION.items():
            connection.execute(tables.tables[name].insert(), {**_OF_SCHOOL, **row})
        entries = _first_entries()
        connection.execute(tables.tables["audit_entry"].insert(), entries)
        head = {name: entries[-1][name] for name in ("school_id", "sequence", "hash")}
        connection.execute(tables.tables["audit_head"].insert(), head)
    upgrade(engine)
    with engine.begin() as connection:
        records = SqlRecords(connection, SCHOOL)
        for kind, expected in _NOW.items():
            assert records.page(kind, after=None, limit=9, where={}) == [
                Stored(record=expected, version=_WRITTEN[kind])
            ]
        audit = SqlAuditLog(connection, SCHOOL)
        assert all_faults(audit.entries(), head=audit.head()) == ()
        audit.append([replace(_CHANGE, source="10.0.0.1")])
        assert all_faults(audit.entries(), head=audit.head()) == ()
        assert [entry.form for entry in audit.entries()] == [SealForm.FIRST, SealForm.FIRST, SealForm.WITH_SOURCE]
        assert list(SqlViewLog(connection, SCHOOL).of_pupil(PupilId("p-1"), AT, AT + timedelta(days=1))) == [_LOOK]
        week = SqlWeeks(connection, SCHOOL).of_pupils([PupilId("p-1")], DAY, DAY)[PupilId("p-1")]
        assert [lesson.lesson for lesson in week.lessons] == ["l-1"]


SCHOOL = SchoolId("school-1")
DAY, AT = date(2026, 9, 15), datetime(2026, 9, 15, 6, 0, tzinfo=UTC)
_OF_SCHOOL = {"school_id": SCHOOL}
_GRADES = {"first_grade": 1, "last_grade": 9}
_NAME = {"family_name": "Пробина", "given_name": "Проба", "patronymic": ""}
_CHANGE = AuditRecord(
    at=AT, actor="c", role="journal", channel="api", action="create", object_kind="mark", object_id="m", new={"a": "ё"}
)
_FIRST_VERSION: dict[str, dict[str, Any]] = {
    "school": {"name": "Школа", "registry_id": "R-1", "zone": "Europe/Moscow"},
    "period": {"id": "q", "year": 2026, "kind": "quarter", "number": 1, "start_on": DAY, "end_on": DAY, **_GRADES},
    "vacation": {"id": "v", "year": 2026, "name": "Осень", "start_on": DAY, "end_on": DAY, **_GRADES},
    "subject": {"id": "s", "name": "Предмет", "component": "school"},
    "study_group": {"id": "g", "name": "Группа", "kind": "subgroup", "subject_id": "s", "members": ["p-1", "p-2"]},
    "pupil": {"id": "p-1", "source_id": "x", **_NAME, "birth_date": DAY, "sex": "male", "status": "active"},
    "consent": {"guardian_id": "n", "pupil_id": "p-1", "decided_on": DAY, "decision": "consent", "document": "№ 1"},
    "lesson": {
        "id": "l-1", "day": DAY, "number": 1, "starts_at": AT, "ends_at": AT, "subject_id": "s", "teacher_id": "t-1",
        "topic": "Тема", "group_id": "g", "room": "1", "substitute_id": "t-2", "substitution_reason": "болезнь",
        "version": 3,
    },
    "mark": {
        "id": "m-1", "lesson_id": "l-1", "pupil_id": "p-1", "value": 4, "work_kind": "oral", "weight": 2,
        "comment": "", "voided": True, "version": 2,
    },
    "absence": {"lesson_id": "l-1", "pupil_id": "p-1", "kind": "late", "comment": "", "voided": False, "version": 1},
    "homework": {"lesson_id": "l-1", "content": "№ 5", "due_on": DAY, "version": 1},
    "diary_view": {"id": "d", "at": AT, "client_id": "c", "guardian_id": "n", "pupil_id": "p-1", "week_start": DAY},
}  # fmt: skip
_NOW: dict[RecordKind, Any] = {
    RecordKind.PERIODS: Period(
        id=PeriodId("q"), year=2026, kind=PeriodKind.QUARTER, number=1, start=DAY, end=DAY, last_grade=9
    ),
    RecordKind.VACATIONS: Vacation(id=RecordId("v"), year=2026, name="Осень", start=DAY, end=DAY, last_grade=9),
    RecordKind.SUBJECTS: Subject(id=SubjectId("s"), name="Предмет", component=Component.SCHOOL),
    RecordKind.GROUPS: StudyGroup(
        id=GroupId("g"),
        name="Группа",
        kind=GroupKind.SUBGROUP,
        subject=SubjectId("s"),
        members=(PupilId("p-1"), PupilId("p-2")),
    ),
    RecordKind.CONSENTS: Consent(
        guardian=GuardianId("n"),
        pupil=PupilId("p-1"),
        decision=ConsentDecision.CONSENT,
        decided_on=DAY,
        document="№ 1",
    ),
    RecordKind.LESSONS: Lesson(
        id=LessonId("l-1"),
        day=DAY,
        number=1,
        starts_at=AT,
        ends_at=AT,
        subject=SubjectId("s"),
        teacher=StaffId("t-1"),
        topic="Тема",
        group=GroupId("g"),
        room="1",
        substitution=Substitution(teacher=StaffId("t-2"), reason="болезнь"),
    ),
    RecordKind.MARKS: Mark(
        id=MarkId("m-1"),
        lesson=LessonId("l-1"),
        pupil=PupilId("p-1"),
        value=4,
        work_kind=WorkKind.ORAL,
        weight=2,
        voided=True,
    ),
    RecordKind.ABSENCES: Absence(lesson=LessonId("l-1"), pupil=PupilId("p-1"), kind=AbsenceKind.LATE),
    RecordKind.HOMEWORK: Homework(lesson=LessonId("l-1"), text="№ 5", due=DAY),
}
_WRITTEN = dict.fromkeys(RecordKind, 1) | {RecordKind.LESSONS: 3, RecordKind.MARKS: 2}
_LOOK = PupilView(
    id="d", at=AT, actor="n", role="parent", pupil=PupilId("p-1"), what="diary.week", detail="2026-09-15", client="c"
)


def _first_entries() -> list[dict[str, Any]]:
    """Two sealed changes as the first version kept them."""
    rows: list[dict[str, Any]] = []
    for number in (1, 2):
        previous = rows[-1]["hash"] if rows else GENESIS
        content = dataclasses.asdict(_CHANGE)
        del content["source"], content["client"]
        digest = entry_hash(number, previous, _CHANGE, form=SealForm.FIRST)
        rows.append({**_OF_SCHOOL, **content, "sequence": number, "previous": previous, "hash": digest})
    return rows


def test_an_empty_database_is_refused_and_told_what_to_do(new_database: NewDatabase) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check(new_database())
    assert (caught.value.code, caught.value.who) == ("configuration.database_version", Party.COORDINATOR)
    assert "gateway db upgrade" in caught.value.text.ru
    assert "gateway db upgrade" in caught.value.text.en


@pytest.mark.parametrize("table", sorted(VERSIONS))
def test_a_database_of_another_version_is_refused_with_both_versions(new_database: NewDatabase, table: str) -> None:
    engine = new_database()
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET version_num = '9999'"))  # noqa: S608  our own names
    with pytest.raises(ConfigurationError, match=f"version 9999, this program needs {HEADS[table]}"):
        check(engine)


def test_the_outbox_alone_is_not_enough(new_database: NewDatabase) -> None:
    engine = new_database()
    outbox.migrate(engine)
    with pytest.raises(ConfigurationError, match="version None, this program needs"):
        check(engine)


def test_processes_that_upgrade_at_the_same_time_take_turns(new_database: NewDatabase) -> None:
    engine = new_database()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    environment["GATEWAY_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "gateway", "db", "upgrade", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert answers == [('{"ok": true}\n', "", 0)] * 3
    check(engine)
