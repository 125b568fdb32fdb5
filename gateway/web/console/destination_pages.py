"""Destinations of the queue at the console: how each stands, what waits there, and what is decided about all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.web.console import names
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import morning
from gateway.web.console.destination_lines import Condition, DestinationLine, destination_lines
from gateway.web.console.listing import chosen, is_csv, is_found, listing
from gateway.web.console.pictures import bars
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted
from outbox import State

_COLUMNS = (
    "destination",
    "conditions",
    "since",
    "until",
    "by",
    "reason",
    "waiting",
    "oldest",
    "late",
    "delivered_today",
)


_DECISIONS = 20
"""How many of the latest decisions are listed; ``gateway queue decisions`` lists more."""


class DestinationPages:
    """Views over the destinations. They are shared by all schools of an installation; the figures are the school's."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._desk = services.desk
        self._clock = services.clock
        self._presentation = presentation

    def destinations(self) -> Response | str:
        """List the destinations, filtered, or as CSV; with the forms to decide about them."""
        condition, lines = chosen("condition", Condition), self._lines()
        found = [
            line
            for line in lines
            if (condition is None or line.holds(condition)) and is_found(line.name, called(line.name))
        ]
        if is_csv():
            return csv_download("destinations.csv", _COLUMNS, [self._row(line) for line in found])
        page = listing(found)
        return render_template(
            "console/destinations.html",
            listing=page,
            drawn=bars({called(line.name): _by_name(line.waiting) for line in page.items}),
            is_empty=not lines,
            pauses=self._desk.pauses(),
            decisions=self._desk.decisions(limit=_DECISIONS),
        )

    def decide(self, name: str) -> AnyResponse:
        """Carry out a person's decision about one destination, kept with name and reason."""
        person, desk = require(Right.DECIDE), self._desk
        decisions = {"pause": desk.pause, "resume": desk.resume, "drain": desk.drain, "reopen": desk.reopen}
        verb, reason = submitted(decisions)
        if all(report.name != name for report in desk.destinations(owner=person.school)):
            raise not_found()
        decisions[verb](name, by=person.login, reason=reason)
        return redirect(url_for("console.destinations"))

    def decide_everything(self) -> AnyResponse:
        """Stop all sending or start it again, kept with name and reason."""
        person = require(Right.DECIDE)
        decisions: Mapping[str, Callable[..., None]] = {"stop": self._desk.stop, "start": self._desk.start}
        verb, reason = submitted(decisions)
        decisions[verb](by=person.login, reason=reason)
        return redirect(url_for("console.destinations"))

    def _lines(self) -> Sequence[DestinationLine]:
        school, zone = user().school, self._presentation.zone()
        today = morning(self._clock().astimezone(zone).date(), zone)
        return destination_lines(
            self._desk.destinations(owner=school),
            self._desk.depths(owner=school, finished_since=today),
            self._desk.pauses(),
        )

    def _row(self, line: DestinationLine) -> tuple[object, ...]:
        stamp, first = self._presentation.stamp, line.standings[0]
        return (
            line.name,
            " ".join(standing.condition for standing in line.standings),
            stamp(first.since),
            stamp(first.until),
            first.by,
            first.reason,
            line.total,
            stamp(line.oldest.oldest) if line.oldest else "",
            "yes" if line.oldest and line.oldest.broken else "",
            line.delivered,
        )


def called(name: str) -> str:
    """Return what a destination is called in the page's language, its own name where it has no other."""
    return said(names.DESTINATIONS[name]) if name in names.DESTINATIONS else name


def _by_name(counts: Mapping[State, int]) -> Mapping[str, int]:
    return {state.value: count for state, count in counts.items()}
