"""Rules over what is to be taught: curricula, individual and thematic plans, control works (R-ACAD-05..07, 14, 17)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.errors import Fault, Party, Text
from gateway.model.curriculum import Curriculum, IndividualPlan, PlannedSubject, Profile, ThematicPlan
from gateway.model.rules.calendar import grade_order_faults
from gateway.model.rules.view import JournalView


def curriculum_faults(curriculum: Curriculum, _view: JournalView) -> Iterator[Fault]:
    """Hold a curriculum against R-ACAD-05 and R-ACAD-06: each subject once, a profile of its own has a name."""
    yield from grade_order_faults(curriculum, rule="R-ACAD-05")
    yield from _planned_faults(curriculum.subjects, rule="R-ACAD-05")
    if (curriculum.profile is Profile.OTHER) != bool(curriculum.profile_name):
        yield Fault(
            code="journal.profile_name",
            text=Text(
                ru="Название профиля указывается тогда и только тогда, когда профиль – «другой».",
                en="A profile has a name of its own if, and only if, it is 'other'.",
            ),
            field="profileName",
            rule="R-ACAD-06",
            who=Party.DEPUTY,
        )


def individual_plan_faults(plan: IndividualPlan, _view: JournalView) -> Iterator[Fault]:
    """Hold an individual study plan against R-ACAD-07: each subject once."""
    yield from _planned_faults(plan.subjects, rule="R-ACAD-07")


def thematic_plan_faults(plan: ThematicPlan, view: JournalView) -> Iterator[Fault]:
    """Hold a thematic plan against R-ACAD-14: topics that can be told apart, for its own grade."""
    numbers = [topic.number for topic in plan.topics]
    if not numbers or len(set(numbers)) != len(numbers):
        yield Fault(
            code="journal.plan_topics",
            text=Text(
                ru="В КТП должны быть темы, и у каждой – свой номер.",
                en="A thematic plan has topics, each with a number of its own.",
            ),
            field="topics",
            rule="R-ACAD-14",
            who=Party.SUBJECT_TEACHER,
        )
    if plan.school_class is not None and plan.group is not None:
        yield Fault(
            code="journal.plan_addressee",
            text=Text(
                ru="КТП относится к параллели, к одному классу или к одной группе.",
                en="A thematic plan is for a grade, for one class or for one group.",
            ),
            field="class",
            rule="R-ACAD-14",
            who=Party.SUBJECT_TEACHER,
        )
    if plan.school_class is not None and view.reference.grades.get(plan.school_class, plan.grade) != plan.grade:
        yield Fault(
            code="journal.plan_grade",
            text=Text(ru="КТП составлен для другой параллели.", en="The thematic plan is for another grade."),
            field="grade",
            rule="R-ACAD-14",
            who=Party.SUBJECT_TEACHER,
        )


def _planned_faults(subjects: Sequence[PlannedSubject], *, rule: str) -> Iterator[Fault]:
    named = [planned.subject for planned in subjects]
    if not named or len(set(named)) != len(named):
        yield Fault(
            code="journal.planned_subjects",
            text=Text(
                ru="В плане должны быть предметы, и каждый – один раз.",
                en="A plan has subjects, each of them once.",
            ),
            field="subjects",
            rule=rule,
            who=Party.DEPUTY,
        )
    for planned in subjects:
        if planned.hours_a_year < planned.hours_a_week:
            yield Fault(
                code="journal.planned_hours",
                text=Text(
                    ru=f"Часов по предмету {planned.subject} за год меньше, чем за неделю.",
                    en=f"Subject {planned.subject} has fewer hours a year than a week.",
                ),
                field="subjects.hoursAYear",
                rule=rule,
                who=Party.DEPUTY,
            )
