"""Runs of roster syncs in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, or_, select, update

from gateway.errors import Party, Text
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_plan import PlanState
from gateway.model.roster_run import RosterRun, RunOutcome
from gateway.storage.bulk import put_rows
from gateway.storage.tables.people import roster_plan
from gateway.storage.tables.roster_runs import roster_run

_LOOKED_BACK = 400
"""Runs among which the last accepted one is looked for: more than a year of daily ones."""


class SqlRosterRuns:
    """The runs of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def add(self, run: RosterRun) -> None:
        """Keep a finished run; a run with the same id replaces the earlier one."""
        row = {
            "school_id": self._school,
            "id": run.id,
            "source": run.source,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "outcome": run.outcome,
            "counts": {kind: dict(counted) for kind, counted in run.counts.items()},
            "complete": run.complete,
            "partial": run.partial,
            "doubts": [{"ru": doubt.ru, "en": doubt.en} for doubt in run.doubts],
            "plan_id": run.plan,
            "held_plans": list(run.held_plans),
            "error": run.error,
            "error_text": None if run.error_text is None else {"ru": run.error_text.ru, "en": run.error_text.en},
            "error_who": run.error_who,
            "accepted_by": run.accepted_by,
            "accepted_at": run.accepted_at,
        }
        put_rows(self._connection, roster_run, [row])

    def get(self, run: str) -> RosterRun | None:
        """Return one run."""
        statement = select(roster_run).where(roster_run.c.school_id == self._school, roster_run.c.id == run)
        row = self._connection.execute(statement).mappings().first()
        return _run(row) if row else None

    def newest(self, *, source: str | None = None, limit: int = 50) -> Sequence[RosterRun]:
        """Return the newest runs, newest first; of one source, or of all."""
        statement = (
            select(roster_run)
            .where(roster_run.c.school_id == self._school)
            .order_by(roster_run.c.finished_at.desc(), roster_run.c.id)
            .limit(limit)
        )
        if source is not None:
            statement = statement.where(roster_run.c.source == source)
        return [_run(row) for row in self._connection.execute(statement).mappings()]

    def last_accepted(self, source: str) -> Mapping[RecordKind, int] | None:
        """Return how many records of each kind the last accepted run of a source received."""
        statement = (
            select(roster_run)
            .where(
                roster_run.c.school_id == self._school,
                roster_run.c.source == source,
                roster_run.c.partial.is_(False),
                roster_run.c.outcome != RunOutcome.FAILED,
                or_(roster_run.c.complete, roster_run.c.accepted_at.is_not(None)),
            )
            .order_by(roster_run.c.finished_at.desc(), roster_run.c.id)
        )
        runs = (_run(row) for row in self._connection.execute(statement.limit(_LOOKED_BACK)).mappings())
        return next((run.received() for run in runs if run.accepted_at or self._all_done(run.held_plans)), None)

    def _all_done(self, plans: Sequence[str]) -> bool:
        statement = select(func.count()).where(
            roster_plan.c.school_id == self._school,
            roster_plan.c.id.in_(plans),
            roster_plan.c.state.in_([PlanState.APPLIED, PlanState.REVERTED]),
        )
        return not plans or self._connection.execute(statement).scalar_one() == len(plans)

    def accept(self, run: str, *, by: str, at: datetime) -> None:
        """Keep that a person called the numbers of a run right."""
        self._connection.execute(
            update(roster_run)
            .where(roster_run.c.school_id == self._school, roster_run.c.id == run)
            .values(accepted_by=by, accepted_at=at)
        )


def _run(row: RowMapping) -> RosterRun:
    return RosterRun(
        id=row["id"],
        source=row["source"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        outcome=RunOutcome(row["outcome"]),
        counts=row["counts"],
        complete=row["complete"],
        partial=row["partial"],
        doubts=tuple(Text(**doubt) for doubt in row["doubts"]),
        plan=row["plan_id"],
        held_plans=tuple(row["held_plans"]),
        error=row["error"],
        error_text=None if row["error_text"] is None else Text(**row["error_text"]),
        error_who=None if row["error_who"] is None else Party(row["error_who"]),
        accepted_by=row["accepted_by"],
        accepted_at=row["accepted_at"],
    )
