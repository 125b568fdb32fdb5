"""The outbox on the gateway's own engine: what operators see and decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Engine

import outbox
from gateway.ports.frame import Clock
from outbox import Depth, History, MessageId, NewMessage, Page, Pause, State, reading


class SqlQueueDesk:
    """`gateway.ports.queue.QueueDesk` over the outbox library, a transaction a call."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._clock = clock

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
        """List messages, newest first."""
        with self._reading.begin() as connection:
            return outbox.find(
                connection,
                owner=owner,
                destination=destination,
                states=states,
                kind=kind,
                text=text,
                before=before,
                limit=limit,
            )

    def show(self, message: MessageId) -> History:
        """Return a message with its attempts and decisions."""
        with self._reading.begin() as connection:
            return outbox.show(connection, message)

    def payload(self, message: MessageId) -> bytes:
        """Return the exact bytes that are sent."""
        with self._reading.begin() as connection:
            return outbox.payload(connection, message)

    def depths(self, *, owner: str | None = None) -> Sequence[Depth]:
        """Count the messages of every destination and state."""
        with self._reading.begin() as connection:
            return outbox.depths(connection, owner=owner)

    def pauses(self) -> Sequence[Pause]:
        """Return the global stop, if there is one, and every paused destination."""
        with self._reading.begin() as connection:
            return outbox.pauses(connection)

    def enqueue(self, *messages: NewMessage) -> Sequence[MessageId]:
        """Put messages into the queue in a transaction of their own."""
        with self._engine.begin() as connection:
            return outbox.enqueue(connection, *messages, now=self._clock())

    def retry(self, message: MessageId, *, by: str, reason: str) -> None:
        """Try a dead or waiting message again at once."""
        with self._engine.begin() as connection:
            outbox.retry(connection, message, by=by, reason=reason, now=self._clock())

    def hold(self, message: MessageId, *, by: str, reason: str) -> None:
        """Keep a message and its followers from being sent."""
        with self._engine.begin() as connection:
            outbox.hold(connection, message, by=by, reason=reason, now=self._clock())

    def release(self, message: MessageId, *, by: str, reason: str) -> None:
        """Let a held message go again."""
        with self._engine.begin() as connection:
            outbox.release(connection, message, by=by, reason=reason, now=self._clock())

    def skip(self, message: MessageId, *, by: str, reason: str) -> None:
        """Give a message up for good; its followers move."""
        with self._engine.begin() as connection:
            outbox.skip(connection, message, by=by, reason=reason, now=self._clock())

    def pause(self, destination: str, *, by: str, reason: str) -> None:
        """Send nothing more to a destination."""
        with self._engine.begin() as connection:
            outbox.pause(connection, destination, by=by, reason=reason, now=self._clock())

    def resume(self, destination: str, *, by: str, reason: str) -> None:
        """End a destination's pause."""
        with self._engine.begin() as connection:
            outbox.resume(connection, destination, by=by, reason=reason, now=self._clock())

    def stop(self, *, by: str, reason: str) -> None:
        """Send nothing more to anybody."""
        with self._engine.begin() as connection:
            outbox.stop(connection, by=by, reason=reason, now=self._clock())

    def start(self, *, by: str, reason: str) -> None:
        """End the global stop."""
        with self._engine.begin() as connection:
            outbox.start(connection, by=by, reason=reason, now=self._clock())
