"""Who is taught what by whom: loads, timetable and lessons brought together as the scheduled classes of OneRoster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.mapping.oneroster_ids import taught_guid
from gateway.model.ids import ClassId, GroupId, PupilId, StaffId, SubjectId
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.school import SchoolClass, StudyGroup, Subject

_FIRST_MONTH = 8
"""A school year begins in September; what is dated in August already belongs to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Days from the first to the last, both included; ``None`` = from the beginning, to the end."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Taught:
    """A subject taught to a class or a group in a school year, by whom and when."""

    sourced_id: str
    year: int
    subject: Subject
    grades: tuple[int, ...]
    title: str
    teachers: Mapping[StaffId, Span]
    school_class: SchoolClass | None = None
    group: StudyGroup | None = None


def school_year_of(day: date) -> int:
    """Return the calendar year in which the school year of a day begins."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


_Key = tuple[int, ClassId | None, GroupId | None, SubjectId]
_Times = tuple[StaffId, Span]


def taught_in(facts: SchoolFacts) -> list[Taught]:
    """Return what is taught in the school years of the school's classes, by id."""
    found: dict[_Key, list[_Times]] = defaultdict(list)
    for key, time in _told(facts):
        found[key].append(time)
    classes = {one.id: one for one in facts.classes}
    groups = {one.id: one for one in facts.groups}
    subjects = {one.id: one for one in facts.subjects}
    grades = _grades_of_groups(facts)
    shown = {one.year for one in facts.classes}
    staff = {one.id for one in facts.staff}
    taught = []
    for (year, class_id, group_id, subject), times in found.items():
        in_class = classes.get(class_id) if class_id else None
        group = groups.get(group_id) if group_id and year in shown else None
        owner = in_class or group
        if owner is None or subject not in subjects:
            continue
        sourced_id = taught_guid(facts.school.id, subject, year=year, school_class=class_id, group=group_id)
        one = Taught(
            sourced_id=sourced_id,
            year=year,
            subject=subjects[subject],
            grades=(in_class.grade,) if in_class else grades.get((group_id, year), ()) if group_id else (),
            title=f"{subjects[subject].name}, {owner.name}",
            teachers={teacher: span for teacher, span in _spans(times).items() if teacher in staff},
            school_class=in_class,
            group=group,
        )
        taught.append(one)
    return sorted(taught, key=lambda one: one.sourced_id)


def _told(facts: SchoolFacts) -> Iterator[tuple[_Key, _Times]]:
    """Yield what loads, timetable and lessons say, each as class or group, subject, teacher and time.

    A load says best since when: where there is one for a teacher, the others say nothing of the time.
    """
    years = {one.id: one.year for one in facts.classes}

    def key(day: date, in_class: ClassId | None, group: GroupId | None, subject: SubjectId) -> _Key:
        year = years.get(in_class) if in_class else None
        return (school_year_of(day) if year is None else year, in_class, group, subject)

    dated = set()
    for load in facts.loads:
        in_class, group = load.school_class, load.group
        full: _Key = (years.get(in_class, load.year) if in_class else load.year, in_class, group, load.subject)
        dated.add((full, load.teacher))
        yield full, (load.teacher, Span(first=load.valid_from, last=load.valid_to))
    undated = [
        *((key(one.valid_from, one.school_class, one.group, one.subject), one.teacher) for one in facts.slots),
        *((key(one.first, one.school_class, one.group, one.subject), one.teacher) for one in facts.lessons),
    ]
    for full, teacher in undated:
        if (full, teacher) not in dated:
            yield full, (teacher, Span())


def _spans(times: list[_Times]) -> dict[StaffId, Span]:
    """Return the whole time of every teacher, from the earliest day to the latest."""
    spans: dict[StaffId, Span] = {}
    for teacher, span in times:
        held = spans.get(teacher, span)
        spans[teacher] = Span(
            first=min(held.first, span.first) if held.first and span.first else None,
            last=max(held.last, span.last) if held.last and span.last else None,
        )
    return spans


def _grades_of_groups(facts: SchoolFacts) -> dict[tuple[GroupId, int], tuple[int, ...]]:
    """Return the grades of the pupils of every group in every year, lowest first."""
    classes = {one.id: one for one in facts.classes}
    of_pupil: dict[PupilId, set[tuple[int, int]]] = defaultdict(set)
    for place in facts.enrollments:
        if in_class := classes.get(place.school_class):
            of_pupil[place.pupil].add((in_class.year, in_class.grade))
    found: dict[tuple[GroupId, int], set[int]] = defaultdict(set)
    for group in facts.groups:
        for pupil in group.pupils:
            for year, grade in of_pupil[pupil]:
                found[group.id, year].add(grade)
    return {key: tuple(sorted(grades)) for key, grades in found.items()}
