"""The overview with the six steps, and the list of their runs."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, request

from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.web.console.csv_download import csv_download
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import user
from outbox import Entry, State

SHOWN_ERRORS = 10
SHOWN_RUNS = 200
MOST_EXPORTED = 100_000
_COLUMNS = ("id", "step", "started_at", "finished_at", "outcome", "error", "summary", "message")


@dataclass(frozen=True, kw_only=True, slots=True)
class StepCard:
    """A step and its last run."""

    step: Step
    run: StepRun | None


class StepPages:
    """Views over the steps of the person's school."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services

    def overview(self) -> str:
        """Show the six steps with their last run, the depth of the queue and the last errors."""
        with self._services.units(user().school)() as unit:
            cards = [StepCard(step=step, run=unit.steps.last(step)) for step in Step]
        desk = self._services.desk
        depths = [depth for depth in desk.depths() if depth.state is not State.DONE]
        return render_template(
            "console/overview.html", cards=cards, depths=depths, errors=self._errors(), pauses=desk.pauses()
        )

    def runs(self) -> Response | str:
        """List the runs of the steps, filtered, or as CSV."""
        step, outcome = request.args.get("step", ""), request.args.get("outcome", "")
        as_csv = request.args.get("format") == "csv"
        with self._services.units(user().school)() as unit:
            found = unit.steps.recent(
                step=Step(step) if step in set(Step) else None,
                outcome=StepOutcome(outcome) if outcome in set(StepOutcome) else None,
                limit=MOST_EXPORTED if as_csv else SHOWN_RUNS,
            )
        wanted = request.args.get("q", "").strip().lower()
        found = [run for run in found if wanted in f"{run.id} {run.error} {dict(run.summary)}".lower()]
        if as_csv:
            return csv_download("runs.csv", _COLUMNS, (_row(run) for run in found))
        return render_template("console/runs.html", runs=found)

    def _errors(self) -> list[Entry]:
        desk = self._services.desk
        troubled = desk.find(states=[State.DEAD, State.WAITING, State.HELD], limit=SHOWN_ERRORS)
        return [entry for entry in troubled.entries if entry.last_error is not None]


def _row(run: StepRun) -> tuple[object, ...]:
    return (
        run.id,
        run.step.value,
        run.started_at.isoformat(),
        run.finished_at.isoformat(),
        run.outcome.value,
        run.error,
        "; ".join(f"{name}={value}" for name, value in run.summary.items()),
        run.message or "",
    )
