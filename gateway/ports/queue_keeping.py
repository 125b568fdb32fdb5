"""Keeping the queue: what is over, what is wrong, what was counted, what was said later, where all of it lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol

from gateway.ports.frame import Progress
from outbox import Answered, DayTally, Finding, Forgotten, Moved, Resealed, Stray, Tended


class KeepingDesk(Protocol):
    """What is done about the queue as a whole."""

    def inspect(self) -> Sequence[Finding]:
        """Look for everything that is known to go wrong; writes nothing."""
        ...

    def ticks(self) -> Mapping[str, datetime]:
        """Return the last tick of every schedule that ever was, by name."""
        ...

    def tally(self, destination: str, *, since: date, until: date, zone: tzinfo) -> Sequence[DayTally]:
        """Count what happened with a destination day by day, ``until`` left out."""
        ...

    def accept(self, destination: str, receipt: str, *, acceptance: str | None) -> Answered:
        """Enter that a destination has taken the content of what it had under a receipt.

        Raises:
            AnswerConflictError: it has said otherwise before; the contradiction is kept.
        """
        ...

    def reject(self, destination: str, receipt: str, *, code: str, reason: str) -> Answered:
        """Enter that a destination has not taken the content of what it had under a receipt.

        Raises:
            AnswerConflictError: it has said otherwise before; the contradiction is kept.
        """
        ...

    def strays(self) -> Sequence[Stray]:
        """Return answers whose message was not found."""
        ...

    def purge(self, *, finished_before: datetime, by: str, reason: str, progress: Progress | None = None) -> Tended:
        """Remove the messages that were over before a time."""
        ...

    def forget(self, subject: str, *, by: str, reason: str) -> Forgotten:
        """Destroy the content of all messages about a pupil that are over."""
        ...

    def reseal(self, *, accept_plain: bool = False, progress: Progress | None = None) -> Resealed:
        """Encrypt with the newest key what is stored under an older one, to the end.

        What cannot be opened is left as it is and named; so is what is not encrypted at all, unless ``accept_plain``
        says that it dates from before there was a key.
        """
        ...

    def move(self, url: str, *, by: str, reason: str, progress: Progress | None = None) -> Moved:
        """Move the whole queue into another database, which is brought to this version before.

        Raises:
            MoveRefusedError: the queue is not stopped, at work, or the other database is not empty.
            MoveFailedError: what was written is not what was read.
            ConfigurationError: the address names no database of a known kind.
        """
        ...
