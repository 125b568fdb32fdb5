"""Grades that other systems wrote, at the console: looked through, approved into the journal or rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError, Language
from gateway.model.access import ConsoleUser
from gateway.model.oneroster import ObjectKind, referred
from gateway.model.oneroster_submission import WRITABLE, Decider, Submission, SubmissionState
from gateway.web.console.audit_trail import source
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import REFUSED, given, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation, figure_text, plain_text
from gateway.web.console.refusals import reason_missing
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import language, require, user
from gateway.web.console.submission import LONGEST_REASON
from gateway.web.console.submission_words import (
    CONTENT_WORDS,
    SCORE_STATUSES,
    SUBMISSION_ACTIONS,
    SUBMISSION_KINDS,
    SUBMISSION_STATES,
)

_COLUMNS = ("id", "client", "kind", "sourced_id", "action", "received_at", "state", "content", "decided_by", "rules")
_CHANNEL = "console"
_PARTS = ("title", "textScore", "score", "scoreStatus", "scoreDate", "comment")
_LONGEST_MARK, _LONGEST_ID = 20, 64


class SubmissionPages:
    """Views over what other systems wrote into the gradebook of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def submissions(self) -> Response | str:
        """List what was written: filtered, searched, or as CSV; with the forms to decide."""
        return self._page(None)

    def decide(self, submission_id: str) -> AnyResponse | str:
        """Approve or reject one; the page comes back with the rule that refuses it."""
        person = require(Right.APPROVE_CORRECTIONS)
        flow, by = self._services.submissions(person.school), _decider(person)
        try:
            if request.form.get("verdict") == "approve":
                mark, lesson = given("mark", _LONGEST_MARK), given("lesson", _LONGEST_ID)
                flow.approve(submission_id, by=by, mark=mark, lesson=lesson, seen=_seen())
            else:
                reason = given("reason", LONGEST_REASON)
                if not reason:
                    return self._page(reason_missing())
                flow.reject(submission_id, by=by, reason=reason, seen=_seen())
        except REFUSED as problem:
            return self._page(problem)
        return redirect(url_for("console.grade_submissions"))

    def _page(self, problem: GatewayError | None) -> Response:
        person = user()
        flow = self._services.submissions(person.school)
        state, kind = chosen("state", SubmissionState), chosen("kind", ObjectKind)
        every = flow.list()
        found = [
            one
            for one in every
            if is_wanted(state, one.state)
            and is_wanted(kind, one.kind)
            and is_found(one.sourced_id, content_of(one), told_content(one, language()))
        ]
        if is_csv():
            return csv_download("grade-submissions.csv", _COLUMNS, [self._row(one) for one in found])
        shown = listing(found)
        page = render_template(
            "console/grade_submissions.html",
            listing=shown,
            is_empty=not every,
            states=SUBMISSION_STATES,
            kinds={one: SUBMISSION_KINDS[one] for one in WRITABLE},
            actions=SUBMISSION_ACTIONS,
            content_of=lambda one: told_content(one, language()),
            pupil_of=_pupil_of,
            pupils=flow.names_of(shown.items, reader=person.login, role=person.role, source=source()),
            programs=self._programs(person, shown.items),
            problem=problem,
        )
        return Response(page, status=status(problem))

    def _programs(self, person: ConsoleUser, shown: Sequence[Submission]) -> Mapping[str, str]:
        """Return the names of the programs that wrote, by id."""
        known = {one.client.client_id: one.client.name for one in self._services.clients.listed(person.school)}
        return {one.client: known.get(one.client, one.client) for one in shown}

    def _row(self, one: Submission) -> tuple[object, ...]:
        return (
            one.id,
            one.client,
            one.kind.value,
            one.sourced_id,
            one.action.value,
            self._presentation.stamp(one.received_at),
            one.state.value,
            content_of(one),
            one.decided_by,
            ", ".join(dict.fromkeys(fault.rule or fault.code for fault in one.faults)),
        )


def content_of(one: Submission) -> str:
    """Return what an object says, without the names of people."""
    told = (one.body.get(name) for name in _PARTS)
    return " · ".join(str(value) for value in told if value not in {None, ""})


def told_content(one: Submission, spoken: Language) -> str:
    """Return what an object says in words, without the names of people: ``балл 4, оценено полностью``."""
    return ", ".join(
        _told_part(name, one.body[name], spoken) for name in _PARTS if one.body.get(name) not in {None, ""}
    )


def _told_part(name: str, value: object, spoken: Language) -> str:
    if name == "scoreStatus":
        known = SCORE_STATUSES.get(str(value))
        return known.in_language(spoken) if known else str(value)
    text = figure_text(value, spoken) if isinstance(value, float | int) else plain_text(value, spoken)
    return f"{CONTENT_WORDS[name].in_language(spoken)} {text}"


def _seen() -> datetime | None:
    """Return when the form came that the person has decided on; ``None`` where the page does not say."""
    try:
        moment = datetime.fromisoformat(given("seen", _LONGEST_ID))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _pupil_of(one: Submission) -> str:
    return referred(one.body, "student") or ""


def _decider(person: ConsoleUser) -> Decider:
    return Decider(actor=person.login, role=person.role, channel=_CHANNEL, source=source())
