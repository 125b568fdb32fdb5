"""The outbox on the gateway's own engine: what is done about the queue as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from sqlalchemy import Connection

import outbox
from gateway.ports.frame import Progress
from gateway.storage import migrations
from gateway.storage.engine import open_engine
from gateway.storage.queue_store import QueueStore
from outbox import (
    AnswerConflictError,
    Answered,
    DayTally,
    Finding,
    Forgotten,
    MessageId,
    Moved,
    Resealed,
    Stray,
    Tended,
)

_PAYLOADS_A_STEP = 500


class SqlKeepingDesk(QueueStore):
    """`gateway.ports.queue_keeping.KeepingDesk` over the outbox library."""

    def inspect(self) -> Sequence[Finding]:
        """Look for everything that is known to go wrong; writes nothing."""
        return outbox.inspect(self._engine, self._policies, clock=self._clock, sealing=self._sealing)

    def ticks(self) -> Mapping[str, datetime]:
        """Return the last tick of every schedule that ever was, by name."""
        return self._ask(outbox.schedules)

    def tally(self, destination: str, *, since: date, until: date, zone: tzinfo) -> Sequence[DayTally]:
        """Count what happened with a destination day by day, ``until`` left out."""
        return self._ask(outbox.tally, destination=destination, since=since, until=until, zone=zone)

    def accept(self, destination: str, receipt: str, *, acceptance: str | None) -> Answered:
        """Enter that a destination has taken the content of what it had under a receipt."""
        now = self._clock()
        return self._entered(
            lambda connection: outbox.accept(connection, destination, receipt, acceptance=acceptance, now=now)
        )

    def reject(self, destination: str, receipt: str, *, code: str, reason: str) -> Answered:
        """Enter that a destination has not taken the content of what it had under a receipt."""
        now = self._clock()
        return self._entered(
            lambda connection: outbox.reject(
                connection, destination, receipt, code=code, reason=reason, now=now, policies=self._policies
            )
        )

    def _entered(self, enter: Callable[[Connection], Answered]) -> Answered:
        """Enter an answer; that it contradicts an earlier one is kept before it is raised."""
        with self._engine.begin() as connection:
            try:
                return enter(connection)
            except AnswerConflictError as error:
                conflict = error
        raise conflict

    def strays(self) -> Sequence[Stray]:
        """Return answers whose message was not found."""
        return self._ask(outbox.strays, before=self._clock())

    def purge(self, *, finished_before: datetime, by: str, reason: str, progress: Progress | None = None) -> Tended:
        """Remove the messages that were over before a time."""
        return outbox.purge(
            self._engine, finished_before=finished_before, by=by, reason=reason, now=self._clock(), progress=progress
        )

    def forget(self, subject: str, *, by: str, reason: str) -> Forgotten:
        """Destroy the content of all messages about a pupil that are over."""
        return self._decide(outbox.forget, subject=subject, by=by, reason=reason)

    def reseal(self, *, accept_plain: bool = False, progress: Progress | None = None) -> Resealed:
        """Encrypt with the newest key what is stored under an older one, or also what is not encrypted, to the end."""
        ring = self._sealing.accepting_plain() if accept_plain else self._sealing
        done, unreadable, plain, after = 0, list[MessageId](), list[MessageId](), 0
        while True:
            with self._engine.begin() as connection:
                step = outbox.reseal(connection, ring, limit=_PAYLOADS_A_STEP, after=after)
            done += step.done
            unreadable += step.unreadable
            plain += step.plain
            if progress is not None:
                progress("payloads", step.done)
            if step.after is None:
                return Resealed(done=done, after=None, unreadable=unreadable, plain=plain)
            after = step.after

    def move(self, url: str, *, by: str, reason: str, progress: Progress | None = None) -> Moved:
        """Move the whole queue into another database, which is brought to this version before."""
        target = open_engine(url)
        try:
            migrations.upgrade(target)
            return outbox.move(
                self._engine,
                target,
                policies=self._policies,
                by=by,
                reason=reason,
                now=self._clock(),
                random=self._random,
                progress=progress,
            )
        finally:
            target.dispose()
