"""What is to be taught: curricula of the parallels, individual and thematic plans, attestations, control works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from gateway.model.curriculum import (
    AttestationPlan,
    ControlLevel,
    ControlWork,
    Curriculum,
    IndividualPlan,
    PlannedSubject,
    PlanTopic,
    Profile,
    ThematicPlan,
)
from gateway.model.ids import CurriculumId, RecordId, SubjectId
from gateway.model.school import FIRST_GRADE, LAST_GRADE
from gateway.sandbox.school.curriculum import (
    PLAN,
    PROFILE_GRADES,
    PROFILE_HOURS,
    PROFILES,
    planned_subject,
)
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.leaders import leaders
from gateway.sandbox.school.lessons import (
    control_work_id,
    days_by_grade,
    is_control,
    lead_of,
    plan_id,
    weeks_of_courses,
)
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.timetable import TimetableEntry
from gateway.sandbox.school.topics import WEEKS_A_YEAR, hours_of_part, parts_of, stage
from gateway.sandbox.school.year_setup import year_begin

_PROFILE_OF = {
    SubjectId("physics-profile"): Profile.TECHNOLOGICAL,
    SubjectId("social-profile"): Profile.SOCIO_ECONOMIC,
}
_PROFILE_NAMES = {Profile.TECHNOLOGICAL: "технологический профиль", Profile.SOCIO_ECONOMIC: "экономический профиль"}
_MONITORED = 0.6
_EXAM_GRADES = (9, 11)
_TRIAL_EXAM_MONTH = 4
_SCHOOL_DAYS_A_WEEK = 5
_CONTROL_WORK = "Контрольная работа"


def curricula(sample: SampleSchool) -> Iterator[Curriculum]:
    """Yield the curriculum of every parallel, for grades 10 and 11 one of each profile (R-ACAD-05, R-ACAD-06)."""
    for grade in range(FIRST_GRADE, LAST_GRADE + 1):
        together = _hours_of(grade)
        if grade not in PROFILE_GRADES:
            yield _curriculum(sample, grade, Profile.NONE, together)
            continue
        for profile in PROFILES:
            chosen = (profile.subject.id, PROFILE_HOURS)
            yield _curriculum(sample, grade, _PROFILE_OF[profile.subject.id], (*together, chosen))


def individual_plans(sample: SampleSchool) -> Iterator[IndividualPlan]:
    """Yield the pupils' individual plans: one lesson a week in each of their subjects (R-ACAD-07)."""
    for number, plan in enumerate(sample.individual_plans, start=1):
        yield IndividualPlan(
            id=RecordId(f"IP-{sample.year}-{number}"),
            pupil=plan.pupil,
            year=sample.year,
            valid_from=year_begin(sample),
            document=f"Приказ № 13{number} от 28.08.{sample.year}",
            subjects=tuple(_planned(subject, 1) for subject in plan.subjects),
        )


def thematic_plans(sample: SampleSchool) -> Iterator[ThematicPlan]:
    """Yield one thematic plan for every subject of every parallel; lessons name its topics (R-ACAD-14, R-JRNL-01)."""
    days = days_by_grade(sample)
    for grade in range(FIRST_GRADE, LAST_GRADE + 1):
        profiles = [(profile.subject.id, PROFILE_HOURS) for profile in PROFILES if grade in PROFILE_GRADES]
        for subject, hours in (*_hours_of(grade), *profiles):
            length = hours_of_part(subject, hours)
            yield ThematicPlan(
                id=plan_id(sample.year, grade, subject),
                year=sample.year,
                subject=subject,
                grade=grade,
                name=f"{planned_subject(subject).subject.name}, {grade} класс",
                topics=tuple(
                    PlanTopic(
                        number=number,
                        title=part,
                        hours=length,
                        planned_on=_day_of_lesson((number - 1) * length, hours, days[grade]),
                    )
                    for number, part in enumerate(parts_of(subject), start=1)
                ),
            )


def attestation_plans(sample: SampleSchool) -> Iterator[AttestationPlan]:
    """Yield form and number of attestations of the subjects with control works, by the local act (R-ATT-05)."""
    for grade in range(FIRST_GRADE + 1, LAST_GRADE + 1):
        for subject, _hours in _hours_of(grade):
            if planned_subject(subject).controlled:
                yield AttestationPlan(
                    id=RecordId(f"AP-{sample.year}-{grade}-{subject}"),
                    year=sample.year,
                    subject=subject,
                    grade=grade,
                    form=_CONTROL_WORK,
                    times_a_period=1,
                    document=f"Положение о промежуточной аттестации от 28.08.{sample.year}",
                )


def control_works(sample: SampleSchool) -> Iterator[ControlWork]:
    """Yield the consolidated schedule of control works (R-ACAD-17): the ends of the parts of controlled subjects.

    What is written in April in grades 9 and 11 is the region's, and told on the same day.
    """
    weeks = weeks_of_courses(sample.timetable)
    days = days_by_grade(sample)
    deputy = leaders(sample).deputy
    by_course: dict[tuple[str, SubjectId], list[TimetableEntry]] = {}
    for entry in sample.timetable:
        by_course.setdefault((entry.code, entry.subject), []).append(entry)
    for course, entries in by_course.items():
        week = weeks[course]
        lead, weekly = lead_of(sample, entries[0]), sum(week.values())
        lessons = 0
        for day in days[entries[0].grade]:
            for entry in (each for each in entries if each.weekday == day.weekday()):
                if is_control(entry, stage(entry.subject, lessons, weekly=weekly, lead=lead)):
                    is_trial = day.month == _TRIAL_EXAM_MONTH and entry.grade in _EXAM_GRADES
                    yield ControlWork(
                        id=control_work_id(day, entry),
                        subject=entry.subject,
                        day=day,
                        form="Пробный экзамен" if is_trial else _CONTROL_WORK,
                        monitoring=fraction("monitored", sample.seed, entry.code, entry.subject, day) < _MONITORED,
                        level=ControlLevel.REGIONAL if is_trial else ControlLevel.SCHOOL,
                        school_class=entry.school_class,
                        group=entry.group,
                        results_announced_on=day if is_trial else None,
                        author=deputy,
                    )
                lessons += 1


def _hours_of(grade: int) -> tuple[tuple[SubjectId, int], ...]:
    """Return the subjects that a whole parallel learns, with their lessons a week."""
    return tuple((each.subject.id, each.hours[grade - 1]) for each in PLAN if each.hours[grade - 1])


def _curriculum(
    sample: SampleSchool, grade: int, profile: Profile, hours: Sequence[tuple[SubjectId, int]]
) -> Curriculum:
    suffix = "" if profile is Profile.NONE else f"-{profile.value}"
    name = f"Учебный план, {grade} класс"
    return Curriculum(
        id=CurriculumId(f"CU-{sample.year}-{grade}{suffix}"),
        year=sample.year,
        name=name if profile is Profile.NONE else f"{name}, {_PROFILE_NAMES[profile]}",
        first_grade=grade,
        last_grade=grade,
        subjects=tuple(_planned(subject, weekly) for subject, weekly in hours),
        profile=profile,
        approved_on=date(sample.year, 8, 28),
        document=f"Приказ № 120 от 28.08.{sample.year}",
    )


def _planned(subject: SubjectId, weekly: int) -> PlannedSubject:
    return PlannedSubject(subject=subject, hours_a_week=weekly, hours_a_year=weekly * WEEKS_A_YEAR)


def _day_of_lesson(lesson: int, weekly: int, days: Sequence[date]) -> date:
    """Return the first day of the week in which a course gets to a lesson."""
    return days[min(lesson // weekly * _SCHOOL_DAYS_A_WEEK, len(days) - 1)]
