"""A source that tells changes: what it says whole, what it says has changed, and what it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from gateway.model.people import Pupil
from gateway.model.roster import Key, RecordKind, RosterSnapshot, active_rows
from gateway.model.roster_source import SourceRules, Thresholds
from gateway.model.school import School
from gateway.roster.sync import RosterResult, RosterSync
from tests.roster_world import SCHOOL, TODAY, Database, Moments, removing, roster

WHOLE = "whole"
NOTHING = RosterSnapshot(source="registry", school=SCHOOL.id)


@dataclass
class Teller:
    """A source with changes. Asked for everything it notes ``whole``, asked for changes the mark it was given."""

    says: RosterSnapshot
    changed: RosterSnapshot | Exception = NOTHING
    failure: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def snapshot(self, school: School) -> RosterSnapshot:
        assert school == SCHOOL
        self.asked.append(WHOLE)
        if self.failure is not None:
            raise self.failure
        return replace(self.says, until=self._mark())

    def changes(self, school: School, since: str) -> RosterSnapshot:
        assert school == SCHOOL
        self.asked.append(since)
        if isinstance(self.changed, Exception):
            raise self.changed
        return replace(self.changed, until=self._mark())

    def _mark(self) -> str:
        return f"mark-{len(self.asked)}"


class Days:
    """A school that is synced day by day with a source that tells changes."""

    def __init__(self, base: Database, *, every: int = 7, pupils: int = 8) -> None:
        self.base = base
        self.source = Teller(says=roster(pupils).snapshot())
        self.clock = Moments()
        self.rules: SourceRules = replace(
            removing(Thresholds(), updates=Thresholds(percent=100)), whole_every_days=every
        )

    @property
    def sync(self) -> RosterSync:
        return RosterSync(
            units=self.base.units, source=self.source, clock=self.clock, new_id=self.base.new_id, rules=self.rules
        )

    def day(self, *, everything: bool = False) -> RosterResult:
        """Sync, and let it be the next day."""
        result = self.sync.run(everything=everything)
        self.next_day()
        return result

    def next_day(self) -> None:
        self.clock.now += timedelta(days=1)

    def in_force(self, day: date = TODAY) -> dict[RecordKind, dict[Key, Mapping[str, object]]]:
        with self.base.unit() as unit:
            return {kind: dict(rows) for kind, rows in active_rows(unit.roster.state().rows, day).items()}


def changed(*pupils: Pupil, **more: object) -> RosterSnapshot:
    """Changes that tell of these pupils."""
    return replace(NOTHING, pupils=pupils, **more)  # type: ignore[arg-type]  # fields of a snapshot by name


def nobody_lost(before: Mapping[RecordKind, Iterable[Key]], now: Mapping[RecordKind, Iterable[Key]]) -> bool:
    """Tell whether everybody is still there, and every pupil who sat in a class still sits in one."""
    places = {key[0] for key in before[RecordKind.ENROLLMENT]} <= {key[0] for key in now[RecordKind.ENROLLMENT]}
    kinds = [kind for kind in RecordKind if kind is not RecordKind.ENROLLMENT]
    return places and all(set(before[kind]) <= set(now[kind]) for kind in kinds)
