"""Two sources that speak of one school: the registry, and a second one with ids and spellings of its own."""

from __future__ import annotations

from dataclasses import replace

from gateway.model.ids import ClassId, GuardianId, PupilId, StaffId, issued_id
from gateway.model.matching import NOTHING_REMEMBERED, Matched, Remembered, match
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_change import applied
from gateway.model.roster_link import Link
from gateway.model.roster_planning import plan
from tests.roster_world import NOON, SCHOOL, TODAY, pupil, roster

SECOND = "oneroster"
FAMILIES = ("Щукина", "Пробная", "Образцова", "Учебная", "Тестовая", "Примерная", "Школьная", "Журнальная", "Новая")
GIVEN = ("Алёна", "Юлия", "Мария", "Елена", "Жанна", "Анна")


def told(count: int = 4) -> RosterSnapshot:
    """The registry's roster with a name of its own for everybody and everybody's own birth date."""
    said = roster(count).snapshot()
    return replace(
        said,
        pupils=tuple(
            replace(
                one,
                name=PersonName(
                    family=FAMILIES[place % len(FAMILIES)], given=GIVEN[place % len(GIVEN)], patronymic="Примеровна"
                ),
                birth_date=one.birth_date.replace(day=1 + place % 28, year=2010 + place // 28),
            )
            for place, one in enumerate(said.pupils)
        ),
        guardians=tuple(
            replace(
                one,
                name=PersonName(family=FAMILIES[place % len(FAMILIES)], given="Мама", patronymic="Образцовна"),
                phone=f"+7 900 000-{place:02d}-{place:02d}",
                email=f"mama{place}@example.org",
            )
            for place, one in enumerate(said.guardians)
        ),
    )


def from_source(snapshot: RosterSnapshot, source: str, mark: str = "x-") -> RosterSnapshot:
    """The same people as another source would tell of them: other ids, nothing else."""

    def named(kind: RecordKind, source_id: str) -> str:
        return issued_id(SCHOOL.id, source, kind.value, mark + source_id)

    pupils = {one.id: PupilId(named(RecordKind.PUPIL, one.source_id)) for one in snapshot.pupils}
    guardians = {one.id: GuardianId(named(RecordKind.GUARDIAN, one.source_id)) for one in snapshot.guardians}
    staff = {one.id: StaffId(named(RecordKind.STAFF, one.source_id)) for one in snapshot.staff}
    classes = {one.id: ClassId(named(RecordKind.CLASS, one.source_id)) for one in snapshot.classes}
    return replace(
        snapshot,
        source=source,
        pupils=tuple(replace(one, id=pupils[one.id], source_id=mark + one.source_id) for one in snapshot.pupils),
        guardians=tuple(
            replace(one, id=guardians[one.id], source_id=mark + one.source_id) for one in snapshot.guardians
        ),
        staff=tuple(replace(one, id=staff[one.id], source_id=mark + one.source_id) for one in snapshot.staff),
        classes=tuple(
            replace(
                one,
                id=classes[one.id],
                source_id=mark + one.source_id,
                class_teacher=staff[one.class_teacher] if one.class_teacher else None,
            )
            for one in snapshot.classes
        ),
        guardianships=tuple(
            replace(one, guardian=guardians[one.guardian], pupil=pupils[one.pupil]) for one in snapshot.guardianships
        ),
        enrollments=tuple(
            replace(one, pupil=pupils[one.pupil], school_class=classes[one.school_class])
            for one in snapshot.enrollments
        ),
    )


def held_after(snapshot: RosterSnapshot) -> RosterState:
    """What is held after a first load."""
    return applied(RosterState(), plan(RosterState(), snapshot, today=TODAY).changes)


def links_of(snapshot: RosterSnapshot) -> tuple[Link, ...]:
    """The links of a first load."""
    everybody = (
        *((RecordKind.PUPIL, one) for one in snapshot.pupils),
        *((RecordKind.GUARDIAN, one) for one in snapshot.guardians),
        *((RecordKind.STAFF, one) for one in snapshot.staff),
        *((RecordKind.CLASS, one) for one in snapshot.classes),
    )
    return tuple(
        Link(
            source=snapshot.source,
            kind=kind,
            source_id=one.source_id,
            id=one.id,
            confidence=100,
            rule="created",
            linked_at=NOON,
        )
        for kind, one in everybody
    )


def matched(
    snapshot: RosterSnapshot,
    links: tuple[Link, ...],
    state: RosterState,
    remembered: Remembered = NOTHING_REMEMBERED,
) -> Matched:
    """Match at noon."""
    return match(snapshot, links, state, now=NOON, remembered=remembered)


def snils_of(number: int) -> str:
    """A valid СНИЛС."""
    return pupil(number).snils or ""
