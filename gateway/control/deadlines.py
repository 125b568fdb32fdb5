"""The list of duties, the teachers' daily indicator, and the readiness of the school year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.errors import Fault, Party
from gateway.model.clocks import Clock, Deadline, Trigger
from gateway.model.deadlines import Counting, Obligation, office_duties, selected
from gateway.model.ids import OutageId, StaffId
from gateway.model.lesson_duties import DailyFill, daily_fill, lesson_duties
from gateway.model.oversight import AccessIncident, Outage
from gateway.model.period_duties import period_duties
from gateway.model.readiness import Readiness, readiness
from gateway.model.setup_findings import setup_findings
from gateway.model.setup_progress import setup_progress
from gateway.ports.deadlines import DutyUnit
from gateway.ports.frame import Clock as Now
from gateway.ports.frame import Units

DEFAULT_DAYS = 14
"""How many days back the lessons are looked through."""

_AHEAD = timedelta(days=14)
"""How far ahead the end of a period is looked for: its window opens a week before (R-ATT-02)."""

_NEW_YEAR_MONTH = 6
"""From June on the set-up is that of the year that begins in the same calendar year (R-ACAD-21)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadlines:
    """What has to be done in one school, by whom and until when (R-CAL-20)."""

    units: Units[DutyUnit]
    clock: Now

    def list(
        self,
        *,
        responsible: Party | StaffId | None = None,
        clock: Clock | None = None,
        overdue_only: bool = False,
        days: int = DEFAULT_DAYS,
    ) -> Sequence[Obligation]:
        """Return the duties, the most urgent first, those that were done at the end.

        Args:
            responsible: only those of this party, or of this member of staff.
            clock: only those of this clock.
            overdue_only: only those that are not done and late.
            days: lessons and ends of periods of so many days up to today.
        """
        now = self.clock()
        with self.units() as unit:
            counting = unit.duties.counting()
            today = counting.calendar.day_of(now)
            duties = _duties(unit, counting, today, days)
            return selected(duties, now, responsible=responsible, clock=clock, overdue_only=overdue_only)

    def daily_fill(self, first: date, last: date) -> Sequence[DailyFill]:
        """Return how every teacher has filled the journal on every day, first and last included (R-JRNL-26)."""
        with self.units() as unit:
            return daily_fill(unit.duties.lessons(first, last), unit.duties.counting())

    def notice(self, incident: AccessIncident) -> Deadline:
        """Return until when an incident has to be told of (R-SEC-04)."""
        with self.units() as unit:
            return unit.duties.counting().until(Clock.INCIDENT_NOTICE, Trigger(at=incident.learned_at))

    def catch_up(self, outages: Iterable[Outage]) -> Mapping[OutageId, datetime]:
        """Return for outages that are over until when the journal has to be filled in again (R-JRNL-18)."""
        with self.units() as unit:
            counting = unit.duties.counting()
        return {
            one.id: counting.until(Clock.OUTAGE_CATCH_UP, Trigger(at=one.ended_at)).due_at
            for one in outages
            if one.ended_at is not None
        }

    def readiness(self, year: int | None = None) -> Readiness:
        """Return how far the set-up of a school year is (R-ACAD-24); without a year of the one that is or comes."""
        now = self.clock()
        with self.units() as unit:
            counting = unit.duties.counting()
            today = counting.calendar.day_of(now)
            wanted = _year_to_set_up(today) if year is None else year
            progress = setup_progress(unit.duties.setup(wanted, today))
            return readiness(wanted, progress, counting.calendar, counting.policy, today=today)

    def setup_findings(self, year: int | None = None) -> Sequence[Fault]:
        """Return what of the set-up of a school year does not fit together (R-ACAD-08 to -19, R-JRNL-08, R-ATT-05)."""
        now = self.clock()
        with self.units() as unit:
            today = unit.duties.counting().calendar.day_of(now)
            wanted = _year_to_set_up(today) if year is None else year
            return tuple(setup_findings(unit.duties.setup(wanted, today)))


def _duties(unit: DutyUnit, counting: Counting, today: date, days: int) -> Iterator[Obligation]:
    first = today - timedelta(days=days)
    yield from office_duties(unit.duties.office(today), counting)
    yield from lesson_duties(unit.duties.lessons(first, today), counting)
    yield from period_duties(unit.duties.periods(first, today + _AHEAD), counting)


def _year_to_set_up(today: date) -> int:
    return today.year if today.month >= _NEW_YEAR_MONTH else today.year - 1
