"""What keeps a school year from being closed, and what is to be done in it by named days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import Fault, Party
from gateway.model.deadlines import Counting, DutyState
from gateway.model.duties import ControlCheck, ControlKind
from gateway.model.ids import (
    ClassId,
    CorrectionId,
    GroupId,
    LessonId,
    PeriodId,
    PupilId,
    RecordId,
    StaffId,
    SubjectId,
    YearId,
)
from gateway.model.journal import Lesson, PeriodMark
from gateway.model.movement import MovementKind
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import Correction, Decision
from gateway.model.period_duties import PeriodFacts
from gateway.model.policy import ArchivePeriods, Policy
from gateway.model.school import AcademicYear, GroupKind, Period, PeriodKind, SchoolClass, StudyGroup, YearState
from gateway.model.setup_progress import SetupFacts
from gateway.model.working_days import SchoolCalendar
from gateway.model.year_closing import ClosingFacts, closing_findings, to_archive
from gateway.model.year_duties import YearDuty, YearFacts, YearTask, year_duties

MOSCOW = ZoneInfo("Europe/Moscow")
COUNTING = Counting(calendar=SchoolCalendar(zone=MOSCOW))
FIFTH, MATHS, ANNA, IVANOVA = ClassId("5A"), SubjectId("maths"), PupilId("anna"), StaffId("ivanova")
YEAR = AcademicYear(id=YearId("2026"), year=2026, start=date(2026, 9, 1), end=date(2027, 8, 30), state=YearState.OPEN)
NEXT = replace(
    YEAR, id=YearId("2027"), year=2027, start=date(2027, 9, 1), end=date(2028, 8, 30), state=YearState.PLANNING
)
QUARTER = Period(
    id=PeriodId("Q4"), year=2026, kind=PeriodKind.QUARTER, number=4, start=date(2027, 4, 1), end=date(2027, 5, 28)
)
WHOLE = replace(QUARTER, id=PeriodId("Y"), kind=PeriodKind.YEAR, number=1, start=date(2026, 9, 1))
TAUGHT = Lesson(
    id=LessonId("L"),
    day=date(2027, 5, 20),
    number=1,
    starts_at=datetime(2027, 5, 20, 6, 0, tzinfo=UTC),
    ends_at=datetime(2027, 5, 20, 6, 45, tzinfo=UTC),
    subject=MATHS,
    teacher=IVANOVA,
    topic="Дроби",
    school_class=FIFTH,
)
MARKS = [
    PeriodMark(id=RecordId(f"P-{period.id}"), pupil=ANNA, subject=MATHS, period=period.id, value=5)
    for period in (QUARTER, WHOLE)
]
SHEETS = PeriodFacts(
    periods=[QUARTER, WHOLE],
    grades={(FIFTH, None): 5},
    pupils={(FIFTH, None): frozenset({ANNA})},
    lessons=[TAUGHT],
    period_marks=MARKS,
)
FILES = [(period.id, FIFTH) for period in (QUARTER, WHOLE)]
READY = ClosingFacts(
    year=YEAR,
    today=date(2027, 8, 20),
    periods=[QUARTER, WHOLE],
    marks=[SHEETS],
    due_files=FILES,
    signed_files=frozenset(FILES),
)
MOVED = MovementOrder(
    id=RecordId("M"),
    pupil=ANNA,
    kind=MovementKind.DEPARTURE,
    happened_on=date(2027, 6, 1),
    document="№ 2",
    informed_at=datetime(2027, 6, 1, 9, 0, tzinfo=UTC),
)
ASKED = Correction(
    id=CorrectionId("C"),
    record_kind="marks",
    record="M-1",
    reason="Описка",
    requested_by=IVANOVA,
    requested_at=datetime(2027, 5, 27, 9, 0, tzinfo=UTC),
)


def findings(**changes: object) -> list[Fault]:
    return list(closing_findings(replace(READY, **changes), COUNTING))  # type: ignore[arg-type]  # fields of the facts


def test_a_year_in_which_nothing_is_missing_may_be_closed() -> None:
    """R-ACAD-22."""
    assert findings() == []


@pytest.mark.parametrize(
    ("changes", "code", "record", "who"),
    [
        ({"periods": [QUARTER]}, "year.no_year_period", "2026", Party.DEPUTY),
        (
            {"marks": [replace(SHEETS, period_marks=MARKS[:1])]},
            "year.marks_missing",
            "Y 5A maths",
            Party.SUBJECT_TEACHER,
        ),
        ({"signed_files": frozenset()}, "year.no_archives", "2026", Party.DIRECTOR),
        ({"signed_files": frozenset(FILES[:1])}, "year.archive_missing", "Y 5A", Party.DIRECTOR),
        ({"movement_orders": [MOVED]}, "year.movement_open", "M", Party.DEPUTY),
        ({"corrections": [ASKED]}, "year.correction_open", "C", Party.DEPUTY),
    ],
)
def test_whatever_is_missing_is_told_with_who_has_to_act(
    changes: dict[str, object], code: str, record: str, who: Party
) -> None:
    """R-ACAD-22: marks set, archives signed, movement entered, corrections decided."""
    (found,) = findings(**changes)
    assert (found.code, found.record, found.who, found.rule) == (code, record, who, "R-ACAD-22")


def test_a_period_that_is_not_over_keeps_the_year_open() -> None:
    assert {one.code for one in findings(today=QUARTER.end)} == {"year.period_lasts"}


def test_everything_that_is_missing_is_told_at_once() -> None:
    found = findings(signed_files=frozenset(), movement_orders=[MOVED], corrections=[ASKED])
    assert [one.code for one in found] == ["year.no_archives", "year.movement_open", "year.correction_open"]


def test_what_is_done_or_of_another_year_is_not_missing() -> None:
    entered = replace(MOVED, entered_at=MOVED.informed_at)
    later = replace(MOVED, happened_on=date(2027, 9, 2))
    decided = replace(ASKED, decision=Decision.REFUSED, decided_by=IVANOVA, decided_at=ASKED.requested_at)
    assert findings(movement_orders=[entered, later], corrections=[decided]) == []


def test_a_class_that_everybody_has_left_has_no_marks_to_set() -> None:
    assert findings(marks=[replace(SHEETS, pupils={(FIFTH, None): frozenset()}, period_marks=[])]) == []


def test_which_periods_are_archived_follows_the_policy() -> None:
    """C-28: the year always."""
    periods = [QUARTER, WHOLE]
    assert to_archive(periods, Policy()) == periods
    assert to_archive(periods, Policy(archive_periods=ArchivePeriods.YEAR)) == [WHOLE]


# named days

TEACHER_OF = SchoolClass(id=FIFTH, source_id="1", year=2026, grade=5, letter="А", class_teacher=IVANOVA)
CHESS = StudyGroup(id=GroupId("chess"), name="Шахматы", kind=GroupKind.CLUB, subject=MATHS, members=())
SETUP = SetupFacts(
    year=2026,
    today=date(2026, 9, 1),
    classes=[TEACHER_OF],
    pupils={FIFTH: frozenset({ANNA})},
    groups=[CHESS],
)


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime.combine(date(year, month, day), time(12), tzinfo=MOSCOW)


def duty(task: YearTask, counting: Counting = COUNTING, **changes: object) -> YearDuty:
    facts = replace(YearFacts(setup=SETUP, years=[YEAR]), **changes)  # type: ignore[arg-type]  # fields of the facts
    (found,) = (one for one in year_duties(facts, counting) if one.task is task)
    return found


@pytest.mark.parametrize(
    ("task", "last", "party", "setting"),
    [
        (YearTask.GROUP_LISTS, date(2026, 9, 5), Party.CLASS_TEACHER, "setup_control_date"),
        (YearTask.SETUP_CONTROL, date(2026, 9, 5), Party.DIRECTOR, "setup_control_date"),
        (YearTask.SETUP, date(2026, 9, 10), Party.DEPUTY, "setup_deadline"),
        (YearTask.NEXT_YEAR, date(2027, 7, 1), Party.COORDINATOR, "two_years_open_from"),
        (YearTask.CLOSING, date(2027, 8, 30), Party.COORDINATOR, "two_years_open_to"),
    ],
)
def test_every_task_has_its_day_its_party_and_its_setting(
    task: YearTask, last: date, party: Party, setting: str
) -> None:
    """R-ROST-08, R-ACAD-18, R-ACAD-21, R-ACAD-22, R-ACAD-24, C-09, C-20."""
    found = duty(task)
    assert (found.due_at, found.party, found.setting) == (COUNTING.calendar.end_of(last), party, setting)
    assert found.state(found.warn_at) is DutyState.DUE_SOON
    assert found.state(COUNTING.calendar.start_of(date(2026, 9, 1))) is DutyState.OPEN
    assert found.state(found.due_at) is DutyState.DUE_SOON
    assert found.state(COUNTING.calendar.end_of(last.replace(day=last.day % 28 + 1, month=last.month + 1))) is (
        DutyState.OVERDUE
    )


def test_the_days_follow_the_schools_policy() -> None:
    """C-09, C-25."""
    moved = Counting(calendar=COUNTING.calendar, policy=Policy(setup_deadline="09-20", named_day_inclusive=False))
    assert duty(YearTask.SETUP, moved).due_at == COUNTING.calendar.end_of(date(2026, 9, 19))


def test_class_teachers_fill_the_lists_of_their_class() -> None:
    """R-ROST-08: done with a pupil of the class in a group, or when no group is left empty."""
    empty = duty(YearTask.GROUP_LISTS)
    assert (empty.school_class, empty.staff, empty.done) == (FIFTH, IVANOVA, False)
    filled = replace(SETUP, groups=[CHESS, replace(CHESS, id=GroupId("choir"), members=(ANNA,))])
    assert duty(YearTask.GROUP_LISTS, setup=filled).done
    others = replace(SETUP, groups=[replace(CHESS, members=(PupilId("boris"),))])
    assert duty(YearTask.GROUP_LISTS, setup=others).done


def test_the_directors_first_control_of_the_year_ends_the_look() -> None:
    """R-ACAD-24: late is told."""
    check = ControlCheck(id=RecordId("K"), kind=ControlKind.DIRECTOR, held_at=at(9, 7), held_by=IVANOVA)
    found = duty(YearTask.SETUP_CONTROL, control_checks=[check])
    assert (found.done_at, found.state(at(9, 8))) == (check.held_at, DutyState.DONE_LATE)
    in_time = replace(check, held_at=at(9, 4))
    assert duty(YearTask.SETUP_CONTROL, control_checks=[check, in_time]).state(at(9, 8)) is DutyState.DONE
    before = replace(check, held_at=at(8, 20))
    of_deputy = replace(check, kind=ControlKind.DEPUTY)
    assert not duty(YearTask.SETUP_CONTROL, control_checks=[before, of_deputy]).done


def test_the_next_year_and_the_closing_end_with_the_year_itself() -> None:
    """R-ACAD-21, R-ACAD-22."""
    assert not duty(YearTask.NEXT_YEAR).done
    assert duty(YearTask.NEXT_YEAR, years=[YEAR, NEXT]).done
    assert not duty(YearTask.CLOSING, years=[YEAR, NEXT]).done
    assert duty(YearTask.CLOSING, years=[replace(YEAR, state=YearState.CLOSED)]).done
