"""Laws of the deadline engine, and the engine against a slow oracle that looks at every single day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.clocks import RULES, Clock, Trigger, Unit, deadline
from gateway.model.ids import BellScheduleId, ClassId, OutageId, RecordId
from gateway.model.oversight import Outage
from gateway.model.policy import DayUnit, Policy, WrittenDeadline
from gateway.model.school import Vacation
from gateway.model.timetable import Regime
from gateway.model.working_days import SchoolCalendar

ZONES = ("Europe/Moscow", "Asia/Kamchatka", "Europe/Berlin", "America/Havana", "Pacific/Apia", "UTC")
FIRST, LAST = date(2026, 8, 1), date(2027, 7, 31)
CLASS = ClassId("5A")
BACKWARDS = frozenset({Clock.INTERIM_ATTESTATION, Clock.PERIOD_MARKS})
DAYS = st.dates(FIRST, LAST)


@st.composite
def vacations(draw: st.DrawFn) -> Vacation:
    start = draw(DAYS)
    grades = sorted((draw(st.integers(1, 11)), draw(st.integers(1, 11))))
    return Vacation(
        id=RecordId("V"),
        year=2026,
        name="Каникулы",
        start=start,
        end=start + timedelta(days=draw(st.integers(0, 20))),
        first_grade=grades[0],
        last_grade=grades[1],
    )


@st.composite
def regimes(draw: st.DrawFn) -> Regime:
    return Regime(
        id=RecordId("R"),
        days_a_week=draw(st.sampled_from([5, 6])),
        bells=BellScheduleId("B"),
        valid_from=draw(DAYS),
        valid_to=draw(st.none() | DAYS),
        school_class=draw(st.sampled_from([CLASS, ClassId("6A")])),
    )


CALENDARS = st.builds(
    SchoolCalendar,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    days_a_week=st.sampled_from([5, 6]),
    regimes=st.lists(regimes(), max_size=3).map(tuple),
    vacations=st.lists(vacations(), max_size=3).map(tuple),
    special_days=st.dictionaries(DAYS, st.booleans(), max_size=8),
    school_class=st.sampled_from([None, CLASS]),
    group=st.none(),
    grade=st.none() | st.integers(1, 11),
)
POLICIES = st.builds(
    Policy,
    homework_deadline_minutes=st.sampled_from([0, 60, 90, 1440]),
    written_deadline=st.sampled_from(WrittenDeadline),
    unstated_day_unit=st.sampled_from(DayUnit),
    lesson_page_deadline=st.sampled_from(["00:00", "15:00", "end_of_day"]),
    lesson_page_grace_minutes=st.integers(0, 600),
)
MOMENTS = st.datetimes(
    datetime.combine(FIRST, time()), datetime.combine(LAST, time()), timezones=st.just(UTC), allow_imaginary=False
)
CLOCKS = st.sampled_from(Clock)


@st.composite
def outages(draw: st.DrawFn) -> Outage:
    start = draw(MOMENTS)
    end = start + timedelta(minutes=draw(st.integers(1, 60 * 24 * 4)))
    return Outage(id=OutageId("O"), started_at=start, ended_at=draw(st.just(end) | st.none()), reason="Авария")


def works(calendar: SchoolCalendar, day: date) -> bool:
    """Tell whether a day works, from the words of the requirement, one question after the other."""
    for special, working in calendar.special_days.items():
        if special == day:
            return working
    six = calendar.days_a_week == 6
    told = [
        regime.days_a_week
        for regime in calendar.regimes
        if (calendar.school_class is None or regime.school_class == calendar.school_class)
        and day >= regime.valid_from
        and not (regime.valid_to is not None and day > regime.valid_to)
    ]
    if told:
        six = 6 in told
    if day.strftime("%u") == "7" or (day.strftime("%u") == "6" and not six):
        return False
    return not any(
        calendar.grade is not None
        and day in [vacation.start + timedelta(days=n) for n in range((vacation.end - vacation.start).days + 1)]
        and calendar.grade in range(vacation.first_grade, vacation.last_grade + 1)
        for vacation in calendar.vacations
    )


def slow_working_days(calendar: SchoolCalendar, day: date, days: int) -> date:
    """Write down every working day around the day, then count in the list."""
    around = [day + timedelta(days=n) for n in range(-120, 121)]
    after = [one for one in around if one > day and works(calendar, one)]
    before = [one for one in around if one < day and works(calendar, one)]
    if days == 0:
        return day
    return after[days - 1] if days > 0 else before[days]


@given(calendar=CALENDARS, day=DAYS, days=st.integers(-12, 12))
def test_working_days_are_those_of_the_oracle(calendar: SchoolCalendar, day: date, days: int) -> None:
    assert calendar.is_working(day) is works(calendar, day)
    assert calendar.add_working_days(day, days) == slow_working_days(calendar, day, days)


@given(calendar=CALENDARS, day=DAYS, days=st.integers(1, 12))
def test_a_result_in_working_days_is_a_working_day(calendar: SchoolCalendar, day: date, days: int) -> None:
    assert calendar.is_working(calendar.add_working_days(day, days))
    assert calendar.is_working(calendar.add_working_days(day, -days))
    assert calendar.is_working(calendar.next_working(day))


@given(calendar=CALENDARS, day=DAYS)
def test_days_follow_each_other_without_gap(calendar: SchoolCalendar, day: date) -> None:
    tick = timedelta(microseconds=1)
    assert calendar.end_of(day) + tick == calendar.start_of(day + timedelta(days=1))


def slow_due_day(clock: Clock, day: date, calendar: SchoolCalendar, policy: Policy) -> date | None:
    """Return the last day of a clock that is counted in days, by the table of section 4; ``None`` for the others."""
    office = replace(calendar, school_class=None, group=None, grade=None)
    week, five = day + timedelta(days=7), slow_working_days(calendar, day, 5)
    written = {
        WrittenDeadline.SEVEN_DAYS: week,
        WrittenDeadline.FIVE_WORKING_DAYS: five,
        WrittenDeadline.EARLIER_OF: min(week, five),
    }[policy.written_deadline]

    def unstated(days: int, days_of: SchoolCalendar) -> date:
        last = day + timedelta(days=days)
        if policy.unstated_day_unit is DayUnit.WORKING:
            return slow_working_days(days_of, day, days)
        while policy.unstated_day_unit is DayUnit.CALENDAR_ROLLED and not works(days_of, last):
            last += timedelta(days=1)
        return last

    return {
        Clock.ORAL_MARK: day,
        Clock.ATTENDANCE: day,
        Clock.WRITTEN_WORK: written,
        Clock.MONITORING_WORK: unstated(3, calendar),
        Clock.EXTERNAL_WORK: slow_working_days(office, day, 1),
        Clock.FINAL_ATTESTATION: slow_working_days(office, day, 1),
        Clock.INTERIM_ATTESTATION: slow_working_days(calendar, day, -2),
        Clock.OUTAGE_CATCH_UP: slow_working_days(office, day, 1),
        Clock.ERROR_CORRECTION: unstated(1, office),
        Clock.ACCOUNT_CREATION: slow_working_days(office, day, 2),
        Clock.PROFILE_FIX: slow_working_days(office, day, 3),
        Clock.STAFF_CHANGE: slow_working_days(office, day, 2),
        Clock.MOVEMENT_ENTRY: slow_working_days(office, day, 5),
        Clock.INCIDENT_NOTICE: slow_working_days(office, day, 1),
        Clock.PAPER_SLIPS: week,
        Clock.DEPUTY_CONTROL: day + timedelta(days=31),
        Clock.DIRECTOR_CONTROL: day + timedelta(days=31),
        Clock.SUMMARY_SHEET_TO_ARCHIVE: slow_working_days(office, day, 1),
    }.get(clock)


@given(clock=CLOCKS, calendar=CALENDARS, policy=POLICIES, at=MOMENTS)
def test_clocks_of_days_agree_with_the_oracle(
    clock: Clock, calendar: SchoolCalendar, policy: Policy, at: datetime
) -> None:
    expected = slow_due_day(clock, calendar.day_of(at), calendar, policy)
    if expected is not None:
        assert deadline(clock, Trigger(at=at), calendar, policy).due_at == calendar.end_of(expected)


@given(clock=CLOCKS, calendar=CALENDARS, policy=POLICIES, moments=st.tuples(MOMENTS, MOMENTS))
def test_a_later_trigger_is_never_due_earlier(
    clock: Clock, calendar: SchoolCalendar, policy: Policy, moments: tuple[datetime, datetime]
) -> None:
    first, second = (deadline(clock, Trigger(at=at), calendar, policy) for at in sorted(moments))
    assert first.due_at <= second.due_at


@given(clock=CLOCKS, calendar=CALENDARS, policy=POLICIES, at=MOMENTS, during=st.lists(outages(), max_size=4))
def test_nothing_is_due_before_it_has_begun(
    clock: Clock, calendar: SchoolCalendar, policy: Policy, at: datetime, during: list[Outage]
) -> None:
    found = deadline(clock, Trigger(at=at), calendar, policy, during)
    assert clock in BACKWARDS or found.due_at >= at


@given(clock=CLOCKS, calendar=CALENDARS, policy=POLICIES, at=MOMENTS, during=st.lists(outages(), max_size=4))
def test_an_outage_only_ever_moves_later(
    clock: Clock, calendar: SchoolCalendar, policy: Policy, at: datetime, during: list[Outage]
) -> None:
    without = deadline(clock, Trigger(at=at), calendar, policy)
    found = deadline(clock, Trigger(at=at), calendar, policy, during)
    fewer = deadline(clock, Trigger(at=at), calendar, policy, during[:-1])
    assert without.due_at <= found.due_at
    assert found.suspended or fewer.suspended or fewer.due_at <= found.due_at
    assert (found.outage is None) == (found.due_at == without.due_at) or found.suspended
    if found.outage is not None and not found.suspended:
        assert calendar.office.is_working(calendar.day_of(found.due_at))


@given(clock=CLOCKS, calendar=CALENDARS, policy=POLICIES, at=MOMENTS, during=st.lists(outages(), max_size=4))
def test_the_order_in_which_outages_are_listed_does_not_matter(
    clock: Clock, calendar: SchoolCalendar, policy: Policy, at: datetime, during: list[Outage]
) -> None:
    one_way = deadline(clock, Trigger(at=at), calendar, policy, during)
    assert deadline(clock, Trigger(at=at), calendar, policy, reversed(during)) == one_way


@given(clock=CLOCKS, calendar=CALENDARS, policy=POLICIES, at=MOMENTS)
def test_deadlines_in_working_days_end_with_one(
    clock: Clock, calendar: SchoolCalendar, policy: Policy, at: datetime
) -> None:
    found = deadline(clock, Trigger(at=at), calendar, policy)
    counted_on = calendar if RULES[clock].by_lessons else calendar.office
    if found.unit is Unit.WORKING_DAYS and clock is not Clock.SUMMARY_SHEET_TO_ARCHIVE:
        assert counted_on.is_working(counted_on.day_of(found.due_at))
