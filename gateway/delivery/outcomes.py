"""Our errors as outcomes of the outbox: try again, or stop and wait for a person."""

from __future__ import annotations

from gateway.errors import GatewayError, PlatformError, TransientError
from outbox import Refused, Retry


def outcome_of(error: GatewayError) -> Retry | Refused:
    """Return `Retry` for what may pass by itself, `Refused` for everything else.

    The reason is told in both languages, Russian first, a line each, and names who has to act.
    """
    if isinstance(error, TransientError):
        return retry_later(error)
    status, answer = _said(error)
    return Refused(reason=_reason(error), code=error.code, status=status, answer=answer)


def retry_later(error: GatewayError) -> Retry:
    """Return `Retry` for an error of whatever kind, after as long as the platform asked for."""
    status, answer = _said(error)
    wait = error.retry_after if isinstance(error, TransientError) else None
    return Retry(reason=_reason(error), code=error.code, status=status, answer=answer, retry_after=wait)


def _reason(error: GatewayError) -> str:
    who = error.who.text
    return f"{error.text.ru} Кто исправляет: {who.ru}.\n{error.text.en} Who has to act: {who.en}."


def _said(error: GatewayError) -> tuple[int | None, bytes]:
    return (error.status, error.answer.encode()) if isinstance(error, PlatformError) else (None, b"")
