"""The set-up looked at as a whole: the made-up school fits together, and one thing changed is one thing found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.control.deadlines import Deadlines
from gateway.model.attestation_checks import attestation_findings
from gateway.model.curriculum import AttestationPlan, ControlWork
from gateway.model.grading import GradingScale
from gateway.model.ids import ClassId, PupilId
from gateway.model.journal_records import RecordKind, Stored
from gateway.model.readiness import Section
from gateway.model.school import GroupKind, Period, PeriodKind, SchoolClass, StudyGroup
from gateway.model.setup_findings import setup_findings
from gateway.model.setup_progress import SetupFacts, setup_progress
from gateway.model.timetable import ServiceKind
from gateway.sandbox.school import SampleSchool, schools, setup_batch
from tests.diary_world import SCHOOL, World
from tests.rules_world import ANNA, CLASS_5, GROUP, MATHS, START

YEAR = 2026
DAY = date(YEAR, 9, 15)


@pytest.fixture(scope="module")
def sample() -> SampleSchool:
    return next(schools(200, year=YEAR))


@pytest.fixture(scope="module")
def facts(sample: SampleSchool) -> SetupFacts:
    batch = setup_batch(sample)
    pupils: defaultdict[ClassId, set[PupilId]] = defaultdict(set)
    for place in sample.enrollments:
        if place.covers(DAY):
            pupils[place.school_class].add(place.pupil)
    return SetupFacts(
        year=YEAR,
        today=DAY,
        classes=sample.classes,
        pupils={one: frozenset(there) for one, there in pupils.items()},
        decided={pupil for there in pupils.values() for pupil in there},
        periods=batch.periods,
        vacations=batch.vacations,
        subjects=batch.subjects,
        groups=batch.groups,
        regimes=batch.regimes,
        curricula=batch.curricula,
        individual_plans=batch.individual_plans,
        thematic_plans=batch.thematic_plans,
        loads=batch.loads,
        slots=batch.slots,
        control_works=[],
        appointments=batch.appointments,
        attestation_plans=batch.attestation_plans,
        rooms=batch.rooms,
        scales=batch.scales,
        absence_codes=batch.absence_codes,
        staff=len(sample.staff),
    )


def codes(facts: SetupFacts) -> Counter[str]:
    return Counter(one.code for one in setup_findings(facts))


def test_the_made_up_school_fits_together_and_is_ready(facts: SetupFacts, sample: SampleSchool) -> None:
    assert codes(facts) == Counter()
    complete = replace(facts, control_works=setup_batch(sample).control_works)
    assert [name for name, found in setup_progress(complete).items() if not found.is_complete] == []


def test_a_pupil_who_left_a_group_of_the_plan_misses_its_subject(facts: SetupFacts) -> None:
    """R-ACAD-09, and R-ACAD-10: a club is no second place in a subject."""
    place, group = next((n, one) for n, one in enumerate(facts.groups) if one.kind is GroupKind.SUBGROUP)
    left = replace(group, members=group.members[1:])
    found = list(setup_findings(replace(facts, groups=[*facts.groups[:place], left, *facts.groups[place + 1 :]])))
    assert [(one.code, one.record) for one in found] == [("setup.membership", group.members[0])]
    club = replace(group, id="club", kind=GroupKind.CLUB)
    assert "setup.membership" not in codes(replace(facts, groups=[*facts.groups, club]))
    assert "setup.membership" in codes(replace(facts, groups=[*facts.groups, replace(club, kind=group.kind)]))


def test_only_core_lessons_count_as_hours_of_the_plan(facts: SetupFacts) -> None:
    """R-ACAD-15."""
    core = next(one for one in facts.slots if one.school_class is not None)
    more = replace(core, id="more", weekday=7, service=ServiceKind.EXTRACURRICULAR)
    assert codes(replace(facts, slots=[*facts.slots, more])) == Counter()
    doubled = replace(more, service=ServiceKind.CORE)
    assert codes(replace(facts, slots=[*facts.slots, doubled])) == Counter({"setup.hours_differ": 1})


def test_each_check_is_asked(facts: SetupFacts) -> None:
    """R-ACAD-08, -11, -12, -16, -17, -19, R-JRNL-08."""
    slot, regime, code = facts.slots[0], facts.regimes[0], facts.absence_codes[0]
    twice = replace(slot, id="twice", service=ServiceKind.ADDITIONAL)
    found = codes(replace(facts, slots=[*facts.slots, twice]))
    assert found >= Counter({"setup.room_clash": 1, "setup.teacher_clash": 1})
    assert codes(replace(facts, regimes=[*facts.regimes, replace(regime, id="twice")])) == {"setup.regime": 1}
    other = next(one.kind for one in facts.absence_codes if one.kind is not code.kind)
    ambiguous = replace(code, id="twice", kind=other)
    assert codes(replace(facts, absence_codes=[*facts.absence_codes, ambiguous])) == {"setup.absence_code_ambiguous": 1}
    scale = GradingScale(id="twice", name="5", lowest=1, highest=5)
    assert codes(replace(facts, scales=[scale, replace(scale, id="again")])) == {"setup.scales_overlap": 1}
    stream = StudyGroup(id="s", name="Поток", kind=GroupKind.SUBJECT_STREAM, subject="none", members=())
    assert codes(replace(facts, groups=[*facts.groups, stream])) == {"setup.stream_small": 1}
    work = ControlWork(id="w", subject=MATHS, day=DAY, form="Тест", school_class=facts.classes[0].id)
    assert codes(replace(facts, control_works=[work, replace(work, id="w2")])) == {"setup.control_works_clash": 1}


FIFTH = SchoolClass(id=CLASS_5, source_id="1", year=YEAR, grade=5, letter="А")
QUARTER = Period(id="q1", year=YEAR, kind=PeriodKind.QUARTER, number=1, start=START, end=date(YEAR, 10, 25))
PLAN = AttestationPlan(
    id="a", year=YEAR, subject=MATHS, grade=5, form="Диктант", times_a_period=2, document="Положение"
)
FIRST = ControlWork(id="w1", subject=MATHS, day=DAY, form="диктант ", school_class=CLASS_5)
SECOND = replace(FIRST, id="w2", day=date(YEAR, 10, 25), school_class=None, group=GROUP)
OVER = SetupFacts(
    year=YEAR,
    today=date(YEAR, 10, 26),
    classes=[FIFTH, replace(FIFTH, id="6А", grade=6)],
    pupils={CLASS_5: frozenset({ANNA})},
    periods=[QUARTER, replace(QUARTER, id="y", kind=PeriodKind.YEAR)],
    groups=[StudyGroup(id=GROUP, name="1", kind=GroupKind.SUBGROUP, subject=MATHS, members=(ANNA,))],
    attestation_plans=[PLAN],
    control_works=[FIRST, SECOND],
)


def test_attestation_has_form_and_number_of_the_local_act() -> None:
    """R-ATT-05."""
    assert list(attestation_findings(OVER)) == []
    for wrong in (
        replace(SECOND, form="Тест"),
        replace(SECOND, subject="russian"),
        replace(SECOND, day=date(YEAR, 10, 26)),
        replace(SECOND, day=FIRST.day),
        replace(SECOND, group="of others"),
    ):
        (found,) = attestation_findings(replace(OVER, control_works=[FIRST, wrong]))
        assert (found.code, found.record, found.rule) == ("setup.attestation_missing", CLASS_5, "R-ATT-05")
        assert "1" in found.text.en


def test_attestation_of_a_period_that_lasts_or_of_other_grades_is_not_looked_at() -> None:
    """R-ATT-05."""
    without = replace(OVER, control_works=[])
    assert list(attestation_findings(replace(without, today=QUARTER.end))) == []
    assert list(attestation_findings(replace(without, periods=[replace(QUARTER, last_grade=4)]))) == []
    assert list(attestation_findings(replace(without, attestation_plans=[replace(PLAN, year=2025)]))) == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_the_findings_are_read_from_the_database(world: World) -> None:
    deadlines = Deadlines(units=world.units(SCHOOL), clock=world.clock)
    assert {one.code for one in deadlines.setup_findings()} == {"setup.regime"}
    assert {one.section for one in deadlines.readiness().sections if one.progress.is_complete} >= {Section.CLASSES}
    scale = GradingScale(id="five", name="5", lowest=1, highest=5)
    with world.units(SCHOOL)() as unit:
        unit.journal.put(RecordKind.SCALES, [Stored(record=one, version=1) for one in (scale, replace(scale, id="x"))])
    assert {one.code for one in deadlines.setup_findings(YEAR)} == {"setup.regime", "setup.scales_overlap"}
