"""Runs of the six steps in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.ids import SchoolId
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.storage.tables.runs import step_run


class SqlStepLog:
    """Runs of the steps of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def add(self, run: StepRun) -> None:
        """Keep a finished run; a run with the same id replaces the earlier one."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(step_run).values(
            school_id=self._school,
            id=run.id,
            step=run.step,
            started_at=run.started_at,
            finished_at=run.finished_at,
            outcome=run.outcome,
            summary=dict(run.summary),
            error=run.error,
            message_id=run.message,
        )
        changed = {column.name: statement.excluded[column.name] for column in step_run.c if not column.primary_key}
        self._connection.execute(statement.on_conflict_do_update(index_elements=step_run.primary_key, set_=changed))

    def last(self, step: Step) -> StepRun | None:
        """Return the newest run of a step."""
        statement = self._newest_first().where(step_run.c.step == step).limit(1)
        row = self._connection.execute(statement).mappings().first()
        return _run(row) if row else None

    def recent(
        self, *, step: Step | None = None, outcome: StepOutcome | None = None, limit: int = 50
    ) -> Sequence[StepRun]:
        """Return the newest runs, newest first: of one step, with one outcome, or all."""
        statement = self._newest_first().limit(limit)
        if step is not None:
            statement = statement.where(step_run.c.step == step)
        if outcome is not None:
            statement = statement.where(step_run.c.outcome == outcome)
        return [_run(row) for row in self._connection.execute(statement).mappings()]

    def _newest_first(self) -> Select[Any]:
        return (
            select(step_run)
            .where(step_run.c.school_id == self._school)
            .order_by(step_run.c.finished_at.desc(), step_run.c.id)
        )


def _run(row: RowMapping) -> StepRun:
    return StepRun(
        id=row["id"],
        step=Step(row["step"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        outcome=StepOutcome(row["outcome"]),
        summary=row["summary"],
        error=row["error"],
        message=row["message_id"],
    )
