"""Syncs at the console: what every source gave, what became of it, and who decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, render_template, request

from gateway.errors import GatewayError
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action
from gateway.model.roster_run import RosterRun, RunCount, RunOutcome
from gateway.roster.history import run_story
from gateway.web.console import names
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import bars
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import user

_DRAWN = 14
"""Syncs in the picture: two weeks of daily ones."""

_RUNS = (
    "id", "source", "started_at", "finished_at", "outcome", "complete", "partial", "received", "rejected", "held",
    *(action.value for action in Action), "plan", "held_plans", "error",
)  # fmt: skip


class RosterRunPages:
    """Views over the roster syncs of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def runs(self) -> Response | str:
        """List the syncs, filtered, or as CSV."""
        outcome, source = chosen("outcome", RunOutcome), request.args.get("source", "")
        with self._services.units(user().school)() as unit:
            newest = unit.roster_runs.newest(limit=MOST_READ)
        found = [
            run
            for run in newest
            if is_wanted(outcome, run.outcome)
            and source in {"", run.source}
            and is_found(run.id, run.source, run.error)
        ]
        if is_csv():
            return csv_download("roster-runs.csv", _RUNS, [self._row(run) for run in found])
        return render_template(
            "console/roster_runs.html",
            listing=listing(found),
            sources=sorted({run.source for run in newest}),
            outcomes=names.RUN_OUTCOMES,
            chart_rows=bars(self._drawn(found)),
            counted=RunCount,
        )

    def run(self, run_id: str) -> str:
        """Show one sync: counts of every kind, doubts, its plans and who decided about them."""
        with self._services.units(user().school)() as unit:
            try:
                story = run_story(unit, run_id)
            except GatewayError as error:
                raise not_found() from error
        counts = {
            said(names.RECORD_KINDS[kind]): _changes_of(story.run, kind)
            for kind in RecordKind
            if kind.value in story.run.counts
        }
        return render_template(
            "console/roster_run.html",
            run=story.run,
            plans=story.plans,
            chart_rows=bars(counts),
            kinds=[*(kind.value for kind in RecordKind if kind.value in story.run.counts), *_strange(story.run)],
            columns=[*RunCount, *Action],
        )

    def _drawn(self, runs: Sequence[RosterRun]) -> Mapping[str, Mapping[str, int]]:
        """Return what the newest syncs changed, by their moment, the oldest first."""
        shown = [run for run in runs if run.outcome is not RunOutcome.FAILED][:_DRAWN]
        return {
            f"{run.finished_at.astimezone(self._presentation.zone()):%d.%m %H:%M:%S} {run.source}": {
                action.value: run.total(action.value) for action in Action
            }
            for run in reversed(shown)
        }

    def _row(self, run: RosterRun) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            run.id,
            run.source,
            stamp(run.started_at),
            stamp(run.finished_at),
            run.outcome.value,
            run.complete,
            run.partial,
            *(run.total(count.value) for count in (RunCount.RECEIVED, RunCount.REJECTED, RunCount.HELD)),
            *(run.total(action.value) for action in Action),
            run.plan or "",
            " ".join(run.held_plans),
            run.error,
        )


def _changes_of(run: RosterRun, kind: RecordKind) -> Mapping[str, int]:
    counted = run.counts[kind.value]
    return {action.value: counted.get(action.value, 0) for action in Action}


def _strange(run: RosterRun) -> list[str]:
    """Return the names of what the source gave and we do not know as a kind of record."""
    return sorted(set(run.counts) - {kind.value for kind in RecordKind})
