"""A made-up school, complete: its people, its frame, its timetable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from gateway.model.ids import ClassId, PupilId, SchoolId
from gateway.model.people import Consent, Enrollment, Guardian, Guardianship, Pupil, Staff
from gateway.model.school import DatedMember, GroupKind, Period, School, SchoolClass, StudyGroup, Subject, Vacation
from gateway.sandbox.school.classes import ClassPlan, class_plans
from gateway.sandbox.school.clubs import clubs
from gateway.sandbox.school.courses import IndividualPlan, teaching
from gateway.sandbox.school.curriculum import AFTER_LESSONS, PLAN, PROFILES
from gateway.sandbox.school.draws import generator
from gateway.sandbox.school.families import Household, Place, households
from gateway.sandbox.school.identifiers import Kind, Registry
from gateway.sandbox.school.school_year import year_frame
from gateway.sandbox.school.staff import class_teachers, faculty
from gateway.sandbox.school.timetable import Bell, TimetableEntry, bells, in_order, timetable

_Record = TypeVar("_Record", Pupil, Guardian)

_PUPILS_PER_SCHOOL = 600
_FIRST_NAME_NUMBER = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleSchool:
    """A made-up school in one school year.

    ``seed`` is what its days are drawn from: equal samples have equal days. Ids of pupils, guardians, staff and
    classes are those the gateway issues for the source ``registry``; all other ids are the journal system's own.
    """

    seed: int
    school: School
    year: int
    classes: tuple[SchoolClass, ...]
    pupils: tuple[Pupil, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    consents: tuple[Consent, ...]
    staff: tuple[Staff, ...]
    enrollments: tuple[Enrollment, ...]
    subjects: tuple[Subject, ...]
    groups: tuple[StudyGroup, ...]
    periods: tuple[Period, ...]
    vacations: tuple[Vacation, ...]
    bells: tuple[Bell, ...]
    timetable: tuple[TimetableEntry, ...]
    individual_plans: tuple[IndividualPlan, ...]


def schools(pupils: int, *, year: int, seed: int = 1) -> Iterator[SampleSchool]:
    """Yield made-up schools one by one until they have that many pupils together.

    Every school has 600 pupils, only the last one takes the rest (300 to 900). A school depends on the seed, its
    number and its size alone, never on those before it; none is kept, so memory does not grow with their number.

    Args:
        pupils: number of pupils of all schools together, at least 1.
        year: calendar year in which the school year begins.
        seed: equal seeds give equal schools.

    Raises:
        ValueError: there is not a single pupil.
    """
    for number in range(1, count_schools(pupils) + 1):
        yield nth_school(number, pupils, year=year, seed=seed)


def count_schools(pupils: int) -> int:
    """Return how many schools that many pupils make.

    Raises:
        ValueError: there is not a single pupil.
    """
    if pupils < 1:
        raise ValueError("a school needs at least one pupil")
    return max(1, round(pupils / _PUPILS_PER_SCHOOL))


def nth_school(number: int, pupils: int, *, year: int, seed: int = 1) -> SampleSchool:
    """Return one of ``schools(pupils, …)``, counted from 1, without making those before it."""
    count = count_schools(pupils)
    if not 1 <= number <= count:
        raise ValueError(f"there are schools 1 to {count}, not {number}")
    size = _PUPILS_PER_SCHOOL if number < count else pupils - (count - 1) * _PUPILS_PER_SCHOOL
    return _school(number, size, year=year, seed=seed)


def _school(number: int, pupils: int, *, year: int, seed: int) -> SampleSchool:
    school = School(
        id=SchoolId(f"school-{number}"),
        name=f"Школа № {_FIRST_NAME_NUMBER + number}",
        registry_id=f"REG-{number:04d}",
    )
    registry = Registry(school=school.id, number=number)
    rng = generator("school", seed, number, pupils)
    plans = class_plans(pupils, rng)
    classes = tuple(_school_class(plan, registry, year) for plan in plans)
    families = tuple(households(_places(plans, classes), registry, year=year, rng=rng))
    members = _members(families)
    taught = teaching(
        classes, {school_class.id: plan.code for school_class, plan in zip(classes, plans, strict=True)}, members
    )
    hired = faculty(taught.courses, registry, classes=len(classes), rng=rng)
    class_teacher = class_teachers(classes, taught.courses, hired.teacher_of)
    frame = year_frame(year)
    enrollments = tuple(each for family in families for each in family.enrollments)
    week = timetable(taught.courses, hired.teacher_of, hired.room_of, rng)
    afternoon = clubs(classes, members, week, year=year, seed=seed)
    groups = (*taught.groups, *afternoon.groups)
    return SampleSchool(
        seed=seed,
        school=school,
        year=year,
        classes=tuple(replace(each, class_teacher=class_teacher[each.id]) for each in classes),
        pupils=_by_source_id(pupil for family in families for pupil in family.pupils),
        guardians=_by_source_id(guardian for family in families for guardian in family.guardians),
        guardianships=tuple(each for family in families for each in family.guardianships),
        consents=tuple(each for family in families for each in family.consents),
        staff=hired.staff,
        enrollments=enrollments,
        subjects=_subjects(afternoon.groups),
        groups=tuple(_since_enrolled(group, enrollments, frame.periods[0].start) for group in groups),
        periods=frame.periods,
        vacations=frame.vacations,
        bells=bells(),
        timetable=in_order((*week, *afternoon.timetable)),
        individual_plans=taught.individual_plans,
    )


def _school_class(plan: ClassPlan, registry: Registry, year: int) -> SchoolClass:
    source_id = registry.source_id(Kind.CLASS, plan.code)
    return SchoolClass(
        id=ClassId(registry.issued(Kind.CLASS, source_id)),
        source_id=source_id,
        year=year,
        grade=plan.grade,
        letter=plan.letter,
    )


def _places(plans: Iterable[ClassPlan], classes: Iterable[SchoolClass]) -> tuple[Place, ...]:
    seats = [school_class for plan, school_class in zip(plans, classes, strict=True) for _ in range(plan.size)]
    return tuple(
        Place(number=number, school_class=school_class.id, grade=school_class.grade)
        for number, school_class in enumerate(seats, start=1)
    )


def _members(families: Iterable[Household]) -> dict[ClassId, list[PupilId]]:
    """Return the pupils of each class in the order of the registry."""
    seats = sorted(
        (pupil.source_id, enrollment.school_class, pupil.id)
        for family in families
        for pupil, enrollment in zip(family.pupils, family.enrollments, strict=True)
    )
    members: dict[ClassId, list[PupilId]] = defaultdict(list)
    for _, school_class, pupil in seats:
        members[school_class].append(pupil)
    return members


def _subjects(afternoon: Iterable[StudyGroup]) -> tuple[Subject, ...]:
    """Return the subjects of the study plan, and those of the groups that meet after the lessons."""
    met = {group.subject for group in afternoon}
    return tuple(
        planned.subject
        for planned in (*PLAN, *PROFILES, *AFTER_LESSONS)
        if planned.is_planned or planned.subject.id in met
    )


def _since_enrolled(group: StudyGroup, enrollments: Iterable[Enrollment], begin: date) -> StudyGroup:
    """Return the group with those who come to the school later as members from that day on (R-ROST-08)."""
    if group.kind is GroupKind.INDIVIDUAL:
        return group
    first_day = {each.pupil: each.valid_from for each in enrollments if each.valid_from > begin}
    later = [pupil for pupil in group.members if pupil in first_day]
    return replace(
        group,
        members=tuple(pupil for pupil in group.members if pupil not in first_day),
        dated=(
            *(DatedMember(pupil=pupil, valid_from=first_day[pupil]) for pupil in later),
            *(
                replace(one, valid_from=max(one.valid_from, first_day.get(one.pupil, one.valid_from)))
                for one in group.dated
            ),
        ),
    )


def _by_source_id(records: Iterable[_Record]) -> tuple[_Record, ...]:
    return tuple(sorted(records, key=lambda record: record.source_id))
