"""Our errors as outcomes of the outbox: try again, or stop and wait for a person."""

from __future__ import annotations

from gateway.errors import GatewayError, PlatformError, TransientError
from outbox import Refused, Retry


def outcome_of(error: GatewayError) -> Retry | Refused:
    """Return `Retry` for what may pass by itself, `Refused` for everything else.

    The reason is told in both languages, Russian first, a line each.
    """
    reason = f"{error.text.ru}\n{error.text.en}"
    status = error.status if isinstance(error, PlatformError) else None
    answer = error.answer.encode() if isinstance(error, PlatformError) else b""
    if isinstance(error, TransientError):
        return Retry(reason=reason, code=error.code, status=status, answer=answer, retry_after=error.retry_after)
    return Refused(reason=reason, code=error.code, status=status, answer=answer)
