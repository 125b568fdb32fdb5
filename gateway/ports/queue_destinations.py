"""Destinations of the queue: how they stand, what holds for them, and what is decided about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from outbox import Decision, DestinationStanding, Freshness, Pause, Policies


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationReport:
    """A destination as people see it.

    Attributes:
        standing: pause, drain, breaker; `None` where nothing was ever limited, reported or decided.
        window_open: whether it may be spoken to at this hour of the week.
        next_opening: when it may be, where it may not now; `None` where that is not to be foreseen.
        freshness: how old its oldest undelivered messages are, by kind.
    """

    name: str
    standing: DestinationStanding | None
    window_open: bool
    next_opening: datetime | None
    freshness: Sequence[Freshness]


class DestinationDesk(Protocol):
    """Look at destinations and decide about them; every decision is kept with who, when and why."""

    @property
    def policies(self) -> Policies:
        """What holds for every destination of this installation, by its name."""
        ...

    def destinations(self, *, owner: str | None = None) -> Sequence[DestinationReport]:
        """Say how every destination stands, and how fresh its messages are: all of them, or one owner's."""
        ...

    def pauses(self) -> Sequence[Pause]:
        """Return the global stop, if there is one, and every paused destination."""
        ...

    def decisions(self, *, before: int | None = None, limit: int = 50) -> Sequence[Decision]:
        """Return the latest decisions about destinations and about everything, the newest first.

        Decisions about single messages and lanes are told with these. ``before`` is a decision's ``seq``.
        """
        ...

    def pause(self, destination: str, *, by: str, reason: str) -> None:
        """Send nothing more to a destination."""
        ...

    def resume(self, destination: str, *, by: str, reason: str) -> None:
        """End a destination's pause."""
        ...

    def drain(self, destination: str, *, by: str, reason: str) -> None:
        """Take nothing more in for a destination and deliver the rest: who brings something is turned away."""
        ...

    def reopen(self, destination: str, *, by: str, reason: str) -> None:
        """Take messages in again for a drained destination."""
        ...

    def stop(self, *, by: str, reason: str) -> None:
        """Send nothing more to anybody."""
        ...

    def start(self, *, by: str, reason: str) -> None:
        """End the global stop."""
        ...
