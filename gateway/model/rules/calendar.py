"""Rules over the frame of the year: study periods, vacations, special days (R-ACAD-01, 02, 12, R-MARK-08)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from gateway.errors import Fault, Party, Text
from gateway.model.journal_records import RecordKind
from gateway.model.rules.view import JournalView
from gateway.model.school import Period, PeriodKind, SpecialDay, Vacation


class Grades(Protocol):
    """Whatever is for the grades from a first to a last."""

    @property
    def first_grade(self) -> int: ...  # noqa: D102 - the field that every such record has
    @property
    def last_grade(self) -> int: ...  # noqa: D102 - the field that every such record has


def period_faults(period: Period, view: JournalView) -> Iterator[Fault]:
    """Hold a study period against R-ACAD-01: grades in order, inside its year, no overlap with one of its kind.

    R-MARK-08: what is locked stays locked, so a period for which final marks stand keeps its days and grades.
    """
    yield from grade_order_faults(period, rule="R-ACAD-01")
    before = view.stored(RecordKind.PERIODS, (period.id,))
    if isinstance(before, Period) and period.id in view.reference.summed_up and _span(period) != _span(before):
        yield Fault(
            code="journal.period_in_use",
            text=Text(
                ru="За период выставлены итоговые отметки: его дни и классы больше не меняются.",
                en="Final marks are set for the period: its days and grades do not change any more.",
            ),
            field="start",
            rule="R-MARK-08",
            who=Party.DEPUTY,
        )
    for year in view.years():
        if year.year == period.year and not (year.start <= period.start and period.end <= year.end):
            yield Fault(
                code="journal.period_outside_year",
                text=Text(
                    ru=f"Учебный период выходит за границы учебного года {year.id}.",
                    en=f"The study period goes beyond school year {year.id}.",
                ),
                field="start",
                rule="R-ACAD-01",
                who=Party.DEPUTY,
            )
    for other in view.periods():
        if other.id != period.id and _overlap(period, other):
            yield Fault(
                code="journal.period_overlap",
                text=Text(
                    ru=f"Учебный период пересекается с периодом {other.id} того же вида и тех же классов.",
                    en=f"The study period overlaps period {other.id} of the same kind and grades.",
                ),
                field="start",
                rule="R-ACAD-01",
                who=Party.DEPUTY,
            )


def vacation_faults(vacation: Vacation, _view: JournalView) -> Iterator[Fault]:
    """Hold a vacation against R-ACAD-02: its grades in order."""
    yield from grade_order_faults(vacation, rule="R-ACAD-02")


def special_day_faults(special: SpecialDay, view: JournalView) -> Iterator[Fault]:
    """Hold a special day against R-ACAD-12: a day is special in one way only."""
    for other in view.special_days():
        if other.day == special.day and other.id != special.id:
            yield Fault(
                code="journal.special_day_repeated",
                text=Text(
                    ru=f"Для этого дня уже есть запись {other.id}.",
                    en=f"There is a record of this day already: {other.id}.",
                ),
                field="day",
                rule="R-ACAD-12",
                who=Party.DEPUTY,
            )


def grade_order_faults(grades: Grades, *, rule: str) -> Iterator[Fault]:
    """Refuse a last grade below the first."""
    if grades.last_grade < grades.first_grade:
        yield Fault(
            code="journal.grades_reversed",
            text=Text(ru="Последний класс меньше первого.", en="The last grade is below the first."),
            field="lastGrade",
            rule=rule,
            who=Party.DEPUTY,
        )


def _span(period: Period) -> tuple[PeriodKind, date, date, int, int]:
    return period.kind, period.start, period.end, period.first_grade, period.last_grade


def _overlap(one: Period, other: Period) -> bool:
    return (
        one.kind is other.kind
        and one.start <= other.end
        and other.start <= one.end
        and one.first_grade <= other.last_grade
        and other.first_grade <= one.last_grade
    )
