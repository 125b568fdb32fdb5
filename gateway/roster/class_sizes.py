"""The class sizes of a school on a day, with what people call the classes and their teachers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from gateway.model.class_sizes import ClassSizes, class_sizes_report
from gateway.model.curriculum import IndividualPlan
from gateway.model.journal_records import RecordKey, key_of
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.roster import RecordKind, called
from gateway.ports.frame import Clock, Units
from gateway.ports.movement import MovementUnit

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedSizes:
    """A report, and what people call the classes and teachers in it, by id."""

    report: ClassSizes
    names: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSizesReports:
    """Reports on the sizes of a school's classes."""

    units: Units[MovementUnit]
    clock: Clock

    def of(self, day: date | None = None) -> NamedSizes:
        """Return the report of a day of the school's calendar, of today without one."""
        with self.units() as unit:
            state = unit.roster.state()
            today = self.clock().astimezone(ZoneInfo(unit.roster.school().zone)).date()
            found = class_sizes_report(state, tuple(_plans(unit)), day or today)
        teachers: set[str] = {one.teacher for one in found.lines if one.teacher}
        staff = state.of(RecordKind.STAFF)
        names: dict[str, str] = {
            **{one: called(staff[one,]) for one in teachers},
            **{key[0]: called(held) for key, held in state.of(RecordKind.CLASS).items()},
        }
        return NamedSizes(report=found, names=names)


def _plans(unit: MovementUnit) -> Iterator[IndividualPlan]:
    after: RecordKey | None = None
    while page := unit.records.page(JournalKind.INDIVIDUAL_PLANS, after=after, limit=_PAGE, where={}):
        yield from (stored.record for stored in page)
        after = key_of(page[-1].record)
