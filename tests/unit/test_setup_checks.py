"""What a look at the whole set-up shows: each check with what it finds and what it leaves alone (R-ACAD-08 … 19)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from gateway.errors import Fault
from gateway.model import setup_checks as checks
from gateway.model.attendance import AbsenceCode, AbsenceKind
from gateway.model.curriculum import ControlWork, Curriculum, PlannedSubject
from gateway.model.grading import GradingScale
from gateway.model.school import GroupKind, StudyGroup
from gateway.model.timetable import Regime, Room, TeachingLoad, TimetableSlot
from tests.rules_world import ANNA, BORIS, CLASS_5, DAY, ENGLISH, GROUP, MATHS, OTHER_5, START, TEACHER

SLOT = TimetableSlot(
    id="s1", weekday=1, number=1, subject=MATHS, teacher=TEACHER, valid_from=START, school_class=CLASS_5, room="r"
)
LOAD = TeachingLoad(
    id="l", year=2026, teacher=TEACHER, subject=MATHS, hours_a_week=1, valid_from=START, school_class=CLASS_5
)
HALF = StudyGroup(id=GROUP, name="1", kind=GroupKind.SUBGROUP, subject=ENGLISH, members=(ANNA,))
ENDED = date(2026, 9, 10)


def found(findings: Iterable[Fault]) -> list[tuple[str, str | None, str | None]]:
    return [(one.code, one.record, one.rule) for one in findings]


def test_rooms_and_teachers_are_in_one_place_at_a_time() -> None:
    other = replace(SLOT, id="s2", school_class=OTHER_5)
    assert found(checks.room_findings([SLOT, other], DAY)) == [("setup.room_clash", "s2", "R-ACAD-08")]
    assert found(checks.teacher_findings([SLOT, other], DAY)) == [("setup.teacher_clash", "s2", "R-ACAD-16")]
    for apart in (replace(other, number=2), replace(other, weekday=2), replace(other, valid_to=ENDED)):
        assert not found(checks.room_findings([SLOT, apart], DAY))
        assert not found(checks.teacher_findings([SLOT, apart], DAY))
    assert not found(checks.room_findings([replace(SLOT, room=None), replace(other, room=None)], DAY))


def test_a_stream_is_large_and_fits_into_its_room() -> None:
    stream = replace(HALF, kind=GroupKind.SUBJECT_STREAM, members=tuple(f"p{number}" for number in range(31)))
    taught = [replace(SLOT, school_class=None, group=GROUP)]
    large, small = ({"r": Room(id="r", name="1", capacity=places)} for places in (31, 30))
    assert found(checks.stream_findings([stream, HALF], taught, large, DAY)) == []
    assert found(checks.stream_findings([stream], taught, small, DAY)) == [("setup.room_small", GROUP, "R-ACAD-08")]
    few = replace(stream, members=stream.members[:30])
    assert found(checks.stream_findings([few], taught, large, DAY)) == [("setup.stream_small", GROUP, "R-ACAD-11")]


def test_each_pupil_is_taught_each_subject_once() -> None:
    members, planned = {CLASS_5: [ANNA, BORIS]}, {CLASS_5: [MATHS, ENGLISH]}
    other = replace(HALF, id="g2", members=(BORIS,))
    assert found(checks.membership_findings(members, planned, [LOAD], [HALF, other], DAY)) == []
    assert found(checks.membership_findings(members, planned, [LOAD], [HALF], DAY)) == [
        ("setup.membership", BORIS, "R-ACAD-09")
    ]
    twice = replace(other, members=(ANNA, BORIS))
    assert found(checks.membership_findings(members, planned, [LOAD], [HALF, twice], DAY)) == [
        ("setup.membership", ANNA, "R-ACAD-09")
    ]


def test_plan_load_and_timetable_have_the_same_hours() -> None:
    hours = PlannedSubject(subject=MATHS, hours_a_week=1, hours_a_year=34)
    plan = Curriculum(id="c", year=2026, name="План", first_grade=5, last_grade=5, subjects=(hours,))
    assert found(checks.hours_findings([plan], {CLASS_5: 5}, [LOAD], [SLOT], DAY)) == []
    differ = [("setup.hours_differ", CLASS_5, "R-ACAD-15")]
    assert found(checks.hours_findings([plan], {CLASS_5: 5}, [LOAD], [], DAY)) == differ
    assert found(checks.hours_findings([plan], {CLASS_5: 5}, [replace(LOAD, hours_a_week=2)], [SLOT], DAY)) == differ
    assert found(checks.hours_findings([plan], {CLASS_5: 6}, [LOAD], [], DAY)) == []


def test_every_class_has_one_regime() -> None:
    regime = Regime(id="g", days_a_week=5, bells="b", valid_from=START, school_class=CLASS_5)
    assert found(checks.regime_findings([regime], [CLASS_5], DAY)) == []
    assert found(checks.regime_findings([regime, replace(regime, id="g2")], [CLASS_5, OTHER_5], DAY)) == [
        ("setup.regime", CLASS_5, "R-ACAD-12"),
        ("setup.regime", OTHER_5, "R-ACAD-12"),
    ]


def test_one_control_work_a_day() -> None:
    work = ControlWork(id="w", subject=MATHS, day=DAY, form="тест", school_class=CLASS_5)
    others = [replace(work, id="w2", day=START), replace(work, id="w3", school_class=OTHER_5)]
    assert found(checks.control_work_findings([work, *others])) == []
    assert found(checks.control_work_findings([work, replace(work, id="w4", subject=ENGLISH)])) == [
        ("setup.control_works_clash", "w4", "R-ACAD-17")
    ]


def test_a_code_means_one_kind_of_absence() -> None:
    code = AbsenceCode(id="c", source="platform", code="Б", kind=AbsenceKind.ILLNESS)
    assert found(checks.absence_code_findings([code, replace(code, id="c2", source="other")])) == []
    assert found(checks.absence_code_findings([code, replace(code, id="c2", kind=AbsenceKind.LATE)])) == [
        ("setup.absence_code_ambiguous", "c2", "R-JRNL-08")
    ]


def test_scales_do_not_overlap() -> None:
    scale = GradingScale(id="five", name="5", lowest=1, highest=5, first_grade=2, last_grade=9)
    senior = replace(scale, id="ten", first_grade=10, last_grade=11)
    assert found(checks.scale_findings([scale, senior, replace(scale, id="own", subject=MATHS)])) == []
    assert found(checks.scale_findings([scale, replace(senior, first_grade=9)])) == [
        ("setup.scales_overlap", "ten", "R-ACAD-19")
    ]
