"""The school year: quarters, half-years, vacations, public holidays, and the days on which there is school.

The dates follow the yearly recommendation of the Ministry of Education (2025/26: quarters end on 24 October,
30 December, 27 March and 26 May), moved to the weekdays of the year. The week has five school days in every grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from gateway.model.ids import PeriodId, RecordId
from gateway.model.school import FIRST_GRADE, LAST_GRADE, Period, PeriodKind, Vacation

WEEK_DAYS = 5
_MONDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 4, 5, 6
_LAST_QUARTER_GRADE = 9
_DAY = timedelta(days=1)
_HOLIDAYS = ((11, 4), (2, 23), (3, 8), (5, 1), (5, 9))
"""Month and day of the public holidays outside the vacations (Labour Code, article 112)."""
_FIRST_MONTH = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class YearFrame:
    """Periods and vacations of one school year."""

    periods: tuple[Period, ...]
    vacations: tuple[Vacation, ...]


def year_frame(year: int) -> YearFrame:
    """Return the frame of the school year that begins in the calendar year ``year``."""
    quarters = _quarters(year)
    return YearFrame(
        periods=(*_quarter_periods(year, quarters), *_longer_periods(year, quarters)),
        vacations=tuple(_vacations(year, quarters)),
    )


def holidays(year: int) -> frozenset[date]:
    """Return the days off for public holidays; one on a weekend moves to the Monday after it (article 112)."""
    return frozenset(
        _next_weekday(date(year if month >= _FIRST_MONTH else year + 1, month, day)) for month, day in _HOLIDAYS
    )


def days_of_grade(grade: int, *, year: int, periods: Iterable[Period], vacations: Sequence[Vacation]) -> Iterator[date]:
    """Yield the days of the year on which a grade has school, in order."""
    whole = next(period for period in periods if period.kind is PeriodKind.YEAR)
    off = holidays(year)
    day = whole.start
    while day <= whole.end:
        on_vacation = any(
            rest.start <= day <= rest.end and rest.first_grade <= grade <= rest.last_grade for rest in vacations
        )
        if day.weekday() < WEEK_DAYS and day not in off and not on_vacation:
            yield day
        day += _DAY


def _quarters(year: int) -> tuple[tuple[date, date], ...]:
    """Return the first and last day of each of the four quarters."""
    off = holidays(year)
    first_end = _on_or_before(date(year, 10, 27), _FRIDAY)
    third_end = _on_or_before(date(year + 1, 3, 28), _FRIDAY)
    after_new_year = _on_or_after(date(year + 1, 1, 8), _SUNDAY) + _DAY
    return (
        (_school_day_after(date(year, 9, 1), off), first_end),
        (_school_day_after(first_end + timedelta(days=10), off), _weekday_before(date(year, 12, 30))),
        (after_new_year, third_end),
        (third_end + timedelta(days=10), _weekday_before(date(year + 1, 5, 26))),
    )


def _quarter_periods(year: int, quarters: tuple[tuple[date, date], ...]) -> Iterator[Period]:
    for number, (start, end) in enumerate(quarters, start=1):
        yield Period(
            id=PeriodId(f"{year}-q{number}"),
            year=year,
            kind=PeriodKind.QUARTER,
            number=number,
            start=start,
            end=end,
            last_grade=_LAST_QUARTER_GRADE,
        )


def _longer_periods(year: int, quarters: tuple[tuple[date, date], ...]) -> Iterator[Period]:
    for number, (first, last) in enumerate((quarters[:2], quarters[2:]), start=1):
        yield Period(
            id=PeriodId(f"{year}-h{number}"),
            year=year,
            kind=PeriodKind.HALF_YEAR,
            number=number,
            start=first[0],
            end=last[1],
            first_grade=_LAST_QUARTER_GRADE + 1,
        )
    yield Period(
        id=PeriodId(f"{year}-year"),
        year=year,
        kind=PeriodKind.YEAR,
        number=1,
        start=quarters[0][0],
        end=quarters[-1][1],
    )


def _vacations(year: int, quarters: tuple[tuple[date, date], ...]) -> Iterator[Vacation]:
    seasons = (("autumn", "Осенние каникулы"), ("winter", "Зимние каникулы"), ("spring", "Весенние каникулы"))
    between = pairwise(quarters)
    for (season, name), ((_, before), (after, _)) in zip(seasons, between, strict=True):
        yield _vacation(year, season, name, (before + _DAY, after - _DAY))
    extra = _on_or_after(date(year + 1, 2, 10), _SATURDAY)
    yield _vacation(
        year, "extra", "Дополнительные каникулы", (extra, extra + timedelta(days=8)), last_grade=FIRST_GRADE
    )
    yield _vacation(year, "summer", "Летние каникулы", (quarters[-1][1] + _DAY, date(year + 1, 8, 31)))


def _vacation(year: int, season: str, name: str, days: tuple[date, date], *, last_grade: int = LAST_GRADE) -> Vacation:
    start, end = days
    return Vacation(id=RecordId(f"{year}-{season}"), year=year, name=name, start=start, end=end, last_grade=last_grade)


def _on_or_before(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _weekday_before(day: date) -> date:
    return day if day.weekday() < WEEK_DAYS else _on_or_before(day, _FRIDAY)


def _next_weekday(day: date) -> date:
    return day if day.weekday() < WEEK_DAYS else _on_or_after(day, _MONDAY)


def _school_day_after(day: date, off: frozenset[date]) -> date:
    day = _next_weekday(day)
    return day if day not in off else _next_weekday(day + _DAY)
