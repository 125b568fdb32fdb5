"""The outbox on the gateway's own engine: messages, and all that the desk does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import outbox
from gateway.storage.queue_destinations import SqlDestinationDesk
from gateway.storage.queue_keeping import SqlKeepingDesk
from gateway.storage.queue_lanes import SqlLaneDesk
from gateway.storage.queue_letters import SqlLetterDesk
from gateway.storage.queue_store import QueueStore, closed_destinations_told
from outbox import Depth, History, MessageId, NewMessage, Page, State


class SqlMessageDesk(QueueStore):
    """`gateway.ports.queue.MessageDesk` over the outbox library."""

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
        """List messages, newest first."""
        return self._ask(
            outbox.find,
            owner=owner,
            destination=destination,
            states=states,
            kind=kind,
            subject=subject,
            lane=lane,
            error_code=error_code,
            created_from=created_from,
            created_before=created_before,
            text=text,
            unfinished=unfinished,
            before=before,
            limit=limit,
        )

    def show(self, message: MessageId) -> History:
        """Return a message with its attempts, the answers to it and the decisions about it."""
        return self._ask(outbox.show, message)

    def payload(self, message: MessageId) -> bytes | None:
        """Return the exact bytes that are sent, `None` where they are kept no longer."""
        return self._ask(outbox.payload, message, sealing=self._sealing)

    def depths(self, *, owner: str | None = None, finished_since: datetime | None = None) -> Sequence[Depth]:
        """Count the messages that are not over, of every destination and state; also what was finished since then."""
        return self._ask(outbox.depths, owner=owner, finished_since=finished_since)

    def enqueue(self, *messages: NewMessage) -> Sequence[MessageId]:
        """Put messages into the queue in a transaction of their own."""
        with closed_destinations_told(), self._engine.begin() as connection:
            return outbox.enqueue(connection, *messages, now=self._clock(), sealing=self._sealing)

    def retry(self, message: MessageId, *, by: str, reason: str) -> None:
        """Try a dead, waiting or unanswered message again at once."""
        self._decide(outbox.retry, message, by=by, reason=reason)

    def hold(self, message: MessageId, *, by: str, reason: str) -> None:
        """Keep a message and its followers from being sent."""
        self._decide(outbox.hold, message, by=by, reason=reason)

    def release(self, message: MessageId, *, by: str, reason: str) -> None:
        """Let a held message go again."""
        self._decide(outbox.release, message, by=by, reason=reason)

    def skip(self, message: MessageId, *, by: str, reason: str) -> None:
        """Give a message up for good; its followers move."""
        self._decide(outbox.skip, message, by=by, reason=reason)


class SqlQueueDesk(SqlMessageDesk, SqlLaneDesk, SqlDestinationDesk, SqlLetterDesk, SqlKeepingDesk):
    """`gateway.ports.queue.QueueDesk` over the outbox library."""
