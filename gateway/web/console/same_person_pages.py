"""One person in two roles of the school, at the console: the questions, and a person's answer to each."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError
from gateway.model.ids import SchoolId
from gateway.model.person_identity import PERSON_KINDS, PersonKey, PersonLink, PersonState
from gateway.model.roster import RecordKind
from gateway.roster.author import Author
from gateway.web.console.audit_trail import CHANNEL, Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import chosen, is_csv, is_found, listing
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.same_person_words import PERSON_STATES, RULES
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted

_COLUMNS = ("kind", "record", "other_kind", "other_record", "rule", "confidence", "state", "since", "decided_by")


class SamePersonPages:
    """Views over records of the person's school that are, or may be, one person in two roles."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def pairs(self) -> Response | str:
        """List the pairs, those that wait for an answer first, filtered, or as CSV. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        state = chosen("state", PersonState)
        every = self._services.persons(person.school).of_school()
        with self._services.units(person.school)() as unit:
            known = unit.console.names({end.id for one in every for end in one.pair})
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "person", "*", at=self._services.clock())
        found = [one for one in every if state in {None, one.state} and _is_wanted(one, known)]
        if is_csv():
            return csv_download("same-person.csv", _COLUMNS, [self._row(one) for one in found])
        return render_template(
            "console/same_person.html",
            listing=listing(found),
            is_empty=not every,
            known=known,
            states=PERSON_STATES,
            rules=RULES,
        )

    def decide(self) -> AnyResponse:
        """Answer one question, with a reason; records of another school cannot be named here."""
        person = require(Right.DECIDE)
        verb, reason = submitted({"same", "apart"})
        one, other = _named(person.school, "one"), _named(person.school, "other")
        persons = self._services.persons(person.school)
        author = Author(actor=person.login, role=person.role, channel=CHANNEL, reason=reason)
        try:
            (persons.same if verb == "same" else persons.apart)(one, other, author=author)
        except GatewayError as error:
            raise not_found() from error
        return redirect(url_for("console.same_person"))

    def _row(self, one: PersonLink) -> tuple[object, ...]:
        return (
            one.one.kind.value,
            one.one.id,
            one.other.kind.value,
            one.other.id,
            one.rule,
            one.confidence,
            one.state.value,
            self._presentation.stamp(one.since),
            one.decided_by or "",
        )


def _is_wanted(one: PersonLink, known: Mapping[str, str]) -> bool:
    return is_found(one.one.id, one.other.id, *(known.get(end.id, "") for end in one.pair))


def _named(school: SchoolId, name: str) -> PersonKey:
    """Return the record of the school that a form names as ``kind/id``."""
    kind, _, record = request.form.get(name, "").partition("/")
    if kind not in {one.value for one in PERSON_KINDS} or not record:
        raise not_found()
    return PersonKey(school=school, kind=RecordKind(kind), id=record)
