"""What a worker tells whoever counts: the one place where metrics, whatever they are made with, hang on."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from outbox.breaker import BreakerState
from outbox.settling import Settlement


class Observer(Protocol):
    """Hears of everything that a worker has written down, after the commit and in the worker's own thread.

    What it does costs the worker time, and what it raises ends the worker.
    """

    def settled(self, settlements: Sequence[tuple[Settlement, float]]) -> None:
        """Hear of attempts that were settled in time, with the seconds that the handler took."""

    def late(self, destination: str) -> None:
        """Hear of an outcome that came after its lease was lost; nothing was written for it."""

    def lost(self, destination: str) -> None:
        """Hear of a lease that ran out, this worker's or another's."""

    def moved(self, breakers: Mapping[str, BreakerState]) -> None:
        """Hear of breakers that have changed, by destination."""


class Deaf:
    """Counts nothing."""

    def settled(self, settlements: Sequence[tuple[Settlement, float]]) -> None:
        """Do nothing."""

    def late(self, destination: str) -> None:
        """Do nothing."""

    def lost(self, destination: str) -> None:
        """Do nothing."""

    def moved(self, breakers: Mapping[str, BreakerState]) -> None:
        """Do nothing."""
