"""The school's rules at the console: what it decides where the regulations leave a question open (section 5)."""

from __future__ import annotations

from enum import StrEnum

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.control.policies import DecidedSetting
from gateway.errors import GatewayError, Text
from gateway.model.audit import AuditEntry
from gateway.model.journal_records import RecordKind
from gateway.ports.console import ConsoleUnit
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import REFUSED, acting, given, given_day, status
from gateway.web.console.listing import chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.policy_names import SETTINGS, value_name
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.record_history import history_of
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_LONGEST = 200
"""Characters of a value and of a document's name."""

_COLUMNS = ("conflict", "setting", "value", "default", "allowed", "since", "document")


class Origin(StrEnum):
    """Where a value comes from."""

    DECIDED = "decided"
    DEFAULT = "default"


ORIGINS = {
    Origin.DECIDED: Text(ru="решено школой", en="decided by the school"),
    Origin.DEFAULT: Text(ru="по умолчанию", en="by default"),
}


class PolicyPages:
    """Views over the decisions of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def policy(self) -> Response | str:
        """List every setting with its conflict, default and present value: filtered, searched, or as CSV."""
        origin = chosen("origin", Origin)
        every = self._services.policies(user().school).list()
        found = [one for one in every if is_wanted(origin, _origin(one)) and is_found(*_texts(one))]
        if is_csv():
            return csv_download("policy.csv", _COLUMNS, [_row(one) for one in found])
        return render_template(
            "console/policy.html",
            listing=listing(found),
            settings=SETTINGS,
            value_name=value_name,
            origins=ORIGINS,
            decided=sum(one.decision is not None for one in every),
            total=len(every),
        )

    def setting(self, setting: str) -> Response | str:
        """Show one setting, what was decided of it before, and the form to decide anew."""
        return self._page(setting, None)

    def decide(self, setting: str) -> AnyResponse | str:
        """Write a decision down, with the document behind it; the form comes back with what is wrong."""
        person = require(Right.DECIDE)
        if setting not in SETTINGS:
            raise not_found()
        try:
            self._services.policies(person.school).decide(
                setting,
                given("value", _LONGEST),
                document=given("document", _LONGEST),
                decided_on=given_day("decided_on"),
                by=acting(person),
            )
        except REFUSED as problem:
            return self._page(setting, problem)
        return redirect(url_for("console.policy_setting", setting=setting))

    def _page(self, setting: str, problem: GatewayError | None) -> Response:
        if setting not in SETTINGS:
            raise not_found()
        school = user().school
        with self._services.units(school)() as unit:
            history = _history(unit, setting)
        page = render_template(
            "console/policy_setting.html",
            one=self._services.policies(school).get(setting),
            title=SETTINGS[setting],
            value_name=value_name,
            history=history,
            today=self._services.clock().astimezone(self._presentation.zone()).date(),
            problem=problem,
            entered=request.form,
        )
        return Response(page, status=status(problem))


def _history(unit: ConsoleUnit, setting: str) -> list[AuditEntry]:
    return list(history_of(unit.audit_browser, RecordKind.POLICIES, (setting,)))


def _origin(one: DecidedSetting) -> Origin:
    return Origin.DEFAULT if one.decision is None else Origin.DECIDED


def _texts(one: DecidedSetting) -> tuple[str, ...]:
    document = "" if one.decision is None else one.decision.document
    value = said(value_name(one.about.name, one.value))
    return one.about.conflict, one.about.name, said(SETTINGS[one.about.name]), value, one.value, document


def _row(one: DecidedSetting) -> tuple[object, ...]:
    return (
        one.about.conflict,
        one.about.name,
        one.value,
        one.about.default,
        one.about.values,
        "" if one.decision is None else one.decision.decided_on.isoformat(),
        "" if one.decision is None else one.decision.document,
    )
