"""Rules over school years: their states, and what may be written while a year is in one (R-ACAD-20..22, C-20).

A year goes from planning over open and closing to closed, never back; one that is kept is closed by the operation of
`gateway.control.years` alone, which looks for what is missing. Plans may be made for any year that is not
closed; facts need the year of their day to be open or closing. A closed year is read only: what belongs to it is
refused, a late correction too. A day that no year has is not held by this: a school that sets up no years keeps its
journal by its study periods alone. A year that was never kept here may arrive as closed once it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.journal_records import RecordKind
from gateway.model.rules.view import JournalView
from gateway.model.school import AcademicYear, Period, YearState

_WRITABLE = frozenset({YearState.OPEN, YearState.CLOSING})
_ORDER = tuple(YearState)
_MOST_IN_WINDOW = 2


def academic_year_faults(year: AcademicYear, view: JournalView) -> Iterator[Fault]:
    """Hold a school year against R-ACAD-20..22 and C-20: one a number, no overlap, states forward, one open.

    Two years may be open or closing at once only in the days of the policy's ``two_years_open_from`` and
    ``two_years_open_to``; the day counts on which the second one is opened.
    """
    others = [other for other in view.years() if other.id != year.id]
    for other in others:
        if other.year == year.year or (other.start <= year.end and year.start <= other.end):
            yield Fault(
                code="journal.year_overlap",
                text=Text(
                    ru=f"Учебный год пересекается с учебным годом {other.id}.",
                    en=f"The school year overlaps school year {other.id}.",
                ),
                field="start",
                rule="R-ACAD-20",
                who=Party.DEPUTY,
            )
    before = view.stored(RecordKind.YEARS, (year.id,))
    state = before.state if isinstance(before, AcademicYear) else YearState.PLANNING
    if _ORDER.index(year.state) < _ORDER.index(state):
        yield Fault(
            code="journal.year_state_back",
            text=Text(
                ru=f"Учебный год уже в состоянии «{state.value}»: вернуть его в прежнее состояние нельзя.",
                en=f"The school year is in state '{state.value}' already: it never goes back to an earlier one.",
            ),
            field="state",
            rule="R-ACAD-22",
            who=Party.COORDINATOR,
        )
    kept_open = isinstance(before, AcademicYear) and state is not YearState.CLOSED
    not_over = before is None and view.today() <= year.end
    if year.state is YearState.CLOSED and (kept_open or not_over):
        yield Fault(
            code="journal.year_closing",
            text=Text(
                ru=f"Учебный год закрывают в шлюзе: «gateway year close {year.year}» проверяет, всё ли сделано.",
                en=f"A year is closed at the gateway: 'gateway year close {year.year}' checks that all is done.",
            ),
            field="state",
            rule="R-ACAD-22",
            who=Party.COORDINATOR,
        )
    open_others = sum(other.state in _WRITABLE for other in others)
    becomes_open = year.state in _WRITABLE and state not in _WRITABLE
    if becomes_open and open_others >= (_MOST_IN_WINDOW if _two_may_be_open(view) else 1):
        yield Fault(
            code="journal.year_open_already",
            text=Text(
                ru=(
                    "Другой учебный год ещё не закрыт. Два года сразу могут быть открыты только с "
                    f"{view.policy.two_years_open_from} по {view.policy.two_years_open_to} (месяц-день)."
                ),
                en=(
                    "Another school year is not closed yet. Two years may be open at once only from "
                    f"{view.policy.two_years_open_from} to {view.policy.two_years_open_to} (month-day)."
                ),
            ),
            field="state",
            rule="C-20",
            who=Party.COORDINATOR,
        )


def year_faults(kind: RecordKind, record: Any, before: Any, view: JournalView) -> Iterator[Fault]:
    """Yield a fault if a year that the record belongs to, or belonged to until now, does not take it.

    Args:
        kind: the kind of the record.
        record: a record that differs from what is stored.
        before: what is stored under its key, ``None`` for a new one.
        view: the journal as it would be.
    """
    years_of = _YEARS_OF.get(kind)
    if years_of is None:
        return
    states = {year.id: year.state for one in (record, before) if one is not None for year in years_of(one, view)}
    for name, state in states.items():
        if state is YearState.CLOSED:
            yield Fault(
                code="journal.year_closed",
                text=Text(
                    ru=f"Учебный год {name} закрыт: его записи доступны только для чтения.",
                    en=f"School year {name} is closed: its records can only be read.",
                ),
                field=None,
                rule="R-ACAD-22",
                who=Party.COORDINATOR,
            )
        elif state is YearState.PLANNING and kind in _FACTS:
            yield Fault(
                code="journal.year_not_open",
                text=Text(
                    ru=f"Учебный год {name} ещё не открыт: записывать в него можно только планы.",
                    en=f"School year {name} is not open yet: only plans may be written into it.",
                ),
                field=None,
                rule="C-20",
                who=Party.COORDINATOR,
            )


def closed_year_faults(kind: RecordKind, record: Any, view: JournalView) -> Iterator[Fault]:
    """Yield a fault if a stored record belongs to a closed year, in which not even its key changes."""
    return (fault for fault in year_faults(kind, record, None, view) if fault.code == "journal.year_closed")


def _two_may_be_open(view: JournalView) -> bool:
    today = f"{view.today():%m-%d}"
    return view.policy.two_years_open_from <= today <= view.policy.two_years_open_to


def _on(day: date, view: JournalView) -> tuple[AcademicYear, ...]:
    return view.remember(("years", day), lambda: tuple(year for year in view.years() if year.start <= day <= year.end))


def _numbered(number: int, view: JournalView) -> tuple[AcademicYear, ...]:
    return view.remember(("year", number), lambda: tuple(year for year in view.years() if year.year == number))


def _of_itself(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    stored = view.stored(RecordKind.YEARS, (record.id,))
    return (stored,) if isinstance(stored, AcademicYear) else ()


def _of_day(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    return _on(record.day, view)


def _of_lesson(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    lesson = view.lesson(record.lesson)
    return () if lesson is None else _on(lesson.day, view)


def _of_transfer(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    return (*_on(record.from_day, view), *_on(record.to_day, view))


def _of_movement(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    return _on(record.happened_on, view)


def _of_number(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    return _numbered(record.year, view)


def _of_period(record: Any, view: JournalView) -> Iterable[AcademicYear]:
    period = view.find(RecordKind.PERIODS, record.period)
    return _numbered(period.year, view) if isinstance(period, Period) else ()


_FACTS = frozenset(
    {
        RecordKind.LESSONS,
        RecordKind.ABSENCES,
        RecordKind.ABSENCE_NOTES,
        RecordKind.MAKE_UPS,
        RecordKind.MARKS,
        RecordKind.HOMEWORK,
        RecordKind.DEFERRALS,
        RecordKind.PERIOD_MARKS,
    }
)

_YEARS_OF: Mapping[RecordKind, Callable[[Any, JournalView], Iterable[AcademicYear]]] = MappingProxyType(
    {
        RecordKind.YEARS: _of_itself,
        RecordKind.PERIODS: _of_number,
        RecordKind.VACATIONS: _of_number,
        RecordKind.SPECIAL_DAYS: _of_day,
        RecordKind.CURRICULA: _of_number,
        RecordKind.INDIVIDUAL_PLANS: _of_number,
        RecordKind.THEMATIC_PLANS: _of_number,
        RecordKind.LOADS: _of_number,
        RecordKind.ATTESTATION_PLANS: _of_number,
        RecordKind.CONTROL_WORKS: _of_day,
        RecordKind.MOVEMENT_ORDERS: _of_movement,
        RecordKind.SUBSTITUTIONS: _of_day,
        RecordKind.TRANSFERS: _of_transfer,
        RecordKind.LESSONS: _of_day,
        RecordKind.ABSENCES: _of_lesson,
        RecordKind.ABSENCE_NOTES: _of_lesson,
        RecordKind.MAKE_UPS: _of_lesson,
        RecordKind.MARKS: _of_lesson,
        RecordKind.HOMEWORK: _of_lesson,
        RecordKind.DEFERRALS: _of_period,
        RecordKind.PERIOD_MARKS: _of_period,
        RecordKind.EVENTS: _of_day,
        RecordKind.PROFILE_VERIFICATIONS: _of_number,
    }
)
"""The school years that a record of each kind belongs to, where they are set up."""

OF_YEARS = frozenset(_YEARS_OF)
"""The kinds whose records belong to school years."""
