"""The overview with the six steps, and the list of their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Response, render_template, url_for

from gateway.model.roster_digest import RosterDigest
from gateway.model.roster_digest_words import STANDINGS
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.web.console import names
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import morning
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, listing
from gateway.web.console.pictures import bars
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.rights import may_open
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import user
from outbox import Depth, Entry, State

SHOWN_ERRORS = 10
SHOWN_RUNS = 14
_COLUMNS = ("id", "step", "started_at", "finished_at", "outcome", "error", "summary", "message")


class Standing(StrEnum):
    """How a step stands after a run: what the run itself says, or what a person should look at all the same."""

    NEVER = "never"
    OK = "ok"
    QUEUED = "queued"
    REMARKS = "remarks"
    HELD = "held"
    FAILED = "failed"


def standing(run: StepRun) -> Standing:
    """Return how a step stands: a run that ended well may have turned records away, or only filled the queue."""
    if run.outcome is not StepOutcome.OK:
        return Standing(run.outcome.value)
    if any(run.summary.get(name) for name in ("rejected", "differences")):
        return Standing.REMARKS
    return Standing.QUEUED if run.summary.get("state") == "queued" else Standing.OK


@dataclass(frozen=True, kw_only=True, slots=True)
class StepCard:
    """A step, its newest runs (the last one first) and where its results are."""

    step: Step
    runs: Sequence[StepRun]
    details: str | None

    @property
    def run(self) -> StepRun | None:
        """The last run."""
        return self.runs[0] if self.runs else None

    @property
    def state(self) -> Standing:
        """How the step stands after its last run."""
        return standing(self.runs[0]) if self.runs else Standing.NEVER


class StepPages:
    """Views over the steps of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def overview(self) -> str:
        """Show the six steps with their last runs, the depth of the queue and the last errors."""
        with self._services.units(user().school)() as unit:
            cards = [_card(step, unit.steps.recent(step=step, limit=SHOWN_RUNS)) for step in Step]
        desk, zone = self._services.desk, self._presentation.zone()
        today = morning(self._services.clock().astimezone(zone).date(), zone)
        depths = desk.depths(owner=user().school, finished_since=today)
        waiting = [depth for depth in depths if not depth.over]
        return render_template(
            "console/overview.html",
            cards=cards,
            depths=waiting,
            depth_bars=bars(_by_state(waiting)),
            delivered=sum(depth.count for depth in depths if depth.over and depth.state is State.DONE),
            errors=self._errors(),
            troubled=_troubled(cards),
            result_of=result_of,
            standing=standing,
            pauses=desk.pauses(),
            day_of_roster=self._day_of_roster(),
            standings=STANDINGS,
        )

    def runs(self) -> Response | str:
        """List the runs of the steps, filtered, or as CSV."""
        with self._services.units(user().school)() as unit:
            newest = unit.steps.recent(
                step=chosen("step", Step), outcome=chosen("outcome", StepOutcome), limit=MOST_READ
            )
        found = [run for run in newest if is_found(run.id, run.error, run.message, _summary(run))]
        if is_csv():
            return csv_download("runs.csv", _COLUMNS, (self._row(run) for run in found))
        return render_template("console/runs.html", listing=listing(found), result_of=result_of)

    def _day_of_roster(self) -> RosterDigest | None:
        may_see = may_open(user().role, "roster_today")
        return self._services.roster_days(user().school).of() if may_see else None

    def _errors(self) -> list[Entry]:
        troubled = self._services.desk.find(
            owner=user().school, states=[State.DEAD, State.WAITING, State.HELD], limit=SHOWN_ERRORS
        )
        return [entry for entry in troubled.entries if entry.last_error is not None]

    def _row(self, run: StepRun) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            run.id,
            run.step.value,
            stamp(run.started_at),
            stamp(run.finished_at),
            run.outcome.value,
            run.error,
            _summary(run),
            run.message or "",
        )


def _troubled(cards: Sequence[StepCard]) -> Sequence[StepRun]:
    """Return the newest runs that a person should look at."""
    looked_at = {Standing.FAILED, Standing.HELD, Standing.REMARKS}
    found = [run for card in cards for run in card.runs if standing(run) in looked_at]
    return sorted(found, key=lambda run: run.finished_at, reverse=True)[:SHOWN_ERRORS]


def result_of(run: StepRun) -> str | None:
    """Return the address of the page with what a run brought, ``None`` if there is none."""
    summary = run.summary
    match run.step:
        case Step.ROSTER_IN:
            plan = summary.get("held_plan") or summary.get("plan")
            return url_for("console.plan", plan_id=plan) if plan else None
        case Step.PLATFORM_COMPARED:
            return _page("console.comparison", "comparison_id", summary.get("comparison"))
        case Step.EXPORT_OUT:
            # The run of a receipt bears the package's own id (`gateway.exports.receipts`).
            return _page("console.package", "package_id", summary.get("package") or ("receipt" in summary and run.id))
        case Step.ARCHIVE_SIGNED:
            return _page("console.archive_entry", "entry_id", summary.get("entry"))
        case Step.JOURNAL_IN | Step.DIARY_SEEN:
            return None


def _page(endpoint: str, name: str, record: object) -> str | None:
    values: dict[str, Any] = {name: record}
    return url_for(endpoint, **values) if record else None


def _card(step: Step, runs: Sequence[StepRun]) -> StepCard:
    found = result_of(runs[0]) if runs else None
    return StepCard(
        step=step, runs=runs, details=url_for("console.batches") if step is Step.JOURNAL_IN and runs else found
    )


def _by_state(depths: Sequence[Depth]) -> Mapping[str, Mapping[str, int]]:
    """Return how many messages of each destination are in which state."""
    rows: dict[str, dict[str, int]] = {}
    for depth in depths:
        rows.setdefault(_destination(depth.destination), {})[depth.state] = depth.count
    return rows


def _destination(name: str) -> str:
    return said(names.DESTINATIONS[name]) if name in names.DESTINATIONS else name


def _summary(run: StepRun) -> str:
    return "; ".join(f"{name}={value}" for name, value in run.summary.items())
