"""Lists brought to the console: files in, what would change, and only then a person's word that it shall."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import DocumentError, Fault, GatewayError, Party, PlatformError, Rejected, RuleViolation, Text
from gateway.model.access import ConsoleUser
from gateway.model.file_place import place_of
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action
from gateway.model.roster_plan import RosterPlan
from gateway.model.roster_quarantine import Quarantined, root_causes
from gateway.model.roster_source import SourceKind
from gateway.ports.roster_uploads import FileColumns, Upload
from gateway.roster.author import Author
from gateway.roster.uploads import KEPT, LEFT_OUT, MOST_FILES, SUFFIXES, Given, RosterUploads, Seen, upload_gone
from gateway.schemas.lists import ListKind, lacking
from gateway.web.console import names
from gateway.web.console.audit_trail import CHANNEL, Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import bars
from gateway.web.console.plan_lines import ChangeLine, change_lines, created_names, ids_beside, ids_in
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import reason_missing
from gateway.web.console.rights import Right
from gateway.web.console.roster_upload_words import LIST_KINDS, MEANINGS, UPLOAD_WORDS
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.errors import status_of

_CHANGES = ("action", "kind", "record", "field", "old", "new")
_REJECTED = ("kind", "record", "file", "line", "field", "value", "code", "rule", "text_ru", "text_en", "who")
_MOST_PLACES = 30
"""Lines that a cause names; the others are counted."""

_MOST_MISSING = 100
_UNREADABLE = (DocumentError, RuleViolation)


@dataclass(frozen=True, kw_only=True, slots=True)
class CauseLine:
    """Why rows are turned away: what to mend, by which rule, who does, and where the rows stand."""

    text: Text
    rule: str | None
    who: Party
    rows: int
    places: tuple[tuple[str, tuple[int, ...]], ...] = field(repr=False)


class RosterUploadPages:
    """Views over the lists that somebody brings for the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def bring(self) -> AnyResponse:
        """Show the form; take files that can be read for their source, and lead to what they would change."""
        person = require(Right.BRING_ROSTER)
        uploads = self._services.uploads(person.school)
        if request.method == "GET":
            return _form(uploads, None)
        given = [Given(name=one.filename, content=one.stream) for one in request.files.getlist("file") if one.filename]
        try:
            upload = uploads.bring(person.login, request.form.get("source", ""), given, whole="whole" in request.form)
        except (*_UNREADABLE, PlatformError) as problem:
            return _form(uploads, problem)
        return redirect(url_for("console.waiting_upload", upload_id=upload.id))

    def look(self, upload_id: str) -> AnyResponse:
        """Show what would change (or that as CSV). Nothing is kept of it; the look is audited."""
        person = require(Right.BRING_ROSTER)
        uploads = self._services.uploads(person.school)
        upload = uploads.waiting(upload_id, person.login)
        if upload is None:
            return self._done_or_gone(person, upload_id)
        try:
            return self._page(person, upload, uploads.look(upload), None)
        except PlatformError as problem:
            return _form(uploads, problem)

    def columns(self, upload_id: str) -> AnyResponse:
        """Take what the columns of the lists mean, as the person says, and show anew what would change."""
        person = require(Right.BRING_ROSTER)
        uploads = self._services.uploads(person.school)
        upload = uploads.waiting(upload_id, person.login)
        if upload is None:
            return self._done_or_gone(person, upload_id)
        try:
            uploads.say_columns(upload, _said_columns(uploads.lists(upload)))
        except RuleViolation as problem:
            return self._page(person, upload, uploads.look(upload), problem)
        return redirect(url_for("console.waiting_upload", upload_id=upload_id, _anchor="columns"))

    def decide(self, upload_id: str) -> AnyResponse:
        """Carry out what was shown, or throw the files away."""
        person = require(Right.BRING_ROSTER)
        verb = request.form.get("verb")
        if verb not in {"confirm", "cancel"}:
            raise reason_missing()
        uploads = self._services.uploads(person.school)
        upload = uploads.waiting(upload_id, person.login)
        if upload is None:
            return self._done_or_gone(person, upload_id)
        if verb == "cancel":
            uploads.cancel(upload)
            return redirect(url_for("console.roster_upload"))
        author = Author(actor=person.login, role=person.role, channel=CHANNEL)
        try:
            uploads.confirm(upload, request.form.get("shown", ""), author=author)
        except RuleViolation as problem:
            return self._page(person, upload, uploads.look(upload), problem)
        except PlatformError as problem:
            return _form(uploads, problem)
        return redirect(url_for("console.roster_run", run_id=upload.id))

    def _done_or_gone(self, person: ConsoleUser, upload_id: str) -> AnyResponse:
        """Lead to the sync that an upload has become; a second confirmation of it does nothing else."""
        with self._services.units(person.school)() as unit:
            is_done = unit.roster_runs.get(upload_id) is not None
        if is_done:
            return redirect(url_for("console.roster_run", run_id=upload_id))
        raise upload_gone()

    def _page(self, person: ConsoleUser, upload: Upload, seen: Seen, problem: GatewayError | None) -> Response:
        whole = seen.preview.whole if seen.preview else _nothing(upload)
        with self._services.units(person.school)() as unit:
            known = unit.console.names(ids_in(whole.changes) | ids_beside(whole))
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "roster_upload", upload.id, at=self._services.clock())
        found = list(_wanted(whole, known))
        if is_csv():
            if request.args.get("part") == "rejected":
                return csv_download("rejected.csv", _REJECTED, _rejected_rows(whole.rejected))
            return csv_download("changes.csv", _CHANGES, _change_rows(found))
        page = render_template(
            "console/waiting_upload.html",
            upload=upload,
            until=upload.brought_at + KEPT,
            seen=seen,
            plan=whole,
            known={**known, **dict(created_names(whole.changes))},
            held=seen.preview.waiting if seen.preview else (),
            kinds=Counter(change.kind for change in whole.changes),
            chart_rows=bars(_counts(whole)),
            causes=causes_of(whole.rejected, at=upload.brought_at),
            most_places=_MOST_PLACES,
            most_missing=_MOST_MISSING,
            listing=listing(found),
            list_kinds=LIST_KINDS,
            meanings=MEANINGS,
            left_out=LEFT_OUT,
            lacking={one.file: _lacking(one) for one in seen.columns if not one.kind},
            problem=problem or seen.problem,
        )
        return Response(page, status=_status(problem or seen.problem))


def _file_of(fault: Fault) -> str:
    """Return the file, and the sheet of a workbook, as people name them."""
    place = place_of([fault])
    if place is None or not place.sheet:
        return fault.path
    return f"{place.file}, {said(UPLOAD_WORDS['upload_sheet'])} «{place.sheet}»"


def _said_columns(lists: Sequence[FileColumns]) -> Mapping[str, Mapping[str, str]]:
    """Return what the form says of the columns of each list: those of which it says something that we know."""
    said_of = {one.file: request.form.getlist(f"meaning-{number}") for number, one in enumerate(lists)}
    return {
        one.file: {
            column: meaning
            for column, meaning in zip(one.columns, said_of[one.file], strict=False)
            if meaning in {*MEANINGS, LEFT_OUT}
        }
        for one in lists
        if said_of[one.file]
    }


def causes_of(rejected: Sequence[Rejected], *, at: datetime) -> tuple[CauseLine, ...]:
    """Return why rows are turned away, the cause of most rows first, as the quarantine will tell it."""
    rows = {str(number): _waiting(str(number), one, at) for number, one in enumerate(rejected)}
    return tuple(
        CauseLine(
            text=cause.text,
            rule=cause.rule,
            who=cause.who,
            rows=len(cause.records),
            places=_places([fault for one in cause.records for fault in rows[one].faults[:1]]),
        )
        for cause in root_causes(list(rows.values()))
    )


def _waiting(number: str, one: Rejected, at: datetime) -> Quarantined:
    """Return a row as it would stand in quarantine, under its number: rows without an id must not fall together."""
    return Quarantined(
        id=number, source="", kind=one.kind, record=one.record, faults=one.faults, first_seen=at, last_seen=at
    )


def _places(faults: Sequence[Fault]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the lines of each file, in their order."""
    lines: dict[str, set[int]] = defaultdict(set)
    for fault in faults:
        if fault.line is not None:
            lines[_file_of(fault)].add(fault.line)
    return tuple((file, tuple(sorted(numbers))) for file, numbers in sorted(lines.items()))


def _lacking(one: FileColumns) -> Mapping[str, Sequence[Sequence[str]]]:
    """Return by kind of list what a list lacks to be one."""
    return {kind.value: lacking(one.meanings.values(), kind) for kind in ListKind}


def _form(uploads: RosterUploads, problem: GatewayError | None) -> Response:
    page = render_template(
        "console/roster_upload.html",
        sources=uploads.sources,
        takes_lists=SourceKind.LISTS in uploads.sources.values(),
        suffixes={name: ", ".join(SUFFIXES[kind]) for name, kind in uploads.sources.items()},
        accept=",".join(sorted({one for kind in uploads.sources.values() for one in SUFFIXES[kind]})),
        most_files=MOST_FILES,
        problem=problem,
    )
    return Response(page, status=_status(problem))


def _status(problem: GatewayError | None) -> HTTPStatus:
    """Return the status of a page with a problem; that a file cannot be read is no trouble of another platform."""
    if problem is None:
        return HTTPStatus.OK
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(problem, PlatformError) else status_of(problem)


def _nothing(upload: Upload) -> RosterPlan:
    return RosterPlan(source=upload.source, school=upload.school, changes=())


def _wanted(whole: RosterPlan, known: Mapping[str, str]) -> Iterator[ChangeLine]:
    action, kind = chosen("action", Action), chosen("kind", RecordKind)
    for line in change_lines(whole.changes, known):
        if is_wanted(action, line.action) and is_wanted(kind, line.kind) and is_found(line.text):
            yield line


def _counts(whole: RosterPlan) -> Mapping[str, Mapping[str, int]]:
    counted = whole.counts()
    return {said(names.RECORD_KINDS[kind]): counted[kind.value] for kind in RecordKind if kind.value in counted}


def _change_rows(lines: Sequence[ChangeLine]) -> list[tuple[object, ...]]:
    return [
        (
            line.action.value,
            line.kind.value,
            line.record,
            one.name,
            "" if one.old is None else one.old,
            "" if one.new is None else one.new,
        )
        for line in lines
        for one in line.fields
    ]


def _rejected_rows(rejected: Sequence[Rejected]) -> list[tuple[object, ...]]:
    return [
        (
            one.kind,
            one.record,
            fault.path,
            fault.line or "",
            fault.field or "",
            fault.value or "",
            fault.code,
            fault.rule or "",
            fault.text.ru,
            fault.text.en,
            fault.who.value,
        )
        for one in rejected
        for fault in one.faults
    ]
