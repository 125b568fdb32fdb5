"""The outbox on the gateway's own engine: lanes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import outbox
from gateway.storage.queue_store import QueueStore
from outbox import Decision, Entry, LaneKey, LanePage, LaneState, LaneView, MessageId


class SqlLaneDesk(QueueStore):
    """`gateway.ports.queue_lanes.LaneDesk` over the outbox library."""

    def lanes(
        self,
        *,
        destination: str | None = None,
        states: Collection[LaneState] = (),
        blocked_longer_than: timedelta | None = None,
        text: str | None = None,
        owner: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> LanePage:
        """List lanes, the newest first; of an owner those in which a message of theirs waits."""
        return self._ask(
            outbox.lanes,
            now=self._clock(),
            destination=destination,
            states=states,
            blocked_longer_than=blocked_longer_than,
            text=text,
            owner=owner,
            before=before,
            limit=limit,
        )

    def show_lane(self, lane: LaneKey) -> LaneView:
        """Return one lane."""
        return self._ask(outbox.show_lane, lane.destination, lane.key, now=self._clock())

    def queued(self, lane: LaneKey, *, after: int = 0, limit: int = 50) -> Sequence[Entry]:
        """Return what waits in a lane in the order of leaving, its head first."""
        return self._ask(outbox.queued, lane, after=after, limit=limit)

    def lane_owners(self, lane: LaneKey) -> Collection[str | None]:
        """Return on whose behalf the messages are that wait in a lane."""
        return self._ask(outbox.owners, lane)

    def lane_decisions(self, lane: LaneKey) -> Sequence[Decision]:
        """Return what was decided about a lane, the oldest first."""
        return self._ask(outbox.decisions, lane=lane)

    def pause_lane(self, lane: LaneKey, *, by: str, reason: str) -> None:
        """Send nothing more from a lane."""
        self._decide(outbox.pause_lane, lane, by=by, reason=reason)

    def resume_lane(self, lane: LaneKey, *, by: str, reason: str) -> None:
        """End a lane's pause."""
        self._decide(outbox.resume_lane, lane, by=by, reason=reason)

    def skip_head(self, lane: LaneKey, *, expected: MessageId | None = None, by: str, reason: str) -> MessageId:
        """Give a lane's first message up for good and return its id."""
        return self._decide(outbox.skip_head, lane, expected=expected, by=by, reason=reason)

    def retry_head(self, lane: LaneKey, *, expected: MessageId | None = None, by: str, reason: str) -> MessageId:
        """Try a lane's first message again at once and return its id."""
        return self._decide(outbox.retry_head, lane, expected=expected, by=by, reason=reason)

    def drop_until(self, lane: LaneKey, message: MessageId, *, by: str, reason: str) -> int:
        """Give up everything before a message, so that it is the first, and return how many that were."""
        return self._decide(outbox.drop_until, lane, message, by=by, reason=reason)
