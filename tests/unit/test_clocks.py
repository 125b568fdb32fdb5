"""Every clock of section 4, its settings of section 5, and what an outage does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.model.clocks import RULES, Clock, Trigger, Unit, deadline, named_day
from gateway.model.ids import OutageId, RecordId
from gateway.model.oversight import Outage
from gateway.model.policy import DayUnit, Policy, WrittenDeadline
from gateway.model.school import Vacation
from gateway.model.working_days import SchoolCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY, FRIDAY = date(2026, 9, 14), date(2026, 9, 18)
POLICY = Policy()
CALENDAR = SchoolCalendar(
    zone=MOSCOW,
    vacations=(Vacation(id=RecordId("V"), year=2026, name="Осенние", start=date(2026, 10, 26), end=date(2026, 11, 1)),),
    special_days={date(2026, 11, 4): False},
)
FIFTH = CALENDAR.of(grade=5)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=MOSCOW)


def until(clock: Clock, trigger: datetime, policy: Policy = POLICY, *outages: Outage) -> datetime:
    return deadline(clock, Trigger(at=trigger), FIFTH, policy, outages).due_at.astimezone(MOSCOW)


def day_until(clock: Clock, day: date, policy: Policy = POLICY) -> date:
    """Return the last day; a deadline by days ends with its day."""
    due_at = until(clock, at(day), policy)
    assert due_at == FIFTH.end_of(due_at.date())
    return due_at.date()


def outage(start: datetime, end: datetime | None) -> Outage:
    return Outage(id=OutageId("O"), started_at=start, ended_at=end, reason="Нет связи")


def test_every_clock_has_a_rule_with_rows_and_clauses() -> None:
    assert RULES.keys() == set(Clock)
    assert all(rule.rows and rule.clauses for rule in RULES.values())


@pytest.mark.parametrize(
    ("ends", "policy", "expected"),
    [
        (at(MONDAY, 9), POLICY, at(MONDAY, 15)),
        (at(MONDAY, 17, 30), POLICY, at(MONDAY, 18, 30)),
        (at(MONDAY, 23, 30), POLICY, FIFTH.end_of(MONDAY)),
        (at(MONDAY, 9), replace(POLICY, lesson_page_deadline="end_of_day"), FIFTH.end_of(MONDAY)),
        (at(MONDAY, 14, 30), replace(POLICY, lesson_page_grace_minutes=0), at(MONDAY, 15)),
    ],
)
def test_lesson_page_by_fifteen_or_a_grace_after_later_lessons(
    ends: datetime, policy: Policy, expected: datetime
) -> None:
    """R-JRNL-05, C-07."""
    assert until(Clock.LESSON_PAGE, ends, policy) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(60, at(MONDAY, 14, 20)), (90, at(MONDAY, 14, 50)), (1440, FIFTH.end_of(MONDAY)), (1000, FIFTH.end_of(MONDAY))],
)
def test_homework_after_the_last_lesson_of_the_pupils(minutes: int, expected: datetime) -> None:
    """R-JRNL-04, C-04."""
    assert until(Clock.HOMEWORK, at(MONDAY, 13, 20), replace(POLICY, homework_deadline_minutes=minutes)) == expected


@pytest.mark.parametrize("clock", [Clock.ORAL_MARK, Clock.ATTENDANCE])
def test_marks_and_absences_on_the_same_day(clock: Clock) -> None:
    """R-MARK-01, R-JRNL-07."""
    assert day_until(clock, MONDAY) == MONDAY


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        (WrittenDeadline.SEVEN_DAYS, MONDAY, date(2026, 9, 21)),
        (WrittenDeadline.FIVE_WORKING_DAYS, MONDAY, date(2026, 9, 21)),
        (WrittenDeadline.SEVEN_DAYS, date(2026, 10, 23), date(2026, 10, 30)),
        (WrittenDeadline.FIVE_WORKING_DAYS, date(2026, 10, 23), date(2026, 11, 9)),
        (WrittenDeadline.EARLIER_OF, date(2026, 10, 23), date(2026, 10, 30)),
    ],
)
def test_written_work_by_a_week_or_working_days(rule: WrittenDeadline, day: date, expected: date) -> None:
    """R-MARK-02, R-MARK-03, C-05: around vacations five working days are longer than a week."""
    assert day_until(Clock.WRITTEN_WORK, day, replace(POLICY, written_deadline=rule)) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (DayUnit.CALENDAR, date(2026, 9, 20)),
        (DayUnit.CALENDAR_ROLLED, date(2026, 9, 21)),
        (DayUnit.WORKING, date(2026, 9, 22)),
    ],
)
def test_days_of_a_kind_that_is_not_stated(unit: DayUnit, expected: date) -> None:
    """R-MARK-04, C-06: three days from Thursday."""
    policy = replace(POLICY, unstated_day_unit=unit)
    assert day_until(Clock.MONITORING_WORK, date(2026, 9, 17), policy) == expected
    found = deadline(Clock.MONITORING_WORK, Trigger(at=at(MONDAY)), FIFTH, policy)
    assert found.settings == {"unstated_day_unit": unit.value}, "a report shows the rule used"
    assert found.unit is (Unit.WORKING_DAYS if unit is DayUnit.WORKING else Unit.CALENDAR_DAYS)


@pytest.mark.parametrize(
    ("clock", "day", "expected"),
    [
        (Clock.EXTERNAL_WORK, FRIDAY, date(2026, 9, 21)),
        (Clock.FINAL_ATTESTATION, FRIDAY, date(2026, 9, 21)),
        (Clock.FINAL_ATTESTATION, date(2026, 10, 23), date(2026, 10, 26)),
        (Clock.OUTAGE_CATCH_UP, FRIDAY, date(2026, 9, 21)),
        (Clock.ERROR_CORRECTION, FRIDAY, date(2026, 9, 19)),
        (Clock.ACCOUNT_CREATION, FRIDAY, date(2026, 9, 22)),
        (Clock.PROFILE_FIX, FRIDAY, date(2026, 9, 23)),
        (Clock.STAFF_CHANGE, FRIDAY, date(2026, 9, 22)),
        (Clock.MOVEMENT_ENTRY, FRIDAY, date(2026, 9, 25)),
        (Clock.INCIDENT_NOTICE, FRIDAY, date(2026, 9, 21)),
        (Clock.PAPER_SLIPS, FRIDAY, date(2026, 9, 25)),
        (Clock.PROFILE_VERIFICATION, date(2027, 1, 31), date(2027, 2, 28)),
        (Clock.DEPUTY_CONTROL, MONDAY, date(2026, 10, 15)),
        (Clock.DIRECTOR_CONTROL, MONDAY, date(2026, 10, 15)),
        (Clock.SUMMARY_SHEET_TO_ARCHIVE, FRIDAY, date(2026, 9, 21)),
        (Clock.RETENTION_JOURNAL, date(2027, 5, 31), date(2032, 5, 31)),
        (Clock.RETENTION_SUMMARY, date(2027, 5, 31), date(2052, 5, 31)),
    ],
)
def test_the_other_clocks(clock: Clock, day: date, expected: date) -> None:
    """R-MARK-05, R-ATT-03, R-ATT-04, R-AUD-04, R-ROLE-13, R-ROST-04, -05, -12, -13, R-SEC-04, R-CAL-08, -09, -18."""
    assert day_until(clock, day) == expected


def test_settings_move_the_clocks_they_decide() -> None:
    """C-22, C-23, C-32, C-38."""
    policy = Policy(
        paper_inform_interval_days=3,
        deputy_control_days=10,
        director_control_days=20,
        summary_sheet_delay_days=0,
        retention_journal_years=7,
    )
    assert day_until(Clock.PAPER_SLIPS, MONDAY, policy) == date(2026, 9, 17)
    assert day_until(Clock.DEPUTY_CONTROL, MONDAY, policy) == date(2026, 9, 24)
    assert day_until(Clock.DIRECTOR_CONTROL, MONDAY, policy) == date(2026, 10, 4)
    assert day_until(Clock.SUMMARY_SHEET_TO_ARCHIVE, MONDAY, policy) == MONDAY
    assert day_until(Clock.RETENTION_JOURNAL, date(2027, 5, 31), policy) == date(2034, 5, 31)


def test_interim_attestation_two_working_days_before_the_end() -> None:
    """R-ATT-01."""
    assert day_until(Clock.INTERIM_ATTESTATION, date(2026, 10, 23)) == date(2026, 10, 21)
    assert day_until(Clock.INTERIM_ATTESTATION, date(2026, 10, 25)) == date(2026, 10, 22), "a period may end on Sunday"


def test_period_marks_have_a_window_up_to_the_vacation() -> None:
    """R-ATT-02: too early is before the last week, too late is in the vacation."""
    trigger = Trigger(at=at(date(2026, 10, 23)), vacation_start=date(2026, 10, 26))
    found = deadline(Clock.PERIOD_MARKS, trigger, FIFTH, POLICY)
    assert found.opens_at == FIFTH.start_of(date(2026, 10, 16))
    assert found.due_at == FIFTH.end_of(date(2026, 10, 25))
    assert deadline(Clock.PERIOD_MARKS, replace(trigger, vacation_start=None), FIFTH, POLICY).due_at == FIFTH.end_of(
        date(2026, 10, 23)
    )


def test_an_outage_puts_off_to_the_end_of_the_next_working_day() -> None:
    """R-JRNL-18."""
    over_the_deadline = outage(at(FRIDAY, 12), at(FRIDAY, 18))
    found = deadline(Clock.LESSON_PAGE, Trigger(at=at(FRIDAY)), FIFTH, POLICY, [over_the_deadline])
    assert found.due_at == FIFTH.end_of(date(2026, 9, 21))
    assert found.outage == "O"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(FRIDAY, 16), at(FRIDAY, 18)),
        (at(FRIDAY, 7), at(FRIDAY, 8)),
    ],
    ids=["after the deadline", "before the lesson"],
)
def test_an_outage_at_another_time_moves_nothing(start: datetime, end: datetime) -> None:
    assert until(Clock.LESSON_PAGE, at(FRIDAY), POLICY, outage(start, end)) == at(FRIDAY, 15)


def test_an_outage_in_the_time_that_another_one_gave_counts_too() -> None:
    first = outage(at(FRIDAY, 12), at(FRIDAY, 18))
    second = replace(outage(at(date(2026, 9, 21), 9), at(date(2026, 9, 23))), id=OutageId("P"))
    found = deadline(Clock.LESSON_PAGE, Trigger(at=at(FRIDAY)), FIFTH, POLICY, [second, first])
    assert found.due_at == FIFTH.end_of(date(2026, 9, 24))
    assert found.outage == "P"


def test_while_an_outage_lasts_the_deadline_is_not_known() -> None:
    found = deadline(Clock.LESSON_PAGE, Trigger(at=at(FRIDAY)), FIFTH, POLICY, [outage(at(FRIDAY, 12), None)])
    assert found.suspended
    assert found.due_at == at(FRIDAY, 15)


def test_an_outage_moves_clocks_that_count_backwards() -> None:
    lasts = outage(at(date(2026, 10, 21), 9), at(date(2026, 10, 22), 9))
    assert until(Clock.INTERIM_ATTESTATION, at(date(2026, 10, 23)), POLICY, lasts) == FIFTH.end_of(date(2026, 10, 23))


@pytest.mark.parametrize("clock", [Clock.INCIDENT_NOTICE, Clock.RETENTION_JOURNAL])
def test_an_outage_moves_only_what_is_done_in_the_journal(clock: Clock) -> None:
    during = outage(at(MONDAY), at(FRIDAY))
    assert until(clock, at(MONDAY), POLICY, during) == until(clock, at(MONDAY))


def test_a_named_day_is_the_last_one_or_the_first_that_is_too_late() -> None:
    """C-25: «до 10 сентября»."""
    due_at, warn_on = named_day(2026, "09-10", CALENDAR, POLICY)
    assert (due_at, warn_on) == (CALENDAR.end_of(date(2026, 9, 10)), date(2026, 9, 9))
    due_at, warn_on = named_day(2026, "09-10", CALENDAR, replace(POLICY, named_day_inclusive=False))
    assert (due_at, warn_on) == (CALENDAR.end_of(date(2026, 9, 9)), date(2026, 9, 8))


def test_lateness_is_told_in_time() -> None:
    found = deadline(Clock.LESSON_PAGE, Trigger(at=at(FRIDAY)), FIFTH, POLICY)
    assert found.lateness(at(FRIDAY, 15)) == timedelta()
    assert found.lateness(at(FRIDAY, 15, 7)) == timedelta(minutes=7)
