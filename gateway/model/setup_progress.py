"""How much of every set-up section of a school year is there: pure (R-ACAD-18, -24, -26)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.model.attendance import AbsenceCode
from gateway.model.curriculum import AttestationPlan, ControlWork, Curriculum, IndividualPlan, Profile, ThematicPlan
from gateway.model.duties import Appointment, Duty
from gateway.model.grading import GradingScale
from gateway.model.ids import ClassId, GroupId, PupilId, SubjectId
from gateway.model.readiness import Progress, Section
from gateway.model.school import Component, GroupKind, Period, PeriodKind, SchoolClass, StudyGroup, Subject, Vacation
from gateway.model.timetable import Regime, Room, TeachingLoad, TimetableSlot

Taught = tuple[ClassId, SubjectId]
"""A subject of a class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetupFacts:
    """What is set up for a school year.

    Attributes:
        year: the calendar year in which it begins.
        today: the school's day.
        pupils: who is in each class today.
        decided: pupils for whom a consent or a refusal is registered (R-PAR-12).
        staff: how many members of staff there are.
    """

    year: int
    today: date
    classes: Sequence[SchoolClass] = ()
    pupils: Mapping[ClassId, frozenset[PupilId]] = field(default_factory=dict)
    decided: Collection[PupilId] = frozenset()
    periods: Sequence[Period] = ()
    vacations: Sequence[Vacation] = ()
    subjects: Sequence[Subject] = ()
    groups: Sequence[StudyGroup] = ()
    regimes: Sequence[Regime] = ()
    curricula: Sequence[Curriculum] = ()
    individual_plans: Sequence[IndividualPlan] = ()
    thematic_plans: Sequence[ThematicPlan] = ()
    loads: Sequence[TeachingLoad] = ()
    slots: Sequence[TimetableSlot] = ()
    control_works: Sequence[ControlWork] = ()
    appointments: Sequence[Appointment] = ()
    attestation_plans: Sequence[AttestationPlan] = ()
    rooms: Sequence[Room] = ()
    scales: Sequence[GradingScale] = ()
    absence_codes: Sequence[AbsenceCode] = ()
    staff: int = 0


def setup_progress(facts: SetupFacts) -> Mapping[Section, Progress]:
    """Return how much of every section is there.

    Sections by grade or class count these; a subject counts once for every class that has it in its curriculum. The
    three processes run when somebody is appointed to them, and when families have said how they want to be informed.
    """
    return {**_frame(facts), **_groups(facts), **_teaching(facts), **_processes(facts)}


def _frame(facts: SetupFacts) -> Mapping[Section, Progress]:
    grades = {one.grade for one in facts.classes}
    spans = [
        (one.first_grade, one.last_grade)
        for one in facts.periods
        if one.year == facts.year and one.kind is not PeriodKind.YEAR
    ]
    vacations = [(one.first_grade, one.last_grade) for one in facts.vacations if one.year == facts.year]
    federal = sum(one.component is Component.FEDERAL for one in facts.subjects)
    own = len(facts.subjects) - federal
    return {
        Section.PERIODS: _covered(grades, spans),
        Section.VACATIONS: _covered(grades, vacations),
        Section.CONTINGENT: _progress((bool(facts.pupils.get(one.id)) for one in facts.classes), at_least=1),
        Section.FEDERAL_SUBJECTS: Progress(done=federal, total=max(federal, 1)),
        Section.SCHOOL_SUBJECTS: Progress(done=own, total=own),
        Section.ROOMS: Progress(done=len(facts.rooms), total=max(len(facts.rooms), 1)),
        Section.STAFF: Progress(done=facts.staff, total=max(facts.staff, 1)),
        Section.CLASSES: Progress(done=len(facts.classes), total=max(len(facts.classes), 1)),
        Section.CLASS_TEACHERS: _progress((one.class_teacher is not None for one in facts.classes), at_least=1),
        Section.SCALES: Progress(done=len(facts.scales), total=max(len(facts.scales), 1)),
    }


def _groups(facts: SetupFacts) -> Mapping[Section, Progress]:
    alone = [group for group in facts.groups if group.kind is GroupKind.INDIVIDUAL]
    streams = [group for group in facts.groups if group.kind.is_stream]
    others = [group for group in facts.groups if group not in alone and group not in streams]
    planned = {plan.pupil for plan in facts.individual_plans if plan.year == facts.year}
    taught_alone = {pupil for group in alone for pupil in group.pupils}
    return {
        Section.GROUPS: _progress(bool(group.pupils) for group in others),
        Section.STREAMS: _progress(bool(group.pupils) for group in streams),
        Section.INDIVIDUAL_PUPILS: _progress(pupil in taught_alone for pupil in planned | taught_alone),
        Section.INDIVIDUAL_PLANS: _progress(pupil in planned for pupil in planned | taught_alone),
        Section.REGIMES: _progress(
            any(one == (regime.school_class, regime.group) for regime in facts.regimes) for one in _addressees(facts)
        ),
    }


def _addressees(facts: SetupFacts) -> Iterator[tuple[ClassId | None, GroupId | None]]:
    yield from ((one.id, None) for one in facts.classes)
    yield from ((None, one.id) for one in facts.groups)


def _teaching(facts: SetupFacts) -> Mapping[Section, Progress]:
    grades = {one.grade for one in facts.classes}
    curricula = [one for one in facts.curricula if one.year == facts.year]
    main = [one for one in curricula if one.profile is Profile.NONE]
    profiles = [one for one in curricula if one.profile is not Profile.NONE]
    approved = [(one.first_grade, one.last_grade) for one in curricula if one.approved_on is not None]
    wanted = {
        (school_class.id, planned.subject)
        for school_class in facts.classes
        for curriculum in main
        if curriculum.first_grade <= school_class.grade <= curriculum.last_grade
        for planned in curriculum.subjects
    }
    grade_of = {one.id: one.grade for one in facts.classes}
    plans = {(plan.grade, plan.subject) for plan in facts.thematic_plans if plan.year == facts.year}
    by_grade = {(grade_of[school_class], subject) for school_class, subject in wanted}
    loads = _taught(facts, [one for one in facts.loads if one.year == facts.year])
    slots = _taught(facts, [one for one in facts.slots if one.valid_to is None or one.valid_to >= facts.today])
    return {
        Section.CURRICULUM: _covered(grades, approved),
        Section.PROFILE_CURRICULA: _progress(one.approved_on is not None for one in profiles),
        Section.LOADS: _known(wanted, loads),
        Section.THEMATIC_PLANS: _known(by_grade, plans),
        Section.TIMETABLES: _known(wanted, slots),
        Section.CONTROL_WORKS: Progress(done=len(facts.control_works), total=max(len(facts.control_works), 1)),
    }


def _taught(facts: SetupFacts, lines: Iterable[TeachingLoad | TimetableSlot]) -> set[Taught]:
    """Return what loads or slots cover: subjects of classes, by themselves or through groups with pupils of them."""
    members = {group.id: group.pupils for group in facts.groups}
    taught: set[Taught] = set()
    for line in lines:
        if line.school_class is not None:
            taught.add((line.school_class, line.subject))
        elif line.group is not None:
            pupils = members.get(line.group, frozenset())
            taught |= {(one, line.subject) for one, there in facts.pupils.items() if not there.isdisjoint(pupils)}
    return taught


def _processes(facts: SetupFacts) -> Mapping[Section, Progress]:
    duties = {one.duty for one in facts.appointments if one.valid_to is None or one.valid_to >= facts.today}
    everybody = [pupil for pupils in facts.pupils.values() for pupil in pupils]
    return {
        Section.SUBSTITUTIONS: _progress([Duty.DEPUTY in duties]),
        Section.INFORMING: _progress((pupil in facts.decided for pupil in everybody), at_least=1),
        Section.FEEDBACK: _progress([Duty.ADMINISTRATOR in duties]),
    }


def _covered(grades: Collection[int], spans: Sequence[tuple[int, int]]) -> Progress:
    done = sum(any(first <= grade <= last for first, last in spans) for grade in grades)
    return Progress(done=done, total=max(len(grades), 1))


def _known(wanted: Collection[object], there: Collection[object]) -> Progress:
    return Progress(done=sum(one in there for one in wanted), total=max(len(wanted), 1))


def _progress(done: Iterable[bool], *, at_least: int = 0) -> Progress:
    found = list(done)
    return Progress(done=sum(found), total=max(len(found), at_least))
