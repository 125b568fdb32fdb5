"""Questions of matching at the console: the queue, one question with its candidates, a person's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError
from gateway.model.matching_cases import Candidate, CaseReason, CaseState, StoredCase
from gateway.model.roster import Fields, RecordKind, RosterState, called
from gateway.roster.author import Author
from gateway.web.console import match_words
from gateway.web.console.audit_trail import CHANNEL, Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import REFUSED, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted

_COLUMNS = (
    "id",
    "source",
    "kind",
    "source_id",
    "reason",
    "records",
    "state",
    "since",
    "decided_by",
    "decided_at",
    "place",
)
_MOST_PROPOSED = 200
_COMPARED = ("family", "given", "patronymic", "birth_date", "sex", "snils", "phone", "email", "portal_user", "position")
_OF_A_CLASS = ("year", "grade", "letter")

VERBS = frozenset({"same", "new", "ignore", "reopen"})
"""What a person may answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownCandidate:
    """A candidate and its record, field by field beside that of the source."""

    candidate: Candidate
    fields: Fields = field(repr=False)


class MatchPages:
    """Views over the questions of matching of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def cases(self) -> Response | str:
        """List the questions, the one that waits longest first, filtered, or as CSV."""
        person = require(Right.SEE_PEOPLE)
        every = self._services.matching(person.school).cases()
        sources = sorted({one.case.source for one in every})
        state, kind, reason = chosen("state", CaseState), chosen("kind", RecordKind), chosen("reason", CaseReason)
        source = request.args.get("source") or None
        found = [
            one
            for one in every
            if is_wanted(state, one.state)
            and is_wanted(kind, one.case.kind)
            and is_wanted(reason, one.case.reason)
            and is_wanted(source, one.case.source)
            and is_found(
                one.id, one.case.source, one.case.source_id, one.decided_by, called(one.case.record), _place(one)
            )
        ]
        with self._services.units(person.school)() as unit:
            note_look(
                unit.audit,
                person,
                Look.DOWNLOAD if is_csv() else Look.VIEW,
                "roster_case",
                "*",
                at=self._services.clock(),
            )
        if is_csv():
            return csv_download("roster-cases.csv", _COLUMNS, [self._row(one) for one in found])
        return render_template(
            "console/match_cases.html",
            listing=listing(found),
            is_empty=not every,
            sources=sources,
            waiting=sorted({one.case.source for one in every if one.state is CaseState.OPEN}),
            called=called,
            words=match_words,
        )

    def case(self, case_id: str) -> Response:
        """Show one question: the source's record, and who it may be, with what speaks for and against it."""
        return self._page(case_id, None)

    def decide(self, case_id: str) -> AnyResponse:
        """Answer one question, with a reason; kept as a link, with name and role."""
        person = require(Right.DECIDE)
        verb, reason = submitted(VERBS)
        matching = self._services.matching(person.school)
        author = Author(actor=person.login, role=person.role, channel=CHANNEL, reason=reason)
        record = request.form.get("record") or None
        answers: Mapping[str, Callable[[], StoredCase]] = {
            "same": lambda: matching.same(case_id, record, author=author),
            "new": lambda: matching.new(case_id, author=author),
            "ignore": lambda: matching.ignore(case_id, author=author),
            "reopen": lambda: matching.reopen(case_id, author=author),
        }
        try:
            answers[verb]()
        except REFUSED as problem:
            return self._page(case_id, problem)
        return redirect(url_for("console.match_case", case_id=case_id))

    def decide_many(self) -> AnyResponse:
        """Say "the same" wherever there is one candidate only, for a source and a kind."""
        person = require(Right.DECIDE)
        _, reason = submitted({"same"})
        source, kind = request.form.get("source", ""), request.form.get("kind")
        of_kind = next((one for one in RecordKind if one.value == kind), None)
        if not source:
            raise not_found()
        author = Author(actor=person.login, role=person.role, channel=CHANNEL, reason=reason)
        self._services.matching(person.school).same_where_one(source=source, kind=of_kind, author=author)
        return redirect(url_for("console.match_cases", source=source))

    def _page(self, case_id: str, problem: GatewayError | None) -> Response:
        person = require(Right.SEE_PEOPLE)
        matching = self._services.matching(person.school)
        stored = next((one for one in matching.cases() if one.id == case_id), None)
        if stored is None:
            raise not_found()
        with self._services.units(person.school)() as unit:
            state = unit.roster.state()
            proposed = stored.case.proposed[:_MOST_PROPOSED]
            known = unit.console.names({one.id for one in proposed})
            note_look(unit.audit, person, Look.VIEW, "roster_case", case_id, at=self._services.clock())
        ids = {one.id for one in stored.case.candidates}
        page = render_template(
            "console/match_case.html",
            stored=stored,
            case=stored.case,
            candidates=list(_shown(stored, state)),
            compared=[name for name in (*_COMPARED, *_OF_A_CLASS) if name in stored.case.record],
            proposed=[(one, known.get(one.id, "")) for one in proposed],
            links=matching.links(stored.case.kind, ids) if ids else (),
            called=called,
            words=match_words,
            problem=problem,
        )
        return Response(page, status=status(problem))

    def _row(self, one: StoredCase) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            one.id,
            one.case.source,
            one.case.kind.value,
            one.case.source_id,
            said(match_words.REASONS[one.case.reason]),
            one.case.records,
            one.state.value,
            stamp(one.since),
            one.decided_by or "",
            stamp(one.decided_at),
            _place(one),
        )


def _place(one: StoredCase) -> str:
    return said(one.case.place.text) if one.case.place else ""


def _shown(stored: StoredCase, state: RosterState) -> Iterable[ShownCandidate]:
    held = state.of(stored.case.kind)
    for one in stored.case.candidates:
        yield ShownCandidate(candidate=one, fields=held.get((one.id,), {}))
