"""Incidents and corrections over real tables, on SQLite and PostgreSQL: reported, settled, killed, settled again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from gateway.control.acting import By
from gateway.control.corrections import Corrections
from gateway.control.deadlines import Deadlines
from gateway.control.incidents import Incidents, Moments, fingerprint
from gateway.control.outages import Outages
from gateway.control.policies import Policies
from gateway.control.settlement import Settled
from gateway.diary.announce import DESTINATION, MarkAnnouncer
from gateway.errors import DocumentError, GatewayError, RuleViolation
from gateway.journal.record_desk import RecordDesk
from gateway.mapping.journal_plain import plain_from
from gateway.mapping.portal import event_from_json
from gateway.model.archive import ArchiveEntry
from gateway.model.attendance import Absence, AbsenceKind
from gateway.model.audit import AuditRecord, first_fault
from gateway.model.clocks import Clock
from gateway.model.duties import Appointment, Duty
from gateway.model.export_package import ExportPackage
from gateway.model.ids import PeriodId, RecordId, StaffId, SubjectId
from gateway.model.incident import VOID_ACTION, Doubt, Effect, EffectKind
from gateway.model.journal import Mark, MarkChange, Substitution
from gateway.model.journal_records import KIND_OF, RecordKind, Stored, key_of, name_of
from gateway.model.oversight import Correction, Decision
from gateway.model.policy import CONFLICTS
from gateway.model.pupil_data import Actor
from gateway.model.readiness import Section
from gateway.model.school import PolicySetting
from gateway.storage.engine import open_engine
from gateway.storage.tables import metadata
from gateway.storage.tables.access import api_client, console_user, portal_subscription
from gateway.storage.tables.people import guardian
from gateway.storage.work import Database, Work
from outbox import MessageId, NewMessage, State, find, payload
from outbox import tables as queue_tables
from tests.journal_world import (
    ANNA,
    BORIS,
    CLASS_5,
    DAY,
    GUARDIAN,
    OTHER_TEACHER,
    SCHOOL,
    TEACHER,
    absence,
    homework,
    lesson,
    mark,
    seed,
    setup_batch,
    small_school,
)

THIEF, THIEF_STAFF = "thief", StaffId("staff-thief")
DIRECTOR = By(actor="director", role="director")
START = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)


class KilledError(Exception):
    """Stands for the process being killed."""


@dataclass(kw_only=True)
class World:
    """A school with a journal, and a clock that the test sets."""

    engine: Engine
    now: datetime = START
    ids: Iterator[int] = field(default_factory=count)

    @property
    def database(self) -> Database:
        return Database(self.engine, lambda: self.now)

    def unit(self) -> AbstractContextManager[Work]:
        return self.database.unit(SCHOOL.id)

    @property
    def incidents(self) -> Incidents[Work]:
        return Incidents(
            school=SCHOOL.id,
            units=self.unit,
            clock=lambda: self.now,
            new_id=lambda: f"new-{next(self.ids)}",
            announce=self.announcer.announce,
            events=DESTINATION,
        )

    @property
    def corrections(self) -> Corrections:
        return Corrections(
            school=SCHOOL.id, units=self.unit, clock=lambda: self.now, new_id=lambda: f"new-{next(self.ids)}"
        )

    @property
    def announcer(self) -> MarkAnnouncer:
        return MarkAnnouncer(school=SCHOOL.id, clock=lambda: self.now)

    def write(self, actor: str, *records: Any, hour: float = 0.0) -> None:
        """Write records as the journal's ways in do: with version, audit and news for families."""
        self.now = START + timedelta(hours=hour)
        with self.unit() as unit:
            for record in records:
                kind = KIND_OF[type(record)]
                held = unit.records.get(kind, key_of(record))
                now: Stored[Any] = Stored(record=record, version=1 if held is None else held.version + 1)
                before = None if held is None else held.record
                unit.journal.put(kind, [now])
                unit.audit.append([self._audited(actor, kind, now.record, before)])
                if isinstance(record, Mark):
                    change = MarkChange(now=record, before=before, lesson=lesson(), version=now.version)
                    self.announcer.announce(unit, [change])

    def _audited(self, actor: str, kind: RecordKind, record: Any, before: Any) -> AuditRecord:
        return AuditRecord(
            at=self.now,
            actor=actor,
            role="journal_system",
            channel="api",
            action="create" if before is None else "update",
            object_kind=kind.one,
            object_id=name_of(key_of(record)),
            old=None if before is None else plain_from(before),
            new=plain_from(record),
        )

    def held(self, kind: RecordKind, *key: str) -> Any:
        with self.unit() as unit:
            found = unit.records.get(kind, key)
        return None if found is None else found.record

    def events(self) -> dict[tuple[str, int], State]:
        """Return the states of messages to families by mark and version."""
        with self.engine.begin() as connection:
            found = find(connection, destination=DESTINATION, limit=100).entries
            events = {entry.id: event_from_json(payload(connection, entry.id)) for entry in found}
        return {(events[entry.id].mark, events[entry.id].version): entry.state for entry in found}

    def void(self, since: float, account: str = THIEF) -> str:
        """Report an incident at noon and let it be void since an hour of the clock."""
        moment = START + timedelta(hours=since)
        self.now = max(self.now, moment)
        reported = self.incidents.report(account, by=DIRECTOR, learned_at=moment)
        self.incidents.note(reported.incident.id, Moments(void_from=moment), by=DIRECTOR)
        return reported.incident.id

    def settle(self, incident: str, hour: float = 20.0) -> Settled:
        self.now = START + timedelta(hours=hour)
        return self.incidents.settle(incident, by=DIRECTOR)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give a database with all tables; they are emptied for every test."""
    address = f"sqlite:///{tmp_path_factory.mktemp('incidents') / 'gateway.db'}"
    if request.param == "postgres":
        address = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
    opened = open_engine(address)
    for tables in (metadata, queue_tables.metadata):
        tables.create_all(opened)
    yield opened
    opened.dispose()


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for tables in (metadata, queue_tables.metadata):
            for table in reversed(tables.sorted_tables):
                connection.execute(delete(table))


@pytest.fixture
def world(engine: Engine) -> World:
    empty(engine)
    with engine.begin() as connection:
        seed(connection, small_school())
        connection.execute(update(guardian).values(portal_user="portal-1"))
        connection.execute(
            insert(portal_subscription).values(
                school_id=SCHOOL.id, client_id="portal", guardian_id=GUARDIAN, pupil_id=ANNA, created_at=START
            )
        )
        connection.execute(insert(console_user).values(**_account(THIEF, THIEF_STAFF)))
        connection.execute(insert(console_user).values(**_account("honest", TEACHER)))
        connection.execute(
            insert(api_client).values(
                school_id=SCHOOL.id,
                client_id=THIEF_STAFF,
                name="Журнал",
                secret_sha256="0" * 64,
                scopes=[],
                created_at=START,
                disabled=False,
            )
        )
    opened = World(engine=engine)
    frame = setup_batch()
    opened.write("coordinator", *frame.periods, *frame.subjects, *frame.groups, *frame.consents, lesson(), hour=-2)
    return opened


def _account(login: str, staff: StaffId) -> dict[str, Any]:
    return {
        "school_id": SCHOOL.id,
        "login": login,
        "role": "administrator",
        "password_hash": "-",
        "must_change": False,
        "created_at": START,
        "failures": 0,
        "disabled": False,
        "staff_id": staff,
    }


def named(effects: Sequence[Effect]) -> set[tuple[str, str, str]]:
    return {(one.kind, one.object_id, one.reason) for one in effects}


def chain_holds(world: World) -> bool:
    with world.unit() as unit:
        return first_fault(unit.audit.entries(), head=unit.audit.head()) is None


def test_a_report_blocks_every_way_in_at_once(world: World) -> None:
    """R-SEC-04: login, and the client that the same person uses."""
    reported = world.incidents.report(THIEF, by=DIRECTOR)
    assert set(reported.blocked) == {THIEF, THIEF_STAFF}
    with world.engine.begin() as connection:
        users = dict(iter(connection.execute(select(console_user.c.login, console_user.c.disabled))))
        assert users == {THIEF: True, "honest": False}
        assert connection.execute(select(api_client.c.disabled)).scalar_one()
    assert world.incidents.report(THIEF, by=DIRECTOR).blocked == (), "nothing is left to block"
    assert chain_holds(world)


def test_whom_nobody_knows_is_not_reported(world: World) -> None:
    """R-SEC-04: who reports has to know that nothing is blocked."""
    for name in ("theif", "thief "):
        with pytest.raises(RuleViolation) as refused:
            world.incidents.report(name, by=DIRECTOR)
        assert (refused.value.code, refused.value.rule) == ("incident.account_unknown", "R-SEC-04")
        assert SCHOOL.id in str(refused.value)
        assert name not in str(refused.value)
    assert world.incidents.list() == []
    for name in (THIEF, THIEF_STAFF, "honest", OTHER_TEACHER):
        assert world.incidents.report(name, by=DIRECTOR).incident.account == name


def test_the_notice_stands_in_the_list_until_it_is_given(world: World) -> None:
    """R-SEC-04: within one working day of learning of it."""
    deadlines = Deadlines(units=world.unit, clock=lambda: world.now)
    reported = world.incidents.report(THIEF, by=DIRECTOR)
    (duty,) = deadlines.list(clock=Clock.INCIDENT_NOTICE)
    assert (duty.key, duty.done_at) == ((reported.incident.id,), None)
    world.now += timedelta(days=3)
    assert len(deadlines.list(clock=Clock.INCIDENT_NOTICE, overdue_only=True)) == 1
    moments = Moments(director_notified_at=world.now, administrator_notified_at=world.now)
    world.incidents.note(reported.incident.id, moments, by=DIRECTOR)
    (duty,) = deadlines.list(clock=Clock.INCIDENT_NOTICE)
    assert duty.done_at == world.now


def test_new_credentials_open_the_account_again(world: World) -> None:
    """C-18: the incident ends when credentials are reissued."""
    reported = world.incidents.report(THIEF, by=DIRECTOR)
    world.now += timedelta(hours=1)
    world.incidents.note(reported.incident.id, Moments(credentials_reissued_at=world.now), by=DIRECTOR)
    with world.engine.begin() as connection:
        assert not any(connection.execute(select(console_user.c.disabled)).scalars())


def test_moments_out_of_order_are_refused(world: World) -> None:
    with pytest.raises(RuleViolation) as refused:
        world.incidents.report(THIEF, by=DIRECTOR, learned_at=world.now + timedelta(minutes=1))
    assert refused.value.code == "incident.moments"
    assert world.incidents.list() == []


def test_nothing_is_void_before_everybody_was_told(world: World) -> None:
    reported = world.incidents.report(THIEF, by=DIRECTOR)
    with pytest.raises(RuleViolation) as refused:
        world.incidents.settle(reported.incident.id, by=DIRECTOR)
    assert refused.value.code == "incident.not_void"
    with pytest.raises(GatewayError) as unknown:
        world.incidents.settle("nothing", by=DIRECTOR)
    assert unknown.value.code == "incident.unknown"


def test_void_operations_are_taken_back_and_all_others_stay(world: World) -> None:
    """R-SEC-05, R-AUD-02, R-AUD-08."""
    world.write("journal", mark(value=4), mark("M-2", pupil=BORIS, value=3), homework(), hour=0)
    world.write(THIEF, mark(value=2), mark("M-3", value=5), hour=2)
    world.write("journal", replace(homework(text="№ 8"), author=THIEF_STAFF), hour=3)
    world.write("journal", mark("M-2", pupil=BORIS, value=4), hour=4)
    incident = world.void(since=1)
    settled = world.settle(incident)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=4)
    assert world.held(RecordKind.MARKS, "M-3") == replace(mark("M-3", value=5), voided=True)
    assert world.held(RecordKind.HOMEWORK, "L-1") == homework()
    assert world.held(RecordKind.MARKS, "M-2") == mark("M-2", pupil=BORIS, value=4)
    reverted = {(one.object_kind, one.object_id) for one in settled.effects if one.kind is EffectKind.REVERTED}
    assert reverted == {("mark", "M-1"), ("mark", "M-3"), ("homework", "L-1")}
    with world.unit() as unit:
        entries = [one.record for one in unit.audit.entries() if one.record.action == VOID_ACTION]
    assert {one.object_id for one in entries} == {"M-1", "M-3", "L-1"}
    assert {(one.reason, one.actor) for one in entries} == {(f"incident {incident}", "director")}
    assert chain_holds(world)


def test_what_names_no_author_is_left_to_a_person_where_the_lesson_is_the_teachers(world: World) -> None:
    """R-SEC-05: it may be by the access or by a class teacher: to take it back would be a guess."""
    world.write("journal", mark(value=4), hour=0)
    world.write("journal", mark(value=2), absence(pupil=BORIS), homework(), lesson("L-5", hour=14), hour=2)
    stand_in = Substitution(teacher=OTHER_TEACHER, reason="болезнь")
    others = replace(lesson("L-6", hour=15), substitution=stand_in)
    world.write("journal", others, replace(mark("M-6"), lesson="L-6"), hour=2.5)
    world.write("journal", replace(mark("M-7"), author=OTHER_TEACHER), hour=3)
    settled = world.settle(world.void(since=1, account="honest"))
    assert named(settled.effects) == {
        ("decide", name, "author_unknown") for name in ("M-1", "L-1 pupil-boris", "L-1", "L-5")
    }
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=2)
    of_other = world.settle(world.void(since=1, account=OTHER_TEACHER))
    assert {one.object_id for one in of_other.effects if one.reason == "author_unknown"} == {"M-6", "L-6"}


def test_settling_again_changes_nothing(world: World) -> None:
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    incident = world.void(since=1)
    first = world.settle(incident)
    with world.unit() as unit:
        head = unit.audit.head()
    again = world.settle(incident, hour=30)
    assert (again.new_effects, again.effects) == (0, first.effects)
    with world.unit() as unit:
        assert unit.audit.head() == head
    assert world.events() == {("M-1", 1): State.READY, ("M-1", 2): State.DEAD}


def test_a_settlement_that_is_killed_has_done_nothing(world: World) -> None:
    """All or nothing: the records, the queue, the findings."""
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    incident = world.void(since=1)

    def killed(_unit: Work, _changes: Sequence[MarkChange]) -> None:
        raise KilledError

    with world.unit() as unit:
        head = unit.audit.head()
    with pytest.raises(KilledError):
        replace(world.incidents, announce=killed).settle(incident, by=DIRECTOR)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=2)
    assert world.incidents.show(incident)[1] == []
    assert world.events()["M-1", 2] is State.READY
    with world.unit() as unit:
        assert unit.audit.head() == head
    world.settle(incident)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=4)


def test_a_preview_tells_what_a_settlement_does_and_does_nothing(world: World) -> None:
    """R-SEC-05: records, queue, findings and audit stay as they are."""
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    incident = world.void(since=1)
    world.now = START + timedelta(hours=20)
    with world.unit() as unit:
        head = unit.audit.head()
    shown = world.incidents.preview(incident, by=DIRECTOR)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=2)
    assert world.incidents.show(incident)[1] == []
    assert world.events()["M-1", 2] is State.READY
    with world.unit() as unit:
        assert unit.audit.head() == head
    settled = world.incidents.settle(incident, by=DIRECTOR, shown=fingerprint(shown))
    assert settled == shown
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=4)


def test_a_settlement_that_would_do_something_else_than_was_shown_does_nothing(world: World) -> None:
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    incident = world.void(since=1)
    shown = fingerprint(world.incidents.preview(incident, by=DIRECTOR))
    world.write(THIEF, homework(), hour=3)
    with pytest.raises(RuleViolation) as refused:
        world.incidents.settle(incident, by=DIRECTOR, shown=shown)
    assert refused.value.code == "incident.changed"
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=2)
    assert world.incidents.show(incident)[1] == []


def test_a_case_tells_operations_in_quarantine_from_void_ones(world: World) -> None:
    """R-AUD-08, C-18: quarantine from the earliest receipt, void from the latest, neither before nor after."""
    world.write(THIEF, mark("M-0", value=3), hour=0)
    reported = world.incidents.report(THIEF, by=DIRECTOR)
    told = Moments(director_notified_at=START + timedelta(hours=1), support_notified_at=START + timedelta(hours=3))
    world.write(THIEF, mark("M-1", value=3), hour=2)
    world.write(THIEF, mark("M-2", value=3), hour=4)
    world.write(THIEF, mark("M-3", value=3), hour=6)
    world.incidents.note(reported.incident.id, told, by=DIRECTOR)
    reissued = Moments(credentials_reissued_at=START + timedelta(hours=5))
    world.incidents.note(reported.incident.id, reissued, by=DIRECTOR)
    case = world.incidents.case(reported.incident.id)
    assert [(one.entry.record.object_id, one.is_void) for one in case.operations] == [("M-1", False), ("M-2", True)]
    assert {(one.record.object_id, one.record.action) for one in case.access} == {
        (name, action) for name in (THIEF, THIEF_STAFF) for action in ("access.blocked", "access.unblocked")
    }


def test_an_outage_begins_once_and_ends_once(world: World) -> None:
    """R-JRNL-18."""
    outages = Outages(
        school=SCHOOL.id, units=world.unit, clock=lambda: world.now, new_id=lambda: f"new-{next(world.ids)}"
    )
    outage = outages.begin(reason="Нет света", by=DIRECTOR)
    with pytest.raises(RuleViolation) as twice:
        outages.begin(reason="Нет связи", by=DIRECTOR)
    world.now += timedelta(hours=2)
    ended = outages.end(outage.id, by=DIRECTOR)
    assert (twice.value.code, outages.list()) == ("outage.lasts", [ended])
    deadlines = Deadlines(units=world.unit, clock=lambda: world.now)
    assert deadlines.catch_up([ended])[outage.id] == datetime(2026, 9, 16, 20, 59, 59, 999999, tzinfo=UTC)
    assert chain_holds(world)


def test_a_decision_of_the_school_is_written_and_counts(world: World) -> None:
    """R-ROLE-15."""
    policies = Policies(school=SCHOOL.id, units=world.unit, clock=lambda: world.now)
    policies.decide("deputy_mode", "full", document="Приказ № 1", decided_on=date(2026, 9, 1), by=DIRECTOR)
    decided = policies.get("deputy_mode")
    assert (decided.value, decided.about.default, decided.is_default) == ("full", "read_only", False)
    with pytest.raises(DocumentError) as refused:
        policies.decide("deputy_mode", "x", document="Приказ № 2", decided_on=date(2026, 9, 2), by=DIRECTOR)
    assert [fault.code for fault in refused.value.faults] == ["journal.policy_value"]
    with pytest.raises(GatewayError):
        policies.get("nothing")
    assert policies.get("deputy_mode") == decided
    assert len(policies.list()) == sum(map(len, CONFLICTS.values()))
    assert chain_holds(world)


def test_a_later_change_by_somebody_else_is_left_to_a_person(world: World) -> None:
    """R-SEC-05: it stands on a void value."""
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    world.write("journal", mark(value=3), hour=3)
    incident = world.void(since=1)
    settled = world.settle(incident)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=3)
    assert (EffectKind.DECIDE, "M-1", Doubt.LATER_CHANGE) in named(settled.effects)
    (doubt,) = (one for one in settled.effects if one.kind is EffectKind.DECIDE)
    assert world.incidents.decided(doubt, by=DIRECTOR, reason="Оценка верна")
    assert not world.incidents.decided(doubt, by=DIRECTOR, reason="Оценка верна")
    assert [one.done_at for one in world.incidents.show(incident)[1] if one.kind is EffectKind.DECIDE] == [world.now]


def test_what_cannot_be_voided_or_is_no_record_is_left_to_a_person(world: World) -> None:
    world.write(THIEF, lesson("L-9", hour=14), hour=2)
    world.now = START + timedelta(hours=3)
    with world.unit() as unit:
        unit.audit.append(
            [
                AuditRecord(
                    at=world.now,
                    actor=THIEF,
                    role="administrator",
                    channel="roster",
                    action="approve",
                    object_kind="roster_plan",
                    object_id="plan-1",
                )
            ]
        )
    settled = world.settle(world.void(since=1))
    assert named(settled.effects) == {
        (EffectKind.DECIDE, "L-9", Doubt.NO_EARLIER_VALUE),
        (EffectKind.DECIDE, "plan-1", Doubt.OTHER_OPERATION),
    }
    assert world.held(RecordKind.LESSONS, "L-9") is not None, "nothing is deleted"


def test_news_that_has_not_left_is_pulled_and_nobody_hears_of_it(world: World) -> None:
    """R-SEC-05: pull unsent outbox items."""
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    settled = world.settle(world.void(since=1))
    assert [one.kind for one in settled.effects].count(EffectKind.MESSAGE_PULLED) == 1
    assert world.events() == {("M-1", 1): State.READY, ("M-1", 2): State.DEAD}


def test_news_that_has_left_is_corrected(world: World) -> None:
    """R-SEC-05: send corrections for what is out already."""
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    with world.engine.begin() as connection:
        deliver_all(world, connection)
    settled = world.settle(world.void(since=1))
    assert [one.kind for one in settled.effects].count(EffectKind.EVENT_SENT) == 1
    assert world.events()["M-1", 3] is State.READY


def deliver_all(world: World, connection: Any) -> None:
    """Let every message to families be delivered, as a worker would."""
    connection.execute(
        update(queue_tables.message)
        .where(queue_tables.message.c.destination == DESTINATION)
        .values(state=State.DONE, finished_at=world.now)
    )


def package(name: str, made_at: datetime, message: str, version: int = 1) -> ExportPackage:
    return ExportPackage(
        id=name,
        definition="performance",
        schema_version="1.0",
        recipient="authority",
        period=PeriodId("q1"),
        period_start=date(2026, 9, 1),
        period_end=date(2026, 10, 25),
        version=version,
        made_at=made_at,
        content_digest="0" * 64,
        document=b"<report/>",
        signature=b"-",
        manifest={},
        size=9,
        message=message,
    )


def archived(name: str, signed_at: datetime, version: int = 1) -> ArchiveEntry:
    return ArchiveEntry(
        id=name,
        file_name="2026-2027_q1_5А.pdf",
        version=version,
        year=2026,
        period=PeriodId("q1"),
        school_class=CLASS_5,
        source_digest="0" * 64,
        sha256="0" * 64,
        size=1,
        pages=1,
        signed_by="Директор",
        certificate_sha256="0" * 64,
        signed_at=signed_at,
        location="archive/q1.pdf",
        retention_until=date(2032, 5, 31),
        schema_version="1.0",
    )


def add_documents(world: World, hour: float, suffix: str, version: int = 1) -> MessageId:
    world.now = START + timedelta(hours=hour)
    with world.unit() as unit:
        (message,) = unit.outbound.enqueue(
            NewMessage(destination="authority", kind="package", payload=b"<report/>", idempotency_key=f"P-{suffix}")
        )
        unit.exports.add(package(f"P-{suffix}", world.now, message, version))
        unit.archive.add(archived(f"A-{suffix}", world.now, version))
    return MessageId(message)


def rename(world: World, actor: str, kind: RecordKind, old: str, new: str, *, hour: float) -> None:
    """Give a record another key the way the desk does."""
    world.now = START + timedelta(hours=hour)
    desk: RecordDesk[Work] = RecordDesk(
        units=world.unit,
        readings=lambda: world.database.reading(SCHOOL.id),
        clock=lambda: world.now,
        new_id=lambda: f"new-{next(world.ids)}",
        announce=world.announcer.announce,
    )
    desk.rename(kind, (old,), (new,), writer=Actor(client=actor, source=""), school=SCHOOL.id)


def test_a_renamed_record_goes_back_under_its_new_key(world: World) -> None:
    """R-SEC-05: a key change that is not void carries the history on."""
    world.write("journal", mark(value=5), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    rename(world, "journal", RecordKind.MARKS, "M-1", "M-7", hour=3)
    settled = world.settle(world.void(since=1))
    assert world.held(RecordKind.MARKS, "M-7") == mark("M-7", value=5)
    assert (EffectKind.REVERTED, "M-7", "") in named(settled.effects)
    assert world.events()["M-1", 2] is State.DEAD, "the news of the void value bears the old key"


def test_a_record_under_a_key_that_was_free_again_is_another_one(world: World) -> None:
    """R-SEC-05: what the renamed record said is never put into it."""
    world.write("journal", mark(value=5), hour=0)
    rename(world, "journal", RecordKind.MARKS, "M-1", "M-7", hour=0.5)
    world.write(THIEF, mark(pupil=BORIS, value=2), hour=2)
    world.settle(world.void(since=1))
    assert world.held(RecordKind.MARKS, "M-1") == mark(pupil=BORIS, value=2, voided=True)
    assert world.held(RecordKind.MARKS, "M-7") == mark("M-7", value=5)


def test_a_record_whose_key_went_with_a_link_is_left_to_a_person(world: World) -> None:
    world.write("journal", homework(), hour=0)
    world.write(THIEF, homework(text="№ 8"), hour=2)
    rename(world, "journal", RecordKind.LESSONS, "L-1", "L-7", hour=3)
    settled = world.settle(world.void(since=1))
    assert (EffectKind.DECIDE, "L-1", Doubt.NAME_LOST) in named(settled.effects)
    assert world.held(RecordKind.HOMEWORK, "L-7") == homework(of="L-7", text="№ 8")


def test_what_would_break_a_rule_is_left_to_a_person(world: World) -> None:
    """R-JRNL-09: the pupil has been absent since the mark was voided."""
    world.write("journal", mark(value=5), mark("M-2", pupil=BORIS, value=4), hour=0)
    world.write(THIEF, mark(value=5, voided=True), mark("M-2", pupil=BORIS, value=2), hour=2)
    world.write("journal", absence(pupil=ANNA), hour=3)
    settled = world.settle(world.void(since=1))
    assert (EffectKind.DECIDE, "M-1", Doubt.BREAKS_RULE) in named(settled.effects)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=5, voided=True)
    assert world.held(RecordKind.MARKS, "M-2") == mark("M-2", pupil=BORIS, value=4), "the others go back"


def test_records_go_back_together(world: World) -> None:
    """R-JRNL-09: the void absence goes, so the mark it forbids may come back."""
    world.write("journal", mark(value=5), hour=0)
    world.write(THIEF, mark(value=5, voided=True), absence(pupil=ANNA), hour=2)
    world.settle(world.void(since=1))
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=5)
    assert world.held(RecordKind.ABSENCES, "L-1", ANNA) == absence(pupil=ANNA, voided=True)


def test_documents_made_of_void_data_are_listed_until_they_are_superseded(world: World) -> None:
    """R-SEC-05, C-11: signed versions stay, the next one supersedes them."""
    world.write("journal", mark(value=4), hour=0)
    add_documents(world, 1, "before")
    world.write(THIEF, mark(value=2), hour=2)
    message = add_documents(world, 3, "void", version=2)
    incident = world.void(since=1.5)
    settled = world.settle(incident)
    found = named(settled.effects)
    assert {one for one in found if one[0] in {EffectKind.PACKAGE, EffectKind.ARCHIVE}} == {
        (EffectKind.PACKAGE, "P-void", ""),
        (EffectKind.ARCHIVE, "A-void", ""),
    }
    assert (EffectKind.MESSAGE_PULLED, message, "") in found, "the package had not left"
    open_now = {one.object_id for one in settled.effects if one.done_at is None}
    assert open_now == {"P-void", "A-void"}
    add_documents(world, 21, "after", version=3)
    again = world.settle(incident, hour=22)
    assert [one for one in again.effects if one.done_at is None] == []
    assert again.new_effects == 0, "what was made of the mended journal is not void"


def test_only_the_window_counts(world: World) -> None:
    """C-18: from the latest receipt until the credentials are reissued."""
    world.write(THIEF, mark(value=4), hour=0)
    reported = world.incidents.report(THIEF, by=DIRECTOR)
    told = Moments(director_notified_at=START + timedelta(hours=1), support_notified_at=START + timedelta(hours=3))
    world.write(THIEF, mark(value=3), hour=2)
    world.write(THIEF, mark(value=2), hour=3)
    world.write(THIEF, mark("M-2", value=5), hour=5)
    world.now = START + timedelta(hours=6)
    world.incidents.note(reported.incident.id, told, by=DIRECTOR)
    world.incidents.note(reported.incident.id, Moments(credentials_reissued_at=START + timedelta(hours=5)), by=DIRECTOR)
    world.settle(reported.incident.id)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=3)
    assert world.held(RecordKind.MARKS, "M-2") == mark("M-2", value=5)


def test_the_policy_may_count_the_earliest_receipt(world: World) -> None:
    setting = PolicySetting(
        id=RecordId("incident_void_from"), value="earliest", decided_on=date(2026, 9, 1), document="Приказ № 1"
    )
    world.write("director", setting, hour=-1)
    world.write("journal", mark(value=4), hour=0)
    world.write(THIEF, mark(value=2), hour=2)
    reported = world.incidents.report(THIEF, by=DIRECTOR, learned_at=START)
    moments = Moments(support_notified_at=world.now)
    world.incidents.note(reported.incident.id, moments, by=DIRECTOR)
    world.settle(reported.incident.id)
    assert world.held(RecordKind.MARKS, "M-1") == mark(value=4)


def test_an_absence_that_was_voided_by_the_thief_comes_back(world: World) -> None:
    """R-AUD-05."""
    away = Absence(lesson=lesson().id, pupil=BORIS, kind=AbsenceKind.ILLNESS)
    world.write("journal", away, hour=0)
    world.write(THIEF, replace(away, voided=True), hour=2)
    world.settle(world.void(since=1))
    assert world.held(RecordKind.ABSENCES, "L-1", BORIS) == away


DIRECTOR_STAFF = OTHER_TEACHER


def appoint(world: World) -> None:
    world.write(
        "coordinator",
        Appointment(
            id=RecordId("appointment"),
            staff=DIRECTOR_STAFF,
            duty=Duty.DIRECTOR,
            document="Приказ № 1",
            ordered_at=START - timedelta(days=30),
            valid_from=date(2026, 9, 1),
        ),
        hour=-1,
    )


def request(world: World) -> Correction:
    world.write("journal", mark(value=4), hour=0)
    world.now = START + timedelta(hours=1)
    return world.corrections.request(RecordKind.MARKS, ("M-1",), reason="Описка", staff=TEACHER, by=DIRECTOR)


def test_a_correction_is_requested_and_approved(world: World) -> None:
    """R-AUD-03, C-24: open until the end of the next day, by the school's clock."""
    appoint(world)
    asked = request(world)
    assert (asked.record_kind, asked.record, asked.decision) == ("marks", "M-1", Decision.REQUESTED)
    approved = world.corrections.approve(asked.id, staff=DIRECTOR_STAFF, by=DIRECTOR)
    assert approved.open_until == datetime(2026, 9, 16, 20, 59, 59, 999999, tzinfo=UTC)
    assert world.corrections.list(decision=Decision.APPROVED) == [approved]
    assert world.corrections.list(decision=Decision.REQUESTED) == []
    assert chain_holds(world)


def test_a_correction_may_be_refused_with_its_reason(world: World) -> None:
    appoint(world)
    asked = request(world)
    refused = world.corrections.refuse(asked.id, staff=DIRECTOR_STAFF, by=DIRECTOR, reason="Верно")
    assert (refused.decision, refused.open_until) == (Decision.REFUSED, None)
    with world.unit() as unit:
        assert [*unit.audit.entries()][-1].record.reason == "Верно"
    with pytest.raises(DocumentError) as closed:
        world.corrections.approve(asked.id, staff=DIRECTOR_STAFF, by=DIRECTOR)
    assert [fault.code for fault in closed.value.faults] == ["journal.correction_decided"]


def test_nobody_approves_an_own_correction_or_without_the_duty(world: World) -> None:
    """R-AUD-03."""
    appoint(world)
    asked = request(world)
    with pytest.raises(DocumentError) as own:
        world.corrections.approve(asked.id, staff=TEACHER, by=DIRECTOR)
    assert "journal.correction_own" in {fault.code for fault in own.value.faults}
    assert world.held(RecordKind.CORRECTIONS, asked.id) == asked


def test_only_what_is_there_can_be_corrected(world: World) -> None:
    with pytest.raises(GatewayError) as unknown:
        world.corrections.request(RecordKind.MARKS, ("M-0",), reason="Описка", staff=TEACHER, by=DIRECTOR)
    assert unknown.value.code == "correction.record_unknown"
    with pytest.raises(GatewayError) as none:
        world.corrections.approve("nothing", staff=DIRECTOR_STAFF, by=DIRECTOR)
    assert none.value.code == "correction.unknown"


def test_duties_and_readiness_are_read_from_the_database(world: World) -> None:
    """R-CAL-20, R-JRNL-26, R-ACAD-24: what a 1.0 journal does not say of its entries the audit does."""
    world.write("journal", mark(value=4), homework(), hour=10)
    deadlines = Deadlines(units=world.unit, clock=lambda: world.now)
    (page,) = deadlines.list(clock=Clock.LESSON_PAGE)
    assert (page.staff, page.done_at) == (TEACHER, START - timedelta(hours=2))
    (given,) = deadlines.list(clock=Clock.ORAL_MARK)
    assert given.late_minutes(world.now) == 60, "entered at 1:00 of the next day in Moscow"
    (fill,) = deadlines.daily_fill(DAY, DAY)
    assert (fill.teacher, fill.expected, fill.entered, fill.late) == (TEACHER, 1, 1, 0)
    world.now = datetime(2026, 10, 20, 9, tzinfo=UTC)
    (marks,) = deadlines.list(clock=Clock.PERIOD_MARKS)
    assert marks.key == ("q1", CLASS_5, SubjectId("maths"))
    found = {line.section: line.progress for line in deadlines.readiness().sections}
    assert (found[Section.CLASSES].done, found[Section.PERIODS].done, found[Section.CLASS_TEACHERS].done) == (3, 3, 0)
    assert not deadlines.readiness(2026).is_complete
