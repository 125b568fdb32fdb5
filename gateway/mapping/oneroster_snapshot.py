"""From a OneRoster provider's objects to a `RosterSnapshot` of one school.

What the provider does not tell stays as we have it (`gateway.model.roster_known.Known`): a source without the right to
demographics does not take birth dates away. A record that cannot be used is turned away with its reasons and raw form,
and what it may stand for is protected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from gateway.errors import Fault, Text
from gateway.mapping.oneroster import Enrolment, User, grade_and_letter
from gateway.mapping.oneroster_gathering import GUARDIAN_ROLES, KINDS_OF, STAFF_ROLES, Collection, Gathering
from gateway.mapping.oneroster_making import Making, fault_of, reference_fault
from gateway.mapping.oneroster_periods import Period, class_begin, joined, school_year
from gateway.mapping.oneroster_persons import guardians_of, guardianships_of, pupils_of, staff_of
from gateway.model.ids import ClassId, PupilId, SchoolId, StaffId
from gateway.model.people import Enrollment, Pupil
from gateway.model.roster import Received, RecordKind, RosterSnapshot
from gateway.model.roster_known import Known
from gateway.model.school import FIRST_GRADE, LAST_GRADE, SchoolClass


def read_snapshot(
    gathered: Gathering, *, school: SchoolId, source: str, known: Known, doubts: tuple[Text, ...] = ()
) -> RosterSnapshot:
    """Return the snapshot that the gathered objects make; ``source`` names the source in ids, links and plans."""
    making = Making(gathered=gathered, school=school, source=source, known=known)
    _turn_away_broken(making)
    classes = tuple(_classes(making))
    pupils = {one.source_id: one for one in pupils_of(making)}
    guardians = {one.source_id: one for one in guardians_of(making)}
    enrollments = tuple(_enrollments(making, pupils, {one.source_id: one for one in classes}))
    return RosterSnapshot(
        source=source,
        school=school,
        doubts=doubts,
        pupils=tuple(pupils.values()),
        guardians=tuple(guardians.values()),
        guardianships=tuple(guardianships_of(making, pupils, guardians, enrollments)),
        staff=tuple(staff_of(making)),
        classes=classes,
        enrollments=enrollments,
        rejected=tuple(making.rejected),
        protected=frozenset(making.protected),
        received=tuple(_received(gathered)),
    )


def _turn_away_broken(making: Making) -> None:
    """Turn away what could not even be read; it may stand for any kind of its list, without an id for all of them."""
    for one in making.gathered.broken:
        for kind in KINDS_OF.get(one.collection, ()):
            text = Text(
                ru=f"Поле «{one.place}» объекта {one.collection} не читается.",
                en=f"Field '{one.place}' of an object of {one.collection} cannot be read.",
            )
            fault = fault_of(code="oneroster.unreadable", text=text, record=one.id, field=one.place, rule="R-EXCH-01")
            prefix = (making.issued(kind, one.id),) if one.id and kind is not RecordKind.ENROLLMENT else ()
            making.turn_away(kind, one.id or "?", one.raw, (fault,), prefix)


def _classes(making: Making) -> Iterator[SchoolClass]:
    teachers = _class_teachers(making)
    for source_id, one in making.gathered.classes.items():
        own = making.issued(RecordKind.CLASS, source_id)
        titles = (one.title, one.code, *one.grades[:1])
        named = next((found for title in titles if (found := grade_and_letter(title)) is not None), None)
        if named is None or not FIRST_GRADE <= named[0] <= LAST_GRADE:
            text = Text(
                ru="Из названия, кода и параллели класса не понять, какой это класс (ожидается вроде «5А»).",
                en="Title, code and grades of the class do not tell which class it is (something like '5А').",
            )
            fault = fault_of(code="oneroster.class_title", text=text, record=source_id, field="title", rule="R-ROST-02")
            making.turn_away(RecordKind.CLASS, source_id, making.raw(Collection.CLASSES, source_id), (fault,), (own,))
            continue
        held = making.known.of(RecordKind.CLASS).get(source_id, {})
        teacher = teachers.get(source_id) or making.known.staff_ids.get(str(held.get("class_teacher")))
        yield SchoolClass(
            id=ClassId(own),
            source_id=source_id,
            year=school_year(class_begin(making.gathered, one)),
            grade=named[0],
            letter=named[1],
            class_teacher=StaffId(making.issued(RecordKind.STAFF, teacher)) if teacher else None,
        )


def _class_teachers(making: Making) -> dict[str, str]:
    """Return the class teacher of each class: the primary teacher, or the only one."""
    gathered = making.gathered
    found: dict[str, list[Enrolment]] = {}
    for one in gathered.enrolments.values():
        over = one.end is not None and one.end <= gathered.today
        if one.role == "teacher" and not over and one.user in gathered.users:
            found.setdefault(one.school_class, []).append(one)
    chosen = {}
    for school_class, teachers in found.items():
        primary = [one for one in teachers if one.primary] or teachers
        if len({one.user for one in primary}) == 1:
            chosen[school_class] = primary[0].user
    return chosen


def _enrollments(making: Making, pupils: dict[str, Pupil], classes: dict[str, SchoolClass]) -> Iterator[Enrollment]:
    periods: dict[str, list[Period]] = {}
    for source_id, one in making.gathered.enrolments.items():
        if one.role != "student":
            continue
        faults = []
        begin = one.begin or class_begin(making.gathered, making.gathered.classes[one.school_class])
        last = one.end - timedelta(days=1) if one.end else None
        if one.user not in pupils:
            faults.append(reference_fault(source_id, "user", RecordKind.PUPIL))
        if one.school_class not in classes:
            faults.append(reference_fault(source_id, "class", RecordKind.CLASS))
        if last is not None and last < begin:
            text = Text(ru="Период кончается раньше, чем начинается.", en="The period ends before it begins.")
            faults.append(
                fault_of(code="roster.period_reversed", text=text, record=source_id, field="endDate", rule="R-ROST-20")
            )
        if faults:
            _turn_away_enrolment(making, source_id, one, faults)
            continue
        own = Period(source_id=source_id, school_class=one.school_class, first=begin, last=last)
        periods.setdefault(one.user, []).append(own)
    for user, told in periods.items():
        yield from _one_class_at_a_time(making, user, joined(told))


def _one_class_at_a_time(making: Making, user: str, periods: Iterable[Period]) -> Iterator[Enrollment]:
    taken: list[Period] = []
    for one in periods:
        if any(one.overlaps(other) for other in taken):
            text = Text(
                ru="Ученик уже зачислен в это время в другой класс.",
                en="The pupil is already enrolled in a class at that time.",
            )
            fault = fault_of(
                code="roster.two_classes", text=text, record=one.source_id, field="class", rule="R-ROST-20"
            )
            _turn_away_enrolment(making, one.source_id, making.gathered.enrolments[one.source_id], (fault,))
            continue
        taken.append(one)
        yield Enrollment(
            pupil=PupilId(making.issued(RecordKind.PUPIL, user)),
            school_class=ClassId(making.issued(RecordKind.CLASS, one.school_class)),
            valid_from=one.first,
            valid_to=one.last,
        )


def _turn_away_enrolment(making: Making, source_id: str, one: Enrolment, faults: Iterable[Fault]) -> None:
    prefix = (making.issued(RecordKind.PUPIL, one.user),)
    raw = making.raw(Collection.ENROLLMENTS, source_id)
    making.turn_away(RecordKind.ENROLLMENT, source_id, raw, faults, prefix)


def _received(gathered: Gathering) -> Iterator[Received]:
    for (collection, source_id), raw in gathered.raw.items():
        kinds = KINDS_OF[collection]
        if collection is Collection.USERS:
            user = gathered.users[source_id]
            kinds = tuple(_kinds_of(gathered, user))
        yield from (Received(kind=kind, source_id=source_id, raw=raw) for kind in kinds)


def _kinds_of(gathered: Gathering, user: User) -> Iterator[RecordKind]:
    here = gathered.roles_here(user)
    if gathered.is_pupil(user):
        yield RecordKind.PUPIL
    if any(role in STAFF_ROLES for role in here):
        yield RecordKind.STAFF
    if any(one.role in GUARDIAN_ROLES for one in user.roles):
        yield RecordKind.GUARDIAN
