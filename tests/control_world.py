"""A school with duties in time, late and overdue, a compromised access, corrections, decisions and outages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert

from gateway.control.acting import By
from gateway.control.incidents import Moments
from gateway.mapping.journal_plain import plain_from
from gateway.model.access import Role
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, LessonId, MarkId, PeriodId, PupilId, StaffId, SubjectId
from gateway.model.journal import Homework, Lesson, Mark
from gateway.model.journal_records import KIND_OF, Record, RecordKind, key_of
from gateway.model.pupil_data import Actor
from gateway.model.school import Period, PeriodKind
from gateway.storage.tables.access import console_user
from gateway.storage.tables.people import staff
from tests.console_world import HOSTILE, add_person
from tests.diary_world import FOREIGN, LESSON, MONDAY, NOW, OWN, SCHOOL
from tests.web_world import Site

DIRECTOR, DEPUTY, TEACHER, LATE_TEACHER = (StaffId(name) for name in ("s-director", "s-deputy", "s-1", "s-late"))
THIEF = "thief"
BY = By(actor="director", role="director", source="192.0.2.7")
_ZONE_HOURS = 3


@dataclass(frozen=True)
class Controlled:
    """Ids of what is there to be seen."""

    incident: str
    correction: str
    refused: str
    outage: str

    def pages(self) -> Mapping[str, str]:
        """Return every page that opens with GET, by name."""
        return {
            "deadlines": "/console/deadlines",
            "daily fill": "/console/deadlines/fill",
            "readiness": "/console/readiness",
            "incidents": "/console/incidents",
            "report": "/console/incidents/new",
            "incident": f"/console/incidents/{self.incident}",
            "effects": f"/console/incidents/{self.incident}?show=effects",
            "settlement": f"/console/incidents/{self.incident}/settlement",
            "corrections": "/console/corrections",
            "request": "/console/corrections/new",
            "correction": f"/console/corrections/{self.correction}",
            "refused correction": f"/console/corrections/{self.refused}",
            "policy": "/console/policy",
            "setting": "/console/policy/correction_open_days",
            "outages": "/console/outages",
        }


def seed_people(site: Site) -> None:
    """Add an account for every role; director and deputies are members of staff, another deputy is nobody."""
    world = site.world
    with world.engine.begin() as connection:
        for name, family in ((DIRECTOR, "Директорова"), (DEPUTY, "Заместителева"), (LATE_TEACHER, "Опоздалова")):
            person = {"school_id": SCHOOL, "id": name, "source_id": name.upper(), "status": "active", "snils": None}
            named = {"family_name": family, "given_name": "Проба", "patronymic": "", "position": "учитель"}
            connection.execute(insert(staff), [{**person, **named}])
    for role in Role:
        add_person(world, role.value, role)
    add_person(world, "nobody", Role.DEPUTY)
    add_person(world, THIEF, Role.CLASS_TEACHER)
    for login, member in (("director", DIRECTOR), ("deputy", DEPUTY), ("administrator", TEACHER)):
        world.change(console_user, {"staff_id": member}, login=login)


def put(site: Site, record: Record, *, by: str = "journal") -> None:
    """Write a record the way a journal system does."""
    site.records(SCHOOL).put(
        KIND_OF[type(record)],
        key_of(record),
        plain_from(record),
        precondition=lambda _held: None,
        writer=Actor(client=by, source="192.0.2.1"),
        school=SCHOOL,
    )


def lesson(name: str, day: date, number: int, teacher: StaffId, *, entered: datetime) -> Lesson:
    """Return a lesson of the class 5А in mathematics."""
    starts = datetime(day.year, day.month, day.day, 8 + number - _ZONE_HOURS, tzinfo=NOW.tzinfo)
    return Lesson(
        id=LessonId(name),
        day=day,
        number=number,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=45),
        subject=SubjectId("math"),
        teacher=teacher,
        school_class=ClassId("c-5a"),
        topic="Дроби",
        entered_at=entered,
    )


def mark(name: str, pupil: PupilId, value: int) -> Mark:
    """Return a mark at a lesson that is in the journal."""
    return Mark(id=MarkId(name), lesson=LESSON, pupil=pupil, value=value, work_kind=WorkKind.ORAL)


def seed_control(site: Site) -> Controlled:
    """Fill the school with something for every page of control."""
    seed_people(site)
    tuesday = MONDAY + timedelta(days=1)
    at_noon = datetime(2026, 10, 13, 9, 0, tzinfo=NOW.tzinfo)
    put(
        site,
        Period(
            id=PeriodId("q1"),
            year=2026,
            kind=PeriodKind.QUARTER,
            number=1,
            start=date(2026, 9, 1),
            end=date(2026, 10, 25),
            first_grade=1,
            last_grade=11,
        ),
    )
    put(site, lesson("l-good", tuesday, 3, TEACHER, entered=at_noon))
    put(site, lesson("l-late", tuesday, 4, LATE_TEACHER, entered=at_noon + timedelta(hours=8)))
    put(site, Homework(lesson=LessonId("l-good"), text="№ 7", entered_at=at_noon))
    outage = site.services.console.outages(SCHOOL).begin(reason=HOSTILE, by=BY, started_at=NOW - timedelta(days=30))
    site.services.console.outages(SCHOOL).end(outage.id, by=BY, ended_at=NOW - timedelta(days=30, hours=-5))
    return Controlled(incident=_incident(site), correction=_asked(site), refused=_refused(site), outage=outage.id)


def _incident(site: Site) -> str:
    """A good mark is changed by somebody who has got hold of another's access; so is one that nobody had given."""
    put(site, mark("m-good", OWN, 5))
    incidents = site.services.console.incidents(SCHOOL)
    reported = incidents.report(THIEF, by=BY, learned_at=NOW).incident
    put(site, mark("m-good", OWN, 2), by=THIEF)
    put(site, mark("m-false", FOREIGN, 5), by=THIEF)
    moments = Moments(director_notified_at=NOW, administrator_notified_at=NOW)
    incidents.note(reported.id, moments, by=BY)
    return reported.id


def _asked(site: Site) -> str:
    corrections = site.services.console.corrections(SCHOOL)
    return corrections.request(RecordKind.MARKS, ("mark-1",), reason=HOSTILE, staff=TEACHER, by=BY).id


def _refused(site: Site) -> str:
    corrections = site.services.console.corrections(SCHOOL)
    asked = corrections.request(RecordKind.MARKS, ("mark-2",), reason="Описка", staff=TEACHER, by=BY)
    return corrections.refuse(asked.id, staff=DIRECTOR, by=BY, reason="Отметка верна").id
