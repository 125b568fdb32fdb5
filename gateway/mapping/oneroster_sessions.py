"""School years and study periods as the academic sessions of OneRoster.

A year is a ``schoolYear``. As it is divided for some grades (quarters for 1 to 9, half-years for 10 and 11) it is a
``term``, whose ``gradingPeriod`` children are those periods: so every term of a class has the periods in which marks
are given. Their ends are the day after the last one, as the standard wants it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.mapping.oneroster_ids import period_guid, term_guid, year_guid
from gateway.model.ids import SchoolId
from gateway.model.oneroster import (
    GRADING_PERIOD,
    TERM,
    Body,
    ObjectKind,
    ProviderObject,
    reference,
)
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.school import FIRST_GRADE, LAST_GRADE, AcademicYear, Period, PeriodKind

_DAY = timedelta(days=1)

_DIVISIONS = {
    PeriodKind.QUARTER: "четверти",
    PeriodKind.TRIMESTER: "триместры",
    PeriodKind.HALF_YEAR: "полугодия",
    PeriodKind.MODULE: "модули",
    PeriodKind.YEAR: "год",
}
_PERIODS = {
    PeriodKind.QUARTER: "четверть",
    PeriodKind.TRIMESTER: "триместр",
    PeriodKind.HALF_YEAR: "полугодие",
    PeriodKind.MODULE: "модуль",
    PeriodKind.YEAR: "год",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class YearDays:
    """First and last day of a school year, both included."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A school year as it is divided for some grades; without periods, the year undivided."""

    sourced_id: str
    year: int
    first_grade: int
    last_grade: int
    periods: tuple[Period, ...]

    def holds_for(self, year: int, grades: Sequence[int]) -> bool:
        """Tell whether any of the grades is taught by it in a year; of a group without pupils nothing is known."""
        return self.year == year and (
            not grades or any(self.first_grade <= grade <= self.last_grade for grade in grades)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sessions:
    """The sessions of a school: the days of its years, and how they are divided."""

    days: Mapping[int, YearDays]
    terms: Sequence[Term]

    def of(self, year: int, grades: Sequence[int]) -> list[Term]:
        """Return the terms of a class: never none, as long as its year is known."""
        found = [term for term in self.terms if term.holds_for(year, grades)]
        return found or [term for term in self.terms if term.year == year]


def sessions_of(facts: SchoolFacts) -> Sessions:
    """Return the sessions of every year that is known by itself, by a period or by a class."""
    school = facts.school.id
    years = {one.year: one for one in facts.years}
    divided: dict[int, dict[tuple[PeriodKind, int, int], list[Period]]] = defaultdict(lambda: defaultdict(list))
    for period in facts.periods:
        divided[period.year][period.kind, period.first_grade, period.last_grade].append(period)
    known = sorted({*years, *divided, *(one.year for one in facts.classes)})
    terms = [term for year in known for term in _terms(school, year, divided.get(year, {}))]
    return Sessions(days={year: _days(year, years.get(year)) for year in known}, terms=terms)


def session_objects(facts: SchoolFacts, sessions: Sessions) -> Iterator[ProviderObject]:
    """Yield the sessions as objects."""
    school = facts.school.id
    for year, days in sessions.days.items():
        terms = [term for term in sessions.terms if term.year == year]
        children = [term.sourced_id for term in terms]
        yield _session(year_guid(school, year), _year_name(year), days, "schoolYear", year, children=children)
        for term in terms:
            yield from _term_objects(school, term, days)


def _terms(
    school: SchoolId, year: int, divided: Mapping[tuple[PeriodKind, int, int], Sequence[Period]]
) -> Iterator[Term]:
    if not divided:
        yield Term(
            sourced_id=term_guid(school, year, ""),
            year=year,
            first_grade=FIRST_GRADE,
            last_grade=LAST_GRADE,
            periods=(),
        )
    for (kind, first, last), periods in sorted(divided.items()):
        yield Term(
            sourced_id=term_guid(school, year, f"{kind}|{first}|{last}"),
            year=year,
            first_grade=first,
            last_grade=last,
            periods=tuple(sorted(periods, key=lambda one: one.number)),
        )


def _term_objects(school: SchoolId, term: Term, days: YearDays) -> Iterator[ProviderObject]:
    year, name = term.year, _year_name(term.year)
    if not term.periods:  # nobody has entered periods yet: the whole year is the one in which marks are given
        only = term_guid(school, year, "whole")
        yield _session(term.sourced_id, name, days, TERM, year, parent=year_guid(school, year), children=[only])
        yield _session(only, name, days, GRADING_PERIOD, year, parent=term.sourced_id)
        return
    kind = term.periods[0].kind
    bounds = YearDays(first=min(one.start for one in term.periods), last=max(one.end for one in term.periods))
    title = f"{name}, {_DIVISIONS[kind]} ({term.first_grade}–{term.last_grade})"
    yield _session(
        term.sourced_id,
        title,
        bounds,
        TERM,
        year,
        parent=year_guid(school, year),
        children=[period_guid(school, one.id) for one in term.periods],
    )
    for one in term.periods:
        told = _PERIODS[kind] if kind is PeriodKind.YEAR else f"{one.number} {_PERIODS[kind]}"
        yield _session(
            period_guid(school, one.id),
            f"{name}, {told}",
            YearDays(first=one.start, last=one.end),
            GRADING_PERIOD,
            year,
            parent=term.sourced_id,
        )


def _session(
    sourced_id: str,
    title: str,
    days: YearDays,
    form: str,
    year: int,
    *,
    parent: str | None = None,
    children: Sequence[str] = (),
) -> ProviderObject:
    body: dict[str, object] = {
        "title": title,
        "startDate": days.first.isoformat(),
        "endDate": (days.last + _DAY).isoformat(),
        "type": form,
        "schoolYear": str(year + 1),
    }
    if parent is not None:
        body["parent"] = reference(ObjectKind.ACADEMIC_SESSION, parent)
    if children:
        body["children"] = [reference(ObjectKind.ACADEMIC_SESSION, one) for one in children]
    told: Body = body
    return ProviderObject(kind=ObjectKind.ACADEMIC_SESSION, sourced_id=sourced_id, body=told)


def _days(year: int, told: AcademicYear | None) -> YearDays:
    """Return the days of a school year; of one that nobody has entered those of the law's default."""
    if told is None:
        return YearDays(first=date(year, 9, 1), last=date(year + 1, 8, 31))
    return YearDays(first=told.start, last=told.end)


def _year_name(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"
