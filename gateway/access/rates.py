"""How often somebody may knock: requests are counted in the database, so all processes count together (R-SEC-07)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from gateway.errors import Party, Text, TransientError
from gateway.ports.access import RequestCounter
from gateway.ports.frame import Clock

WINDOW = timedelta(minutes=1)
"""Requests are counted from the first one of a minute on."""


class Knock(StrEnum):
    """What is counted, each by itself."""

    TOKEN = "token"  # noqa: S105  the name of a counter
    """Requests for a token, by address."""
    SIGN_IN = "sign_in"
    """Attempts to sign in at the console, by address."""
    API = "api"
    """Requests with a token, by client."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Turns callers away who knock too often; ``limits`` are requests a minute, without one there is no limit."""

    counter: RequestCounter
    clock: Clock
    limits: Mapping[Knock, int] = field(default_factory=dict)

    def charge(self, knock: Knock, caller: str) -> None:
        """Count a request of a caller.

        A request that could not be counted, because a large batch keeps SQLite busy, is let through.

        Raises:
            TransientError: ``access.too_many_requests``: more than the limit; ``retry_after`` tells when to come back.
        """
        limit = self.limits.get(knock)
        if not limit:
            return
        now = self.clock()
        counted = self.counter.count(f"{knock}:{caller}", now=now, window=WINDOW)
        if counted is not None and counted.requests > limit:
            raise _too_many(counted.since + WINDOW - now)


def _too_many(wait: timedelta) -> TransientError:
    return TransientError(
        "access.too_many_requests",
        Text(
            ru="Слишком много запросов подряд. Повторите позже: когда – в заголовке Retry-After.",
            en="Too many requests in a row. Repeat later: header Retry-After tells when.",
        ),
        who=Party.SENDER,
        retry_after=max(wait, timedelta(seconds=1)),
    )
