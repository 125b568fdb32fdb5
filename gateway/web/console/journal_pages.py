"""The journal at the console: its kinds of record, a list a kind, one record with its history (R-JRNL-01, R-AUD-02).

Everybody sees the kinds that the matrix lets them read, a class teacher some of them for the own class only. Who looked
at which pupil is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from typing import Any

from flask import Response, render_template, request

from gateway.mapping.journal_plain import plain_from
from gateway.mapping.journal_records import KIND_LABELS, KINDS
from gateway.model.access import ConsoleUser
from gateway.model.audit import AuditEntry
from gateway.model.journal_records import RecordKind, Stored, key_of, name_of
from gateway.model.permissions import Reach
from gateway.model.pupil_data import pupils_of
from gateway.model.record_shape import shape_of_kind
from gateway.ports.console import ConsoleUnit
from gateway.ports.record_browser import RecordSearch
from gateway.web.console.actors import actor_names
from gateway.web.console.audit_trail import Look, note_views
from gateway.web.console.field_names import field_name
from gateway.web.console.listing import MOST_READ, PAGE, is_csv
from gateway.web.console.presentation import Presentation
from gateway.web.console.record_access import RecordAccess, is_own
from gateway.web.console.record_history import FieldChange, field_changes, history_of, plain_of
from gateway.web.console.record_lists import columns_of, line_of, link_address, records_csv, related_lists
from gateway.web.console.record_names import KINDS_OF_THEME, MANY, ONE, THEMES, Theme
from gateway.web.console.record_search import (
    after_of,
    asked_links,
    choice_filters,
    flag_filters,
    has_day,
    is_about_a_class,
    link_filters,
    where_of,
)
from gateway.web.console.record_values import Reader, links_in, names_of_links
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import language, require
from gateway.web.record_addresses import key_from, segment_from


@dataclass(frozen=True, kw_only=True, slots=True)
class KindCard:
    """A kind in the catalogue, with how many records there are; ``own``: of the own class only."""

    kind: RecordKind
    label: str
    count: int
    own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An entry of a record's history with the fields that it changed."""

    entry: AuditEntry
    fields: Sequence[FieldChange] = field(repr=False)


class JournalPages:
    """Views over the journal of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def journal(self) -> str:
        """Show every kind that the person may read, by theme, with the number of its records."""
        person, today = require(Right.SEE_RECORDS), self._today()
        with self._services.units(person.school)() as unit:
            access = RecordAccess(person, unit, today)
            whole, own = access.kinds(Reach.WHOLE_SCHOOL), access.kinds(Reach.OWN_CLASS)
            counts = {**unit.record_browser.counts(whole), **unit.record_browser.counts(own, own=access.own)}
        themes = {theme: cards for theme in Theme if (cards := _cards(theme, counts, set(own)))}
        return render_template("console/journal.html", themes=themes, theme_names=THEMES, kind_names=MANY)

    def records(self, kind_label: str) -> Response | str:
        """List the records of a kind: searched, filtered, page by page, or as CSV. The look is kept."""
        person, kind, today = require(Right.SEE_RECORDS), _kind(kind_label), self._today()
        with self._services.units(person.school)() as unit:
            access = RecordAccess(person, unit, today)
            search = RecordSearch(
                kind=kind, where=where_of(kind), text=request.args.get("q", "").strip(), own=access.of(kind)
            )
            limit = MOST_READ if is_csv() else PAGE + 1
            found = unit.record_browser.page(search, after=after_of(kind), limit=limit)
            shown = found if is_csv() else found[:PAGE]
            plain = [plain_from(one.record) for one in shown]
            reader = self._reader(unit, kind, plain)
            self._seen(unit, person, kind, shown, detail=Look.DOWNLOAD if is_csv() else Look.VIEW)
            is_empty = not found and not search.where and not search.text and not request.args.get("after")
            classes = unit.record_browser.classes() if is_about_a_class(kind) else {}
        if is_csv():
            return records_csv(kind, shown, plain, reader)
        columns = columns_of(kind)
        more = len(found) > PAGE
        return render_template(
            "console/records.html",
            kind=kind,
            label=kind_label,
            title=MANY[kind],
            columns=[field_name(shape_of_kind(kind).record, one.name) for one in columns],
            lines=[line_of(kind, one, row, columns, reader) for one, row in zip(shown, plain, strict=True)],
            next=segment_from(key_of(shown[-1].record)) if more else None,
            filters=choice_filters(kind),
            flags=flag_filters(kind),
            links=link_filters(kind, reader),
            classes=classes,
            has_day=has_day(kind),
            is_empty=is_empty,
            own=search.own is not None,
            address=partial(link_address, access=access),
        )

    def record(self, kind_label: str, key: str) -> str:
        """Show one record: every field, its version, its history. The look is kept."""
        person, kind, today = require(Right.SEE_RECORDS), _kind(kind_label), self._today()
        known = key_from(kind, key)
        with self._services.units(person.school)() as unit:
            access = RecordAccess(person, unit, today)
            own = access.of(kind)
            stored = unit.records.get(kind, known) if known else None
            if stored is None or known is None or (own is not None and not is_own(stored.record, own)):
                raise not_found()
            entries = history_of(unit.audit_browser, kind, known)
            plain = plain_from(stored.record)
            pasts = list(chain.from_iterable(plain_of(entry, kind) for entry in entries))
            reader = self._reader(unit, kind, [plain, *pasts])
            people = actor_names(unit, (entry.record.actor for entry in entries))
            self._seen(unit, person, kind, [stored], detail=name_of(known))
        shape = shape_of_kind(kind)
        return render_template(
            "console/record.html",
            label=kind_label,
            title=ONE[kind],
            many=MANY[kind],
            name=name_of(known),
            stored=stored,
            fields=[(field_name(shape.record, one.name), reader.told(kind, one, plain)) for one in shape.fields],
            people=people,
            noted=any(True for _ in pupils_of(stored.record)),
            history=[Change(entry=entry, fields=field_changes(entry, kind, reader)) for entry in entries],
            related=related_lists(kind, known, access),
            address=partial(link_address, access=access),
        )

    def _today(self) -> date:
        """Return the day at the school; asked before a unit is opened, since the school's zone takes one of its own."""
        return self._services.clock().astimezone(self._presentation.zone()).date()

    def _reader(self, unit: ConsoleUnit, kind: RecordKind, plain: Iterable[Mapping[str, Any]]) -> Reader:
        shape = shape_of_kind(kind)
        links = {link for one in plain for link in links_in(shape, one)} | set(asked_links(kind))
        names = names_of_links(unit, links, language())
        return Reader(language=language(), zone=self._presentation.zone(), names=names)

    def _seen(
        self, unit: ConsoleUnit, person: ConsoleUser, kind: RecordKind, shown: Sequence[Stored[Any]], *, detail: str
    ) -> None:
        pupils = [pupil for one in shown for pupil in pupils_of(one.record)]
        at, new_id = self._services.clock(), self._services.new_id
        note_views(unit.views, person, pupils, KIND_LABELS[kind], detail=detail, at=at, new_id=new_id)


def _kind(label: str) -> RecordKind:
    kind = KINDS.get(label)
    if kind is None:
        raise not_found()
    return kind


def _cards(theme: Theme, counts: Mapping[RecordKind, int], own: set[RecordKind]) -> list[KindCard]:
    return [
        KindCard(kind=kind, label=KIND_LABELS[kind], count=counts[kind], own=kind in own)
        for kind in KINDS_OF_THEME[theme]
        if kind in counts
    ]
