"""From the journal's facts of a period to the report «успеваемость и посещаемость».

Who is in it: the pupils who are enrolled in a class on the counting day (`counting_day`); those who left before are
out. A pupil's row holds all marks and absences of the period that the school gave that pupil, also those from a class
the pupil was in earlier. A class's marks in a subject are the marks of its pupils, so they open to the pupils' rows.
Grade 1 is reported with attendance only (R-MARK-06, R-JRNL-19).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.model.attendance import AbsenceKind
from gateway.model.ids import ClassId, GroupId, PupilId, SubjectId
from gateway.model.indicators import MarkSheet
from gateway.model.people import Enrollment
from gateway.model.performance import (
    Attendance,
    ClassReport,
    ClassSubject,
    PerformanceReport,
    PupilReport,
    PupilSubject,
)
from gateway.model.school import FIRST_GRADE, Period, School, SchoolClass, StudyGroup, Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLesson:
    """A lesson that was held. Exactly one of ``school_class`` and ``group`` is set."""

    day: date
    number: int
    subject: SubjectId
    school_class: ClassId | None = None
    group: GroupId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenMark:
    """A mark that is in force, with the day and subject of its lesson."""

    pupil: PupilId
    subject: SubjectId
    day: date
    value: int
    weight: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NotedAbsence:
    """An absence or lateness that is in force, with the day of its lesson."""

    pupil: PupilId
    day: date
    kind: AbsenceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceFacts:
    """What the journal and the roster hold for a period.

    Attributes:
        classes: the classes of the period's year and grades.
        enrollments: every place in any class of that year that touches the period.
        registry_ids: id in the registry of every pupil that has such a place.
        groups: study groups with their members as they are now (membership has no dates).
        lessons, marks, absences: those of the period; nothing voided.
    """

    school: School
    period: Period
    classes: tuple[SchoolClass, ...]
    enrollments: tuple[Enrollment, ...]
    registry_ids: Mapping[PupilId, str]
    subjects: tuple[Subject, ...]
    groups: tuple[StudyGroup, ...]
    lessons: tuple[HeldLesson, ...]
    marks: tuple[GivenMark, ...]
    absences: tuple[NotedAbsence, ...]


def counting_day(period: Period, today: date) -> date:
    """Return the day on which pupils are counted: the period's last, or today while the period lasts."""
    return min(period.end, today)


def performance_report(facts: PerformanceFacts, counted_on: date) -> PerformanceReport:
    """Return the report of what was held, given and noted from the period's first day to ``counted_on``."""
    counted = _counted(facts, counted_on)
    present: dict[ClassId, list[PupilId]] = defaultdict(list)
    for place in facts.enrollments:
        if place.covers(counted_on):
            present[place.school_class].append(place.pupil)
    classes = [
        _class_report(school_class, present[school_class.id], counted)
        for school_class in sorted(facts.classes, key=lambda one: (one.grade, one.letter, one.source_id))
        if present[school_class.id]
    ]
    return PerformanceReport(
        school=facts.school.registry_id,
        period=facts.period,
        subjects=_named_subjects(facts.subjects, classes),
        classes=tuple(classes),
    )


def _class_report(school_class: SchoolClass, pupils: Sequence[PupilId], counted: _Counted) -> ClassReport:
    graded = {pupil: counted.marks.get(pupil, {}) for pupil in pupils} if school_class.grade > FIRST_GRADE else None
    rows = [
        PupilReport(
            registry_id=counted.registry_ids[pupil],
            attendance=_attendance(pupil, counted),
            subjects=_pupil_subjects(graded[pupil]) if graded else (),
        )
        for pupil in pupils
    ]
    return ClassReport(
        registry_id=school_class.source_id,
        grade=school_class.grade,
        letter=school_class.letter,
        subjects=_class_subjects(counted.taught.to_class(school_class.id, pupils), graded),
        pupils=tuple(sorted(rows, key=lambda row: row.registry_id)),
    )


_Slot = tuple[date, int]
"""Day and number of a lesson."""

_Marks = Mapping[SubjectId, list[tuple[int, int]]]
"""Value and weight of a pupil's marks by subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taught:
    """When which class and which study group was taught which subject."""

    classes: Mapping[ClassId, Mapping[SubjectId, set[_Slot]]]
    groups: Mapping[GroupId, Mapping[SubjectId, set[_Slot]]]
    groups_of: Mapping[PupilId, list[GroupId]]

    def to_class(self, school_class: ClassId, pupils: Iterable[PupilId]) -> dict[SubjectId, set[_Slot]]:
        """Return the slots in which the class, or a group that one of the pupils is in, was taught a subject."""
        slots: dict[SubjectId, set[_Slot]] = defaultdict(set)
        for subject, held in self.classes.get(school_class, {}).items():
            slots[subject] |= held
        for group in {group for pupil in pupils for group in self.groups_of.get(pupil, ())}:
            for subject, held in self.groups.get(group, {}).items():
                slots[subject] |= held
        return slots

    def to_pupil(self, pupil: PupilId, places: Iterable[Enrollment]) -> set[_Slot]:
        """Return the slots in which the pupil had a lesson, of the class on that day or of a group."""
        slots: set[_Slot] = set()
        own_groups = [held for group in self.groups_of.get(pupil, ()) for held in self.groups.get(group, {}).values()]
        for place in places:
            for held in [*self.classes.get(place.school_class, {}).values(), *own_groups]:
                slots.update(slot for slot in held if place.covers(slot[0]))
        return slots


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """The facts up to the counting day, by what a row asks for."""

    taught: _Taught
    marks: Mapping[PupilId, _Marks]
    absences: Mapping[tuple[PupilId, AbsenceKind], int]
    places: Mapping[PupilId, list[Enrollment]]
    registry_ids: Mapping[PupilId, str]


def _counted(facts: PerformanceFacts, counted_on: date) -> _Counted:
    return _Counted(
        taught=_taught(facts, counted_on),
        marks=_marks_by_pupil(facts.marks, counted_on),
        absences=Counter((noted.pupil, noted.kind) for noted in facts.absences if noted.day <= counted_on),
        places=_places_by_pupil(facts.enrollments),
        registry_ids=facts.registry_ids,
    )


def _taught(facts: PerformanceFacts, counted_on: date) -> _Taught:
    classes: dict[ClassId, dict[SubjectId, set[_Slot]]] = defaultdict(lambda: defaultdict(set))
    groups: dict[GroupId, dict[SubjectId, set[_Slot]]] = defaultdict(lambda: defaultdict(set))
    for lesson in facts.lessons:
        if lesson.day > counted_on:
            continue
        if lesson.school_class is not None:
            classes[lesson.school_class][lesson.subject].add((lesson.day, lesson.number))
        elif lesson.group is not None:
            groups[lesson.group][lesson.subject].add((lesson.day, lesson.number))
    groups_of: dict[PupilId, list[GroupId]] = defaultdict(list)
    for group in facts.groups:
        for member in group.pupils:
            groups_of[member].append(group.id)
    return _Taught(classes=classes, groups=groups, groups_of=groups_of)


def _marks_by_pupil(marks: Iterable[GivenMark], counted_on: date) -> dict[PupilId, _Marks]:
    by_pupil: dict[PupilId, dict[SubjectId, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for mark in marks:
        if mark.day <= counted_on:
            by_pupil[mark.pupil][mark.subject].append((mark.value, mark.weight))
    return {pupil: dict(by_subject) for pupil, by_subject in by_pupil.items()}


def _places_by_pupil(enrollments: Iterable[Enrollment]) -> dict[PupilId, list[Enrollment]]:
    places: dict[PupilId, list[Enrollment]] = defaultdict(list)
    for place in enrollments:
        places[place.pupil].append(place)
    return places


def _attendance(pupil: PupilId, counted: _Counted) -> Attendance:
    def noted(kind: AbsenceKind) -> int:
        return counted.absences.get((pupil, kind), 0)

    return Attendance(
        lessons=len(counted.taught.to_pupil(pupil, counted.places[pupil])),
        illness=noted(AbsenceKind.ILLNESS),
        excused=noted(AbsenceKind.EXCUSED),
        unexcused=noted(AbsenceKind.UNEXCUSED),
        unknown=noted(AbsenceKind.UNKNOWN),
        late=noted(AbsenceKind.LATE),
    )


def _pupil_subjects(marks: _Marks) -> tuple[PupilSubject, ...]:
    return tuple(PupilSubject(subject=subject, marks=MarkSheet.of(marks[subject])) for subject in sorted(marks))


def _class_subjects(
    taught: Mapping[SubjectId, set[_Slot]], graded: Mapping[PupilId, _Marks] | None
) -> tuple[ClassSubject, ...]:
    marked = {subject for marks in (graded or {}).values() for subject in marks}
    return tuple(
        ClassSubject(
            subject=subject,
            lessons=len(taught.get(subject, ())),
            marks=_class_sheet(subject, graded) if graded is not None else None,
        )
        for subject in sorted({*taught, *marked})
    )


def _class_sheet(subject: SubjectId, graded: Mapping[PupilId, _Marks]) -> MarkSheet:
    return MarkSheet.of(mark for marks in graded.values() for mark in marks.get(subject, ()))


def _named_subjects(subjects: Iterable[Subject], classes: Iterable[ClassReport]) -> tuple[Subject, ...]:
    """Return the subjects that the classes speak of; a pupil's subject is always a subject of the class too."""
    spoken_of = {row.subject for report in classes for row in report.subjects}
    return tuple(sorted((s for s in subjects if s.id in spoken_of), key=lambda subject: subject.id))
