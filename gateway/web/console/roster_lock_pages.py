"""Locked fields at the console: which values are the school's, locking and giving free with a reason."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError
from gateway.model.roster import RecordKind
from gateway.model.roster_locks import FieldLock
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import given, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.roster_day_pages import called
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted

_COLUMNS = ("kind", "record", "name", "field", "locked_at", "locked_by", "reason")
_LONGEST = 300


class RosterLockPages:
    """Views over the locked fields of the roster of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def locks(self) -> Response:
        """List the locked fields, filtered, or as CSV; with the form to lock one more. The look is audited."""
        return self._page(None)

    def decide(self) -> AnyResponse:
        """Lock a field, or give it free, with a reason; kept with name and role."""
        person = require(Right.DECIDE)
        verb, reason = submitted({"lock", "unlock"})
        kind = next((one for one in RecordKind if one.value == request.form.get("kind")), None)
        if kind is None:
            raise not_found()
        key, name = tuple(given("record", _LONGEST).split("/")), given("field", _LONGEST)
        locks = self._services.locks(person.school)
        try:
            if verb == "unlock":
                locks.unlock(kind, key, name, by=person.login, reason=reason, role=person.role)
            else:
                value = given("value", _LONGEST) if "set" in request.form else None
                locks.lock(kind, key, name, by=person.login, reason=reason, value=value, role=person.role)
        except GatewayError as problem:
            return self._page(problem)
        return redirect(url_for("console.roster_locks"))

    def _page(self, problem: GatewayError | None) -> Response:
        person = require(Right.SEE_PEOPLE)
        whole = self._services.locks(person.school).all()
        kind = chosen("kind", RecordKind)
        with self._services.units(person.school)() as unit:
            known = unit.console.names({part for one in whole for part in one.key[:2]})
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "roster_lock", "*", at=self._services.clock())
        found = [
            (one, name)
            for one in whole
            if is_wanted(kind, one.kind)
            and is_found(name := called(one.key, known), *one.key, one.field, one.locked_by, one.reason)
        ]
        if is_csv():
            return csv_download("roster-locks.csv", _COLUMNS, [self._row(one, name) for one, name in found])
        page = render_template(
            "console/roster_locks.html",
            listing=listing(found),
            is_empty=not whole,
            problem=problem,
            entered=request.form or {"kind": request.args.get("lock_kind"), "record": request.args.get("record")},
        )
        return Response(page, status=status(problem))

    def _row(self, one: FieldLock, name: str) -> tuple[object, ...]:
        return (
            one.kind.value,
            "/".join(one.key),
            name,
            one.field,
            self._presentation.stamp(one.locked_at),
            one.locked_by,
            one.reason,
        )
