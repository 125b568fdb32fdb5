"""The set-up of the school year at the console: every section, who answers for it, how far it is (R-ACAD-24, -26)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from flask import Response, render_template, request

from gateway.model.archive import school_year_name
from gateway.model.duties import Duty
from gateway.model.readiness import SectionStatus
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.csv_download import csv_download
from gateway.web.console.duty_names import PROGRESS
from gateway.web.console.form_fields import FIRST_YEAR, LAST_YEAR
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted
from gateway.web.console.pictures import FULL, shares
from gateway.web.console.policy_names import value_name
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import user

_SECTIONS = ("section", "name", "responsible", "done", "total", "state", "due_on", "overdue_days")


class Standing(StrEnum):
    """How a section stands."""

    OVERDUE = "overdue"
    MISSING = "missing"
    COMPLETE = "complete"


class ReadinessPages:
    """Views over the set-up of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def readiness(self) -> Response | str:
        """Show the checklist that the school follows (C-16): filtered, searched, or as CSV."""
        school = user().school
        asked = request.args.get("year", type=int)
        year = asked if asked is not None and FIRST_YEAR <= asked <= LAST_YEAR else None
        found = self._services.deadlines(school).readiness(year)
        checklist = self._services.policies(school).get("setup_checklist").value
        lines = _wanted(found.sections)
        if is_csv():
            return csv_download("readiness.csv", _SECTIONS, [_row(line) for line in lines])
        done = sum(standing(line) is Standing.COMPLETE for line in found.sections)
        return render_template(
            "console/readiness.html",
            found=found,
            lines=lines,
            standing=standing,
            percent=percent,
            progress=PROGRESS,
            duties=CHOICES[Duty],
            duties_there={line.responsible for line in found.sections},
            year_name=school_year_name(found.year),
            checklist=said(value_name("setup_checklist", checklist)),
            done=done,
            chart_rows=shares({said(PROGRESS["complete"]): _counts(found.sections)}),
        )


def standing(line: SectionStatus) -> Standing:
    """Return how a section stands: what is overdue is told apart from what is only missing."""
    if line.progress.is_complete:
        return Standing.COMPLETE
    return Standing.OVERDUE if line.overdue_days else Standing.MISSING


def percent(line: SectionStatus) -> int:
    """Return how much of a section is there; never all of it while anything is missing."""
    if line.progress.is_complete:
        return int(FULL)
    return int(FULL * line.progress.done / line.progress.total)


def _wanted(lines: Sequence[SectionStatus]) -> Sequence[SectionStatus]:
    state, duty = chosen("state", Standing), chosen("responsible", Duty)
    return [
        line
        for line in lines
        if is_wanted(state, standing(line))
        and is_wanted(duty, line.responsible)
        and is_found(line.section.value, said(line.name), said(CHOICES[Duty][line.responsible]))
    ]


def _counts(lines: Sequence[SectionStatus]) -> dict[str, int]:
    """Return how many sections stand how; what is complete first, as a bar that fills."""
    return {one.value: sum(standing(line) is one for line in lines) for one in reversed(Standing)}


def _row(line: SectionStatus) -> tuple[object, ...]:
    return (
        line.section.value,
        said(line.name),
        line.responsible.value,
        line.progress.done,
        line.progress.total,
        standing(line).value,
        line.due_on.isoformat(),
        line.overdue_days,
    )
