"""A school whose plans are applied, taken back, rejected and left to expire, over real tables."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, func, insert, select

from gateway.errors import GatewayError
from gateway.model.roster import RosterSnapshot, RosterState
from gateway.model.roster_source import Thresholds
from gateway.roster.decisions import RosterDecisions
from gateway.roster.history import RosterHistory
from gateway.roster.quarantine import RosterQuarantine
from gateway.roster.reverting import RosterReverting
from gateway.roster.sync import RosterResult, RosterSync
from tests.roster_world import SCHOOL, Database, Moments, Told, removing, roster

SAID = roster(4).snapshot()
PATIENCE = 120
"""Seconds after which what is done at once is taken for locked against itself."""


def at_once(*doings: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment; return what came of it, refusals too."""

    def one(doing: Callable[[], object]) -> object:
        try:
            return doing()
        except GatewayError as refused:
            return refused.code

    with ThreadPoolExecutor(len(doings)) as pool:
        return [each.result(timeout=PATIENCE) for each in [pool.submit(one, doing) for doing in doings]]


@dataclass
class Life:
    """Everything that may happen to the plans of one school."""

    base: Database
    clock: Moments = field(default_factory=Moments)
    thresholds: Thresholds = field(default_factory=Thresholds)
    source: Told = field(default_factory=lambda: Told(says=SAID))

    @property
    def sync(self) -> RosterSync:
        return RosterSync(
            units=self.base.units,
            source=self.source,
            clock=self.clock,
            new_id=self.base.new_id,
            rules=removing(self.thresholds),
        )

    @property
    def decisions(self) -> RosterDecisions:
        return RosterDecisions(units=self.base.units, clock=self.clock)

    @property
    def reverting(self) -> RosterReverting:
        return RosterReverting(units=self.base.units, clock=self.clock)

    @property
    def history(self) -> RosterHistory:
        return RosterHistory(units=self.base.units, clock=self.clock)

    @property
    def quarantine(self) -> RosterQuarantine:
        return RosterQuarantine(units=self.base.units)

    def run(self, said: RosterSnapshot | None = None) -> RosterResult:
        self.source.says = said or self.source.says
        return self.sync.run()

    def applied(self, said: RosterSnapshot | None = None) -> str:
        """Sync and return the id of the plan that was carried out."""
        plan = self.run(said).plan
        assert plan is not None
        return plan

    def state(self) -> RosterState:
        with self.base.unit() as unit:
            return unit.roster.state()

    def put(self, table: Table, **row: Any) -> None:
        """Write a row as another part of the gateway would."""
        with self.base.engine.begin() as connection:
            connection.execute(insert(table).values(school_id=SCHOOL.id, **row))

    def count(self, table: Table) -> int:
        with self.base.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()
