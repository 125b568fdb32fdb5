"""Which period and which week a step is about when nobody says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from gateway.model.school import Period, PeriodKind

_WEEK = timedelta(days=7)


_STUDY_KINDS = (PeriodKind.QUARTER, PeriodKind.TRIMESTER, PeriodKind.MODULE, PeriodKind.HALF_YEAR)
"""What a year can be divided into; where a school has several kinds, the first of them is reported on (R-ACAD-20)."""


def period_in_progress(periods: Iterable[Period], today: date) -> Period | None:
    """Return the study period that began last: the one an export reports on."""
    begun = [period for period in _study_periods(periods) if period.start <= today]
    return max(begun, key=lambda period: period.start, default=None)


def period_just_ended(periods: Iterable[Period], today: date) -> Period | None:
    """Return the study period that ended last: the one an archive is made of (R-ARCH-09)."""
    ended = [period for period in _study_periods(periods) if period.end < today]
    return max(ended, key=lambda period: period.end, default=None)


def last_full_week(today: date) -> date:
    """Return the Monday of the last week that is over."""
    return today - timedelta(days=today.weekday()) - _WEEK


def _study_periods(periods: Iterable[Period]) -> Sequence[Period]:
    known = tuple(periods)
    by_kind = (tuple(period for period in known if period.kind is kind) for kind in _STUDY_KINDS)
    return next((found for found in by_kind if found), ())
