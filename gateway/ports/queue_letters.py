"""Dead letters of the queue: messages that wait for a person, by cause, and what is done about all of one cause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from outbox import Cause, Letters, Message, Progress, Rebuilt, Replayed

BuildPayload = Callable[[Message], bytes | None]
"""Gives the payload that a message should have by now; `None` where it is to be left alone."""


class LetterDesk(Protocol):
    """Look at dead letters and decide about them; every decision is kept with who, when and why.

    What is done in bulk is done in bounded pieces, each a transaction: call again with ``Progress.after``.
    """

    def causes(self, *, owner: str | None = None, destination: str | None = None) -> Sequence[Cause]:
        """Group the dead letters by what they died of, the most frequent cause first; an owner is a school."""
        ...

    def retry_all(self, which: Letters, *, by: str, reason: str, after: int = 0) -> Progress:
        """Try the next letters again; held ones are released."""
        ...

    def skip_all(self, which: Letters, *, by: str, reason: str, after: int = 0) -> Progress:
        """Give the next letters up for good."""
        ...

    def rebuild(self, which: Letters, build: BuildPayload, *, after: int = 0, limit: int = 100) -> Sequence[Rebuilt]:
        """Build the payloads of the next letters anew and say which come out different; nothing is changed.

        Fewer than ``limit`` are all that there are; else call again with the ``seq`` of the last one.
        """
        ...

    def replay(self, rebuilt: Sequence[Rebuilt], *, by: str, reason: str) -> Replayed:
        """Send those that came out different, with the new payload, where nobody has decided about them since."""
        ...
