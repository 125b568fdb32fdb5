"""Periods of OneRoster: when a class begins, which school year that is, enrolments told term by term made one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from gateway.mapping.oneroster import Class, Session
from gateway.mapping.oneroster_gathering import Gathering

_YEAR_TURNS = 7
"""Month from which on a beginning belongs to the school year of that calendar year."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A pupil's time in a class, first and last day included, and the enrolment that tells of it."""

    source_id: str
    school_class: str
    first: date
    last: date | None

    def overlaps(self, other: Period) -> bool:
        """Tell whether the two have a day in common."""
        return self.first <= (other.last or date.max) and other.first <= (self.last or date.max)


def school_year(day: date) -> int:
    """Return the calendar year in which the school year of a day begins."""
    return day.year if day.month >= _YEAR_TURNS else day.year - 1


def class_begin(gathered: Gathering, one: Class) -> date:
    """Return the first day of a class: of its earliest term, without one the first of September of this year."""
    terms: list[Session] = [gathered.sessions[term] for term in one.terms if term in gathered.sessions]
    begins = [term.begin for term in terms if term.begin is not None]
    return min(begins) if begins else date(school_year(gathered.today), 9, 1)


def joined(periods: Iterable[Period]) -> list[Period]:
    """Return periods in order of time, those in one class that touch or overlap as one.

    Providers tell a year in one class as four enrolments, one a term.
    """
    whole: list[Period] = []
    for one in sorted(periods, key=lambda period: (period.first, period.last or date.max, period.school_class)):
        before = whole[-1] if whole else None
        if before is None or before.school_class != one.school_class or not _touch(before, one):
            whole.append(one)
        elif before.last is not None:
            whole[-1] = replace(before, last=None if one.last is None else max(before.last, one.last))
    return whole


def _touch(before: Period, after: Period) -> bool:
    return before.last is None or after.first <= before.last + _DAY
