"""What a person fills into a form: moments and days as the school's clock has them, texts, and who it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import request

from gateway.control.acting import By
from gateway.errors import DocumentError, GatewayError, Party, RuleViolation, Text
from gateway.model.access import ConsoleUser
from gateway.web.console.audit_trail import source
from gateway.web.errors import status_of

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""What a school year may be (`gateway.model.fields.Year`)."""

REFUSED = (DocumentError, RuleViolation)
"""What a form is shown again with: the person can mend it."""


def acting(person: ConsoleUser) -> By:
    """Return who acts, as the flows of control write it down."""
    return By(actor=person.login, role=person.role, source=source())


def given(name: str, longest: int) -> str:
    """Return a text without blanks around it, cut where it is too long."""
    return request.form.get(name, "").strip()[:longest]


def given_moment(name: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment of the school's clock in UTC; ``None`` where the field is empty.

    Raises:
        RuleViolation: ``console.form_value``: it is no moment.
    """
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_value(text_of_moment()) from None


def given_day(name: str) -> date:
    """Return a day.

    Raises:
        RuleViolation: ``console.form_value``: it is none.
    """
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        raise _no_value(Text(ru="День не читается: нужен вид 2026-09-30.", en="That is no day: 2026-09-30.")) from None


def text_of_moment() -> Text:
    """Return what is told of a moment that cannot be read."""
    return Text(
        ru="День и время не читаются: нужен вид 2026-09-30T15:00.", en="That is no day and time: 2026-09-30T15:00."
    )


def asked_day(name: str, default: date) -> date:
    """Return the day that the address asks for, the default where it asks for none of a school's years."""
    try:
        asked = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return default
    return asked if FIRST_YEAR <= asked.year <= LAST_YEAR else default


def status(problem: GatewayError | None) -> HTTPStatus:
    """Return the status of a page with a form: that of the problem it is shown again with."""
    return HTTPStatus.OK if problem is None else status_of(problem)


def _no_value(text: Text) -> RuleViolation:
    return RuleViolation("console.form_value", text, who=Party.SENDER)
