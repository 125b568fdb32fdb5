"""Records of every kind in the database: written, read, listed, renamed, sealed; what rules look up; who looked."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, delete, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.errors import ConfigurationError, RuleViolation
from gateway.mapping.journal_plain import plain_from
from gateway.model.audit import AuditRecord, PupilView, first_fault
from gateway.model.batch import Batch
from gateway.model.ids import ClassId, GroupId, LessonId, PeriodId, PupilId, RecordId, SubjectId
from gateway.model.journal import Lesson, PeriodMark, Stage
from gateway.model.journal_records import KEYS, RESTRICTED, RecordKind, Stored, key_of, name_of, records_of
from gateway.model.people import Enrollment
from gateway.model.policy import policy_of
from gateway.model.record_shape import _LINKS as LINKS
from gateway.model.record_shape import RosterKind, shape_of, shape_of_kind
from gateway.model.rules.reference import COMPLETE, JournalReference, StoredRecords
from gateway.model.school import DatedMember, GroupKind, Period, PeriodKind, StudyGroup
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import open_engine
from gateway.storage.journal import SqlJournal
from gateway.storage.journal_rows import TABLES
from gateway.storage.record_links import links_of
from gateway.storage.records import SqlRecords
from gateway.storage.sealing import NO_KEY, Sealer, sealer_of
from gateway.storage.tables import metadata, people
from gateway.storage.tables import school as school_tables
from gateway.storage.views import SqlViewLog
from gateway.storage.weeks import SqlWeeks
from tests import rules_world
from tests.record_world import FIRST_DAY, FIRST_MOMENT, OTHER_SCHOOL, SCHOOL, RecordMaker, stored

OLD_KEY, NEW_KEY = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
SEALER = sealer_of(OLD_KEY)
ALL = 10**6


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('records') / 'gateway.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
    engine = open_engine(url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(opened: Engine) -> Engine:
    """The tables are made once; every test begins with empty ones."""
    _empty(opened)
    return opened


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))


def put(connection: Connection, kind: RecordKind, *records: Any, sealer: Sealer = SEALER, version: int = 1) -> None:
    SqlJournal(connection, SCHOOL, sealer).put(kind, [stored(one, version) for one in records])


def records(connection: Connection, sealer: Sealer = SEALER) -> SqlRecords:
    return SqlRecords(connection, SCHOOL, sealer)


# written and read


@pytest.mark.parametrize("whole", [True, False, None])
def test_a_record_of_every_kind_comes_back_as_it_was(engine: Engine, *, whole: bool | None) -> None:
    maker = RecordMaker(1)
    with engine.begin() as connection:
        for kind in RecordKind:
            record = maker.record(kind, whole=whole)
            put(connection, kind, record)
            assert records(connection).get(kind, key_of(record)) == stored(record)
            assert SqlRecords(connection, OTHER_SCHOOL, SEALER).get(kind, key_of(record)) is None


def test_a_record_written_again_takes_the_place_of_the_one_before(engine: Engine) -> None:
    maker = RecordMaker(2)
    with engine.begin() as connection:
        for kind in RecordKind:
            first = maker.record(kind, whole=True)
            key = {name: getattr(first, name) for name in KEYS[kind]}
            second = maker.record(kind, whole=False, **key)
            put(connection, kind, first)
            put(connection, kind, second, version=2)
            assert records(connection).page(kind, after=None, limit=ALL, where={}) == [stored(second, 2)]


@pytest.mark.parametrize("kind", [RecordKind.MARKS, RecordKind.GROUPS, RecordKind.CONSENTS, RecordKind.HEALTH_SHEETS])
def test_many_records_at_once_are_written_like_a_few(engine: Engine, kind: RecordKind) -> None:
    # So many that they go by COPY where there is one.
    maker = RecordMaker(3, ids=2000)
    old = {key_of(one): one for one in (maker.record(kind) for _ in range(700))}
    new = {key_of(one): one for one in (maker.record(kind) for _ in range(700))}
    with engine.begin() as connection:
        put(connection, kind, *old.values())
        put(connection, kind, *new.values(), version=2)
        found = records(connection).page(kind, after=None, limit=ALL, where={})
    expected = {key: stored(one) for key, one in old.items()} | {key: stored(one, 2) for key, one in new.items()}
    assert {key_of(one.record): one for one in found} == expected


@pytest.mark.postgres
def test_an_error_while_copying_is_sqlalchemys_and_tells_no_value(postgres_url: Any) -> None:
    opened = open_engine(postgres_url.render_as_string(hide_password=False))
    metadata.create_all(opened)
    maker = RecordMaker(4, ids=ALL)
    rooms = [maker.record(RecordKind.ROOMS) for _ in range(300)]
    rooms[100] = replace(rooms[100], name="лично" * 100)
    with opened.connect() as connection:
        with pytest.raises(DBAPIError) as caught, connection.begin():
            put(connection, RecordKind.ROOMS, *rooms)
        assert "лично" not in str(caught.value)
        assert caught.value.__cause__ is None
        with connection.begin():
            assert records(connection).page(RecordKind.ROOMS, after=None, limit=ALL, where={}) == []
    opened.dispose()


def test_members_of_groups_are_noted_with_their_days(engine: Engine) -> None:
    first, second, third, fourth = (PupilId(f"p-{number}") for number in range(1, 5))
    group = StudyGroup(
        id=GroupId("g-1"),
        name="Группа",
        kind=GroupKind.SUBGROUP,
        subject=SubjectId("s-1"),
        members=(first, second),
        dated=(
            DatedMember(pupil=third, valid_from=FIRST_DAY, valid_to=FIRST_DAY),
            DatedMember(pupil=third, valid_from=FIRST_DAY, valid_to=FIRST_DAY + timedelta(days=5)),
        ),
    )
    with engine.begin() as connection:
        put(connection, RecordKind.GROUPS, group)
        assert _members(connection) == [
            ("g-1", "p-1", date.min, None),
            ("g-1", "p-2", date.min, None),
            ("g-1", "p-3", FIRST_DAY, FIRST_DAY + timedelta(days=5)),
        ]
        put(connection, RecordKind.GROUPS, replace(group, members=(fourth,), dated=()), version=2)
        assert _members(connection) == [("g-1", "p-4", date.min, None)]
        records(connection).rekey(RecordKind.GROUPS, ("g-1",), ("g-2",))
        assert _members(connection) == [("g-2", "p-4", date.min, None)]


def _members(connection: Connection) -> list[tuple[Any, ...]]:
    table = school_tables.group_member
    columns = table.c["group_id", "pupil_id", "valid_from", "valid_to"]
    return [tuple(row) for row in connection.execute(select(*columns).order_by(table.c.pupil_id))]


# lists


def test_pages_follow_one_another_and_miss_nothing(engine: Engine) -> None:
    maker = RecordMaker(5, ids=9)
    with engine.begin() as connection:
        for kind in (RecordKind.MARKS, RecordKind.ABSENCES, RecordKind.CONSENTS):
            made = {key_of(one): one for one in (maker.record(kind) for _ in range(30))}
            put(connection, kind, *made.values())
            paged: list[Stored[Any]] = []
            while page := records(connection).page(
                kind, after=key_of(paged[-1].record) if paged else None, limit=4, where={}
            ):
                assert len(page) <= 4
                paged += page
            whole = records(connection).page(kind, after=None, limit=ALL, where={})
            assert paged == whole
            assert {key_of(one.record): one.record for one in paged} == made


def test_a_list_is_narrowed_by_any_single_value(engine: Engine) -> None:
    maker = RecordMaker(6, ids=3)
    marks = {key_of(one): one for one in (maker.record(RecordKind.MARKS, id=f"m-{n}") for n in range(40))}.values()
    asked: list[tuple[dict[str, str], Callable[[Any], bool]]] = [
        ({"pupil": "pupils-1"}, lambda one: one.pupil == "pupils-1"),
        ({"voided": "true"}, lambda one: one.voided),
        ({"weight": "1"}, lambda one: one.weight == 1),
        ({"sign": "passed"}, lambda one: one.sign == "passed"),
        ({"lesson": "lessons-1", "voided": "false"}, lambda one: one.lesson == "lessons-1" and not one.voided),
    ]
    with engine.begin() as connection:
        put(connection, RecordKind.MARKS, *marks)
        for where, holds in asked:
            found = records(connection).page(RecordKind.MARKS, after=None, limit=ALL, where=where)
            assert sorted(one.record.id for one in found) == sorted(one.id for one in marks if holds(one))
        lesson = maker.record(RecordKind.LESSONS)
        put(connection, RecordKind.LESSONS, lesson)
        of_day = {"day": lesson.day.isoformat()}
        assert records(connection).page(RecordKind.LESSONS, after=None, limit=9, where=of_day) == [stored(lesson)]


@pytest.mark.parametrize(
    ("kind", "where", "error"),
    [
        (RecordKind.MARKS, {"nothing": "1"}, KeyError),
        (RecordKind.GROUPS, {"members": "p"}, KeyError),
        (RecordKind.LESSONS, {"substitution": "t"}, KeyError),
        (RecordKind.HEALTH_SHEETS, {"content": "t"}, KeyError),
        (RecordKind.MARKS, {"weight": "many"}, ValueError),
        (RecordKind.MARKS, {"voided": "yes"}, ValueError),
        (RecordKind.LESSONS, {"day": "yesterday"}, ValueError),
    ],
)
def test_a_list_that_cannot_be_narrowed_so_is_refused(
    engine: Engine, kind: RecordKind, where: dict[str, str], error: type[Exception]
) -> None:
    with engine.begin() as connection, pytest.raises(error):
        records(connection).page(kind, after=None, limit=1, where=where)


def test_what_is_no_key_finds_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        assert records(connection).get(RecordKind.CONSENTS, ("g", "p", "yesterday")) is None
        assert records(connection).get(RecordKind.CONSENTS, ("g",)) is None


# renamed


RENAMED = [*sorted(set(LINKS.values()) & set(RecordKind)), RecordKind.MESSAGES]


@pytest.mark.parametrize("kind", RENAMED)
def test_a_new_key_is_written_into_every_record_that_has_the_old_one(engine: Engine, kind: RecordKind) -> None:
    maker = RecordMaker(7, ids=3)
    old, new = f"{kind.value}-0", "новый-ключ"
    with engine.begin() as connection:
        before = _filled(connection, maker, most=8)
        before[kind] |= {(old,): maker.record(kind, id=old)}
        put(connection, kind, before[kind][old,])
        written = records(connection).rekey(kind, (old,), (new,))
        after = _everything(connection)
    expected = {
        other: {
            key_of(now): stored(now, 1 + (now != record))
            for record in held.values()
            for now in [_with(record, kind, old, new)]
        }
        for other, held in before.items()
    }
    assert after == expected
    assert written == sum(one.version == 2 for held in after.values() for one in held.values())
    assert written >= 1


@pytest.mark.parametrize("kind", RENAMED)
def test_who_names_a_record_is_found_in_every_kind(engine: Engine, kind: RecordKind) -> None:
    maker = RecordMaker(7, ids=3)
    names = [f"{kind.value}-{number}" for number in range(3)]
    with engine.begin() as connection:
        before = _filled(connection, maker, most=8)
        found = {
            (name, named_in, key_of(record))
            for name in names
            for named_in, record in records(connection).naming(kind, (name,), RecordKind)
        }
    named = {
        (name, named_in, key)
        for named_in, held in before.items()
        for key, record in held.items()
        for linked, name in rules_world.links_of(record)
        if linked is kind and name in names
    }
    assert found == named


def _with(record: Any, kind: RecordKind, old: str, new: str) -> Any:
    """The slow way: look into every value there is."""
    changes: dict[str, Any] = {}
    made_of: type = type(record)
    for field in shape_of(made_of).fields:
        value = getattr(record, field.name)
        if field.record is not None and value is not None:
            changes[field.name] = (
                tuple(_with(one, kind, old, new) for one in value) if field.many else _with(value, kind, old, new)
            )
        elif field.links_to is kind:
            changes[field.name] = (
                tuple(new if one == old else one for one in value) if field.many else (new if value == old else value)
            )
    if key_is(record, kind, old):
        changes["id"] = new
    return replace(record, **changes)


def key_is(record: Any, kind: RecordKind, old: str) -> bool:
    return type(record) is shape_of_kind(kind).record and record.id == old


def test_what_is_named_in_words_is_renamed_too(engine: Engine) -> None:
    maker = RecordMaker(8)
    lesson = maker.record(RecordKind.LESSONS, id="L-1")
    absence = maker.record(RecordKind.ABSENCES, lesson="L-1", pupil="P-1")
    about = [("lesson", "L-1"), ("lessons", "L-1"), ("absence", "L-1 P-1"), ("absence", "L-2 P-1"), ("mark", "L-1")]
    reports = [
        maker.record(RecordKind.ERROR_REPORTS, id=f"E-{place}", record_kind=kind, record=record)
        for place, (kind, record) in enumerate(about)
    ]
    with engine.begin() as connection:
        put(connection, RecordKind.LESSONS, lesson)
        put(connection, RecordKind.ABSENCES, absence)
        put(connection, RecordKind.ERROR_REPORTS, *reports)
        assert records(connection).rekey(RecordKind.LESSONS, ("L-1",), ("L-9",)) == 5
        found = records(connection).page(RecordKind.ERROR_REPORTS, after=None, limit=ALL, where={})
    assert [(one.record.record, one.version) for one in found] == [
        ("L-9", 2),
        ("L-9", 2),
        ("L-9 P-1", 2),
        ("L-2 P-1", 1),
        ("L-1", 1),
    ]


def test_a_key_that_is_taken_or_unknown_or_none_is_refused(engine: Engine) -> None:
    maker = RecordMaker(9)
    with engine.begin() as connection:
        put(connection, RecordKind.SUBJECTS, *(maker.record(RecordKind.SUBJECTS, id=name) for name in ("S-1", "S-2")))
        for old, new, code in (
            (("S-1",), ("S-2",), "journal.key_taken"),
            (("S-1",), ("S-1",), "journal.key_taken"),
            (("S-3",), ("S-4",), "journal.key_unknown"),
            (("S-1",), ("S-4", "x"), "journal.key_unknown"),
        ):
            with pytest.raises(RuleViolation) as caught:
                records(connection).rekey(RecordKind.SUBJECTS, old, new)
            assert caught.value.code == code
        found = records(connection).page(RecordKind.SUBJECTS, after=None, limit=ALL, where={})
    assert [(one.record.id, one.version) for one in found] == [("S-1", 1), ("S-2", 1)]


# sealed (R-SEC-06, R-SEC-10)


SECRET = "диагноз: лично"
SHEET = RecordMaker(10).record(RecordKind.HEALTH_SHEETS, id="H-1", content=SECRET)


def _raw(connection: Connection, table: Table) -> str:
    return repr([tuple(row) for row in connection.execute(select(table))])


def test_health_data_does_not_stand_in_the_database(engine: Engine) -> None:
    home = TABLES[RecordKind.HEALTH_SHEETS]
    with engine.begin() as connection:
        put(connection, RecordKind.HEALTH_SHEETS, SHEET)
        assert "лично" not in _raw(connection, home.table)
        assert records(connection).get(RecordKind.HEALTH_SHEETS, ("H-1",)) == stored(SHEET)


def test_every_restricted_kind_seals_its_text() -> None:
    assert {kind for kind in RecordKind if TABLES[kind].sealed} == RESTRICTED


def test_without_a_key_health_data_is_neither_written_nor_read(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(ConfigurationError) as caught:
        put(connection, RecordKind.HEALTH_SHEETS, SHEET, sealer=NO_KEY)
    assert caught.value.code == "configuration.seal_key"
    with engine.begin() as connection:
        put(connection, RecordKind.HEALTH_SHEETS, SHEET)
    with engine.begin() as connection, pytest.raises(ConfigurationError):
        records(connection, NO_KEY).get(RecordKind.HEALTH_SHEETS, ("H-1",))
    with engine.begin() as connection, pytest.raises(ConfigurationError):
        records(connection, sealer_of(NEW_KEY)).get(RecordKind.HEALTH_SHEETS, ("H-1",))


def test_a_sealed_text_opens_in_its_own_record_only(engine: Engine) -> None:
    table = TABLES[RecordKind.HEALTH_SHEETS].table
    with engine.begin() as connection:
        put(connection, RecordKind.HEALTH_SHEETS, SHEET, replace(SHEET, id="H-2", content="другое"))
        moved = select(table.c.content).where(table.c.id == "H-1").scalar_subquery()
        connection.execute(update(table).where(table.c.id == "H-2").values(content=moved))
        with pytest.raises(ConfigurationError) as caught:
            records(connection).get(RecordKind.HEALTH_SHEETS, ("H-2",))
    assert caught.value.code == "configuration.seal_broken"
    assert "лично" not in str(caught.value)


def test_a_renamed_record_opens_under_its_new_key(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, RecordKind.HEALTH_SHEETS, SHEET)
        assert records(connection).rekey(RecordKind.HEALTH_SHEETS, ("H-1",), ("H-2",)) == 1
        renamed = records(connection).get(RecordKind.HEALTH_SHEETS, ("H-2",))
    assert renamed == stored(replace(SHEET, id="H-2"), 2)


def test_keys_are_changed_by_sealing_again(engine: Engine) -> None:
    both = sealer_of(f"{NEW_KEY}\n{OLD_KEY}")
    empty = RecordMaker(11).record(RecordKind.MEDICAL_CERTIFICATES, whole=False)
    with engine.begin() as connection:
        put(connection, RecordKind.HEALTH_SHEETS, SHEET)
        put(connection, RecordKind.MEDICAL_CERTIFICATES, empty)
        assert records(connection, both).get(RecordKind.HEALTH_SHEETS, ("H-1",)) == stored(SHEET)
        assert records(connection, both).reseal() == 1
        assert records(connection, both).reseal() == 0
        new = records(connection, sealer_of(NEW_KEY))
        assert new.get(RecordKind.HEALTH_SHEETS, ("H-1",)) == stored(SHEET)
        with pytest.raises(ConfigurationError):
            records(connection).get(RecordKind.HEALTH_SHEETS, ("H-1",))


@pytest.mark.parametrize("keys", ["short", base64.b64encode(b"x" * 31).decode(), f"{OLD_KEY} ключ"])
def test_what_is_no_key_is_refused(keys: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        sealer_of(keys)
    assert caught.value.code == "configuration.seal_key_invalid"
    assert keys not in str(caught.value)


def test_the_audit_keeps_health_data_sealed(engine: Engine) -> None:
    entry = AuditRecord(
        at=FIRST_MOMENT,
        actor="nurse",
        role="class_teacher",
        channel="api",
        action="create",
        object_kind=RecordKind.HEALTH_SHEETS.one,
        object_id=name_of(key_of(SHEET)),
        old=plain_from(SHEET),
        new=plain_from(SHEET),
    )
    with engine.begin() as connection, pytest.raises(ConfigurationError):
        SqlAuditLog(connection, SCHOOL).append([entry])
    with engine.begin() as connection:
        log = SqlAuditLog(connection, SCHOOL, SEALER)
        log.append([entry])
        [kept] = log.entries()
        assert "лично" not in _raw(connection, metadata.tables["audit_entry"])
        assert first_fault([kept], head=log.head()) is None
    assert kept.record.new is not None
    assert {**kept.record.new, "content": SECRET} == entry.new


# what the rules look up


def _seed(connection: Connection) -> None:
    """A school with three of the four pupils, guardians, teachers and classes that records name."""
    school = {"school_id": SCHOOL}
    connection.execute(
        insert(school_tables.school), {**school, "name": "Школа", "registry_id": "R-1", "zone": "Europe/Moscow"}
    )
    named = {"family_name": "Пробина", "given_name": "Проба", "patronymic": ""}
    for number in range(3):
        connection.execute(
            insert(school_tables.school_class),
            {
                **school,
                "id": f"classes-{number}",
                "source_id": "x",
                "year": 2026,
                "grade": number + 1,
                "letter": "А",
                "class_teacher_id": f"staff-{number}" if number else None,
                "archived": False,
            },
        )
        connection.execute(
            insert(people.pupil),
            {
                **school,
                **named,
                "id": f"pupils-{number}",
                "source_id": "x",
                "birth_date": FIRST_DAY,
                "sex": "male",
                "status": "active",
            },
        )
        connection.execute(
            insert(people.guardian),
            {
                **school,
                **named,
                "id": f"guardians-{number}",
                "source_id": "x",
                "phone": "",
                "email": "",
                "status": "active",
            },
        )
        connection.execute(
            insert(people.staff),
            {**school, **named, "id": f"staff-{number}", "source_id": "x", "position": "учитель", "status": "active"},
        )
        connection.execute(
            insert(people.enrollment),
            {**school, "pupil_id": f"pupils-{number}", "class_id": "classes-0", "valid_from": FIRST_DAY},
        )
        connection.execute(
            insert(people.guardianship),
            {
                **school,
                "guardian_id": f"guardians-{number}",
                "pupil_id": "pupils-0",
                "relation": "mother",
                "valid_from": FIRST_DAY,
            },
        )


def _filled(connection: Connection, maker: RecordMaker, most: int) -> dict[RecordKind, dict[Any, Any]]:
    held: dict[RecordKind, dict[Any, Any]] = {}
    for kind in RecordKind:
        held[kind] = {key_of(one): one for one in maker.records(kind, most)}
        put(connection, kind, *held[kind].values())
    return held


def _everything(connection: Connection) -> dict[RecordKind, dict[Any, Stored[Any]]]:
    pages = {kind: records(connection).page(kind, after=None, limit=ALL, where={}) for kind in RecordKind}
    return {kind: {key_of(one.record): one for one in page} for kind, page in pages.items()}


@given(seed=st.integers(0, 10**9))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_reference_holds_what_its_words_promise(opened: Engine, seed: int) -> None:
    _empty(opened)
    _compare(opened, seed)


def _compare(engine: Engine, seed: int) -> None:
    maker = RecordMaker(seed)
    with engine.begin() as connection:
        _seed(connection)
        _filled(connection, maker, most=5)
        batch = maker.batch(most=1)
        found = SqlJournal(connection, SCHOOL, SEALER).reference(batch)
        everything = _everything(connection)
    assert found is not None
    expected = _promised(batch, everything)
    for kind in RecordKind:
        assert dict(found.stored.of(kind)) == dict(expected.of(kind)), kind
    _compare_people(batch, found)
    assert found.finals == _finals(batch, everything)
    assert found.summed_up == {
        one.record.period
        for one in everything[RecordKind.PERIOD_MARKS].values()
        if not one.record.voided
        and one.record.stage in {Stage.PERIOD, Stage.YEAR}
        and one.record.period in {period.id for period in batch.periods}
    }
    assert found.kept == {kind for kind in (RecordKind.APPOINTMENTS, RecordKind.LOADS) if everything[kind]}


def _finals(batch: Batch, everything: dict[RecordKind, dict[Any, Stored[Any]]]) -> set[tuple[str, str, str]]:
    """Pages of the batch's lessons that are summed up, record by record; every pupil of `_seed` is in one class."""
    named = _named(batch).get(RecordKind.LESSONS, set()) | {one.id for one in batch.lessons}
    stored = [one.record for one in everything[RecordKind.LESSONS].values() if one.record.id in named]
    lessons = [*batch.lessons, *stored]
    if not lessons:
        return set()
    first, last = min(one.day for one in lessons), max(one.day for one in lessons)
    groups = {one.record.id: one.record for one in everything[RecordKind.GROUPS].values()}
    periods = {one.record.id: one.record for one in everything[RecordKind.PERIODS].values()}
    found = set()
    for one in everything[RecordKind.PERIOD_MARKS].values():
        mark, period = one.record, periods.get(one.record.period)
        if mark.voided or mark.stage not in {Stage.PERIOD, Stage.YEAR} or period is None:
            continue
        for lesson in lessons:
            if lesson.subject != mark.subject or not (period.start <= last and first <= period.end):
                continue
            group = groups.get(lesson.group)
            if lesson.school_class is not None:
                was_there = lesson.school_class == "classes-0" and mark.pupil[-2:] in {"-0", "-1", "-2"}
                was_there = was_there and period.end >= FIRST_DAY
                taught = lesson.school_class
            else:
                was_there, taught = group is not None and group.has(mark.pupil, period.end), lesson.group
            if was_there:
                found.add((taught, mark.subject, period.id))
    return found


def _named(batch: Batch) -> dict[Any, set[str]]:
    named: dict[Any, set[str]] = {}
    for kind in RecordKind:
        for record in records_of(batch, kind):
            for linked, ids in links_of(kind)(record):
                named.setdefault(linked, set()).update(ids)
    return named


def _promised(batch: Batch, everything: dict[RecordKind, dict[Any, Stored[Any]]]) -> StoredRecords:
    """What `StoredRecords` says it holds, record by record out of everything there is."""
    named = _named(batch)
    again = {kind: {key_of(one) for one in records_of(batch, kind)} for kind in RecordKind}
    lessons = [*batch.lessons] + [
        one.record
        for key, one in everything[RecordKind.LESSONS].items()
        if key in again[RecordKind.LESSONS] or key[0] in named.get(RecordKind.LESSONS, ())
    ]
    ids = {one.id for one in lessons}
    subjects = {one.subject for one in (*lessons, *batch.period_marks, *batch.deferrals)}
    staff_named = named.get(RosterKind.STAFF, ())
    papers = [
        one.record
        for kind, holder in ((RecordKind.APPOINTMENTS, "staff"), (RecordKind.LOADS, "teacher"))
        for key, one in everything[kind].items()
        if key in again[kind] or getattr(one.record, holder) in staff_named
    ]

    def around(kind: RecordKind, one: Any) -> bool:  # noqa: PLR0911  one answer a kind
        match kind:
            case RecordKind.MARKS | RecordKind.ABSENCES | RecordKind.MAKE_UPS:
                return one.lesson in ids
            case RecordKind.GROUPS:
                return any(one.id == taught.group for taught in (*lessons, *papers))
            case RecordKind.SUBSTITUTIONS:
                ordered = any(lesson.substitution and lesson.substitution.order == one.id for lesson in lessons)
                days = one.day in {lesson.day for lesson in lessons}
                taught = {lesson.school_class for lesson in lessons} | {lesson.group for lesson in lessons}
                return ordered or (days and bool({one.school_class, one.group} & (taught - {None})))
            case RecordKind.PERIOD_MARKS | RecordKind.DEFERRALS:
                return one.pupil in named.get(RosterKind.PUPILS, ()) and one.subject in subjects
            case RecordKind.APPOINTMENTS:
                return one.staff in named.get(RosterKind.STAFF, ())
            case RecordKind.LOADS:
                return one.teacher in named.get(RosterKind.STAFF, ())
            case _:
                return False

    return StoredRecords(
        by_kind={
            kind: {
                key: one
                for key, one in held.items()
                if kind in COMPLETE
                or key in again[kind]
                or (len(key) == 1 and KEYS[kind] == ("id",) and key[0] in named.get(kind, ()))
                or around(kind, one.record)
            }
            for kind, held in everything.items()
        }
    )


def _compare_people(batch: Batch, found: JournalReference) -> None:
    named = _named(batch)
    groups = [*batch.groups, *(one.record for one in found.stored.of(RecordKind.GROUPS).values())]
    pupils = named.get(RosterKind.PUPILS, set()) | {pupil for group in groups for pupil in group.pupils}
    there = {number: f"-{number}" for number in range(3)}.values()
    assert found.pupils == {one for one in pupils if one[-2:] in there}
    assert found.guardians == {one for one in named.get(RosterKind.GUARDIANS, ()) if one[-2:] in there}
    assert found.staff == {one for one in named.get(RosterKind.STAFF, ()) if one[-2:] in there}
    assert found.grades == {f"classes-{number}": number + 1 for number in range(3)}
    assert found.class_teachers == {"classes-1": "staff-1", "classes-2": "staff-2"}
    assert found.guardianships == {(one, "pupils-0") for one in found.guardians}
    place = Enrollment(pupil=PupilId(""), school_class=ClassId("classes-0"), valid_from=FIRST_DAY)
    assert found.enrollments == {one: (replace(place, pupil=one),) for one in found.pupils}
    assert found.policy == policy_of(one.record for one in found.stored.of(RecordKind.POLICIES).values())


def test_however_many_records_there_are_the_questions_stay_as_many(engine: Engine) -> None:
    asked: list[str] = []

    def note(*event_arguments: Any) -> None:
        asked.append(event_arguments[2])

    counts = []
    with engine.begin() as connection:
        _seed(connection)
        event.listen(connection, "before_cursor_execute", note)
        for number in (40, 400):
            maker = RecordMaker(13, ids=900)
            marks = tuple(maker.record(RecordKind.MARKS, id=f"m-{place}", whole=True) for place in range(number))
            lessons = tuple(maker.record(RecordKind.LESSONS, id=f"l-{place}", whole=True) for place in range(number))
            asked.clear()
            SqlJournal(connection, SCHOOL, SEALER).reference(
                Batch(school=SCHOOL, sent_at=FIRST_MOMENT, marks=marks, lessons=lessons)
            )
            counts.append(len(asked))
    assert counts[0] == counts[1] < 60


# weeks: an index for every question (the same time in a large school as in a small one)


def test_a_week_is_found_by_indices_alone(engine: Engine) -> None:
    asked: list[tuple[str, Any]] = []

    def note(*event_arguments: Any) -> None:
        asked.append((event_arguments[2], event_arguments[3]))

    with engine.begin() as connection:
        _seed(connection)
        member = {"group_id": "g-1", "pupil_id": "pupils-0", "valid_from": FIRST_DAY}
        connection.execute(insert(school_tables.group_member), {"school_id": SCHOOL, **member})
        event.listen(connection, "before_cursor_execute", note)
        SqlWeeks(connection, SCHOOL).of_pupils([PupilId("pupils-0")], FIRST_DAY, FIRST_DAY + timedelta(days=6))
        event.remove(connection, "before_cursor_execute", note)
        assert len(asked) == 6
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in asked:
            explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
            plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + statement, parameters))
            assert not re.search(r"SCAN (?!CONSTANT|\()" if sqlite else "Seq Scan", plan), plan
            if "lesson.topic" in statement:
                assert "class_id" in plan, plan


# who looked


def test_looks_are_kept_once_and_found_by_pupil_and_by_actor(engine: Engine) -> None:
    view = PupilView(
        id="v-1",
        at=FIRST_MOMENT,
        actor="teacher-1",
        role="class_teacher",
        pupil=PupilId("p-1"),
        what="marks",
        detail="2026-09-01",
        source="10.0.0.1",
        client="console",
    )
    later = replace(view, id="v-2", at=FIRST_MOMENT + timedelta(hours=1), actor="teacher-2")
    other = replace(view, id="v-3", pupil=PupilId("p-2"))
    end = FIRST_MOMENT + timedelta(hours=2)
    with engine.begin() as connection:
        log = SqlViewLog(connection, SCHOOL)
        log.add([view, later, other])
        log.add([view])
        log.add([])
        SqlViewLog(connection, OTHER_SCHOOL).add([view])
        assert list(log.of_pupil(PupilId("p-1"), FIRST_MOMENT, end)) == [view, later]
        assert list(log.of_pupil(PupilId("p-1"), FIRST_MOMENT, later.at)) == [view]
        assert list(log.by_actor("teacher-1", FIRST_MOMENT, end)) == [view, other]


def test_a_page_is_summed_up_once_a_final_mark_stands_for_somebody_who_was_there_at_the_end(engine: Engine) -> None:
    """R-MARK-08: what locks a page; a class by enrolment, a group by membership on the period's last day."""
    maker = RecordMaker(5)
    quarter = Period(
        id=PeriodId("q1"),
        year=2026,
        kind=PeriodKind.QUARTER,
        number=1,
        start=FIRST_DAY,
        end=FIRST_DAY + timedelta(days=60),
    )
    left = DatedMember(pupil=PupilId("pupils-1"), valid_from=FIRST_DAY, valid_to=quarter.end - timedelta(days=1))
    stayed = StudyGroup(
        id=GroupId("g-stayed"),
        name="a",
        kind=GroupKind.SUBGROUP,
        subject=SubjectId("s"),
        members=(PupilId("pupils-0"),),
    )
    gone = replace(stayed, id=GroupId("g-gone"), members=(), dated=(left,))
    lesson: Lesson = maker.record(RecordKind.LESSONS, id="l-1", whole=False)
    lesson = replace(lesson, day=FIRST_DAY, subject=SubjectId("s"), school_class=ClassId("classes-0"), group=None)
    lessons = (
        lesson,
        replace(lesson, id=LessonId("l-2"), school_class=ClassId("classes-1")),
        replace(lesson, id=LessonId("l-3"), school_class=None, group=stayed.id),
        replace(lesson, id=LessonId("l-4"), school_class=None, group=gone.id),
        replace(lesson, id=LessonId("l-5"), subject=SubjectId("other")),
    )
    final = PeriodMark(id=RecordId("f"), pupil=PupilId("pupils-0"), subject=SubjectId("s"), period=quarter.id, value=4)

    def finals(*marks: PeriodMark) -> set[tuple[str, str, str]]:
        with engine.begin() as connection:
            put(connection, RecordKind.PERIOD_MARKS, *marks)
            batch = Batch(school=SCHOOL, sent_at=FIRST_MOMENT, lessons=lessons)
            found = SqlJournal(connection, SCHOOL, SEALER).reference(batch)
            assert found is not None
            return set(found.finals)

    with engine.begin() as connection:
        _seed(connection)
        put(connection, RecordKind.PERIODS, quarter)
        put(connection, RecordKind.GROUPS, stayed, gone)
    by_pupil_0 = {("classes-0", "s", "q1"), ("g-stayed", "s", "q1")}
    assert finals(replace(final, voided=True)) == set()
    assert finals(replace(final, stage=Stage.EXAM)) == set()
    assert finals(replace(final, id=RecordId("f-1"), pupil=PupilId("pupils-1"))) == {("classes-0", "s", "q1")}
    assert finals(final) == by_pupil_0
