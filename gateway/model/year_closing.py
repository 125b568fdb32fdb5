"""What keeps a school year from being closed, each with who has to act: pure (R-ACAD-22).

A year is closed by an operation with preconditions: its periods are over and their marks set, the archives of its
classes signed, the movement book up to date, corrections decided. What a closed year lacks cannot be added any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.errors import Fault, Party, Text
from gateway.model.clocks import RULES, Clock
from gateway.model.deadlines import Counting, Obligation
from gateway.model.ids import ClassId, GroupId, PeriodId
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import Correction, Decision
from gateway.model.period_duties import PeriodFacts, period_duties
from gateway.model.policy import ArchivePeriods, Policy
from gateway.model.school import AcademicYear, Period, PeriodKind

CLOSING_RULE = "R-ACAD-22"

ArchivedFile = tuple[PeriodId, ClassId]
"""A file of the archive: that of a period and a class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosingFacts:
    """What is known of a year that is to be closed.

    Attributes:
        today: the school's day.
        periods: the study periods of the year.
        marks: the final marks of these periods, apart for every day on which some of them end: who was in a class
            or group on that day has to have one.
        due_files: files that the archive has to have (`to_archive`).
        signed_files: files that the registry has; what stands there is signed (R-ARCH-12).
        movement_orders: all of the school.
        corrections: all of the school.
    """

    year: AcademicYear
    today: date
    periods: Sequence[Period] = ()
    marks: Sequence[PeriodFacts] = ()
    due_files: Sequence[ArchivedFile] = ()
    signed_files: Collection[ArchivedFile] = field(default_factory=frozenset)
    movement_orders: Sequence[MovementOrder] = ()
    corrections: Sequence[Correction] = ()


def to_archive(periods: Sequence[Period], policy: Policy) -> Sequence[Period]:
    """Return the periods whose journals the archive has to have: the year always, the others by C-28."""
    if policy.archive_periods is ArchivePeriods.PERIODS_AND_YEAR:
        return periods
    return [period for period in periods if period.kind is PeriodKind.YEAR]


def closing_findings(facts: ClosingFacts, counting: Counting) -> Iterator[Fault]:
    """Yield everything that is missing; a year may be closed when there is nothing (R-ACAD-22)."""
    yield from _periods(facts)
    for marks in facts.marks:
        yield from _marks(marks, counting)
    yield from _archives(facts)
    yield from _movements(facts)
    yield from _corrections(facts)


def _periods(facts: ClosingFacts) -> Iterator[Fault]:
    if not any(period.kind is PeriodKind.YEAR for period in facts.periods):
        yield _finding(
            "year.no_year_period",
            f"В учебном году {facts.year.id} нет периода «год»: без него нет ни годовых отметок, ни годового архива.",
            f"School year {facts.year.id} has no period of kind 'year': no marks of the year, no archive of the year.",
            record=facts.year.id,
            who=Party.DEPUTY,
        )
    for period in facts.periods:
        if period.end >= facts.today:
            yield _finding(
                "year.period_lasts",
                f"Учебный период {period.id} ещё не закончился.",
                f"Study period {period.id} is not over yet.",
                record=period.id,
                who=Party.DEPUTY,
            )


def _marks(facts: PeriodFacts, counting: Counting) -> Iterator[Fault]:
    """Yield the sheets of final marks with gaps; a class or group that everybody has left has none (R-ATT-02)."""
    for duty in period_duties(facts, counting):
        if duty.clock is Clock.PERIOD_MARKS and duty.done_at is None and _has_pupils(duty, facts):
            period, addressee, subject = duty.key
            yield _finding(
                "year.marks_missing",
                f"Выставлены не все итоговые отметки: период {period}, класс (группа) {addressee}, предмет {subject}.",
                f"Final marks are missing: period {period}, class or group {addressee}, subject {subject}.",
                record=" ".join(duty.key),
                who=duty.party,
            )


def _has_pupils(duty: Obligation, facts: PeriodFacts) -> bool:
    name = duty.key[1]
    return bool(facts.pupils.get((ClassId(name), None)) or facts.pupils.get((None, GroupId(name))))


def _archives(facts: ClosingFacts) -> Iterator[Fault]:
    """Yield the files that are not signed yet; if there is none at all, that is said once."""
    if facts.due_files and not facts.signed_files:
        yield _finding(
            "year.no_archives",
            f"В реестре нет ни одного архива учебного года {facts.year.id}: постройте и подпишите архивы его классов.",
            f"The registry has no archive of school year {facts.year.id}: build and sign those of its classes.",
            record=facts.year.id,
            who=Party.DIRECTOR,
        )
        return
    for period, school_class in facts.due_files:
        if (period, school_class) not in facts.signed_files:
            yield _finding(
                "year.archive_missing",
                f"Нет подписанного архива: период {period}, класс {school_class}.",
                f"There is no signed archive: period {period}, class {school_class}.",
                record=f"{period} {school_class}",
                who=Party.DIRECTOR,
            )


def _movements(facts: ClosingFacts) -> Iterator[Fault]:
    for order in facts.movement_orders:
        if facts.year.start <= order.happened_on <= facts.year.end and order.entered_at is None:
            yield _finding(
                "year.movement_open",
                f"Приказ о движении {order.id} не внесён в книгу движения.",
                f"Movement order {order.id} is not entered in the movement book.",
                record=order.id,
                who=RULES[Clock.MOVEMENT_ENTRY].party,
            )


def _corrections(facts: ClosingFacts) -> Iterator[Fault]:
    """Yield every correction that nobody has decided: which year its record is of, it does not say."""
    for correction in facts.corrections:
        if correction.decision is Decision.REQUESTED:
            yield _finding(
                "year.correction_open",
                f"Исправление {correction.id} запрошено, но решения по нему нет.",
                f"Correction {correction.id} was requested and is not decided.",
                record=correction.id,
                who=RULES[Clock.ERROR_CORRECTION].party,
            )


def _finding(code: str, ru: str, en: str, *, record: str, who: Party) -> Fault:
    return Fault(code=code, text=Text(ru=ru, en=en), record=record, rule=CLOSING_RULE, who=who)
