"""Corrections at the console: asked for, approved or refused by somebody else, open for a time (R-AUD-03, C-24)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.ids import StaffId
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import Correction, Decision
from gateway.model.policy import Policy
from gateway.model.record_shape import KIND_NAMED
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import REFUSED, acting, given, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.record_history import history_of
from gateway.web.console.record_lists import record_address
from gateway.web.console.record_names import MANY, ONE
from gateway.web.console.refusals import no_person, not_found, reason_missing
from gateway.web.console.rights import Right, may, record_reach
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted

_LONGEST_REASON, _LONGEST_KEY = 300, 200
_COLUMNS = (
    "id",
    "decision",
    "record_kind",
    "record",
    "reason",
    "requested_by",
    "requested_at",
    "decided_by",
    "decided_at",
    "open_until",
)


class CorrectionPages:
    """Views over the corrections of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def corrections(self) -> Response | str:
        """List the corrections, those that wait for a decision first: filtered, searched, or as CSV."""
        school = user().school
        decision, kind = chosen("decision", Decision), chosen("kind", RecordKind)
        every = self._services.corrections(school).list()
        with self._services.units(school)() as unit:
            known = unit.console.names({name for one in every for name in (one.requested_by, one.decided_by) if name})
        found = [
            one
            for one in sorted(every, key=lambda one: one.decision is not Decision.REQUESTED)
            if is_wanted(decision, one.decision)
            and is_wanted(kind, KIND_NAMED.get(one.record_kind))
            and is_found(one.id, one.record, one.reason, known.get(one.requested_by), known.get(one.decided_by or ""))
        ]
        if is_csv():
            return csv_download("corrections.csv", _COLUMNS, [self._row(one, known) for one in found])
        return render_template(
            "console/corrections.html",
            listing=listing(found),
            is_empty=not every,
            known=known,
            decisions=CHOICES[Decision],
            kinds=MANY,
            kinds_there={KIND_NAMED[one.record_kind] for one in every if one.record_kind in KIND_NAMED},
            one_of=one_of,
            is_open=lambda one: is_open(one, self._services.clock()),
        )

    def correction(self, correction_id: str) -> Response | str:
        """Show what is asked, of which record, what became of it; and the form to decide."""
        return self._page(correction_id, None)

    def request(self) -> AnyResponse | str:
        """Ask for the correction of a record; the form comes back with what is wrong."""
        person = require(Right.SEE_CORRECTIONS)
        if request.method == "GET":
            return self._request_form(None)
        staff, kind = _staff(), chosen_kind(request.form.get("kind", ""))
        key = tuple(given("record", _LONGEST_KEY).split())
        reason = given("reason", _LONGEST_REASON)
        if kind is None or not key or not reason:
            return self._request_form(reason_missing())
        try:
            asked = self._services.corrections(person.school).request(
                kind, key, reason=reason, staff=staff, by=acting(person)
            )
        except (*REFUSED, GatewayError) as problem:
            if problem.code not in {"correction.record_unknown", "correction.not_allowed"}:
                raise
            return self._request_form(problem)
        return redirect(url_for("console.correction", correction_id=asked.id))

    def decide(self, correction_id: str) -> AnyResponse | str:
        """Approve a correction, or refuse it, with a reason; not one's own."""
        person = require(Right.APPROVE_CORRECTIONS)
        verb, reason = submitted({"approve", "refuse"})
        corrections, staff = self._services.corrections(person.school), _staff()
        carry_out = corrections.approve if verb == "approve" else corrections.refuse
        try:
            carry_out(correction_id, staff=staff, by=acting(person), reason=reason)
        except REFUSED as problem:
            return self._page(correction_id, problem)
        return redirect(url_for("console.correction", correction_id=correction_id))

    def _page(self, correction_id: str, problem: GatewayError | None) -> Response:
        person = user()
        with self._services.units(person.school)() as unit:
            held = unit.records.get(RecordKind.CORRECTIONS, (correction_id,))
            if held is None:
                raise not_found()
            one: Correction = held.record
            known = unit.console.names({name for name in (one.requested_by, one.decided_by) if name})
            history = history_of(unit.audit_browser, RecordKind.CORRECTIONS, (correction_id,))
        kind = KIND_NAMED.get(one.record_kind)
        reads = kind is not None and record_reach(person.role, kind, Policy()) is not None
        page = render_template(
            "console/correction.html",
            one=one,
            known=known,
            decisions=CHOICES[Decision],
            one_of=one_of,
            address=record_address(kind, tuple(one.record.split(" "))) if kind is not None and reads else None,
            history=history,
            is_open=is_open(one, self._services.clock()),
            open_days=self._services.policies(person.school).get("correction_open_days").value,
            is_own=person.staff == one.requested_by,
            may_decide=may(person.role, Right.APPROVE_CORRECTIONS),
            has_person=person.staff is not None,
            problem=problem,
        )
        return Response(page, status=status(problem))

    def _request_form(self, problem: GatewayError | None) -> Response:
        page = render_template(
            "console/request_correction.html",
            problem=problem,
            entered=request.values,
            kinds={KIND_LABELS[kind]: text for kind, text in sorted(ONE.items(), key=lambda item: said(item[1]))},
            has_person=user().staff is not None,
        )
        return Response(page, status=status(problem))

    def _row(self, one: Correction, known: Mapping[str, str]) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            one.id,
            one.decision.value,
            KIND_LABELS[KIND_NAMED[one.record_kind]],
            one.record,
            one.reason,
            known.get(one.requested_by, one.requested_by),
            stamp(one.requested_at),
            known.get(one.decided_by, one.decided_by) if one.decided_by else "",
            stamp(one.decided_at),
            stamp(one.open_until),
        )


def chosen_kind(name: str) -> RecordKind | None:
    """Return the kind of record of a name, in the singular or the plural; ``None`` for a name nobody uses."""
    return KIND_NAMED.get(name)


def one_of(kind: str) -> str:
    """Return what a record of a kind is called."""
    known = KIND_NAMED.get(kind)
    return said(ONE[known]) if known else kind


def is_open(correction: Correction, now: datetime) -> bool:
    """Tell whether it holds its record open at a moment."""
    return correction.open_until is not None and now <= correction.open_until


def _staff() -> StaffId:
    """Return the member of staff behind the account.

    Raises:
        RequestRefused: ``console.no_person``: the account is nobody's.
    """
    staff = user().staff
    if staff is None:
        raise no_person()
    return staff
