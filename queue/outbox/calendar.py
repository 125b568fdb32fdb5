"""Open and closed days: what a schedule needs to know of a calendar, and a plain one to begin with. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

_DAY = timedelta(days=1)
LONGEST_CLOSURE = 366
"""Where more days than this are closed in a row, nothing is moved over them."""

_SATURDAY, _SUNDAY = 5, 6


class Calendar(Protocol):
    """Which days are open, and which periods there are. Asked anew each time: it may change while a worker runs."""

    def is_open(self, day: date) -> bool:
        """Say whether work is done on this day."""
        ...

    def periods(self) -> Sequence[tuple[date, date]]:
        """Return the periods (terms, months, quarters) with their first and last day, both inclusive."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainCalendar:
    """A calendar made of weekdays, holidays and periods.

    Attributes:
        closed_weekdays: 0 for Monday to 6 for Sunday.
        closed: Further closed days, inclusive spans.
        opened: Days that are open in spite of both.
        spans: What ``periods`` returns.
    """

    closed_weekdays: frozenset[int] = frozenset({_SATURDAY, _SUNDAY})
    closed: Sequence[tuple[date, date]] = ()
    opened: frozenset[date] = frozenset()
    spans: Sequence[tuple[date, date]] = ()

    def is_open(self, day: date) -> bool:
        """Say whether work is done on this day."""
        if day in self.opened:
            return True
        return day.weekday() not in self.closed_weekdays and not any(
            first <= day <= last for first, last in self.closed
        )

    def periods(self) -> Sequence[tuple[date, date]]:
        """Return the periods."""
        return self.spans


def first_open_day(calendar: Calendar, first: date, last: date) -> date | None:
    """Return the first open day of a period; None where all of it is closed."""
    return next((day for day in _days(first, last) if calendar.is_open(day)), None)


def last_open_day(calendar: Calendar, first: date, last: date) -> date | None:
    """Return the last open day of a period; None where all of it is closed."""
    return next((day for day in reversed(list(_days(first, last))) if calendar.is_open(day)), None)


def closed_before(calendar: Calendar, day: date) -> list[date]:
    """Return the closed days that lie right before a day, the nearest first; none where there are too many."""
    return _closure(calendar, day, -_DAY)


def closed_after(calendar: Calendar, day: date) -> list[date]:
    """Return the closed days that lie right after a day, the nearest first; none where there are too many."""
    return _closure(calendar, day, _DAY)


def _closure(calendar: Calendar, day: date, step: timedelta) -> list[date]:
    closed: list[date] = []
    for count in range(1, LONGEST_CLOSURE + 1):
        other = day + count * step
        if calendar.is_open(other):
            return closed
        closed.append(other)
    return []


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))
