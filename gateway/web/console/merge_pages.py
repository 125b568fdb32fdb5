"""Two records that are one person, at the console: found, compared, made one with a reason; and taken apart again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError
from gateway.model.person_merge import MERGED_KINDS, Merge
from gateway.model.roster import RecordKind, called
from gateway.roster.author import Author
from gateway.roster.merge_looks import MOST_FOUND, FoundPerson, MergeLook, MergeLooks
from gateway.web.console.audit_trail import CHANNEL, Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import given, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.merge_words import MERGE_STATES
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted

_COLUMNS = ("id", "kind", "kept", "absorbed", "merged_at", "merged_by", "reason", "undone_at", "undone_by")
_LONGEST = 64
_COMPARED = (
    "family", "given", "patronymic", "birth_date", "sex", "snils", "phone", "email", "portal_user", "position",
    "status", "source_id",
)  # fmt: skip


class MergePages:
    """Views over records of the person's school that were made one, or shall be."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def merges(self) -> Response | str:
        """List the merges, filtered, or as CSV. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        kind, state = chosen("kind", MERGED_KINDS), request.args.get("state")
        every = self._services.merges(person.school).all()
        with self._services.units(person.school)() as unit:
            known = unit.console.names(id_ for one in every for id_ in (one.kept, one.absorbed))
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "roster_merge", "*", at=self._services.clock())
        found = [
            one
            for one in every
            if is_wanted(kind, one.kind)
            and state in {None, "", _state(one)}
            and is_found(one.kept, one.absorbed, known.get(one.kept), one.merged_by, one.reason)
        ]
        if is_csv():
            return csv_download("roster-merges.csv", _COLUMNS, [self._row(one) for one in found])
        return render_template(
            "console/merges.html",
            listing=listing(found),
            is_empty=not every,
            known=known,
            kinds=MERGED_KINDS,
            states=MERGE_STATES,
            state_of=_state,
        )

    def merge(self, merge_id: str) -> Response:
        """Show one merge: who decided, why, and how many rows of which kind went over. The look is audited."""
        return self._merge_page(merge_id, None)

    def undo(self, merge_id: str) -> AnyResponse:
        """Take two records apart again; what cannot be given back comes back with the page."""
        person = require(Right.MERGE_PEOPLE)
        _, reason = submitted({"unmerge"})
        author = Author(actor=person.login, role=person.role, channel=CHANNEL, reason=reason)
        try:
            self._services.merges(person.school).undo(merge_id, author=author)
        except GatewayError as problem:
            return self._merge_page(merge_id, problem)
        return redirect(url_for("console.merge", merge_id=merge_id))

    def new(self) -> AnyResponse:
        """Find two records and compare them; with a reason, make them one."""
        person = require(Right.MERGE_PEOPLE)
        if request.method == "GET":
            return self._new_page(None)
        _, reason = submitted({"merge"})
        kind, pair = _kind(request.form.get("kind")), (given("one", _LONGEST), given("other", _LONGEST))
        kept = given("kept", _LONGEST)
        if kind is None or kept not in pair:
            raise not_found()
        absorbed = pair[0] if kept == pair[1] else pair[1]
        author = Author(actor=person.login, role=person.role, channel=CHANNEL, reason=reason)
        try:
            made = self._services.merges(person.school).merge(kind, kept, absorbed, author=author)
        except GatewayError as problem:
            return self._new_page(problem)
        return redirect(url_for("console.merge", merge_id=made.id))

    def _new_page(self, problem: GatewayError | None) -> Response:
        person, asked = require(Right.MERGE_PEOPLE), request.values
        kind = _kind(asked.get("kind")) or RecordKind.PUPIL
        one, other, text = (asked.get(name, "").strip() for name in ("one", "other", "q"))
        looks = MergeLooks(merges=self._services.merges(person.school))
        found = looks.find(kind, text)
        people = _first_once([*looks.named(kind, [one, other]), *found])
        look = looks.look(kind, one, other) if one and other else None
        with self._services.units(person.school)() as unit:
            known = unit.console.names(_ids(people, look))
            for seen in (one, other) if look else ():
                note_look(unit.audit, person, Look.VIEW, kind.value, seen, at=self._services.clock())
            if found:
                note_look(unit.audit, person, Look.VIEW, "roster_merge", "*", at=self._services.clock())
        page = render_template(
            "console/new_merge.html",
            kind=kind,
            kinds=MERGED_KINDS,
            text=text,
            people=people,
            chosen_ids=(one, other),
            most=MOST_FOUND if len(found) == MOST_FOUND else None,
            look=look,
            is_pair_missing=bool(one or other) and look is None,
            compared=[name for name in _COMPARED if look and _is_told(look, name)],
            naming=_naming(look) if look else (),
            known=known,
            called=called,
            problem=problem,
        )
        return Response(page, status=status(problem))

    def _merge_page(self, merge_id: str, problem: GatewayError | None) -> Response:
        person = require(Right.SEE_PEOPLE)
        found = MergeLooks(merges=self._services.merges(person.school)).merge(merge_id)
        if found is None:
            raise not_found()
        with self._services.units(person.school)() as unit:
            known = unit.console.names((found.kept, found.absorbed))
            note_look(unit.audit, person, Look.VIEW, "roster_merge", merge_id, at=self._services.clock())
        page = render_template(
            "console/merge.html",
            merge=found,
            state=_state(found),
            states=MERGE_STATES,
            known=known,
            moved=sorted(Counter(one.table for one in found.moved).items()),
            problem=problem,
        )
        return Response(page, status=status(problem))

    def _row(self, one: Merge) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            one.id,
            one.kind.value,
            one.kept,
            one.absorbed,
            stamp(one.merged_at),
            one.merged_by,
            one.reason,
            stamp(one.undone_at),
            one.undone_by or "",
        )


def _kind(text: str | None) -> RecordKind | None:
    return next((one for one in MERGED_KINDS if one.value == text), None)


def _state(one: Merge) -> str:
    return "standing" if one.undone_at is None else "undone"


def _first_once(people: Sequence[FoundPerson]) -> list[FoundPerson]:
    return list({one.id: one for one in people}.values())


def _ids(people: Sequence[FoundPerson], look: MergeLook | None) -> set[str]:
    classes = {id_ for one in people for id_ in one.classes}
    return classes | ({id_ for side in (look.one, look.other) for id_ in side.relatives} if look else set())


def _is_told(look: MergeLook, name: str) -> bool:
    return any(side.person.fields.get(name) for side in (look.one, look.other))


def _naming(look: MergeLook) -> Sequence[tuple[str, int, int]]:
    """Return by table how many rows name the one record and how many the other, the most first."""
    one, other = look.one.naming, look.other.naming
    tables = sorted(one.keys() | other.keys(), key=lambda table: (-one.get(table, 0) - other.get(table, 0), table))
    return [(table, one.get(table, 0), other.get(table, 0)) for table in tables]
