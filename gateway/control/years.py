"""School years: their named days, what keeps one from being closed, and closing it (R-ACAD-21, R-ACAD-22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.control.acting import By
from gateway.control.writing import CHANNEL, reference_of
from gateway.errors import DocumentError, Fault, GatewayError, Party, RuleViolation, Text
from gateway.mapping.journal_plain import plain_from
from gateway.model.audit import AuditRecord
from gateway.model.batch import Batch
from gateway.model.deadlines import Counting
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind, Stored, key_of, name_of
from gateway.model.school import AcademicYear, Period, YearState
from gateway.model.year_closing import CLOSING_RULE, ClosingFacts, closing_findings, to_archive
from gateway.model.year_duties import YearDuty, YearFacts, year_duties
from gateway.ports.frame import Clock, Units
from gateway.ports.years import YearsUnit

_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class YearReport:
    """A school year, its named days, and what keeps it from being closed; a closed one has nothing of that."""

    year: AcademicYear
    duties: tuple[YearDuty, ...]
    findings: tuple[Fault, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Years:
    """The school years of one school."""

    school: SchoolId
    units: Units[YearsUnit]
    clock: Clock

    def report(self, year: int | None = None) -> YearReport:
        """Return how a school year stands.

        Args:
            year: the calendar year in which it begins; without it the earliest year that is not closed.

        Raises:
            GatewayError: ``year.unknown``.
        """
        now = self.clock()
        with self.units() as unit:
            years = _years(unit)
            found = _wanted(years, year)
            counting = unit.duties.counting()
            today = counting.calendar.day_of(now)
            facts = YearFacts(
                setup=unit.duties.setup(found.record.year, today),
                years=[one.record for one in years],
                control_checks=unit.duties.office(today).control_checks,
            )
            closed = found.record.state is YearState.CLOSED
            return YearReport(
                year=found.record,
                duties=tuple(year_duties(facts, counting)),
                findings=() if closed else _findings(unit, found.record, counting, now),
            )

    def findings(self, year: int) -> Sequence[Fault]:
        """Return everything that keeps a year from being closed, each with who has to act; nothing of a closed one.

        Raises:
            GatewayError: ``year.unknown``.
        """
        return self.report(year).findings

    def close(self, year: int, *, by: By, document: str) -> AcademicYear:
        """Close a year for good: from now on its records can only be read (R-ACAD-22).

        What is missing is looked for in the transaction that closes, and nobody writes the journal until it ends.

        Args:
            year: the calendar year in which it begins.
            by: who closes it.
            document: the order by which it is closed; kept in the audit.

        Raises:
            GatewayError: ``year.unknown``, ``school.unknown``.
            RuleViolation: ``year.closed_already``; ``year.not_open``: it is still being planned;
                ``year.document_missing``.
            DocumentError: ``year.not_ready``: something is missing; every finding is in it.
        """
        if not document.strip():
            raise _document_missing()
        now = self.clock()
        with self.units() as unit:
            reference_of(unit, Batch(school=self.school, sent_at=now))  # nobody writes meanwhile
            held = _wanted(_years(unit), year)
            _check_state(held.record)
            findings = _findings(unit, held.record, unit.duties.counting(), now)
            if findings:
                raise _not_ready(held.record, findings)
            closed = replace(held.record, state=YearState.CLOSED)
            unit.journal.put(RecordKind.YEARS, [Stored(record=closed, version=held.version + 1)])
            unit.audit.append([_audited(closed, held.record, now, by, document.strip())])
        return closed


def _findings(unit: YearsUnit, year: AcademicYear, counting: Counting, now: datetime) -> tuple[Fault, ...]:
    today = counting.calendar.day_of(now)
    periods: list[Period] = [one.record for one in _all(unit, RecordKind.PERIODS) if one.record.year == year.year]
    archived = to_archive(periods, counting.policy)
    signed = (entry for period in archived for entry in unit.archive.of_period(period.id))
    office = unit.duties.office(today)
    facts = ClosingFacts(
        year=year,
        today=today,
        periods=periods,
        marks=[unit.duties.periods(day, day) for day in sorted({period.end for period in periods})],
        due_files=[(period.id, one) for period in archived for one in unit.archive.classes(period.id)],
        signed_files={(entry.period, entry.school_class) for entry in signed},
        movement_orders=office.movement_orders,
        corrections=office.corrections,
    )
    return tuple(closing_findings(facts, counting))


def _years(unit: YearsUnit) -> Sequence[Stored[AcademicYear]]:
    return sorted(_all(unit, RecordKind.YEARS), key=lambda one: one.record.year)


def _all(unit: YearsUnit, kind: RecordKind) -> list[Stored[Any]]:
    found: list[Stored[Any]] = []
    while page := unit.records.page(kind, after=key_of(found[-1].record) if found else None, limit=_PAGE, where={}):
        found += page
    return found


def _wanted(years: Sequence[Stored[AcademicYear]], number: int | None) -> Stored[AcademicYear]:
    for held in years:
        if held.record.year == number or (number is None and held.record.state is not YearState.CLOSED):
            return held
    named = "" if number is None else f" {number}"
    raise GatewayError(
        "year.unknown",
        Text(
            ru=f"Такого учебного года нет:{named or ' все закрыты или ни один не создан'}.",
            en=f"There is no such school year:{named or ' all are closed, or none was made'}.",
        ),
        rule="R-ACAD-21",
    )


def _check_state(year: AcademicYear) -> None:
    if year.state is YearState.CLOSED:
        raise RuleViolation(
            "year.closed_already",
            Text(ru=f"Учебный год {year.id} уже закрыт.", en=f"School year {year.id} is closed already."),
            who=Party.COORDINATOR,
            rule=CLOSING_RULE,
        )
    if year.state is YearState.PLANNING:
        raise RuleViolation(
            "year.not_open",
            Text(
                ru=f"Учебный год {year.id} ещё планируется: закрывают тот, который был открыт.",
                en=f"School year {year.id} is still being planned: a year is closed after it was open.",
            ),
            who=Party.COORDINATOR,
            rule=CLOSING_RULE,
        )


def _document_missing() -> RuleViolation:
    return RuleViolation(
        "year.document_missing",
        Text(ru="Укажите документ, по которому год закрывают.", en="Name the document by which the year is closed."),
        who=Party.COORDINATOR,
        rule=CLOSING_RULE,
    )


def _not_ready(year: AcademicYear, findings: tuple[Fault, ...]) -> DocumentError:
    return DocumentError(
        "year.not_ready",
        Text(
            ru=f"Учебный год {year.id} не закрыт: сделано не всё, что нужно для закрытия.",
            en=f"School year {year.id} was not closed: not everything is done that closing needs.",
        ),
        faults=findings,
        who=Party.COORDINATOR,
        rule=CLOSING_RULE,
    )


def _audited(closed: AcademicYear, before: AcademicYear, at: datetime, by: By, document: str) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=by.actor,
        role=by.role,
        channel=CHANNEL,
        action="update",
        object_kind=RecordKind.YEARS.one,
        object_id=name_of(key_of(closed)),
        old=plain_from(before),
        new=plain_from(closed),
        reason=document,
        source=by.source,
    )
