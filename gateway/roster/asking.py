"""Asking a source: for what has changed where that will do, else for everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.errors import ContractChanged, PermanentError, Text
from gateway.model.matching_cases import CaseState
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_plan import WAITING, RosterPlan
from gateway.model.roster_quarantine import QuarantineState
from gateway.model.roster_run import RosterRun
from gateway.model.roster_since import UNTIL, not_enough, refused_changes, since_mark
from gateway.model.roster_source import SourceRules
from gateway.model.school import School
from gateway.model.steps import Step
from gateway.ports.frame import Clock, Units
from gateway.ports.roster import RosterSource
from gateway.ports.roster_changes import ChangesSource
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.preview import nothing_kept

_RUNS_AT_ONCE = 20
"""Runs among which one is looked for that ended during a reading."""

_RUNS_BACK = 400
"""Runs among which the last whole reading is looked for: one every hour for two weeks."""

_PLANS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a source told of a school, and its newest runs before the first byte was asked for."""

    snapshot: RosterSnapshot
    school: School
    runs: Sequence[RosterRun]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Asks one source about one school, with no transaction open while it is asked.

    Attributes:
        units: opens units of work.
        source: who is asked.
        rules: of the source.
        clock: tells the present moment.
        planned: what a reading would change; called in a unit of which nothing is kept.
    """

    units: Units[MatchingUnit]
    source: RosterSource
    rules: SourceRules
    clock: Clock
    planned: Callable[[MatchingUnit, Reading], RosterPlan]

    def read(self, *, whole: bool) -> Reading:
        """Return what the source tells: its changes where they will do, everything where they will not or ``whole``.

        Raises:
            PlatformError: the source does not answer, or not as it should.
        """
        with self.units() as unit:
            school, runs = unit.roster.school(), newest_runs(unit, self.rules.name)
            since = None if whole else self._since(unit)
        why: Text | None = None
        if since is not None and isinstance(self.source, ChangesSource):
            try:
                told = replace(self.source.changes(school, since), partial=True)
            except (PermanentError, ContractChanged) as error:
                why = refused_changes(error)
            else:
                reading = Reading(snapshot=told, school=school, runs=runs)
                why = self._not_enough(reading)
                if why is None:
                    return reading
        snapshot = self.source.snapshot(school)
        remarks = snapshot.remarks if why is None else (*snapshot.remarks, why)
        return Reading(snapshot=replace(snapshot, remarks=remarks), school=school, runs=runs)

    def _since(self, unit: MatchingUnit) -> str | None:
        """Return the mark from which changes may be asked for, ``None`` where everything has to be read."""
        if self.rules.whole_every_days <= 1 or not isinstance(self.source, ChangesSource):
            return None
        if questions_open(unit, self.rules.name) or _plans_wait(unit, self.rules.name):
            return None
        steps = unit.steps.recent(step=Step.ROSTER_IN, limit=_RUNS_BACK)
        marks = {run.id: str(run.summary[UNTIL]) for run in steps if run.summary.get(UNTIL)}
        return since_mark(
            unit.roster_runs.newest(source=self.rules.name, limit=_RUNS_BACK),
            marks,
            self.rules,
            now=self.clock(),
            zone=unit.roster.school().zone,
        )

    def _not_enough(self, reading: Reading) -> Text | None:
        """Return why changes call for the whole list, ``None`` where they will do; keep nothing of the looking."""
        with nothing_kept(self.units) as unit:
            unit.roster.lock()
            made = self.planned(unit, reading)
            waiting = unit.quarantine.all(source=self.rules.name, state=QuarantineState.OPEN)
        return not_enough(reading.snapshot, made, waiting)


def newest_runs(unit: MatchingUnit, source: str) -> Sequence[RosterRun]:
    """Return the runs of a source among which one that ended during a reading would be."""
    return unit.roster_runs.newest(source=source, limit=_RUNS_AT_ONCE)


def questions_open(unit: MatchingUnit, source: str) -> int:
    """Return how many questions of who is who wait for a person because of a source."""
    return len(unit.roster_cases.all(state=CaseState.OPEN, source=source))


def _plans_wait(unit: MatchingUnit, source: str) -> bool:
    return any(head.source == source for head in unit.roster.plans(states=WAITING, limit=_PLANS))
