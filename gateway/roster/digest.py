"""What a person has to know of the roster's day, and who is missing: reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.model.matching_cases import StoredCase
from gateway.model.roster_digest import RosterBooks, RosterDigest, digest
from gateway.model.roster_missing import MissingRecord, missing_records
from gateway.model.roster_source import SourceRules
from gateway.ports.frame import Clock, Units
from gateway.ports.roster_links import MatchingUnit

_MOST = 1000
"""Newest syncs and plans that are looked at: more than a year of daily ones of two sources."""


_GRACE = timedelta(hours=1)
"""A sync that the clock has asked for may take so long before its source is called silent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterDays:
    """The days of a school's roster.

    Attributes:
        units: opens units of work.
        clock: tells the present moment.
        rules: of the sources that the school has, the one with the last word first.
        asked: gives the sources that the clock asks between two moments.
    """

    units: Units[MatchingUnit]
    clock: Clock
    rules: tuple[SourceRules, ...]
    asked: Callable[[datetime, datetime], Collection[str]]

    def of(self, day: date | None = None) -> RosterDigest:
        """Return the digest of a day of the school's calendar, of today without one."""
        now = self.clock()
        with self.units() as unit:
            zone = ZoneInfo(unit.roster.school().zone)
            wanted = day or now.astimezone(zone).date()
            begins, ends = _morning(wanted, zone), _morning(wanted + timedelta(days=1), zone)
            books = RosterBooks(
                runs=unit.roster_runs.newest(limit=_MOST),
                plans=unit.roster.plans(limit=_MOST),
                quarantine=unit.quarantine.all(),
                cases=_longest_first(unit.roster_cases.all()),
                missing=self._missing(unit),
            )
        asked = self.asked(begins, min(ends, now - _GRACE))
        return digest(wanted, begins, ends, self.rules, books, asked=asked)

    def missing(self, *, source: str | None = None) -> Sequence[MissingRecord]:
        """Return the records that sources no longer tell of, the longest missing first; those of one source, or all."""
        with self.units() as unit:
            found = self._missing(unit)
        return [one for one in found if source in {None, one.source}]

    def _missing(self, unit: MatchingUnit) -> tuple[MissingRecord, ...]:
        absences = unit.roster_absences.all()
        if not absences:
            return ()
        return missing_records(absences, self.rules, links=unit.roster_links.all(), locks=unit.roster_locks.all())


def _longest_first(cases: Sequence[StoredCase]) -> Sequence[StoredCase]:
    return sorted(cases, key=lambda one: (one.since, one.id))


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
