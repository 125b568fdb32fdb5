"""The outbox on the gateway's own engine: destinations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import outbox
from gateway.errors import GatewayError, Party, Text
from gateway.ports.queue_destinations import DestinationReport
from gateway.storage.queue_store import QueueStore
from outbox import Decision, DestinationStanding, Freshness, MovedAwayError, Pause, Policies
from outbox.windows import next_opening


class SqlDestinationDesk(QueueStore):
    """`gateway.ports.queue_destinations.DestinationDesk` over the outbox library."""

    @property
    def policies(self) -> Policies:
        """What holds for every destination of this installation, by its name."""
        return self._policies

    def destinations(self, *, owner: str | None = None) -> Sequence[DestinationReport]:
        """Say how every destination stands, those that are not served any more too."""
        now = self._clock()
        with self._reading.begin() as connection:
            standings = {one.name: one for one in outbox.standings(connection)}
            freshness = outbox.freshness(connection, self._policies, now=now, owner=owner)
        names = self._policies.keys() | standings.keys() | {one.destination for one in freshness}
        return [self._report(name, standings.get(name), freshness, now) for name in sorted(names)]

    def _report(
        self, name: str, standing: DestinationStanding | None, freshness: Sequence[Freshness], now: datetime
    ) -> DestinationReport:
        policy = self._policies.get(name)
        windows = policy.windows if policy else None
        opening = next_opening(windows, now) if windows else now
        return DestinationReport(
            name=name,
            standing=standing,
            window_open=opening == now,
            next_opening=None if opening == now else opening,
            freshness=[one for one in freshness if one.destination == name],
        )

    def pauses(self) -> Sequence[Pause]:
        """Return the global stop, if there is one, and every paused destination."""
        return self._ask(outbox.pauses)

    def decisions(self, *, before: int | None = None, limit: int = 50) -> Sequence[Decision]:
        """Return the latest decisions about destinations and about everything, the newest first."""
        return self._ask(outbox.decisions, at_large=True, before=before, limit=limit)[::-1]

    def pause(self, destination: str, *, by: str, reason: str) -> None:
        """Send nothing more to a destination."""
        self._decide(outbox.pause, destination, by=by, reason=reason)

    def resume(self, destination: str, *, by: str, reason: str) -> None:
        """End a destination's pause."""
        self._decide(outbox.resume, destination, by=by, reason=reason)

    def drain(self, destination: str, *, by: str, reason: str) -> None:
        """Take nothing more in for a destination and deliver the rest."""
        self._decide(outbox.drain, destination, by=by, reason=reason)

    def reopen(self, destination: str, *, by: str, reason: str) -> None:
        """Take messages in again for a drained destination."""
        self._decide(outbox.reopen, destination, by=by, reason=reason)

    def stop(self, *, by: str, reason: str) -> None:
        """Send nothing more to anybody."""
        self._decide(outbox.stop, by=by, reason=reason)

    def start(self, *, by: str, reason: str) -> None:
        """End the global stop.

        Raises:
            GatewayError: ``queue.moved``: it is that of a queue that was moved to another database.
        """
        try:
            self._decide(outbox.start, by=by, reason=reason)
        except MovedAwayError as error:
            raise moved_away() from error


def moved_away() -> GatewayError:
    """Return the refusal to send from a database that the queue has left."""
    text = Text(
        ru="Очередь перенесена в другую базу данных: отправлять отсюда значит отправить второй раз.",
        en="The queue was moved to another database: to send from here is to send a second time.",
    )
    return GatewayError("queue.moved", text, who=Party.COORDINATOR)
