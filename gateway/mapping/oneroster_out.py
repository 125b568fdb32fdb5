"""A school as the rostering objects of OneRoster 1.2: what is referred to comes before what refers to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.mapping.oneroster_ids import course_guid, enrollment_guid, homeroom_guid
from gateway.mapping.oneroster_sessions import Sessions, YearDays, session_objects, sessions_of
from gateway.mapping.oneroster_teaching import Span, Taught, taught_in
from gateway.mapping.oneroster_users import demographic_objects, families_of, grade_code, user_objects
from gateway.model.ids import ClassId, PupilId, SchoolId, StaffId
from gateway.model.oneroster import SCHOOL, STUDENT, TEACHER, ObjectKind, ProviderObject, reference
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.people import Enrollment
from gateway.model.school import SchoolClass

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    """What all objects of one school are made with."""

    facts: SchoolFacts
    sessions: Sessions
    taught: Sequence[Taught]

    @property
    def school(self) -> SchoolId:
        return self.facts.school.id

    def terms(self, year: int, grades: Sequence[int]) -> list[dict[str, str]]:
        return [reference(ObjectKind.ACADEMIC_SESSION, one.sourced_id) for one in self.sessions.of(year, grades)]


def roster_objects(facts: SchoolFacts, today: date) -> Iterator[ProviderObject]:
    """Yield a school's rostering objects, each once; ``today`` is the school's day, on which guardians guard."""
    frame = _Frame(facts=facts, sessions=sessions_of(facts), taught=taught_in(facts))
    teaching = {teacher for one in frame.taught for teacher in one.teachers}
    teaching |= {one.class_teacher for one in facts.classes if one.class_teacher}
    yield _school(frame)
    yield from session_objects(facts, frame.sessions)
    yield from _courses(frame)
    yield from _classes(frame)
    yield from user_objects(facts, families_of(facts, today), _present_grades(facts, today), frozenset(teaching))
    yield from demographic_objects(facts)
    yield from _enrollments(frame)


def _school(frame: _Frame) -> ProviderObject:
    school = frame.facts.school
    body = {"name": school.name, "type": SCHOOL, "identifier": school.registry_id}
    return ProviderObject(kind=ObjectKind.ORG, sourced_id=school.id, body=body)


def _courses(frame: _Frame) -> Iterator[ProviderObject]:
    for grade in sorted({one.grade for one in frame.facts.classes}):
        title = f"Классное руководство, {grade} класс"
        yield _course(frame, course_guid(frame.school, None, grade), title, f"homeroom-{grade}", grade)
    known = {(one.subject.id, _grade(one) or 0): one.subject for one in frame.taught}
    for (_, number), subject in sorted(known.items(), key=lambda item: item[0]):
        taught_in_grade = number or None
        title = f"{subject.name}, {number} класс" if number else subject.name
        code = f"{subject.federal_code or subject.id}-{number}" if number else subject.federal_code or subject.id
        sourced_id = course_guid(frame.school, subject.id, taught_in_grade)
        codes = [subject.federal_code] if subject.federal_code else []
        yield _course(frame, sourced_id, title, code, taught_in_grade, names=[subject.name], codes=codes)


def _course(
    frame: _Frame,
    sourced_id: str,
    title: str,
    code: str,
    grade: int | None,
    *,
    names: Sequence[str] = (),
    codes: Sequence[str] = (),
) -> ProviderObject:
    body = {
        "title": title,
        "courseCode": code,
        "org": reference(ObjectKind.ORG, frame.school),
        **_lists(grades=[] if grade is None else [grade_code(grade)], subjects=names, subjectCodes=codes),
    }
    return ProviderObject(kind=ObjectKind.COURSE, sourced_id=sourced_id, body=body)


def _classes(frame: _Frame) -> Iterator[ProviderObject]:
    for one in frame.facts.classes:
        body = {
            "title": one.name,
            "classCode": one.name,
            "classType": "homeroom",
            "course": reference(ObjectKind.COURSE, course_guid(frame.school, None, one.grade)),
            "school": reference(ObjectKind.ORG, frame.school),
            "terms": frame.terms(one.year, [one.grade]),
            **_lists(grades=[grade_code(one.grade)]),
        }
        yield ProviderObject(kind=ObjectKind.CLASS, sourced_id=homeroom_guid(frame.school, one.id), body=body)
    for taught in frame.taught:
        subject = taught.subject
        body = {
            "title": taught.title,
            "classType": "scheduled",
            "course": reference(ObjectKind.COURSE, course_guid(frame.school, subject.id, _grade(taught))),
            "school": reference(ObjectKind.ORG, frame.school),
            "terms": frame.terms(taught.year, taught.grades),
            **_lists(
                grades=[grade_code(grade) for grade in taught.grades],
                subjects=[subject.name],
                subjectCodes=[subject.federal_code] if subject.federal_code else [],
            ),
        }
        yield ProviderObject(kind=ObjectKind.CLASS, sourced_id=taught.sourced_id, body=body)


def _enrollments(frame: _Frame) -> Iterator[ProviderObject]:
    """Yield who is in which class: in the homeroom, in what is taught to the class and in study groups."""
    pupils = {one.id for one in frame.facts.pupils}
    staff = {one.id for one in frame.facts.staff}
    places: Mapping[ClassId, list[Enrollment]] = _places(frame.facts, pupils)
    for one in frame.facts.classes:
        sourced_id, days = homeroom_guid(frame.school, one.id), frame.sessions.days[one.year]
        yield from _of_class(frame, sourced_id, places.get(one.id, ()), days)
        if one.class_teacher in staff:
            yield from _of_teachers(frame, sourced_id, {one.class_teacher: Span()}, days)
    for taught in frame.taught:
        days = frame.sessions.days[taught.year]
        if taught.school_class:
            yield from _of_class(frame, taught.sourced_id, places.get(taught.school_class.id, ()), days)
        elif taught.group:
            for pupil, span in sorted(_members(taught, pupils), key=lambda one: (one[0], str(one[1].first))):
                yield from _enrollment(frame, taught.sourced_id, pupil, role=STUDENT, span=span, days=days)
        yield from _of_teachers(frame, taught.sourced_id, taught.teachers, days)


def _of_class(frame: _Frame, sourced_id: str, places: Sequence[Enrollment], days: YearDays) -> Iterator[ProviderObject]:
    for place in places:
        span = Span(first=place.valid_from, last=place.valid_to)
        yield from _enrollment(frame, sourced_id, place.pupil, role=STUDENT, span=span, days=days)


def _of_teachers(
    frame: _Frame, sourced_id: str, teachers: Mapping[StaffId, Span], days: YearDays
) -> Iterator[ProviderObject]:
    """Yield the teachers of a class; who is the only one is the primary one (a class may have one at most)."""
    primary = len(teachers) == 1
    for teacher, span in sorted(teachers.items()):
        yield from _enrollment(frame, sourced_id, teacher, role=TEACHER, span=span, days=days, primary=primary)


def _enrollment(
    frame: _Frame,
    in_class: str,
    user: str,
    *,
    role: str,
    span: Span,
    days: YearDays,
    primary: bool = False,
) -> Iterator[ProviderObject]:
    """Yield an enrolment, its days kept inside those of the year; nothing if none is left of them.

    The last day is ours, the first day after it the standard's: ``endDate`` is exclusive.
    """
    first = max(span.first, days.first) if span.first else None
    last = min(span.last, days.last) if span.last else None
    if span.first and span.last and span.last < span.first:
        return
    if (last and last < (first or days.first)) or (first and first > days.last):
        return
    body: dict[str, object] = {
        "user": reference(ObjectKind.USER, user),
        "class": reference(ObjectKind.CLASS, in_class),
        "school": reference(ObjectKind.ORG, frame.school),
        "role": role,
    }
    if role == TEACHER:
        body["primary"] = "true" if primary else "false"
    if first:
        body["beginDate"] = first.isoformat()
    if last:
        body["endDate"] = (last + _DAY).isoformat()
    since = span.first.isoformat() if span.first and role == STUDENT else ""
    sourced_id = enrollment_guid(frame.school, in_class, user, role, since)
    yield ProviderObject(kind=ObjectKind.ENROLLMENT, sourced_id=sourced_id, body=body)


def _places(facts: SchoolFacts, pupils: set[PupilId]) -> Mapping[ClassId, list[Enrollment]]:
    places: dict[ClassId, list[Enrollment]] = defaultdict(list)
    for place in facts.enrollments:
        if place.pupil in pupils:
            places[place.school_class].append(place)
    return places


def _members(taught: Taught, pupils: set[PupilId]) -> Iterator[tuple[PupilId, Span]]:
    """Yield the pupils of a study group with their time in it; of two times that begin on one day the longer one."""
    if taught.group is None:
        return
    yield from ((one, Span()) for one in sorted(set(taught.group.members) & pupils))
    times: dict[tuple[PupilId, date], date | None] = {}
    for one in taught.group.dated:
        if one.pupil not in pupils:
            continue
        held = times.get((one.pupil, one.valid_from), one.valid_to)
        times[one.pupil, one.valid_from] = None if held is None or one.valid_to is None else max(held, one.valid_to)
    yield from ((pupil, Span(first=first, last=last)) for (pupil, first), last in times.items())


def _present_grades(facts: SchoolFacts, today: date) -> dict[PupilId, int]:
    classes: Mapping[ClassId, SchoolClass] = {one.id: one for one in facts.classes}
    return {
        place.pupil: classes[place.school_class].grade
        for place in sorted(facts.enrollments, key=lambda one: one.valid_from)
        if place.school_class in classes and place.covers(today)
    }


def _grade(taught: Taught) -> int | None:
    """Return the grade whose course it is: that of the class, of a group the lowest of its pupils'."""
    return taught.grades[0] if taught.grades else None


def _lists(**lists: Sequence[str]) -> dict[str, list[str]]:
    """Return those lists that are not empty."""
    return {name: list(values) for name, values in lists.items() if values}
