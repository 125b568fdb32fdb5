"""What of the set-up is missing shows in the report on readiness (R-ROST-01 … R-ACAD-20): each section by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.model.curriculum import Curriculum, IndividualPlan, PlannedSubject, Profile
from gateway.model.duties import Duty
from gateway.model.policy import Policy
from gateway.model.readiness import Progress, Section, readiness
from gateway.model.school import (
    Component,
    GroupKind,
    Period,
    PeriodKind,
    SchoolClass,
    StudyGroup,
    Subject,
    Vacation,
)
from gateway.model.setup_progress import SetupFacts, setup_progress
from gateway.model.timetable import Regime
from gateway.model.working_days import SchoolCalendar
from tests import rules_world as world
from tests.rules_world import ANNA, BORIS, CLASS_5, CLASS_10, DAY, GROUP, MATHS, START, TEACHER

FIFTH = SchoolClass(id=CLASS_5, source_id="1", year=2026, grade=5, letter="А", class_teacher=TEACHER)
TENTH = replace(FIFTH, id=CLASS_10, source_id="2", grade=10)
FACTS = SetupFacts(year=2026, today=DAY, classes=[FIFTH, TENTH])
QUARTER = Period(
    id="q", year=2026, kind=PeriodKind.QUARTER, number=1, start=START, end=date(2026, 10, 25), last_grade=9
)
HALF_YEAR = replace(QUARTER, id="h", kind=PeriodKind.HALF_YEAR, first_grade=10, last_grade=11)
AUTUMN = Vacation(
    id="v", year=2026, name="Осенние", start=date(2026, 10, 26), end=date(2026, 11, 3), first_grade=1, last_grade=9
)
HOURS = (PlannedSubject(subject=MATHS, hours_a_week=5, hours_a_year=170),)
PROFILE = Curriculum(
    id="c", year=2026, name="План", first_grade=10, last_grade=11, subjects=HOURS, profile=Profile.HUMANITIES
)
PLAN = IndividualPlan(id="i", pupil=ANNA, year=2026, valid_from=START, document="№ 5", subjects=HOURS)
ALONE = StudyGroup(id=GROUP, name="ИУП", kind=GroupKind.INDIVIDUAL, subject=MATHS, members=(ANNA,))


def progress(section: Section, **facts: object) -> Progress:
    return setup_progress(replace(FACTS, **facts))[section]  # type: ignore[arg-type]  # fields of the facts


def test_a_class_without_pupils_is_overdue_after_the_tenth_of_september() -> None:
    """R-ROST-01: the director looks on the 5th, the body of pupils is formed by the 10th (C-09)."""
    half = setup_progress(replace(FACTS, pupils={CLASS_5: frozenset({ANNA})}))
    assert half[Section.CONTINGENT] == Progress(done=1, total=2)
    calendar = SchoolCalendar(zone=world.ZONE)
    found = readiness(2026, half, calendar, Policy(), today=date(2026, 9, 12))
    assert calendar.day_of(found.control_at) == date(2026, 9, 5)
    assert {line.section: line.overdue_days for line in found.sections}[Section.CONTINGENT] == 2
    assert progress(Section.CONTINGENT, pupils={one: frozenset({ANNA}) for one in (CLASS_5, CLASS_10)}).is_complete


def test_every_class_needs_its_class_teacher() -> None:
    """R-ROST-02."""
    assert progress(Section.CLASS_TEACHERS).is_complete
    without = [FIFTH, replace(TENTH, class_teacher=None)]
    assert progress(Section.CLASS_TEACHERS, classes=without) == Progress(done=1, total=2)


def test_without_staff_the_section_is_open() -> None:
    """R-ROST-03."""
    assert not progress(Section.STAFF).is_complete
    assert progress(Section.STAFF, staff=1).is_complete


def test_a_group_without_pupils_is_the_class_teachers_to_fill() -> None:
    """R-ROST-08."""
    empty = replace(ALONE, kind=GroupKind.SUBGROUP, members=())
    counts = setup_progress(replace(FACTS, groups=[empty, replace(empty, members=(BORIS,))]))
    assert counts[Section.GROUPS] == Progress(done=1, total=2)
    found = readiness(2026, counts, SchoolCalendar(zone=world.ZONE), Policy(), today=DAY)
    assert {line.section: line.responsible for line in found.sections}[Section.GROUPS] is Duty.CLASS_TEACHER


def test_every_grade_needs_periods_and_vacations_of_its_own() -> None:
    """R-ACAD-01, R-ACAD-02: quarters of grades 1 to 9 say nothing of grade 10, and the year is no study period."""
    year = replace(QUARTER, id="y", kind=PeriodKind.YEAR, last_grade=11)
    assert progress(Section.PERIODS, periods=[year]) == Progress(done=0, total=2)
    assert progress(Section.PERIODS, periods=[year, QUARTER]) == Progress(done=1, total=2)
    assert progress(Section.PERIODS, periods=[QUARTER, HALF_YEAR]).is_complete
    assert progress(Section.PERIODS, periods=[QUARTER, replace(HALF_YEAR, year=2025)]) == Progress(done=1, total=2)
    assert progress(Section.VACATIONS, vacations=[AUTUMN]) == Progress(done=1, total=2)
    assert progress(Section.VACATIONS, vacations=[replace(AUTUMN, last_grade=11)]).is_complete


def test_subjects_of_the_federal_plan_are_needed_those_of_the_school_may_be() -> None:
    """R-ACAD-03, R-ACAD-04."""
    federal = Subject(id=MATHS, name="Математика", federal_code="020101")
    own = Subject(id="chess", name="Шахматы", component=Component.SCHOOL)
    assert not progress(Section.FEDERAL_SUBJECTS, subjects=[own]).is_complete
    assert progress(Section.FEDERAL_SUBJECTS, subjects=[federal, own]) == Progress(done=1, total=1)
    assert progress(Section.SCHOOL_SUBJECTS, subjects=[federal]) == Progress(done=0, total=0)
    assert progress(Section.SCHOOL_SUBJECTS, subjects=[federal, own]) == Progress(done=1, total=1)


@pytest.mark.parametrize("profile", [one for one in Profile if one is not Profile.NONE])
def test_the_curriculum_of_a_profile_has_to_be_approved(profile: Profile) -> None:
    """R-ACAD-05, R-ACAD-06: it is a section of its own, and the curriculum of the grades that have it."""
    draft = replace(PROFILE, profile=profile)
    assert progress(Section.PROFILE_CURRICULA, curricula=[draft]) == Progress(done=0, total=1)
    assert progress(Section.CURRICULUM, curricula=[draft]) == Progress(done=0, total=2)
    approved = replace(draft, approved_on=START)
    assert progress(Section.PROFILE_CURRICULA, curricula=[approved]).is_complete
    assert progress(Section.CURRICULUM, curricula=[approved]) == Progress(done=1, total=2)
    main = replace(approved, id="m", profile=Profile.NONE, first_grade=1, last_grade=9)
    assert progress(Section.CURRICULUM, curricula=[approved, main]).is_complete
    assert progress(Section.CURRICULUM, curricula=[approved, replace(main, approved_on=None)]).done == 1


def test_an_individual_plan_and_its_lessons_need_each_other() -> None:
    """R-ACAD-07."""
    planned, taught = {"individual_plans": [PLAN]}, {"groups": [ALONE]}
    assert progress(Section.INDIVIDUAL_PUPILS, **planned) == Progress(done=0, total=1)
    assert progress(Section.INDIVIDUAL_PLANS, **taught) == Progress(done=0, total=1)
    for section in (Section.INDIVIDUAL_PUPILS, Section.INDIVIDUAL_PLANS):
        assert progress(section, **planned, **taught) == Progress(done=1, total=1)


def test_classes_and_groups_need_a_regime_each() -> None:
    """R-ACAD-12: also the group of a pupil on an individual plan, and a stream."""
    regime = Regime(id="r", days_a_week=5, bells="b", valid_from=START, school_class=CLASS_5)
    of_group = replace(regime, id="g", school_class=None, group=GROUP)
    for group in (ALONE, replace(ALONE, kind=GroupKind.SUBJECT_STREAM)):
        assert progress(Section.REGIMES, groups=[group], regimes=[regime]) == Progress(done=1, total=3)
        assert progress(Section.REGIMES, groups=[group], regimes=[regime, of_group]) == Progress(done=2, total=3)


@pytest.mark.parametrize("kind", [PeriodKind.TRIMESTER, PeriodKind.MODULE])
def test_a_school_may_divide_its_year_as_it_likes(kind: PeriodKind) -> None:
    """R-ACAD-20: marks are summed up by trimesters or modules as they are by quarters."""
    journal = world.MemoryJournal().hold(*(one for one in world.frame() if not isinstance(one, Period)))
    part = replace(QUARTER, id="part", kind=kind, end=date(2026, 11, 22))
    assert journal.post(world.batch_of(part, world.lesson(), world.period_mark(period="part"))).faults == {}
    outside = world.lesson("L-2", day=date(2026, 11, 23))
    late = world.at(date(2026, 11, 24), 9)
    found = journal.post(world.batch_of(outside), now=late).faults
    assert {fault.code for faults in found.values() for fault in faults} == {"journal.outside_period"}
