"""Accounts of people at the console: the list, one account, what an administrator decides (R-ROLE-01, R-SEC-09).

A one-time password is on the page that answers the form and nowhere else; the person chooses another at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.access.users import Life
from gateway.errors import GatewayError
from gateway.model.access import ConsoleUser, Role
from gateway.model.ids import StaffId
from gateway.web.console.audit_trail import source
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import asked_day, morning
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted

_COLUMNS = ("login", "person", "name", "role", "state", "valid_from", "valid_to", "created_at")
_UNUSABLE = 422


class AccountState(StrEnum):
    """How an account stands at a moment."""

    OPEN = "open"
    ONE_TIME = "one_time"
    LOCKED = "locked"
    NOT_YET = "not_yet"
    OVER = "over"
    DISABLED = "disabled"


def account_state(account: ConsoleUser, now: datetime) -> AccountState:
    """Return how an account stands: what keeps it closed longest comes first."""
    if account.disabled:
        return AccountState.DISABLED
    if account.valid_to is not None and account.valid_to <= now:
        return AccountState.OVER
    if account.valid_from is not None and now < account.valid_from:
        return AccountState.NOT_YET
    if account.locked_until is not None and now < account.locked_until:
        return AccountState.LOCKED
    return AccountState.ONE_TIME if account.must_change else AccountState.OPEN


class PeoplePages:
    """Views over the accounts of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def people(self) -> Response | str:
        """List the accounts, filtered, or as CSV."""
        person, now = require(Right.SEE_ACCOUNTS), self._services.clock()
        role, state = chosen("role", Role), chosen("state", AccountState)
        with self._services.units(person.school)() as unit:
            accounts = unit.access.users()
            called = unit.console.names(one.staff for one in accounts if one.staff)
        found = [
            one
            for one in accounts
            if is_wanted(role, one.role)
            and is_wanted(state, account_state(one, now))
            and is_found(one.login, called.get(one.staff or "", ""))
        ]
        if is_csv():
            return csv_download("people.csv", _COLUMNS, [self._row(one, called, now) for one in found])
        return render_template(
            "console/people.html",
            listing=listing(found),
            called=called,
            states={one.login: account_state(one, now) for one in found},
            last_day=self._last_day,
        )

    def person(self) -> str:
        """Show one account and what can be decided about it."""
        require(Right.SEE_ACCOUNTS)
        return self._page(self._account(request.args.get("login", "")))

    def new(self) -> AnyResponse | str:
        """Add an account; its one-time password is shown now and never again."""
        person = require(Right.MANAGE_ACCOUNTS)
        if request.method == "GET":
            return self._form()
        login, role = request.form.get("login", "").strip(), chosen_role()
        try:
            password = self._services.users.add(
                person.school, login, role, by=person.login, staff=_staff(), life=self._life()
            )
        except GatewayError as error:
            return Response(self._form(problem=said(error.text)), status=_UNUSABLE)
        back = url_for("console.person", login=login)
        return _shown_once("one_time_password", login, password, back)

    def decide(self) -> AnyResponse | str:
        """Carry out what an administrator decides about an account, kept with name and reason."""
        person = require(Right.MANAGE_ACCOUNTS)
        verb, reason = submitted({"change", "reset", "end_sessions", "disable", "enable"})
        account, accounts = self._account(request.form.get("account", "")), self._services.accounts
        school, login = account.school, account.login
        role = chosen_role() if verb == "change" else account.role
        carry_out: Mapping[str, Callable[[], object]] = {
            "change": lambda: accounts.change(
                school,
                login,
                role,
                by=person,
                reason=reason,
                staff=_staff(),
                life=self._life(),
                source=source(),
            ),
            "end_sessions": lambda: accounts.end_sessions_of(school, login, by=person, reason=reason, source=source()),
            "disable": lambda: accounts.set_disabled(
                school, login, disabled=True, by=person, reason=reason, source=source()
            ),
            "enable": lambda: accounts.set_disabled(
                school, login, disabled=False, by=person, reason=reason, source=source()
            ),
        }
        back = url_for("console.person", login=login)
        if verb == "reset":
            return _shown_once(
                "one_time_password",
                login,
                self._services.users.reset(school, login, by=person.login, reason=reason),
                back,
            )
        try:
            carry_out[verb]()
        except GatewayError as error:
            return Response(self._page(account, problem=said(error.text)), status=_UNUSABLE)
        return redirect(back)

    def _account(self, login: str) -> ConsoleUser:
        """Return an account of the person's school; another school's is not there."""
        known = self._services.directory.user(login)
        if known is None or known.school != require(Right.SEE_ACCOUNTS).school:
            raise not_found()
        return known

    def _page(self, account: ConsoleUser, *, problem: str = "") -> str:
        with self._services.units(account.school)() as unit:
            staff = unit.console.staff()
            called = unit.console.names([account.staff] if account.staff else [])
        return render_template(
            "console/person.html",
            account=account,
            state=account_state(account, self._services.clock()),
            called=called,
            staff={**called, **staff},
            problem=problem,
            first_day=self._first_day,
            last_day=self._last_day,
        )

    def _form(self, *, problem: str = "") -> str:
        with self._services.units(require(Right.MANAGE_ACCOUNTS).school)() as unit:
            taken = {one.staff for one in unit.access.users()}
            staff = {one: name for one, name in unit.console.staff().items() if one not in taken}
        return render_template("console/new_person.html", staff=staff, problem=problem)

    def _life(self) -> Life:
        zone = self._presentation.zone()
        first, last = asked_day("valid_from"), asked_day("valid_to")
        return Life(
            start=None if first is None else morning(first, zone),
            end=None if last is None else morning(last + timedelta(days=1), zone),
        )

    def _first_day(self, account: ConsoleUser) -> str:
        moment = account.valid_from
        return moment.astimezone(self._presentation.zone()).date().isoformat() if moment else ""

    def _last_day(self, account: ConsoleUser) -> str:
        """Return the last day on which an account opens anything: its time ends before a moment."""
        if account.valid_to is None:
            return ""
        last = account.valid_to.astimezone(self._presentation.zone()) - timedelta(microseconds=1)
        return last.date().isoformat()

    def _row(self, one: ConsoleUser, called: Mapping[str, str], now: datetime) -> tuple[object, ...]:
        name, state = called.get(one.staff or "", ""), account_state(one, now)
        first, last = self._first_day(one), self._last_day(one)
        return (
            one.login,
            one.staff or "",
            name,
            one.role,
            state,
            first,
            last,
            self._presentation.stamp(one.created_at),
        )


def chosen_role() -> Role:
    """Return the role that a form gives.

    Raises:
        RequestRefused: ``console.not_found``: there is no such role.
    """
    role = next((one for one in Role if one.value == request.form.get("role")), None)
    if role is None:
        raise not_found()
    return role


def _staff() -> StaffId | None:
    chosen_staff = request.form.get("staff", "")
    return StaffId(chosen_staff) if chosen_staff else None


def _shown_once(kind: str, name: str, secret: str, back: str) -> str:
    return render_template("console/shown_once.html", kind=kind, name=name, secret=secret, back=back)
