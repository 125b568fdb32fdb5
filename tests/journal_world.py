"""A small made-up school with a journal: its people, batches about it, and an intake over real tables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol

from lxml import etree
from sqlalchemy import Connection, Engine, func, insert, select

from gateway.errors import Fault, Rejected
from gateway.journal.documents import open_document
from gateway.journal.intake import JournalIntake, Sender
from gateway.journal.reading import PART, read_document
from gateway.mapping import journal_json, journal_xml
from gateway.model.access import Scope
from gateway.model.attendance import Absence, AbsenceKind
from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import (
    ClassId,
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
from gateway.model.journal import Homework, Lesson, Mark, MarkChange
from gateway.model.journal_records import RecordKey, RecordKind, records_of
from gateway.model.people import (
    Consent,
    ConsentDecision,
    Enrollment,
    Guardian,
    Guardianship,
    PersonName,
    Pupil,
    Relation,
    Sex,
    Staff,
)
from gateway.model.school import GroupKind, Period, PeriodKind, School, SchoolClass, StudyGroup, Subject, Vacation
from gateway.ports.frame import Outbound
from gateway.storage.audit import SqlAuditLog
from gateway.storage.journal import SqlJournal
from gateway.storage.schools import SqlSchools
from gateway.storage.steps import SqlStepLog
from gateway.storage.tables import journal, metadata, people
from gateway.storage.tables import school as school_tables
from tests.sqlite_files import new_file, with_tables

SCHOOL = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001")
DAY = date(2026, 9, 15)
NOW = datetime(2026, 9, 15, 15, 0, tzinfo=UTC)
CLASS_1, CLASS_5, CLASS_10 = ClassId("class-1A"), ClassId("class-5A"), ClassId("class-10A")
ANNA, BORIS, VERA = PupilId("pupil-anna"), PupilId("pupil-boris"), PupilId("pupil-vera")
FIRST_GRADER, TENTH_GRADER, LEAVER = PupilId("pupil-first"), PupilId("pupil-tenth"), PupilId("pupil-leaver")
TEACHER, OTHER_TEACHER = StaffId("staff-1"), StaffId("staff-2")
GUARDIAN = GuardianId("guardian-1")
MATHS, ENGLISH = SubjectId("maths"), SubjectId("english")
ENGLISH_GROUP, PLAN_GROUP = GroupId("group-english"), GroupId("group-plan")


class People(Protocol):
    """Who a registry would bring; a sample school of the sandbox is one too."""

    @property
    def school(self) -> School: ...
    @property
    def classes(self) -> tuple[SchoolClass, ...]: ...
    @property
    def pupils(self) -> tuple[Pupil, ...]: ...
    @property
    def guardians(self) -> tuple[Guardian, ...]: ...
    @property
    def guardianships(self) -> tuple[Guardianship, ...]: ...
    @property
    def staff(self) -> tuple[Staff, ...]: ...
    @property
    def enrollments(self) -> tuple[Enrollment, ...]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallSchool:
    """Three classes, six pupils, two teachers, one guardian."""

    school: School = SCHOOL
    classes: tuple[SchoolClass, ...]
    pupils: tuple[Pupil, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    staff: tuple[Staff, ...]
    enrollments: tuple[Enrollment, ...]


def _named(given: str) -> PersonName:
    return PersonName(family="Пробина", given=given)


def _pupil(pupil: PupilId) -> Pupil:
    return Pupil(id=pupil, source_id=pupil, name=_named("Проба"), birth_date=date(2015, 3, 4), sex=Sex.FEMALE)


def small_school() -> SmallSchool:
    start = date(2026, 9, 1)
    places = {
        FIRST_GRADER: CLASS_1,
        ANNA: CLASS_5,
        BORIS: CLASS_5,
        VERA: CLASS_5,
        LEAVER: CLASS_5,
        TENTH_GRADER: CLASS_10,
    }
    return SmallSchool(
        classes=tuple(
            SchoolClass(id=name, source_id=name, year=2026, grade=grade, letter="А")
            for name, grade in ((CLASS_1, 1), (CLASS_5, 5), (CLASS_10, 10))
        ),
        pupils=tuple(_pupil(pupil) for pupil in places),
        guardians=(Guardian(id=GUARDIAN, source_id=GUARDIAN, name=_named("Мама")),),
        guardianships=(Guardianship(guardian=GUARDIAN, pupil=ANNA, relation=Relation.MOTHER, valid_from=start),),
        staff=tuple(
            Staff(id=one, source_id=one, name=_named("Учитель"), position="учитель") for one in (TEACHER, OTHER_TEACHER)
        ),
        enrollments=tuple(
            Enrollment(
                pupil=pupil,
                school_class=school_class,
                valid_from=start,
                valid_to=date(2026, 9, 10) if pupil == LEAVER else None,
            )
            for pupil, school_class in places.items()
        ),
    )


def setup_batch() -> Batch:
    return Batch(
        school=SCHOOL.id,
        sent_at=NOW,
        periods=(
            _period("q1", PeriodKind.QUARTER, date(2026, 9, 1), date(2026, 10, 25), 1, 9),
            _period("h1", PeriodKind.HALF_YEAR, date(2026, 9, 1), date(2026, 12, 29), 10, 11),
            _period("y", PeriodKind.YEAR, date(2026, 9, 1), date(2027, 5, 31), 1, 11),
        ),
        vacations=(
            Vacation(id=RecordId("v1"), year=2026, name="Осенние", start=date(2026, 10, 26), end=date(2026, 11, 3)),
            Vacation(id=RecordId("v0"), year=2026, name="Карантин", start=date(2026, 9, 7), end=date(2026, 9, 8)),
        ),
        subjects=(Subject(id=MATHS, name="Математика"), Subject(id=ENGLISH, name="Английский язык")),
        groups=(
            StudyGroup(
                id=ENGLISH_GROUP, name="Английский", kind=GroupKind.SUBGROUP, subject=ENGLISH, members=(ANNA, BORIS)
            ),
            StudyGroup(id=PLAN_GROUP, name="ИУП", kind=GroupKind.INDIVIDUAL, subject=MATHS, members=(VERA,)),
        ),
        consents=(
            Consent(
                guardian=GUARDIAN,
                pupil=ANNA,
                decision=ConsentDecision.CONSENT,
                decided_on=date(2026, 9, 1),
                document="Согласие № 1",
            ),
        ),
    )


def _period(name: str, kind: PeriodKind, start: date, end: date, first: int, last: int) -> Period:
    return Period(
        id=PeriodId(name), year=2026, kind=kind, number=1, start=start, end=end, first_grade=first, last_grade=last
    )


def lesson(name: str = "L-1", *, hour: int = 9, day: date = DAY, **changes: Any) -> Lesson:
    """A lesson of class 5A in Moscow's morning; give ``school_class=None`` for one of a group."""
    starts_at = datetime(day.year, day.month, day.day, hour - 3, 0, tzinfo=UTC)
    usual = Lesson(
        id=LessonId(name),
        day=day,
        number=hour - 8,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        subject=MATHS,
        teacher=TEACHER,
        topic="Дроби",
        school_class=CLASS_5,
        room="12",
    )
    return replace(usual, **changes)


def mark(name: str = "M-1", *, of: str = "L-1", pupil: PupilId = ANNA, value: int = 5, **changes: Any) -> Mark:
    usual = Mark(id=MarkId(name), lesson=LessonId(of), pupil=pupil, value=value, work_kind=WorkKind.ORAL)
    return replace(usual, **changes)


def absence(*, of: str = "L-1", pupil: PupilId = BORIS, **changes: Any) -> Absence:
    return replace(Absence(lesson=LessonId(of), pupil=pupil, kind=AbsenceKind.ILLNESS), **changes)


def homework(*, of: str = "L-1", text: str | None = "№ 5–7", **changes: Any) -> Homework:
    return replace(Homework(lesson=LessonId(of), text=text), **changes)


def batch(**records: Any) -> Batch:
    return Batch(school=SCHOOL.id, sent_at=NOW, **records)


def day_batch() -> Batch:
    """One lesson of the class, one of the group, two marks, an absence, homework."""
    return batch(
        lessons=(lesson(), lesson("L-2", hour=10, school_class=None, group=ENGLISH_GROUP, subject=ENGLISH)),
        marks=(mark(), mark("M-2", of="L-2", value=3)),
        absences=(absence(),),
        homework=(homework(due=date(2026, 9, 16)), homework(of="L-2", text=None)),
    )


def as_json(content: Batch) -> bytes:
    return json.dumps(journal_json.tree_from(content), ensure_ascii=False, indent=1).encode()


def as_xml(content: Batch) -> bytes:
    return etree.tostring(journal_xml.element_from(content), encoding="UTF-8", xml_declaration=True, pretty_print=True)


def seed(connection: Connection, who: People) -> None:
    """Write the people as a roster step would have."""
    school = who.school.id
    SqlSchools(connection).add(who.school)
    _fill(connection, school_tables.school_class, school, [_class_row(one) for one in who.classes])
    _fill(connection, people.pupil, school, [_pupil_row(one) for one in who.pupils])
    _fill(connection, people.guardian, school, [_guardian_row(one) for one in who.guardians])
    _fill(connection, people.guardianship, school, [_guardianship_row(one) for one in who.guardianships])
    _fill(connection, people.staff, school, [_staff_row(one) for one in who.staff])
    _fill(connection, people.enrollment, school, [_enrollment_row(one) for one in who.enrollments])


def _fill(connection: Connection, table: Any, school: SchoolId, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), [{"school_id": school, **row} for row in rows])


def _name_row(name: PersonName) -> dict[str, Any]:
    return {"family_name": name.family, "given_name": name.given, "patronymic": name.patronymic}


def _class_row(one: SchoolClass) -> dict[str, Any]:
    return {
        "id": one.id,
        "source_id": one.source_id,
        "year": one.year,
        "grade": one.grade,
        "letter": one.letter,
        "archived": one.archived,
    }


def _pupil_row(one: Pupil) -> dict[str, Any]:
    return {
        "id": one.id,
        "source_id": one.source_id,
        **_name_row(one.name),
        "birth_date": one.birth_date,
        "sex": one.sex,
        "status": one.status,
    }


def _guardian_row(one: Guardian) -> dict[str, Any]:
    return {
        "id": one.id,
        "source_id": one.source_id,
        **_name_row(one.name),
        "phone": one.phone,
        "email": one.email,
        "portal_user": one.portal_user,
        "status": one.status,
    }


def _guardianship_row(one: Guardianship) -> dict[str, Any]:
    return {
        "guardian_id": one.guardian,
        "pupil_id": one.pupil,
        "relation": one.relation,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
    }


def _staff_row(one: Staff) -> dict[str, Any]:
    return {
        "id": one.id,
        "source_id": one.source_id,
        **_name_row(one.name),
        "position": one.position,
        "status": one.status,
    }


def _enrollment_row(one: Enrollment) -> dict[str, Any]:
    return {
        "pupil_id": one.pupil,
        "class_id": one.school_class,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
    }


class NoOutbound:
    """The intake itself sends nothing: what is announced is up to whoever listens."""

    def enqueue(self, *_messages: object) -> list[str]:
        raise AssertionError("the journal intake put something into the outbox by itself")


def sender(school: SchoolId, client: str = "client", *scopes: Scope) -> Sender:
    """Whoever brings a batch; one that may do everything if no scope is named."""
    return Sender(client=client, school=school, scopes=frozenset(scopes or Scope))


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalWork:
    """The unit of the tests: real tables, no outbox."""

    audit: SqlAuditLog
    steps: SqlStepLog
    journal: SqlJournal
    outbound: Outbound = field(default_factory=NoOutbound)


@dataclass(kw_only=True, slots=True)
class JournalWorld:
    """An intake over a database, and what it announced."""

    engine: Engine
    school: SchoolId = SCHOOL.id
    now: datetime = NOW
    announced: list[MarkChange] = field(default_factory=list)
    announce: Callable[[JournalWork, Sequence[MarkChange]], None] | None = None
    part_size: int = PART

    def units(self) -> AbstractContextManager[JournalWork]:
        return self._unit()

    @contextmanager
    def _unit(self) -> Iterator[JournalWork]:
        with self.engine.begin() as connection:
            yield JournalWork(
                audit=SqlAuditLog(connection, self.school),
                steps=SqlStepLog(connection, self.school),
                journal=SqlJournal(connection, self.school),
            )

    @property
    def intake(self) -> JournalIntake[JournalWork]:
        return JournalIntake(
            units=self.units,
            clock=lambda: self.now,
            announce=self.announce or self._remember,
            part_size=self.part_size,
        )

    def _remember(self, _unit: JournalWork, changes: Sequence[MarkChange]) -> None:
        self.announced.extend(changes)

    def counts(self) -> dict[str, int]:
        """How many rows each table of the journal has, the audit and the batches with them."""
        tables = (
            journal.lesson,
            journal.mark,
            journal.absence,
            journal.homework,
            journal.journal_batch,
            metadata.tables["audit_entry"],
            metadata.tables["step_run"],
        )
        with self.engine.begin() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
            }

    def close(self) -> None:
        self.engine.dispose()


def open_world(path: Path, who: People | None = None) -> JournalWorld:
    """A new database file with the small school, or with the people given."""
    engine = new_file(path, with_tables)
    school = who or small_school()
    with engine.begin() as connection:
        seed(connection, school)
    return JournalWorld(engine=engine, school=school.school.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadDocument:
    """A document as the intake reads it, its parts put together again."""

    batch: Batch
    rejected: tuple[Rejected, ...]
    rejected_keys: Mapping[RecordKind, Collection[RecordKey]]
    repeated: Mapping[RecordKind, Mapping[RecordKey, int]]
    turned_away: tuple[Rejected, ...]


def read(
    content: bytes | IO[bytes],
    media_type: str,
    faults: Mapping[tuple[RecordKind, int], tuple[Fault, ...]] | None = None,
) -> ReadDocument:
    """Read a document; ``faults`` are those that rules would find, by place in the document."""
    file = BytesIO(content) if isinstance(content, bytes) else content
    with read_document(open_document(file, media_type)) as reading:
        lists: Any = defaultdict(tuple)
        for part in reading.parts(3):
            for kind in RecordKind:
                lists[kind.value] += tuple(records_of(part.batch, kind))
        return ReadDocument(
            batch=replace(reading.batch, **lists),
            rejected=reading.rejected,
            rejected_keys=reading.rejected_keys,
            repeated=reading.repeated,
            turned_away=tuple(reading.turn_away(faults or {})),
        )
