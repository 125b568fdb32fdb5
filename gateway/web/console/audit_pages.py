"""The audit chain at the console: searched, one entry from old to new, the whole verified (R-AUD-01, R-AUD-08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import Response, render_template, request, stream_template
from werkzeug.wrappers import Response as AnyResponse

from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.access import ConsoleUser
from gateway.model.audit import AuditEntry
from gateway.model.ids import PupilId
from gateway.model.journal_records import KEYS, RecordKind
from gateway.model.record_shape import RosterKind, label_of, shape_of_kind
from gateway.model.roster import RecordKind as Roster
from gateway.ports.console import ConsoleUnit
from gateway.ports.trails import AuditSearch
from gateway.web.console.actors import actor_names, actors_named
from gateway.web.console.audit_trail import Look, note_look, note_views
from gateway.web.console.chain_check import check_chain
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import asked_span
from gateway.web.console.listing import MOST_READ, PAGE, is_csv
from gateway.web.console.names import FIELDS
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.record_access import RecordAccess
from gateway.web.console.record_history import FieldChange, field_changes, plain_of, raw_changes
from gateway.web.console.record_lists import record_address
from gateway.web.console.record_values import Link, Reader, links_in, names_of_links
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import language, require
from gateway.web.console.trail_names import CHAIN_FAULTS

_COLUMNS = (
    "sequence",
    "at",
    "actor",
    "role",
    "client",
    "source",
    "channel",
    "action",
    "kind",
    "record",
    "reason",
    "hash",
)
_KIND_OF_ONE: Mapping[str, RecordKind] = {kind.one: kind for kind in RecordKind}
_MOST_DIGITS = 18
_PUPIL_IN_KEY = {Roster.PUPIL.value: 0, Roster.ENROLLMENT.value: 0, Roster.GUARDIANSHIP.value: 1}
"""Which part of the key of a row of the roster is a pupil."""


class AuditPages:
    """Views over the audit chain of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def entries(self) -> Response | str:
        """List the entries wanted, the newest first, page by page, or as CSV; taking a file away is audited."""
        person, span = require(Right.SEE_AUDIT), asked_span(self._presentation.zone())
        with self._services.units(person.school)() as unit:
            search = AuditSearch(
                actors=actors_named(unit, request.args.get("actor", "")),
                object_kind=request.args.get("kind", ""),
                object_id=request.args.get("record", "").strip(),
                action=request.args.get("action", ""),
                span=span,
            )
            limit = MOST_READ if is_csv() else PAGE + 1
            found = unit.audit_browser.page(search, before=_number(request.args.get("before", "")), limit=limit)
            shown = found if is_csv() else found[:PAGE]
            called = actor_names(unit, (entry.record.actor for entry in shown))
            actions = unit.audit_browser.actions()
            _, total = unit.audit_browser.extent()
            if is_csv():
                note_look(unit.audit, person, Look.DOWNLOAD, "audit", "", at=self._services.clock())
        if is_csv():
            return csv_download("audit.csv", _COLUMNS, [self._row(entry) for entry in shown])
        return render_template(
            "console/audit.html",
            entries=shown,
            older=shown[-1].sequence if len(found) > PAGE else None,
            people=called,
            actions=actions,
            total=total,
            is_empty=total == 0,
        )

    def entry(self, sequence: str) -> str:
        """Show one entry from old to new. Whose data it holds counts as looked at."""
        person, zone, number = require(Right.SEE_AUDIT), self._presentation.zone(), _number(sequence)
        with self._services.units(person.school)() as unit:
            entry = unit.audit_browser.entry(number) if number is not None else None
            if entry is None:
                raise not_found()
            kind = _KIND_OF_ONE.get(entry.record.object_kind)
            access = RecordAccess(person, unit, self._services.clock().astimezone(zone).date())
            hidden = kind is not None and not access.reads_all(kind)
            called = actor_names(unit, [entry.record.actor, entry.record.client])
            changes = [] if hidden else self._changes(unit, person, entry, kind, zone)
        return render_template(
            "console/audit_entry.html",
            entry=entry,
            changes=changes,
            hidden=hidden,
            people=called,
            record_address=None if hidden or kind is None else _record_page(kind, entry),
        )

    def _changes(
        self, unit: ConsoleUnit, person: ConsoleUser, entry: AuditEntry, kind: RecordKind | None, zone: ZoneInfo
    ) -> Sequence[FieldChange]:
        """Return what an entry changed, and keep at whose data that is a look."""
        links = set() if kind is None else set(_links(entry, kind))
        pupils = {PupilId(one) for of, one in links if of is RosterKind.PUPILS} | set(_roster_pupil(entry))
        note_views(
            unit.views,
            person,
            pupils,
            entry.record.object_kind if kind is None else KIND_LABELS[kind],
            detail=f"audit {entry.sequence}",
            at=self._services.clock(),
            new_id=self._services.new_id,
        )
        if kind is None:
            return raw_changes(entry, _roster_name)
        named = names_of_links(unit, links, language())
        return field_changes(entry, kind, Reader(language=language(), zone=zone, names=named))

    def check(self) -> AnyResponse:
        """Look through the whole chain: the page tells with a bar how far it is, and at its end what was found."""
        person = require(Right.SEE_AUDIT)
        progress = check_chain(self._services.units(person.school))
        return Response(stream_template("console/audit_check.html", progress=progress, fault_words=CHAIN_FAULTS))

    def _row(self, entry: AuditEntry) -> tuple[object, ...]:
        record = entry.record
        return (
            entry.sequence,
            self._presentation.stamp(record.at),
            record.actor,
            record.role,
            record.client,
            record.source,
            record.channel,
            record.action,
            label_of(record.object_kind),
            record.object_id,
            record.reason,
            entry.hash,
        )


def _number(text: str) -> int | None:
    """Return a number of an entry, ``None`` for what is none or none that a database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _links(entry: AuditEntry, kind: RecordKind) -> Iterator[Link]:
    for plain in plain_of(entry, kind):
        yield from links_in(shape_of_kind(kind), plain)


def _roster_pupil(entry: AuditEntry) -> Iterator[PupilId]:
    """Yield the pupil that an entry about a row of the roster tells of: rows are known by ids with a slash between."""
    place = _PUPIL_IN_KEY.get(entry.record.object_kind)
    if place is not None:
        yield PupilId(entry.record.object_id.split("/")[place])


def _roster_name(label: str) -> str:
    return said(FIELDS[label]) if label in FIELDS else label


def _record_page(kind: RecordKind, entry: AuditEntry) -> str | None:
    """Return where the page of the record is that an entry is about; a key's parts stand with a blank between."""
    key = tuple(entry.record.object_id.split(" "))
    return record_address(kind, key) if len(key) == len(KEYS[kind]) else None
