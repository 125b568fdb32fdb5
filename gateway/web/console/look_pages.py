"""Who looked at which pupil's data (R-AUD-06, R-PAR-14, R-SEC-06): searched by pupil, by person, by day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from flask import Response, render_template, request

from gateway.errors import Text
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.audit import PupilView
from gateway.model.pupil_data import has_pupils
from gateway.model.record_shape import RosterKind
from gateway.model.roster import RecordKind as Roster
from gateway.ports.trails import Place, ViewSearch
from gateway.web.console.actors import actor_names, actors_named
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import asked_span
from gateway.web.console.listing import MOST_READ, PAGE, is_csv
from gateway.web.console.names import RECORDS
from gateway.web.console.presentation import Presentation
from gateway.web.console.record_names import MANY
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require

LOOKED_AT: Mapping[str, Text] = MappingProxyType(
    {
        **{KIND_LABELS[kind]: text for kind, text in MANY.items() if has_pupils(kind)},
        **{kind.value: RECORDS[kind] for kind in (Roster.PUPIL, Roster.ENROLLMENT, Roster.GUARDIANSHIP)},
        "roster.pupils": Text(ru="список учеников", en="list of pupils"),
        "roster.guardians": Text(ru="список родителей", en="list of guardians"),
        "roster.groups": Text(ru="список учебных групп", en="list of study groups"),
        "diary.week": Text(ru="неделя дневника", en="week of the diary"),
    }
)
"""What of a pupil can be looked at, by the names that the log has for it."""

_COLUMNS = ("at", "actor", "name", "role", "client", "source", "pupil", "pupil_name", "what", "detail")


class LookPages:
    """Views over the log of looks of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def looks(self) -> Response | str:
        """List the looks wanted, the newest first, page by page, or as CSV; taking a file away is audited."""
        person, span = require(Right.SEE_AUDIT), asked_span(self._presentation.zone())
        with self._services.units(person.school)() as unit:
            pupil = request.args.get("pupil", "").strip()
            search = ViewSearch(
                actors=actors_named(unit, request.args.get("actor", "")),
                pupils={pupil, *unit.record_browser.named(pupil)[RosterKind.PUPILS]} if pupil else None,
                what=request.args.get("what", ""),
                span=span,
            )
            limit = MOST_READ if is_csv() else PAGE + 1
            found = unit.view_browser.page(search, before=_place(request.args.get("before", "")), limit=limit)
            shown = found if is_csv() else found[:PAGE]
            called = actor_names(unit, (one.actor for one in shown))
            pupils = unit.console.names(one.pupil for one in shown)
            if is_csv():
                note_look(unit.audit, person, Look.DOWNLOAD, "looks", "", at=self._services.clock())
        if is_csv():
            return csv_download(
                "looks.csv",
                _COLUMNS,
                [self._row(one, called.get(one.actor, ""), pupils.get(one.pupil, "")) for one in shown],
            )
        return render_template(
            "console/looks.html",
            looks=shown,
            older=_text(shown[-1]) if len(found) > PAGE else None,
            people=called,
            pupils=pupils,
            kinds=LOOKED_AT,
            is_filtered=any(request.args.get(name) for name in ("pupil", "actor", "what", "day_from", "day_to")),
        )

    def _row(self, one: PupilView, actor: str, pupil: str) -> tuple[object, ...]:
        at = self._presentation.stamp(one.at)
        return (at, one.actor, actor, one.role, one.client, one.source, one.pupil, pupil, one.what, one.detail)


def _text(last: PupilView) -> str:
    return f"{last.at.isoformat()} {last.id}"


def _place(text: str) -> Place | None:
    """Return where a page ended, ``None`` for what is no such place."""
    moment, _, known = text.partition(" ")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, known) if at.tzinfo is not None else None
