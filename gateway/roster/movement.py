"""The movement of a school's pupils over some days, with the orders and the names of those who moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.model.journal_records import RecordKey, key_of
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.movement_order import MovementOrder
from gateway.model.movement_report import MovementReport, movement_report
from gateway.model.roster import Fields, RecordKind
from gateway.ports.frame import Units
from gateway.ports.movement import MovementUnit

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedReport:
    """A report, and what people call the pupils and classes in it, by id."""

    report: MovementReport
    names: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementReports:
    """Reports on the movement of a school's pupils."""

    units: Units[MovementUnit]

    def of(self, first: date, last: date) -> NamedReport:
        """Return the report of some days, both included."""
        with self.units() as unit:
            state = unit.roster.state()
            found = movement_report(unit.roster.movements(), state, tuple(_orders(unit)), first=first, last=last)
        pupils = {one.movement.pupil for one in found.entries}
        names = {
            **{key[0]: _person(held) for key, held in state.of(RecordKind.PUPIL).items() if key[0] in pupils},
            **{key[0]: f"{held['grade']}{held['letter']}" for key, held in state.of(RecordKind.CLASS).items()},
        }
        return NamedReport(report=found, names=names)


def _orders(unit: MovementUnit) -> Iterator[MovementOrder]:
    after: RecordKey | None = None
    while page := unit.records.page(JournalKind.MOVEMENT_ORDERS, after=after, limit=_PAGE, where={}):
        yield from (stored.record for stored in page)
        after = key_of(page[-1].record)


def _person(held: Fields) -> str:
    return " ".join(str(held[name]) for name in ("family", "given", "patronymic") if held[name])
