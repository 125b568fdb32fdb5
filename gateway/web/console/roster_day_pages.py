"""The roster's day at the console: what changed, what waits, what to mend, who is missing."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template, request

from gateway.model.roster import Key, RecordKind
from gateway.model.roster_digest import RosterDigest
from gateway.model.roster_digest_words import DONE, STANDINGS, missing_groups
from gateway.model.roster_missing import MissingRecord, NextStep
from gateway.web.console import roster_day_words
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import asked_day
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_SOURCES = ("day", "source", "standing", "last_sync", "last_good", "error", "who", "changes")
_MISSING = ("source", "kind", "record", "name", "since", "times", "suspended_on", "next", "due")


class RosterDayPages:
    """Views over the days of the roster of the person's school."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services

    def today(self) -> Response | str:
        """Show a day, or its sources as CSV."""
        found = self._services.roster_days(user().school).of(asked_day("day"))
        if is_csv():
            return csv_download("roster-day.csv", _SOURCES, _source_rows(found))
        with self._services.units(user().school)() as unit:
            probes = unit.roster_probes.all()
        return render_template(
            "console/roster_today.html",
            found=found,
            groups=missing_groups(found.missing),
            standings=STANDINGS,
            done=DONE,
            steps=roster_day_words.NEXT_STEPS,
            probes=probes,
            is_past=asked_day("day") is not None,
        )

    def missing(self) -> Response | str:
        """List who is missing at the sources, the longest missing first, filtered, or as CSV. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        whole = self._services.roster_days(person.school).missing()
        kind, step, source = chosen("kind", RecordKind), chosen("step", NextStep), request.args.get("source") or None
        with self._services.units(person.school)() as unit:
            known = unit.console.names({part for one in whole for part in one.key[:2]})
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "roster_missing", "*", at=self._services.clock())
        found = [
            (one, name)
            for one in whole
            if is_wanted(kind, one.kind)
            and is_wanted(step, one.step)
            and is_wanted(source, one.source)
            and is_found(name := called(one.key, known), *one.key)
        ]
        if is_csv():
            return csv_download("roster-missing.csv", _MISSING, [_missing_row(one, name) for one, name in found])
        return render_template(
            "console/roster_missing.html",
            listing=listing(found),
            is_empty=not whole,
            sources=sorted({one.source for one in whole}),
            steps=roster_day_words.NEXT_STEPS,
        )


def called(key: Key, known: Mapping[str, str]) -> str:
    """Return what people call a record: its name, or those of its two ends."""
    return " → ".join(known.get(part, part) for part in key[:2])


def _source_rows(found: RosterDigest) -> list[tuple[object, ...]]:
    return [
        (
            found.day.isoformat(),
            one.source,
            one.standing.value,
            one.run.finished_at.isoformat(timespec="seconds") if one.run else "",
            one.good_at.isoformat(timespec="seconds") if one.good_at else "",
            one.run.error if one.run else "",
            one.who.value if one.who else "",
            sum(one.changed.values()),
        )
        for one in found.sources
    ]


def _missing_row(one: MissingRecord, name: str) -> tuple[object, ...]:
    return (
        one.source,
        one.kind.value,
        "/".join(one.key),
        name,
        one.since.isoformat(),
        one.times,
        one.suspended_on.isoformat() if one.suspended_on else "",
        one.step.value,
        one.due.isoformat() if one.due else "",
    )
