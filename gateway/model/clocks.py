"""The one deadline engine: every clock of ``requirements``, section 4, as a rule, and one function that reads them.

R-CAL-20. A rule says what is counted from the trigger (`Limit`), on whose working days, which setting decides what the
regulations leave open (section 5), and whether an outage moves it (R-JRNL-18). What a deadline was counted by stands
in the `Deadline`, so that a report can say it (C-06).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

from gateway.errors import Party
from gateway.model.oversight import Outage
from gateway.model.policy import DayUnit, Policy, WrittenDeadline
from gateway.model.working_days import SchoolCalendar, add_months

END_OF_DAY_MINUTES = 1440
"""As a number of minutes after the lessons: until the end of the day (C-04)."""

END_OF_DAY = "end_of_day"
"""As a time of day: until the end of the day (C-07)."""

_WEEK_DAYS = 7
_MONITORING_DAYS = 3
_INTERIM_DAYS = -2
_DAY = timedelta(days=1)


class Clock(StrEnum):
    """What is to be done in time: the rule keys of section 4."""

    LESSON_PAGE = "lesson_page"
    HOMEWORK = "homework"
    ORAL_MARK = "oral_mark"
    ATTENDANCE = "attendance"
    WRITTEN_WORK = "written_work"
    MONITORING_WORK = "monitoring_work"
    EXTERNAL_WORK = "external_work"
    FINAL_ATTESTATION = "final_attestation"
    INTERIM_ATTESTATION = "interim_attestation"
    PERIOD_MARKS = "period_marks"
    OUTAGE_CATCH_UP = "outage_catch_up"
    ERROR_CORRECTION = "error_correction"
    ACCOUNT_CREATION = "account_creation"
    PROFILE_FIX = "profile_fix"
    STAFF_CHANGE = "staff_change"
    MOVEMENT_ENTRY = "movement_entry"
    INCIDENT_NOTICE = "incident_notice"
    PAPER_SLIPS = "paper_slips"
    PROFILE_VERIFICATION = "profile_verification"
    DEPUTY_CONTROL = "deputy_control"
    DIRECTOR_CONTROL = "director_control"
    SUMMARY_SHEET_TO_ARCHIVE = "summary_sheet_to_archive"
    RETENTION_JOURNAL = "retention_journal"
    RETENTION_SUMMARY = "retention_summary"


class Unit(StrEnum):
    """In what a limit is counted."""

    CLOCK_TIME = "clock_time"
    MINUTES = "minutes"
    SAME_DAY = "same_day"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    WINDOW = "window"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """What starts a clock: the moment of it, which may be any moment of a day where the day alone counts.

    For `Clock.LESSON_PAGE` it is the end of the lesson, for `Clock.HOMEWORK` the end of the last lesson of the pupils
    concerned (C-04), for clocks of a period its last day. ``vacation_start`` is the first day of the vacation that
    follows the period, if one does (R-ATT-02).
    """

    at: datetime
    vacation_start: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """Until when, before any outage: the last moment that is in time, and in what it was counted."""

    due_at: datetime
    unit: Unit
    opens_at: datetime | None = None


Count = Callable[[Trigger, SchoolCalendar, Policy], Limit]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A row of section 4.

    Attributes:
        rows: row ids of ``requirements``.
        clauses: where the regulations say it.
        count: reads the limit off a calendar by the school's policy.
        settings: the settings it follows (section 5).
        by_lessons: counted on the days of the pupils concerned, without their vacations; else on the office's days.
        moved_by_outage: the work is done in the journal, so an outage puts it off (R-JRNL-18).
        party: who has to act.
    """

    rows: tuple[str, ...]
    clauses: str
    count: Count
    settings: tuple[str, ...] = ()
    by_lessons: bool = False
    moved_by_outage: bool = True
    party: Party


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Until when something has to be done, and by which rule.

    Attributes:
        due_at: the last moment that is in time, aware, in UTC.
        opens_at: the first moment that is not too early; only `Clock.PERIOD_MARKS` has one.
        rows: row ids of ``requirements``.
        settings: the settings it follows, with the values they had.
        unit: in what it was counted.
        outage: id of the outage that moved it last.
        suspended: an outage lasts, so the deadline is not known yet: ``due_at`` is what it was before.
    """

    clock: Clock
    started_at: datetime
    due_at: datetime
    opens_at: datetime | None
    rows: tuple[str, ...]
    settings: Mapping[str, str]
    unit: Unit
    outage: str | None = None
    suspended: bool = False

    def lateness(self, done_at: datetime) -> timedelta:
        """Return how late it was done; zero if in time."""
        return max(done_at - self.due_at, timedelta())


def deadline(
    clock: Clock, trigger: Trigger, calendar: SchoolCalendar, policy: Policy, outages: Iterable[Outage] = ()
) -> Deadline:
    """Return until when a clock runs.

    Args:
        clock: the clock.
        trigger: what started it.
        calendar: the calendar of the class or group concerned, or of the school where no lesson is.
        policy: the school's decisions.
        outages: all outages of the school, in any order.
    """
    rule = RULES[clock]
    limit = rule.count(trigger, calendar if rule.by_lessons else calendar.office, policy)
    due_at, outage, suspended = limit.due_at, None, False
    if rule.moved_by_outage:
        first = min(trigger.at, limit.opens_at or limit.due_at)
        due_at, outage, suspended = _moved(first, limit.due_at, calendar.office, outages)
    return Deadline(
        clock=clock,
        started_at=trigger.at,
        due_at=due_at,
        opens_at=limit.opens_at,
        rows=rule.rows,
        settings=MappingProxyType({name: str(getattr(policy, name)) for name in rule.settings}),
        unit=limit.unit,
        outage=outage,
        suspended=suspended,
    )


def _moved(
    started_at: datetime, due_at: datetime, office: SchoolCalendar, outages: Iterable[Outage]
) -> tuple[datetime, str | None, bool]:
    """Put a deadline off to the end of the working day after every outage that took time from it (R-JRNL-18).

    Taken in the order of their beginnings, so that an outage also counts that began in the time another one gave.
    """
    moved_by: str | None = None
    for outage in sorted(outages, key=lambda one: (one.started_at, one.id)):
        if outage.started_at > due_at:
            break
        if outage.ended_at is None:
            return due_at, outage.id, True
        if outage.ended_at < started_at:
            continue
        caught_up = office.end_of(office.add_working_days(office.day_of(outage.ended_at), 1))
        if caught_up > due_at:
            due_at, moved_by = caught_up, outage.id
    return due_at, moved_by, False


def named_day(year: int, month_day: str, calendar: SchoolCalendar, policy: Policy) -> tuple[datetime, date]:
    """Return until when a thing named «до 10 сентября» (``09-10``) has to be done, and the day to warn on (C-25).

    The named day is the last one allowed if the school reads «до» so, else the day before; the warning is one day
    earlier.
    """
    month, day = (int(part) for part in month_day.split("-"))
    last = date(year, month, day) if policy.named_day_inclusive else date(year, month, day) - _DAY
    return calendar.end_of(last), last - _DAY


def _same_day(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:  # noqa: ARG001  one shape for all
    return Limit(due_at=calendar.end_of(calendar.day_of(trigger.at)), unit=Unit.SAME_DAY)


def _lesson_page(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
    """15:00, or a grace after a lesson that ends later, on the same day (C-07)."""
    if policy.lesson_page_deadline == END_OF_DAY:
        return _same_day(trigger, calendar, policy)
    day = calendar.day_of(trigger.at)
    stated = calendar.at(day, time.fromisoformat(policy.lesson_page_deadline))
    grace = trigger.at + timedelta(minutes=policy.lesson_page_grace_minutes)
    return Limit(due_at=min(max(stated, grace), calendar.end_of(day)), unit=Unit.CLOCK_TIME)


def _homework(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
    """So many minutes after the last lesson, on the same day (C-04)."""
    if policy.homework_deadline_minutes >= END_OF_DAY_MINUTES:
        return _same_day(trigger, calendar, policy)
    after = trigger.at + timedelta(minutes=policy.homework_deadline_minutes)
    return Limit(due_at=min(after, calendar.end_of(calendar.day_of(trigger.at))), unit=Unit.MINUTES)


def _written_work(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
    """A week, five working days, or whichever is earlier (C-05)."""
    week = _calendar_days(_WEEK_DAYS)(trigger, calendar, policy)
    working = _working_days(5)(trigger, calendar, policy)
    match policy.written_deadline:
        case WrittenDeadline.SEVEN_DAYS:
            return week
        case WrittenDeadline.FIVE_WORKING_DAYS:
            return working
        case WrittenDeadline.EARLIER_OF:
            return min(week, working, key=lambda limit: limit.due_at)


def _period_marks(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:  # noqa: ARG001  one shape
    """From a week before the period's end until the vacation begins (R-ATT-02)."""
    end = calendar.day_of(trigger.at)
    last = end if trigger.vacation_start is None else trigger.vacation_start - _DAY
    first = end - timedelta(days=_WEEK_DAYS)
    return Limit(
        due_at=calendar.end_of(max(first, last)),
        unit=Unit.WINDOW,
        opens_at=calendar.start_of(first),
    )


def _calendar_days(days: int) -> Count:
    def count(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:  # noqa: ARG001  one shape for all
        last = calendar.day_of(trigger.at) + timedelta(days=days)
        return Limit(due_at=calendar.end_of(last), unit=Unit.CALENDAR_DAYS)

    return count


def _working_days(days: int) -> Count:
    def count(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:  # noqa: ARG001  one shape for all
        last = calendar.add_working_days(calendar.day_of(trigger.at), days)
        return Limit(due_at=calendar.end_of(last), unit=Unit.WORKING_DAYS)

    return count


def _unstated_days(days: int) -> Count:
    """Days of a kind that the regulation does not state (C-06)."""

    def count(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
        if policy.unstated_day_unit is DayUnit.WORKING:
            return _working_days(days)(trigger, calendar, policy)
        last = calendar.day_of(trigger.at) + timedelta(days=days)
        if policy.unstated_day_unit is DayUnit.CALENDAR_ROLLED:
            last = calendar.next_working(last)
        return Limit(due_at=calendar.end_of(last), unit=Unit.CALENDAR_DAYS)

    return count


def _set_days(setting: str) -> Count:
    def count(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
        return _calendar_days(getattr(policy, setting))(trigger, calendar, policy)

    return count


def _set_working_days(setting: str) -> Count:
    def count(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
        return _working_days(getattr(policy, setting))(trigger, calendar, policy)

    return count


def _month(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:  # noqa: ARG001  one shape for all
    return Limit(due_at=calendar.end_of(add_months(calendar.day_of(trigger.at), 1)), unit=Unit.MONTHS)


def _set_years(setting: str) -> Count:
    def count(trigger: Trigger, calendar: SchoolCalendar, policy: Policy) -> Limit:
        last = add_months(calendar.day_of(trigger.at), 12 * getattr(policy, setting))
        return Limit(due_at=calendar.end_of(last), unit=Unit.YEARS)

    return count


RULES: Mapping[Clock, Rule] = MappingProxyType(
    {
        Clock.LESSON_PAGE: Rule(
            rows=("R-JRNL-01", "R-JRNL-05"),
            clauses="S1 УП 2, S2 3.6.3, S3 3.5",
            count=_lesson_page,
            settings=("lesson_page_deadline", "lesson_page_grace_minutes"),
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.HOMEWORK: Rule(
            rows=("R-JRNL-04",),
            clauses="S1 УП 4, S2 3.6.3, S3 3.5",
            count=_homework,
            settings=("homework_deadline_minutes",),
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.ORAL_MARK: Rule(
            rows=("R-MARK-01",),
            clauses="S1 УП 2, S2 3.6.3, S3 3.5",
            count=_same_day,
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.ATTENDANCE: Rule(
            rows=("R-JRNL-07",),
            clauses="S1 УП 2, 7, S2 4.2.1, S3 3.5",
            count=_same_day,
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.WRITTEN_WORK: Rule(
            rows=("R-MARK-02", "R-MARK-03"),
            clauses="S1 УП 10, S2 3.6.4, S3 3.5",
            count=_written_work,
            settings=("written_deadline",),
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.MONITORING_WORK: Rule(
            rows=("R-MARK-04",),
            clauses="S1 УП 9, S2 3.6.4",
            count=_unstated_days(_MONITORING_DAYS),
            settings=("unstated_day_unit",),
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.EXTERNAL_WORK: Rule(
            rows=("R-MARK-05",), clauses="S3 3.5", count=_working_days(1), party=Party.SUBJECT_TEACHER
        ),
        Clock.FINAL_ATTESTATION: Rule(
            rows=("R-ATT-03", "R-ATT-04"), clauses="S3 3.5", count=_working_days(1), party=Party.SUBJECT_TEACHER
        ),
        Clock.INTERIM_ATTESTATION: Rule(
            rows=("R-ATT-01",),
            clauses="S3 3.5",
            count=_working_days(_INTERIM_DAYS),
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.PERIOD_MARKS: Rule(
            rows=("R-ATT-02", "R-MARK-11"),
            clauses="S1 УП 11, S2 3.6.5",
            count=_period_marks,
            by_lessons=True,
            party=Party.SUBJECT_TEACHER,
        ),
        Clock.OUTAGE_CATCH_UP: Rule(
            rows=("R-JRNL-18",), clauses="S3 3.5", count=_working_days(1), party=Party.SUBJECT_TEACHER
        ),
        Clock.ERROR_CORRECTION: Rule(
            rows=("R-AUD-04",),
            clauses="S2 3.7.8",
            count=_unstated_days(1),
            settings=("unstated_day_unit",),
            party=Party.DEPUTY,
        ),
        Clock.ACCOUNT_CREATION: Rule(
            rows=("R-ROLE-13",), clauses="S3 3.1", count=_working_days(2), party=Party.COORDINATOR
        ),
        Clock.PROFILE_FIX: Rule(rows=("R-ROST-13",), clauses="S3 3.1", count=_working_days(3), party=Party.COORDINATOR),
        Clock.STAFF_CHANGE: Rule(rows=("R-ROST-04",), clauses="S3 3.3", count=_working_days(2), party=Party.DEPUTY),
        Clock.MOVEMENT_ENTRY: Rule(rows=("R-ROST-05",), clauses="S3 3.3", count=_working_days(5), party=Party.DEPUTY),
        Clock.INCIDENT_NOTICE: Rule(
            rows=("R-SEC-04",),
            clauses="S1, S3 4.2, S4 12",
            count=_working_days(1),
            moved_by_outage=False,
            party=Party.COORDINATOR,
        ),
        Clock.PAPER_SLIPS: Rule(
            rows=("R-CAL-08",),
            clauses="S3 3.4",
            count=_set_days("paper_inform_interval_days"),
            settings=("paper_inform_interval_days",),
            party=Party.CLASS_TEACHER,
        ),
        Clock.PROFILE_VERIFICATION: Rule(
            rows=("R-ROST-12",), clauses="S3 3.4", count=_month, party=Party.CLASS_TEACHER
        ),
        Clock.DEPUTY_CONTROL: Rule(
            rows=("R-CAL-09",),
            clauses="S2 3.7.4, S3 5.1",
            count=_set_days("deputy_control_days"),
            settings=("deputy_control_days",),
            party=Party.DEPUTY,
        ),
        Clock.DIRECTOR_CONTROL: Rule(
            rows=("R-CAL-09",),
            clauses="S2 3.8.6",
            count=_set_days("director_control_days"),
            settings=("director_control_days",),
            party=Party.DIRECTOR,
        ),
        Clock.SUMMARY_SHEET_TO_ARCHIVE: Rule(
            rows=("R-CAL-16",),
            clauses="S0 16",
            count=_set_working_days("summary_sheet_delay_days"),
            settings=("summary_sheet_delay_days",),
            party=Party.CLASS_TEACHER,
        ),
        Clock.RETENTION_JOURNAL: Rule(
            rows=("R-CAL-18",),
            clauses="S0 5, S2 5.2, S3 6",
            count=_set_years("retention_journal_years"),
            settings=("retention_journal_years",),
            moved_by_outage=False,
            party=Party.COORDINATOR,
        ),
        Clock.RETENTION_SUMMARY: Rule(
            rows=("R-CAL-19",),
            clauses="S0 5, S2 5.3, S3 6",
            count=_set_years("retention_summary_years"),
            settings=("retention_summary_years",),
            moved_by_outage=False,
            party=Party.COORDINATOR,
        ),
    }
)
"""How every clock is counted."""
