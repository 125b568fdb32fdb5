"""Which study period and which week a step is about when nobody says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.calendar import last_full_week, period_in_progress, period_just_ended
from gateway.model.ids import PeriodId
from gateway.model.school import Period, PeriodKind


def period(name: str, kind: PeriodKind, start: date, end: date) -> Period:
    return Period(id=PeriodId(name), year=2026, kind=kind, number=1, start=start, end=end, first_grade=1, last_grade=11)


FIRST = period("q1", PeriodKind.QUARTER, date(2026, 9, 1), date(2026, 10, 25))
SECOND = period("q2", PeriodKind.QUARTER, date(2026, 11, 4), date(2026, 12, 29))
OTHERS = (
    period("h1", PeriodKind.HALF_YEAR, date(2026, 9, 1), date(2026, 12, 29)),
    period("y", PeriodKind.YEAR, date(2026, 9, 1), date(2027, 5, 26)),
)
PERIODS = (SECOND, *OTHERS, FIRST)


@pytest.mark.parametrize(
    ("today", "in_progress", "just_ended"),
    [
        (date(2026, 8, 31), None, None),
        (date(2026, 9, 1), FIRST, None),
        (date(2026, 10, 25), FIRST, None),  # its last day belongs to it
        (date(2026, 10, 26), FIRST, FIRST),  # a vacation: what began last is still reported on
        (date(2026, 11, 3), FIRST, FIRST),
        (date(2026, 11, 4), SECOND, FIRST),
        (date(2026, 12, 29), SECOND, FIRST),
        (date(2026, 12, 30), SECOND, SECOND),
        (date(2027, 7, 1), SECOND, SECOND),
    ],
)
def test_the_quarter_of_a_day(today: date, in_progress: Period | None, just_ended: Period | None) -> None:
    assert period_in_progress(PERIODS, today) == in_progress
    assert period_just_ended(PERIODS, today) == just_ended


def test_a_school_without_quarters_is_reported_on_by_half_years_and_never_by_years() -> None:
    assert period_in_progress(OTHERS, date(2026, 10, 1)) == OTHERS[0]
    assert period_just_ended(OTHERS, date(2027, 7, 1)) == OTHERS[0]
    assert period_in_progress(OTHERS[1:], date(2026, 10, 1)) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_last_full_week_begins_on_monday_and_is_over_but_no_older(today: date) -> None:
    monday = last_full_week(today)
    assert monday.weekday() == 0
    assert timedelta(days=7) <= today - monday < timedelta(days=14)
