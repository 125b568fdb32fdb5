"""Working days of classes, groups and the office; ends of days when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gateway.model.ids import BellScheduleId, ClassId, GroupId, RecordId
from gateway.model.school import Vacation
from gateway.model.timetable import Regime
from gateway.model.working_days import SchoolCalendar, add_months

MOSCOW = ZoneInfo("Europe/Moscow")
FIFTH, TENTH, CLUB = ClassId("5A"), ClassId("10A"), GroupId("club")
MONDAY, FRIDAY, SATURDAY, SUNDAY = date(2026, 9, 14), date(2026, 9, 18), date(2026, 9, 19), date(2026, 9, 20)


def regime(days: int, *, school_class: ClassId | None = None, group: GroupId | None = None) -> Regime:
    return Regime(
        id=RecordId(f"R-{school_class or group}"),
        days_a_week=days,
        bells=BellScheduleId("bells"),
        valid_from=date(2026, 9, 1),
        valid_to=date(2027, 5, 31),
        school_class=school_class,
        group=group,
    )


AUTUMN = Vacation(
    id=RecordId("V"), year=2026, name="Осенние", start=date(2026, 10, 26), end=date(2026, 11, 1), last_grade=9
)
CALENDAR = SchoolCalendar(
    zone=MOSCOW,
    regimes=(regime(5, school_class=FIFTH), regime(6, school_class=TENTH)),
    vacations=(AUTUMN,),
    special_days={date(2026, 11, 4): False, SUNDAY: True},
)


def test_a_class_works_as_many_days_as_its_regime_says() -> None:
    assert not CALENDAR.of(school_class=FIFTH).is_working(SATURDAY)
    assert CALENDAR.of(school_class=TENTH).is_working(SATURDAY)
    assert not CALENDAR.of(school_class=TENTH).is_working(date(2027, 6, 5)), "the regime is over"
    assert not CALENDAR.of(group=CLUB).is_working(SATURDAY), "without a regime: five days"


def test_the_office_works_when_anybody_does() -> None:
    assert CALENDAR.office.is_working(SATURDAY)


def test_special_days_decide_both_ways() -> None:
    assert CALENDAR.of(school_class=FIFTH).is_working(SUNDAY)
    assert not CALENDAR.of(school_class=TENTH).is_working(date(2026, 11, 4))


def test_a_vacation_is_for_its_grades_and_never_for_the_office() -> None:
    day = date(2026, 10, 27)
    assert not CALENDAR.of(school_class=FIFTH, grade=5).is_working(day)
    assert CALENDAR.of(school_class=TENTH, grade=10).is_working(day)
    assert CALENDAR.office.is_working(day)


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (FRIDAY, 0, FRIDAY),
        (SUNDAY, 0, SUNDAY),
        (MONDAY, 1, date(2026, 9, 15)),
        (FRIDAY, 1, SUNDAY),
        (FRIDAY, 2, date(2026, 9, 21)),
        (date(2026, 9, 21), -1, SUNDAY),
        (date(2026, 9, 21), -2, FRIDAY),
        (SATURDAY, -1, FRIDAY),
        (date(2026, 10, 23), 1, date(2026, 11, 2)),
    ],
)
def test_working_days_are_counted_from_the_day_after(day: date, days: int, expected: date) -> None:
    assert CALENDAR.of(school_class=FIFTH, grade=5).add_working_days(day, days) == expected


def test_the_next_working_day_may_be_the_day_itself() -> None:
    fifth = CALENDAR.of(school_class=FIFTH)
    assert fifth.next_working(FRIDAY) == FRIDAY
    assert fifth.next_working(SATURDAY) == SUNDAY
    assert fifth.next_working(date(2026, 9, 26)) == date(2026, 9, 28)


def test_a_day_ends_by_the_schools_clock() -> None:
    assert CALENDAR.end_of(MONDAY) == datetime(2026, 9, 14, 20, 59, 59, 999999, tzinfo=UTC)
    assert CALENDAR.day_of(datetime(2026, 9, 14, 21, tzinfo=UTC)) == date(2026, 9, 15)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Havana", date(2026, 3, 8), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Europe/Moscow", date(2026, 3, 29), 24),
    ],
)
def test_days_on_which_clocks_change_are_shorter_or_longer(zone: str, day: date, hours: int) -> None:
    calendar = SchoolCalendar(zone=ZoneInfo(zone))
    length = calendar.end_of(day) - calendar.start_of(day)
    assert round(length.total_seconds() / 3600) == hours
    assert calendar.day_of(calendar.start_of(day)) == calendar.day_of(calendar.end_of(day)) == day


def test_a_time_that_a_clock_change_skips_is_just_after_it() -> None:
    berlin = SchoolCalendar(zone=ZoneInfo("Europe/Berlin"))
    assert berlin.at(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2028, 2, 29), 60, date(2033, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_are_added_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
