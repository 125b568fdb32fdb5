"""Incidents at the console: reported, followed, their consequences seen before they are carried out (R-SEC-04, -05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.control.incidents import Case, Moments, Operation, fingerprint
from gateway.errors import GatewayError, Text
from gateway.model.access import ConsoleUser
from gateway.model.deadlines import DutyState
from gateway.model.incident import Effect, EffectKind, notified_at
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import AccessIncident
from gateway.model.policy import Policy
from gateway.model.record_shape import label_of
from gateway.web.console import names
from gateway.web.console.csv_download import csv_download
from gateway.web.console.duty_names import DOUBTS, DUTY_STATES, EFFECTS, INCIDENT_STATES, MOMENTS
from gateway.web.console.form_fields import REFUSED, acting, given, given_moment, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import shares
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.record_lists import record_address
from gateway.web.console.refusals import not_allowed, not_found, reason_missing
from gateway.web.console.rights import Right, may, record_reach
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import LONGEST_REASON

_KIND_NAMED = {kind.one: kind for kind in RecordKind}
_LONGEST_ACCOUNT = 200
_MINUTE = timedelta(minutes=1)

_INCIDENTS = ("id", "account", *MOMENTS)
_OPERATIONS = ("sequence", "at", "actor", "role", "action", "object_kind", "object_id", "state", "source")
_EFFECTS = ("kind", "object_kind", "object_id", "reason", "found_at", "done_at")

NOTABLE: Mapping[str, Right | None] = {
    "director_notified_at": None,
    "administrator_notified_at": None,
    "support_notified_at": None,
    "credentials_reissued_at": Right.MANAGE_ACCOUNTS,
    "void_from": Right.WIDEN_INCIDENTS,
}
"""What may be noted of an incident, and the right that it takes besides that to the page."""


class IncidentState(StrEnum):
    """How far an incident is."""

    REPORTED = "reported"
    NOTIFIED = "notified"
    CLOSED = "closed"


class Standing(StrEnum):
    """What an operation in the time of an incident is."""

    QUARANTINED = "quarantined"
    VOID = "void"


class Done(StrEnum):
    """Whether somebody still has to deal with a consequence."""

    PENDING = "pending"
    CLOSED = "closed"


STANDINGS = {
    Standing.VOID: Text(ru="недействительно", en="void"),
    Standing.QUARANTINED: Text(ru="под сомнением", en="in quarantine"),
}
DONE = {Done.PENDING: Text(ru="нужно сделать", en="to be done"), Done.CLOSED: Text(ru="сделано", en="done")}


class IncidentPages:
    """Views over the incidents of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def incidents(self) -> Response | str:
        """List the incidents: filtered, searched, or as CSV."""
        state = chosen("state", IncidentState)
        every = self._services.incidents(user().school).list()
        found = [one for one in every if is_wanted(state, state_of(one)) and is_found(one.id, one.account)]
        if is_csv():
            return csv_download("incidents.csv", _INCIDENTS, [self._row(one) for one in found])
        return render_template(
            "console/incidents.html",
            listing=listing(found),
            is_empty=not every,
            state_of=state_of,
            incident_states=INCIDENT_STATES,
            moments=MOMENTS,
        )

    def report(self) -> AnyResponse | str:
        """Report a compromised access: it is closed at once (R-SEC-04). The form comes back with what is wrong."""
        person = require(Right.REPORT_INCIDENTS)
        if request.method == "GET":
            return self._report_form(None)
        account = given("account", _LONGEST_ACCOUNT)
        if not account:
            return self._report_form(reason_missing())
        try:
            learned_at = given_moment("learned_at", self._presentation.zone())
            reported = self._services.incidents(person.school).report(account, by=acting(person), learned_at=learned_at)
        except REFUSED as problem:
            return self._report_form(problem)
        return redirect(url_for("console.incident", incident_id=reported.incident.id))

    def incident(self, incident_id: str) -> Response | str:
        """Show an incident: its course, the operations that fall into it and their consequences."""
        return self._page(incident_id, None)

    def note(self, incident_id: str) -> AnyResponse | str:
        """Note when something happened: who was notified, new credentials, the director's wider scope."""
        person = require(Right.SEE_WORK)
        what = request.form.get("what", "")
        if what not in notable(person):
            raise not_allowed() if what in NOTABLE else reason_missing()
        incidents = self._services.incidents(person.school)
        try:
            held = incidents.case(incident_id).incident
            moment = given_moment("moment", self._presentation.zone()) or self._services.clock()
            incidents.note(incident_id, Moments(**{what: _since_learned(moment, held)}), by=acting(person))
        except REFUSED as problem:
            return self._page(incident_id, problem)
        return redirect(url_for("console.incident", incident_id=incident_id))

    def settlement(self, incident_id: str) -> AnyResponse | str:
        """Show what a settlement would do; carry exactly that out once it is confirmed (R-SEC-05)."""
        person = require(Right.SETTLE_INCIDENTS)
        incidents, problem = self._services.incidents(person.school), None
        if request.method == "POST":
            if not request.form.get("confirm") or not request.form.get("shown"):
                raise reason_missing()
            try:
                incidents.settle(incident_id, by=acting(person), shown=request.form["shown"])
                return redirect(url_for("console.incident", incident_id=incident_id, show="effects"))
            except REFUSED as refused:
                problem = refused
        return self._settlement_page(incident_id, person, problem)

    def decide_effect(self, incident_id: str) -> AnyResponse:
        """Note that the person has dealt with a consequence, and how."""
        person = require(Right.SETTLE_INCIDENTS)
        reason = given("reason", LONGEST_REASON)
        if not reason:
            raise reason_missing()
        incidents = self._services.incidents(person.school)
        _, effects = incidents.show(incident_id)
        asked = tuple(request.form.get(name, "") for name in ("kind", "object_kind", "object_id", "why"))
        found = next((one for one in effects if _named(one) == asked), None)
        if found is None:
            raise not_found()
        incidents.decided(found, by=acting(person), reason=reason)
        return redirect(url_for("console.incident", incident_id=incident_id, show="effects"))

    def _report_form(self, problem: GatewayError | None) -> Response:
        page = render_template("console/report_incident.html", problem=problem, entered=request.form)
        return Response(page, status=status(problem))

    def _page(self, incident_id: str, problem: GatewayError | None) -> Response:
        person = user()
        case = self._services.incidents(person.school).case(incident_id)
        shows_effects = request.args.get("show") == "effects"
        standing, done, kind = chosen("standing", Standing), chosen("done", Done), chosen("kind", EffectKind)
        operations = [
            one for one in case.operations if is_wanted(standing, standing_of(one)) and is_found(*_operation_texts(one))
        ]
        effects = [
            one
            for one in sorted(case.effects, key=lambda one: one.done_at is not None)
            if is_wanted(done, done_of(one)) and is_wanted(kind, one.kind) and is_found(*_effect_texts(one))
        ]
        sees_work = may(person.role, Right.SEE_WORK)
        if is_csv() and sees_work:
            return self._effects_csv(effects) if shows_effects else self._operations_csv(operations)
        page = render_template(
            "console/incident.html",
            case=case,
            state=state_of(case.incident),
            incident_states=INCIDENT_STATES,
            moments=MOMENTS,
            notable=notable(person) if sees_work else {},
            notice=self._notice(case.incident),
            duty_states=DUTY_STATES,
            sees_work=sees_work,
            shows_effects=shows_effects,
            listing=listing(effects) if shows_effects else listing(operations),
            standings=STANDINGS,
            standing_of=standing_of,
            done_names=DONE,
            done_of=done_of,
            effect_names=EFFECTS,
            doubts=DOUBTS,
            address=effect_address,
            open_effects=sum(one.done_at is None for one in case.effects),
            chart_rows=shares(_counts(case)),
            problem=problem,
            entered=request.form,
        )
        return Response(page, status=status(problem))

    def _settlement_page(self, incident_id: str, person: ConsoleUser, problem: GatewayError | None) -> Response:
        incidents = self._services.incidents(person.school)
        known = {_named(one) for one in incidents.show(incident_id)[1]}
        settled = None
        try:
            settled = incidents.preview(incident_id, by=acting(person))
        except REFUSED as refused:
            problem = problem or refused
        effects = sorted(settled.effects, key=lambda one: _named(one) in known) if settled else []
        found = [one for one in effects if is_found(*_effect_texts(one))]
        page = render_template(
            "console/settlement.html",
            incident=incidents.show(incident_id)[0],
            settled=settled,
            shown=fingerprint(settled) if settled else "",
            listing=listing(found),
            is_new=lambda one: _named(one) not in known,
            counts=Counter(one.kind for one in effects),
            effect_names=EFFECTS,
            doubts=DOUBTS,
            address=effect_address,
            problem=problem,
        )
        return Response(page, status=status(problem))

    def _notice(self, incident: AccessIncident) -> tuple[datetime, DutyState]:
        """Return until when the notice is due, and how it stands."""
        due, done = self._services.deadlines(user().school).notice(incident), notified_at(incident)
        if done is not None:
            return due.due_at, DutyState.DONE_LATE if due.lateness(done) else DutyState.DONE
        return due.due_at, DutyState.OVERDUE if self._services.clock() > due.due_at else DutyState.OPEN

    def _row(self, one: AccessIncident) -> tuple[object, ...]:
        return (one.id, one.account, *(self._presentation.stamp(getattr(one, name)) for name in MOMENTS))

    def _operations_csv(self, operations: Sequence[Operation]) -> Response:
        rows = [
            (
                one.entry.sequence,
                self._presentation.stamp(one.entry.record.at),
                one.entry.record.actor,
                one.entry.record.role,
                one.entry.record.action,
                label_of(one.entry.record.object_kind),
                one.entry.record.object_id,
                standing_of(one).value,
                one.entry.record.source,
            )
            for one in operations
        ]
        return csv_download("operations.csv", _OPERATIONS, rows)

    def _effects_csv(self, effects: Sequence[Effect]) -> Response:
        stamp = self._presentation.stamp
        rows = [(*_named(one), stamp(one.found_at), stamp(one.done_at)) for one in effects]
        return csv_download("effects.csv", _EFFECTS, rows)


def state_of(incident: AccessIncident) -> IncidentState:
    """Return how far an incident is."""
    if incident.credentials_reissued_at is not None:
        return IncidentState.CLOSED
    return IncidentState.REPORTED if notified_at(incident) is None else IncidentState.NOTIFIED


def standing_of(operation: Operation) -> Standing:
    """Return whether an operation counts as not done already, or is only set aside."""
    return Standing.VOID if operation.is_void else Standing.QUARANTINED


def done_of(effect: Effect) -> Done:
    """Return whether somebody still has to deal with it."""
    return Done.PENDING if effect.done_at is None else Done.CLOSED


def notable(person: ConsoleUser) -> Mapping[str, Text]:
    """Return the moments that a person may note."""
    return {name: MOMENTS[name] for name, right in NOTABLE.items() if right is None or may(person.role, right)}


def effect_address(effect: Effect) -> str | None:
    """Return the page of what a consequence is about, where the console has one that the person opens."""
    match effect.object_kind:
        case "export_package":
            return url_for("console.package", package_id=effect.object_id)
        case "archive_entry":
            return url_for("console.archive_entry", entry_id=effect.object_id)
        case "message":
            return url_for("console.message", message_id=effect.object_id)
        case _:
            return _record_page(effect)


def _record_page(effect: Effect) -> str | None:
    kind = _KIND_NAMED.get(effect.object_kind)
    if kind is None or record_reach(user().role, kind, Policy()) is None:
        return None
    return record_address(kind, tuple(effect.object_id.split(" ")))


def _since_learned(moment: datetime, incident: AccessIncident) -> datetime:
    """Return a moment that was told by the minute: in the minute of the report itself it is not before it."""
    return incident.learned_at if moment <= incident.learned_at < moment + _MINUTE else moment


def _named(effect: Effect) -> tuple[str, str, str, str]:
    return effect.kind.value, effect.object_kind, effect.object_id, effect.reason


def _operation_texts(one: Operation) -> tuple[str, ...]:
    record = one.entry.record
    return record.actor, record.action, _kind_name(record.object_kind), record.object_id


def _effect_texts(one: Effect) -> tuple[str, ...]:
    return said(EFFECTS[one.kind]), _kind_name(one.object_kind), one.object_id


def _kind_name(kind: str) -> str:
    return said(names.RECORDS[kind]) if kind in names.RECORDS else kind


def _counts(case: Case) -> Mapping[str, Mapping[str, int]]:
    """Return how many consequences of every kind are dealt with and not."""
    rows: dict[str, Counter[str]] = {}
    for one in case.effects:
        rows.setdefault(said(EFFECTS[one.kind]), Counter())[done_of(one)] += 1
    return {name: {state.value: counts[state] for state in Done} for name, counts in rows.items()}
