"""Rules over the frame of the year: each record as it may be, and wrong in one way (R-ACAD, R-ROST-08, C-20)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from gateway.model.curriculum import Curriculum, IndividualPlan, PlannedSubject, PlanTopic, Profile, ThematicPlan
from gateway.model.grading import GradingScale, MarkSign
from gateway.model.journal_records import RecordKind
from gateway.model.rules import clauses
from gateway.model.school import (
    AcademicYear,
    DatedMember,
    GroupKind,
    Period,
    PeriodKind,
    PolicySetting,
    SpecialDay,
    StudyGroup,
    YearState,
)
from gateway.model.timetable import (
    Bell,
    BellSchedule,
    LessonTransfer,
    Regime,
    Room,
    SubstitutionOrder,
    TeachingLoad,
    TimetableSlot,
)
from tests import rules_world as world
from tests.rules_world import ANNA, CLASS_5, DAY, GROUP, MATHS, OTHER, START, TEACHER, broken, opened

BELLS = BellSchedule(
    id="b",
    name="Звонки",
    lessons=(Bell(number=1, start=time(9), end=time(9, 45)), Bell(number=2, start=time(9, 55), end=time(10, 40))),
)
HOURS = (PlannedSubject(subject=MATHS, hours_a_week=5, hours_a_year=170),)
TOPICS = (PlanTopic(number=1, title="Дроби"), PlanTopic(number=2, title="Проценты"))
CURRICULUM = Curriculum(id="c", year=2026, name="План", first_grade=5, last_grade=5, subjects=HOURS)
PLAN = ThematicPlan(id="t", year=2026, subject=MATHS, grade=5, name="КТП", topics=TOPICS, school_class=CLASS_5)
LOAD = TeachingLoad(
    id="l", year=2026, teacher=TEACHER, subject=MATHS, hours_a_week=5, valid_from=START, school_class=CLASS_5
)
SLOT = TimetableSlot(
    id="s", weekday=1, number=1, subject=MATHS, teacher=TEACHER, valid_from=START, school_class=CLASS_5, room="r"
)
SCALE = GradingScale(id="ten", name="10", lowest=1, highest=10, pass_threshold=4, signs=(MarkSign.PASSED,))
REGIME = Regime(id="g", days_a_week=5, bells="b", valid_from=START, school_class=CLASS_5)
ORDER = SubstitutionOrder(
    id="o",
    day=DAY,
    number=1,
    subject=MATHS,
    planned=TEACHER,
    actual=OTHER,
    reason="болезнь",
    document="Приказ № 1",
    registered_by=TEACHER,
    school_class=CLASS_5,
)
TRANSFER = LessonTransfer(
    id="x",
    subject=MATHS,
    from_day=DAY,
    from_number=1,
    to_day=DAY,
    to_number=2,
    reason="совещание",
    registered_by=TEACHER,
    school_class=CLASS_5,
)
INDIVIDUAL = IndividualPlan(id="i", pupil=ANNA, year=2026, valid_from=START, document="Приказ № 5", subjects=HOURS)
QUARTER = Period(
    id="q3",
    year=2026,
    kind=PeriodKind.QUARTER,
    number=3,
    start=date(2027, 1, 11),
    end=date(2027, 3, 20),
    first_grade=1,
    last_grade=9,
)
STREAM = StudyGroup(
    id="stream",
    name="Поток",
    kind=GroupKind.SUBJECT_STREAM,
    subject=MATHS,
    members=(),
    dated=(
        DatedMember(pupil=ANNA, valid_from=START, valid_to=DAY),
        DatedMember(pupil=ANNA, valid_from=date(2026, 10, 1)),
    ),
)
HOLIDAY = SpecialDay(id="h", day=date(2026, 11, 20), name="Карантин")
SETTING = PolicySetting(id="lock_level", value="full", decided_on=DAY, document="Приказ № 7")
ROOM = Room(id="r", name="12", capacity=30)


@pytest.mark.parametrize(
    "record",
    [
        BELLS,
        CURRICULUM,
        PLAN,
        LOAD,
        SLOT,
        SCALE,
        REGIME,
        ORDER,
        TRANSFER,
        INDIVIDUAL,
        QUARTER,
        STREAM,
        HOLIDAY,
        SETTING,
    ],
    ids=lambda record: type(record).__name__,
)
def test_the_frame_as_it_may_be(record: Any) -> None:
    held = opened().hold(BELLS, ROOM)
    assert broken(held.post(world.batch_of(record)).faults) == {}


WRONG = [
    (replace(BELLS, lessons=()), ("journal.bells_empty", "lessons", "R-ACAD-12")),
    (replace(BELLS, lessons=BELLS.lessons[::-1]), ("journal.bells_order", "lessons", "R-ACAD-12")),
    (
        replace(BELLS, lessons=(replace(BELLS.lessons[0], end=time(9, 56)), BELLS.lessons[1])),
        ("journal.bells_order", "lessons", "R-ACAD-12"),
    ),
    (replace(CURRICULUM, last_grade=4), ("journal.grades_reversed", "lastGrade", "R-ACAD-05")),
    (replace(CURRICULUM, subjects=HOURS * 2), ("journal.planned_subjects", "subjects", "R-ACAD-05")),
    (
        replace(CURRICULUM, subjects=(replace(HOURS[0], hours_a_year=3),)),
        ("journal.planned_hours", "subjects.hoursAYear", "R-ACAD-05"),
    ),
    (replace(CURRICULUM, profile=Profile.OTHER), ("journal.profile_name", "profileName", "R-ACAD-06")),
    (replace(INDIVIDUAL, subjects=()), ("journal.planned_subjects", "subjects", "R-ACAD-07")),
    (replace(PLAN, topics=TOPICS + TOPICS[:1]), ("journal.plan_topics", "topics", "R-ACAD-14")),
    (replace(PLAN, group=GROUP), ("journal.plan_addressee", "class", "R-ACAD-14")),
    (replace(PLAN, grade=6), ("journal.plan_grade", "grade", "R-ACAD-14")),
    (replace(LOAD, school_class=None), ("journal.exactly_one", "class", "R-ACAD-13")),
    (replace(LOAD, valid_to=date(2026, 8, 1)), ("journal.days_reversed", "validTo", "R-ACAD-13")),
    (replace(SLOT, group=GROUP), ("journal.exactly_one", "class", "R-ACAD-16")),
    (replace(SLOT, teacher="x"), ("journal.unknown_teacher", "teacher", "R-ACAD-16")),
    (replace(SLOT, room="x"), ("journal.unknown_room", "room", "R-ACAD-08")),
    (replace(REGIME, bells="x"), ("journal.unknown_bell_schedule", "bells", "R-ACAD-12")),
    (replace(REGIME, school_class=None), ("journal.exactly_one", "class", "R-ACAD-12")),
    (replace(SCALE, highest=None, pass_threshold=None), ("journal.scale_empty", "lowest", "R-ACAD-19")),
    (replace(SCALE, highest=0, pass_threshold=None), ("journal.scale_reversed", "highest", "R-ACAD-19")),
    (replace(SCALE, pass_threshold=11), ("journal.scale_threshold", "passThreshold", "R-MARK-14")),
    (replace(ORDER, actual=TEACHER), ("journal.substitution_same_teacher", "actual", "R-JRNL-12")),
    (replace(TRANSFER, to_number=1), ("journal.transfer_nowhere", "toDay", "R-JRNL-13")),
    (replace(QUARTER, end=date(2027, 9, 20)), ("journal.period_outside_year", "start", "R-ACAD-01")),
    (replace(QUARTER, start=date(2026, 12, 1)), ("journal.period_overlap", "start", "R-ACAD-01")),
    (replace(STREAM, members=(ANNA,)), ("journal.member_overlap", "dated.pupil", "R-ROST-08")),
    (
        replace(STREAM, dated=(replace(STREAM.dated[0], valid_to=date(2026, 8, 1)),)),
        ("journal.days_reversed", "dated.validTo", "R-ROST-08"),
    ),
    (
        replace(STREAM, dated=(replace(STREAM.dated[0], pupil="x"),)),
        ("journal.unknown_pupil", "dated.pupil", "R-ROST-01"),
    ),
    (replace(SETTING, id="no_such"), ("journal.policy_unknown", "id", "R-ROLE-15")),
    (replace(SETTING, value="open"), ("journal.policy_value", "value", "C-08")),
    (replace(SETTING, decided_on=date(2026, 9, 16)), ("journal.in_future", "decidedOn", "R-ACAD-23")),
]


@pytest.mark.parametrize(("record", "fault"), WRONG, ids=lambda part: part[0] if isinstance(part, tuple) else None)
def test_the_frame_wrong_in_one_way(record: Any, fault: Any) -> None:
    held = opened().hold(BELLS, ROOM)
    (found,) = broken(held.post(world.batch_of(record)).faults).values()
    assert fault in found


def test_a_day_is_special_once() -> None:
    held = opened().hold(HOLIDAY)
    assert broken(held.post(world.batch_of(replace(HOLIDAY, id="h2"))).faults) == {
        ("special_days", 0): {("journal.special_day_repeated", "day", "R-ACAD-12")}
    }
    assert held.post(world.batch_of(replace(HOLIDAY, name="Праздник"))).faults == {}


NEXT = AcademicYear(id="2027", year=2027, start=date(2027, 9, 1), end=date(2028, 8, 30))
SUMMER, AUTUMN = datetime(2027, 7, 15, tzinfo=UTC), datetime(2027, 9, 3, tzinfo=UTC)


def year(state: YearState) -> AcademicYear:
    (found,) = world.opened().records(RecordKind.YEARS)
    return replace(found, state=state)


def test_a_year_never_goes_back() -> None:
    for earlier, later in zip(YearState, list(YearState)[1:], strict=False):
        held = world.MemoryJournal().hold(*world.frame(later))
        back = held.post(world.batch_of(year(earlier))).faults
        assert any(fault.code == "journal.year_state_back" for fault in back[RecordKind.YEARS, 0])
        held = world.MemoryJournal().hold(*world.frame(earlier))
        forward = held.post(world.batch_of(year(later))).faults
        closing = {("years", 0): {("journal.year_closing", "state", "R-ACAD-22")}}
        assert broken(forward) == (closing if later is YearState.CLOSED else {})


def test_a_year_that_was_closed_elsewhere_comes_as_it_is() -> None:
    """R-ACAD-22: nothing was written in it here, so nothing of it can be missing."""
    past = replace(NEXT, id="2020", year=2020, start=date(2020, 9, 1), end=date(2021, 8, 30), state=YearState.CLOSED)
    journal = world.opened()
    assert journal.post(world.batch_of(past)).faults == {}
    assert journal.post(world.batch_of(past)).faults == {}


def test_a_year_is_not_born_closed_before_it_is_over() -> None:
    for one in (year(YearState.CLOSED), replace(NEXT, state=YearState.CLOSED)):
        found = broken(world.MemoryJournal().post(world.batch_of(one), now=SUMMER).faults)
        assert found == {("years", 0): {("journal.year_closing", "state", "R-ACAD-22")}}


def test_a_second_year_is_opened_in_summer_only() -> None:
    held = world.MemoryJournal().hold(*world.frame(YearState.CLOSING))
    second = world.batch_of(replace(NEXT, state=YearState.OPEN))
    assert broken(held.copy().post(second, now=AUTUMN).faults) == {
        ("years", 0): {("journal.year_open_already", "state", "C-20")}
    }
    assert held.copy().post(world.batch_of(NEXT), now=AUTUMN).faults == {}
    assert held.post(second, now=SUMMER).faults == {}
    third = replace(NEXT, id="2028", year=2028, start=date(2028, 9, 1), end=date(2029, 8, 30), state=YearState.OPEN)
    assert held.post(world.batch_of(third), now=SUMMER).faults
    held.hold(year(YearState.CLOSED))
    assert held.post(world.batch_of(replace(NEXT, state=YearState.CLOSING)), now=AUTUMN).faults == {}


def test_years_do_not_overlap() -> None:
    late = replace(NEXT, start=date(2027, 8, 30))
    assert broken(opened().post(world.batch_of(late)).faults) == {
        ("years", 0): {("journal.year_overlap", "start", "R-ACAD-20")}
    }


CITED = re.compile(r"""["']((?:R-[A-Z]+|C)-\d\d)["']""")
GATEWAY = Path(str(files("gateway")))


def test_every_rule_that_is_cited_has_words() -> None:
    cited = {rule for file in GATEWAY.rglob("*.py") for rule in CITED.findall(file.read_text("utf-8"))}
    assert len(cited) > 100
    assert cited - clauses.CLAUSES.keys() == set()
    for rule, words in clauses.CLAUSES.items():
        assert words.ru.endswith("."), rule
        assert words.en.endswith("."), rule
    assert clauses.clause_of("R-MARK-08")
    assert clauses.clause_of("RFC 9110, 8.3") is None
