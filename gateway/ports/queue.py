"""The outbound queue as operators see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from outbox import Depth, History, MessageId, NewMessage, Page, Pause, State


class QueueDesk(Protocol):
    """Look at the queue and decide about it; every decision is kept with who, when and why.

    Verbs about one message raise `outbox.UnknownMessageError` and `outbox.NotAllowedError`.
    """

    def find(
        self,
        *,
        owner: str | None = None,
        destination: str | None = None,
        states: Collection[State] = (),
        kind: str | None = None,
        text: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Page:
        """List messages, newest first; an owner is a school."""
        ...

    def show(self, message: MessageId) -> History:
        """Return a message with its attempts and decisions."""
        ...

    def payload(self, message: MessageId) -> bytes:
        """Return the exact bytes that are sent. They may hold personal data: looking at them is to be audited."""
        ...

    def depths(self, *, owner: str | None = None) -> Sequence[Depth]:
        """Count the messages of every destination and state."""
        ...

    def pauses(self) -> Sequence[Pause]:
        """Return the global stop, if there is one, and every paused destination."""
        ...

    def enqueue(self, *messages: NewMessage) -> Sequence[MessageId]:
        """Put messages into the queue in a transaction of their own."""
        ...

    def retry(self, message: MessageId, *, by: str, reason: str) -> None:
        """Try a dead or waiting message again at once."""
        ...

    def hold(self, message: MessageId, *, by: str, reason: str) -> None:
        """Keep a message and its followers from being sent."""
        ...

    def release(self, message: MessageId, *, by: str, reason: str) -> None:
        """Let a held message go again."""
        ...

    def skip(self, message: MessageId, *, by: str, reason: str) -> None:
        """Give a message up for good; its followers move."""
        ...

    def pause(self, destination: str, *, by: str, reason: str) -> None:
        """Send nothing more to a destination."""
        ...

    def resume(self, destination: str, *, by: str, reason: str) -> None:
        """End a destination's pause."""
        ...

    def stop(self, *, by: str, reason: str) -> None:
        """Send nothing more to anybody."""
        ...

    def start(self, *, by: str, reason: str) -> None:
        """End the global stop."""
        ...
