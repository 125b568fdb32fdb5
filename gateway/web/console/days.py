"""Days that an address asks for, as moments at the school."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request

from gateway.ports.trails import Span


def asked_span(zone: ZoneInfo) -> Span:
    """Return from the morning of ``day_from`` until the end of ``day_to``; what is no day is no bound."""
    first, last = asked_day("day_from"), asked_day("day_to")
    return Span(
        start=None if first is None else morning(first, zone),
        end=None if last is None else morning(last + timedelta(days=1), zone),
    )


def asked_day(name: str) -> date | None:
    """Return the day that the address or the form has under a name."""
    try:
        return date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None


def morning(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment when a day begins at the school."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
