"""Which days a school works, and arithmetic with them: pure.

A regime says how many days a week an addressee works (R-ACAD-12), vacations are days off of some grades (R-ACAD-02),
special days decide for themselves, in both directions. Days are days in the school's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.model.ids import ClassId, GroupId
from gateway.model.school import Vacation
from gateway.model.timetable import Regime

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_SATURDAY, _SUNDAY = 5, 6
_SIX_DAYS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolCalendar:
    """The days of a school, of one of its classes, or of its office.

    Attributes:
        zone: time zone of the school.
        days_a_week: 5 or 6, where no regime says so.
        regimes: who works how many days a week, and since when.
        vacations: days off of the grades they are for.
        special_days: days that work, or do not, whatever else is said of them.
        school_class: whose calendar it is; with neither class nor group: that of the school's office.
        group: whose calendar it is.
        grade: whose vacations count; the office has none, for its staff works when pupils do not.
    """

    zone: ZoneInfo
    days_a_week: int = 5
    regimes: tuple[Regime, ...] = ()
    vacations: tuple[Vacation, ...] = ()
    special_days: Mapping[date, bool] = field(default_factory=dict)
    school_class: ClassId | None = None
    group: GroupId | None = None
    grade: int | None = None

    def of(
        self, *, school_class: ClassId | None = None, group: GroupId | None = None, grade: int | None = None
    ) -> SchoolCalendar:
        """Return the calendar of a class or a group, with the vacations of a grade."""
        return replace(self, school_class=school_class, group=group, grade=grade)

    @property
    def office(self) -> SchoolCalendar:
        """The calendar of the school's office."""
        return self.of()

    def is_working(self, day: date) -> bool:
        """Tell whether the day is a working day (рабочий день)."""
        special = self.special_days.get(day)
        if special is not None:
            return special
        if day.weekday() == _SUNDAY or (day.weekday() == _SATURDAY and self._week_on(day) < _SIX_DAYS):
            return False
        return not self._is_vacation(day)

    def next_working(self, day: date) -> date:
        """Return the day itself if it is a working day, else the next one that is."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, days: int) -> date:
        """Return the ``days``-th working day after the day, or before it if negative; the day itself for 0."""
        step = _DAY if days > 0 else -_DAY
        for _ in range(abs(days)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def day_of(self, moment: datetime) -> date:
        """Return the school's day of a moment."""
        return moment.astimezone(self.zone).date()

    def at(self, day: date, clock_time: time) -> datetime:
        """Return a time of day at the school as a moment in UTC; one that a clock change skips is just after it."""
        return datetime.combine(day, clock_time, tzinfo=self.zone).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        """Return the first moment of a day at the school, in UTC."""
        return self.at(day, time())

    def end_of(self, day: date) -> datetime:
        """Return the last moment of a day at the school, in UTC: what is done then is done on that day."""
        return self.start_of(day + _DAY) - _INSTANT

    def _week_on(self, day: date) -> int:
        own = [regime.days_a_week for regime in self._regimes() if _covers(regime, day)]
        return max(own, default=self.days_a_week)

    def _regimes(self) -> tuple[Regime, ...]:
        """Return the regimes of whose calendar it is; the office works whenever anybody does."""
        if self.school_class is None and self.group is None:
            return self.regimes
        return tuple(one for one in self.regimes if (one.school_class, one.group) == (self.school_class, self.group))

    def _is_vacation(self, day: date) -> bool:
        return self.grade is not None and any(
            one.start <= day <= one.end and one.first_grade <= self.grade <= one.last_grade for one in self.vacations
        )


def _covers(regime: Regime, day: date) -> bool:
    return regime.valid_from <= day and (regime.valid_to is None or day <= regime.valid_to)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month; where that month is too short, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - _DAY).day))
