"""What has to be taught to whom: the study plan spread over the classes, with their subgroups and profile groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.model.ids import ClassId, GroupId, PupilId, SubjectId
from gateway.model.school import GroupKind, SchoolClass, StudyGroup
from gateway.sandbox.school.curriculum import (
    FIRST_SPLIT_GRADE,
    PLAN,
    PROFILE_GRADES,
    PROFILE_HOURS,
    PROFILES,
    SPLIT_SUBJECT,
    PlannedSubject,
    Specialism,
    planned_subject,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndividualPlan:
    """An individual study plan (ИУП, R-ACAD-07): lessons that one pupil has alone, after those of the class."""

    pupil: PupilId
    subjects: tuple[SubjectId, ...]
    groups: tuple[GroupId, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Strand:
    """One teacher's part of a course: a class or a group learning a subject.

    ``code`` is the short Latin name of the class or group (``7A``, ``7A-en1``).
    """

    code: str
    grade: int
    subject: SubjectId
    specialism: Specialism
    school_class: ClassId | None = None
    group: GroupId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Lessons that occupy whole classes; all strands are taught at the same time.

    With ``after_lessons`` the course is one pupil's, who comes to it when the class has gone home.
    """

    grade: int
    classes: tuple[ClassId, ...]
    strands: tuple[Strand, ...]
    hours: int
    after_lessons: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Teaching:
    """All courses of a school with the groups they are taught in."""

    courses: tuple[Course, ...]
    groups: tuple[StudyGroup, ...]
    individual_plans: tuple[IndividualPlan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _GroupCourse:
    """A course together with the groups made for it."""

    course: Course
    groups: tuple[StudyGroup, ...]


_INDIVIDUAL = ((7, ("algebra", "geometry")), (6, ("russian",)))
"""Grade of the pupil and subjects of each individual plan; a school of one class a grade has only the first."""


def teaching(
    classes: Sequence[SchoolClass], codes: Mapping[ClassId, str], members: Mapping[ClassId, Sequence[PupilId]]
) -> Teaching:
    """Return what the classes are taught; ``codes`` are their Latin names, ``members`` their pupils."""
    grouped = [*_language_courses(classes, codes, members), *_profile_courses(classes, members)]
    plans: list[IndividualPlan] = []
    first_of_grade = {each.grade: each for each in reversed(classes)}
    for grade, subjects in _INDIVIDUAL if len(classes) > len(first_of_grade) else _INDIVIDUAL[:1]:
        school_class = first_of_grade[grade]
        for pupil in members[school_class.id][:1]:
            own = [_individual_course(school_class, codes[school_class.id], pupil, subject) for subject in subjects]
            grouped.extend(own)
            plans.append(_individual_plan(pupil, own))
    return Teaching(
        courses=(*_class_courses(classes, codes), *(each.course for each in grouped)),
        groups=tuple(group for each in grouped for group in each.groups),
        individual_plans=tuple(plans),
    )


def _class_courses(classes: Iterable[SchoolClass], codes: Mapping[ClassId, str]) -> Iterator[Course]:
    """Yield what a class learns together."""
    for school_class in classes:
        for planned in PLAN:
            hours = planned.hours[school_class.grade - 1]
            if hours and not _is_split(planned, school_class.grade):
                strand = Strand(
                    code=codes[school_class.id],
                    grade=school_class.grade,
                    subject=planned.subject.id,
                    specialism=planned.taught_by(school_class.grade),
                    school_class=school_class.id,
                )
                yield Course(grade=school_class.grade, classes=(school_class.id,), strands=(strand,), hours=hours)


def _is_split(planned: PlannedSubject, grade: int) -> bool:
    return planned.subject.id == SPLIT_SUBJECT and grade >= FIRST_SPLIT_GRADE


def _language_courses(
    classes: Iterable[SchoolClass], codes: Mapping[ClassId, str], members: Mapping[ClassId, Sequence[PupilId]]
) -> Iterator[_GroupCourse]:
    """Yield the foreign language of each class from grade 5 on, in two subgroups."""
    planned = planned_subject(SPLIT_SUBJECT)
    for school_class in classes:
        if not _is_split(planned, school_class.grade):
            continue
        pupils = members[school_class.id]
        halves = (pupils[: len(pupils) // 2], pupils[len(pupils) // 2 :])
        pairs = [
            _group_strand(
                planned,
                f"{codes[school_class.id]}-en{number}",
                f"{school_class.name}, {planned.subject.name}, подгруппа {number}",
                kind=GroupKind.SUBGROUP,
                grade=school_class.grade,
                members=half,
            )
            for number, half in enumerate(halves, start=1)
        ]
        yield _group_course((school_class.id,), pairs, hours=planned.hours[school_class.grade - 1])


def _profile_courses(
    classes: Iterable[SchoolClass], members: Mapping[ClassId, Sequence[PupilId]]
) -> Iterator[_GroupCourse]:
    """Yield the profiles of grades 10 and 11: the pupils of all parallel classes choose between them."""
    for grade, parallel in groupby(classes, key=lambda school_class: school_class.grade):
        if grade not in PROFILE_GRADES:
            continue
        ids = tuple(school_class.id for school_class in parallel)
        pupils = [pupil for school_class in ids for pupil in members[school_class]]
        pairs = [
            _group_strand(
                profile,
                f"{grade}-{profile.subject.id}",
                f"{grade} классы, {profile.subject.name}",
                kind=GroupKind.PROFILE,
                grade=grade,
                members=pupils[choice :: len(PROFILES)],
            )
            for choice, profile in enumerate(PROFILES)
        ]
        yield _group_course(ids, pairs, hours=PROFILE_HOURS)


def _individual_course(school_class: SchoolClass, code: str, pupil: PupilId, subject: str) -> _GroupCourse:
    """Return one lesson a week in the subject for one pupil of the class."""
    planned = planned_subject(SubjectId(subject))
    pair = _group_strand(
        planned,
        f"{code}-iup-{subject}",
        f"{school_class.name}, ИУП, {planned.subject.name}",
        kind=GroupKind.INDIVIDUAL,
        grade=school_class.grade,
        members=(pupil,),
    )
    return _group_course((school_class.id,), [pair], hours=1, after_lessons=True)


def _individual_plan(pupil: PupilId, own: Iterable[_GroupCourse]) -> IndividualPlan:
    groups = [group for each in own for group in each.groups]
    return IndividualPlan(
        pupil=pupil,
        subjects=tuple(group.subject for group in groups),
        groups=tuple(group.id for group in groups),
    )


def _group_strand(
    planned: PlannedSubject, code: str, name: str, *, kind: GroupKind, grade: int, members: Sequence[PupilId]
) -> tuple[Strand, StudyGroup]:
    group = StudyGroup(
        id=GroupId(f"GR-{code}"), name=name, kind=kind, subject=planned.subject.id, members=tuple(members)
    )
    strand = Strand(code=code, grade=grade, subject=planned.subject.id, specialism=planned.specialism, group=group.id)
    return strand, group


def _group_course(
    classes: tuple[ClassId, ...],
    pairs: Sequence[tuple[Strand, StudyGroup]],
    *,
    hours: int,
    after_lessons: bool = False,
) -> _GroupCourse:
    strands = tuple(strand for strand, _ in pairs)
    course = Course(grade=strands[0].grade, classes=classes, strands=strands, hours=hours, after_lessons=after_lessons)
    return _GroupCourse(course=course, groups=tuple(group for _, group in pairs))
