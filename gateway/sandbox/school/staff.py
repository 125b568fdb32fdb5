"""The staff: as many teachers as the lessons ask for, those who run the school, and who teaches what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random

from gateway.model.ids import ClassId, StaffId
from gateway.model.people import Staff
from gateway.model.school import SchoolClass
from gateway.sandbox.school.courses import Course, Strand
from gateway.sandbox.school.curriculum import Specialism
from gateway.sandbox.school.identifiers import Kind, Registry
from gateway.sandbox.school.names import random_name, random_sex

_FULL_LOAD = 24
"""Lessons a week that one teacher is hired for; a full post is 18, most teachers have more."""
_WOMEN = 0.85
_LARGE_SCHOOL = 20
"""From this number of classes on the school has all of its posts filled."""

DEPUTY = "заместитель директора по учебно-воспитательной работе"
DIRECTOR = "директор"
COORDINATOR = "координатор электронного журнала"
LIBRARIAN = "педагог-библиотекарь"
SECRETARY = "секретарь учебной части"
_LEADERS = (DIRECTOR, DEPUTY, COORDINATOR)
_MORE_LEADERS = (
    "заместитель директора по воспитательной работе",
    "заместитель директора по безопасности",
    "педагог-психолог",
    "социальный педагог",
    LIBRARIAN,
    SECRETARY,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Faculty:
    """The staff, who teaches each strand, and where each teacher teaches."""

    staff: tuple[Staff, ...]
    teacher_of: Mapping[Strand, StaffId]
    room_of: Mapping[StaffId, str]


def faculty(courses: Sequence[Course], registry: Registry, *, classes: int, rng: Random) -> Faculty:
    """Hire the staff for the courses of a school with so many classes, and share the lessons out."""
    bundles = _bundles(courses)
    posts = [*_LEADERS, *(_MORE_LEADERS if classes >= _LARGE_SCHOOL else ())]
    teachers = {specialism: _teachers_needed(specialism, courses) for specialism in Specialism}
    posts.extend(specialism.value for specialism, count in teachers.items() for _ in range(count))
    staff = tuple(_hired(number, post, registry, rng) for number, post in enumerate(posts, start=1))
    by_post: dict[str, list[StaffId]] = defaultdict(list)
    for person in staff:
        by_post[person.position].append(person.id)
    return Faculty(
        staff=staff,
        teacher_of={
            strand: teacher
            for specialism in Specialism
            for strand, teacher in _shared_out(bundles[specialism], by_post[specialism.value])
        },
        room_of={
            teacher: room
            for specialism in Specialism
            for teacher, room in _rooms(specialism, by_post[specialism.value], [each.id for each in staff])
        },
    )


def _teachers_needed(specialism: Specialism, courses: Iterable[Course]) -> int:
    """Return how many teachers of the kind the lessons ask for: in the primary grades every class has its own."""
    load, at_once = 0, 1
    classes: set[ClassId] = set()
    for course in courses:
        own = [strand for strand in course.strands if strand.specialism is specialism]
        load += course.hours * len(own)
        at_once = max(at_once, len(own))
        classes.update(course.classes if own else ())
    return len(classes) if specialism is Specialism.PRIMARY else max(at_once, ceil(load / _FULL_LOAD))


def class_teachers(
    classes: Sequence[SchoolClass], courses: Sequence[Course], teacher_of: Mapping[Strand, StaffId]
) -> dict[ClassId, StaffId]:
    """Return the class teacher of each class: who teaches it most and is not yet another class's."""
    hours: dict[ClassId, Counter[StaffId]] = defaultdict(Counter)
    for course in courses:
        for class_id in course.classes:
            hours[class_id].update({teacher_of[strand]: course.hours for strand in course.strands})
    chosen: dict[ClassId, StaffId] = {}
    for school_class in classes:
        ranked = [teacher for teacher, _ in hours[school_class.id].most_common()]
        free = (teacher for teacher in ranked if teacher not in chosen.values())
        chosen[school_class.id] = next(free, ranked[0])
    return chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bundle:
    """Strands that go to one teacher together: all that a specialist teaches one class or group."""

    strands: tuple[Strand, ...]
    hours: int
    rivals: frozenset[str]
    """Codes of the groups that are taught at the same time."""


def _bundles(courses: Iterable[Course]) -> dict[Specialism, list[_Bundle]]:
    strands: dict[tuple[Specialism, str], list[Strand]] = defaultdict(list)
    hours: Counter[tuple[Specialism, str]] = Counter()
    rivals: dict[tuple[Specialism, str], set[str]] = defaultdict(set)
    for course in courses:
        for strand in course.strands:
            key = (strand.specialism, strand.code)
            strands[key].append(strand)
            hours[key] += course.hours
            rivals[key].update(other.code for other in course.strands if other.code != strand.code)
    bundles: dict[Specialism, list[_Bundle]] = defaultdict(list)
    for key, own in strands.items():
        bundles[key[0]].append(_Bundle(strands=tuple(own), hours=hours[key], rivals=frozenset(rivals[key])))
    return bundles


def _shared_out(bundles: Sequence[_Bundle], teachers: Sequence[StaffId]) -> Iterator[tuple[Strand, StaffId]]:
    """Give each bundle, the largest first, to the teacher with the least to do who is not taken at that time."""
    load = dict.fromkeys(teachers, 0)
    teacher_of_code: dict[str, StaffId] = {}
    for bundle in sorted(bundles, key=lambda bundle: -bundle.hours):
        taken = {teacher_of_code.get(code) for code in bundle.rivals}
        teacher = min((teacher for teacher in teachers if teacher not in taken), key=load.__getitem__)
        load[teacher] += bundle.hours
        for strand in bundle.strands:
            teacher_of_code[strand.code] = teacher
            yield strand, teacher


def _hired(number: int, position: str, registry: Registry, rng: Random) -> Staff:
    source_id = registry.source_id(Kind.STAFF, number)
    return Staff(
        id=StaffId(registry.issued(Kind.STAFF, source_id)),
        source_id=source_id,
        name=random_name(rng, random_sex(rng, women=_WOMEN)),
        position=position,
        snils=registry.snils(Kind.STAFF, number),
    )


def _rooms(
    specialism: Specialism, teachers: Sequence[StaffId], staff: Sequence[StaffId]
) -> Iterator[tuple[StaffId, str]]:
    """Yield a room of their own for each teacher: a numbered one, for physical education a gymnasium."""
    for number, teacher in enumerate(teachers, start=1):
        if specialism is Specialism.SPORT:
            yield teacher, f"Спортивный зал {number}"
        else:
            place = staff.index(teacher)
            yield teacher, f"{1 + place // 20}{1 + place % 20:02d}"
