"""Which period and which week a step is about when nobody says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from gateway.model.school import Period, PeriodKind

_WEEK = timedelta(days=7)


def period_in_progress(periods: Iterable[Period], today: date) -> Period | None:
    """Return the quarter that began last: the one an export reports on."""
    begun = [period for period in periods if period.kind is PeriodKind.QUARTER and period.start <= today]
    return max(begun, key=lambda period: period.start, default=None)


def period_just_ended(periods: Iterable[Period], today: date) -> Period | None:
    """Return the quarter that ended last: the one an archive is made of (R-ARCH-09)."""
    ended = [period for period in periods if period.kind is PeriodKind.QUARTER and period.end < today]
    return max(ended, key=lambda period: period.end, default=None)


def last_full_week(today: date) -> date:
    """Return the Monday of the last week that is over."""
    return today - timedelta(days=today.weekday()) - _WEEK
