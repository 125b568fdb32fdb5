"""The outbound queue as operators see it: messages, and all that the desk does; its other parts lie beside this."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from gateway.ports.queue_destinations import DestinationDesk
from gateway.ports.queue_keeping import KeepingDesk
from gateway.ports.queue_lanes import LaneDesk
from gateway.ports.queue_letters import LetterDesk
from outbox import Depth, History, MessageId, NewMessage, Page, State


class MessageDesk(Protocol):
    """Look at messages and decide about single ones; every decision is kept with who, when and why.

    Verbs about one message raise `outbox.UnknownMessageError` and `outbox.NotAllowedError`.
    """

    def find(
        self,
        *,
        owner: str | None = None,
        destination: str | None = None,
        states: Collection[State] = (),
        kind: str | None = None,
        subject: str | None = None,
        lane: int | None = None,
        error_code: str | None = None,
        created_from: datetime | None = None,
        created_before: datetime | None = None,
        text: str | None = None,
        unfinished: bool = False,
        before: int | None = None,
        limit: int = 50,
    ) -> Page:
        """List messages, newest first; an owner is a school, a subject a pupil's id."""
        ...

    def show(self, message: MessageId) -> History:
        """Return a message with its attempts, the answers to it and the decisions about it."""
        ...

    def payload(self, message: MessageId) -> bytes | None:
        """Return the exact bytes that are sent, `None` where they are kept no longer.

        They may hold personal data: looking at them is to be audited.

        Raises:
            UnreadablePayloadError: the key they were sealed with is not there.
        """
        ...

    def depths(self, *, owner: str | None = None, finished_since: datetime | None = None) -> Sequence[Depth]:
        """Count the messages that are not over, of every destination and state; also what was finished since then."""
        ...

    def enqueue(self, *messages: NewMessage) -> Sequence[MessageId]:
        """Put messages into the queue in a transaction of their own.

        Raises:
            TransientError: ``queue.destination_closed``: the destination takes nothing in for now.
        """
        ...

    def retry(self, message: MessageId, *, by: str, reason: str) -> None:
        """Try a dead, waiting or unanswered message again at once."""
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


class QueueDesk(MessageDesk, LaneDesk, DestinationDesk, LetterDesk, KeepingDesk, Protocol):
    """All of it. Who needs one part only asks for that part."""
