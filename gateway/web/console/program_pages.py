"""Programs that may use the HTTP interfaces: the list, one program, its secret and scopes (R-SEC-01, RFC 6749).

A secret is on the page that answers the form and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.access.clients import ListedClient
from gateway.model.access import Scope
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import is_csv, is_found, listing
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted
from gateway.web.console.words import WORDS

_COLUMNS = ("client_id", "name", "scopes", "disabled", "secret_since", "former_secret_until", "tokens", "created_at")
_MOST_NAME = 200
_UNUSABLE = 422


class ProgramPages:
    """Views over the programs of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def programs(self) -> Response | str:
        """List the programs, filtered, or as CSV."""
        known = self._services.clients.listed(require(Right.SEE_ACCOUNTS).school)
        scope = request.args.get("scope", "")
        found = [
            one
            for one in known
            if is_found(one.client.name, one.client.client_id) and (not scope or scope in one.client.scopes)
        ]
        if is_csv():
            return csv_download("programs.csv", _COLUMNS, [self._row(one) for one in found])
        return render_template("console/programs.html", listing=listing(found), is_empty=not known)

    def program(self, client_id: str) -> str:
        """Show one program and what can be decided about it."""
        return render_template("console/program.html", one=self._listed(client_id), scopes=list(Scope))

    def new(self) -> AnyResponse | str:
        """Add a program; its secret is shown now and never again."""
        person = require(Right.MANAGE_ACCOUNTS)
        name, scopes = request.form.get("name", "").strip()[:_MOST_NAME], _scopes()
        if request.method == "GET" or not name or not scopes:
            problem = "" if request.method == "GET" else said(WORDS["program_incomplete"])
            page = render_template("console/new_program.html", scopes=list(Scope), problem=problem)
            return Response(page, status=_UNUSABLE) if problem else page
        made = self._services.clients.add(person.school, name, scopes, by=person.login)
        return _secret_page(made.client_id, made.secret)

    def decide(self, client_id: str) -> AnyResponse | str:
        """Carry out what an administrator decides about a program."""
        person, clients = require(Right.MANAGE_ACCOUNTS), self._services.clients
        verb, reason = submitted({"rotate", "scopes", "revoke", "disable_program"})
        one = self._listed(client_id)
        if verb == "rotate":
            return _secret_page(client_id, clients.rotate(person.school, client_id, by=person.login, reason=reason))
        scopes = _scopes() or one.client.scopes
        carry_out: Mapping[str, Callable[[], object]] = {
            "scopes": lambda: clients.set_scopes(person.school, client_id, scopes, by=person.login, reason=reason),
            "revoke": lambda: clients.revoke(person.school, client_id, by=person.login, reason=reason),
            "disable_program": lambda: clients.disable(person.school, client_id, by=person.login, reason=reason),
        }
        carry_out[verb]()
        return redirect(url_for("console.program", client_id=client_id))

    def _listed(self, client_id: str) -> ListedClient:
        known = self._services.clients.listed(require(Right.SEE_ACCOUNTS).school)
        found = next((one for one in known if one.client.client_id == client_id), None)
        if found is None:
            raise not_found()
        return found

    def _row(self, one: ListedClient) -> tuple[object, ...]:
        client, stamp = one.client, self._presentation.stamp
        return (
            client.client_id,
            client.name,
            " ".join(sorted(client.scopes)),
            client.disabled,
            stamp(client.secret_since),
            stamp(client.former_secret_until),
            one.tokens,
            stamp(client.created_at),
        )


def _scopes() -> frozenset[Scope]:
    return frozenset(Scope) & frozenset(request.form.getlist("scope"))


def _secret_page(client_id: str, secret: str) -> str:
    back = url_for("console.program", client_id=client_id)
    return render_template("console/shown_once.html", kind="client_secret", name=client_id, secret=secret, back=back)
