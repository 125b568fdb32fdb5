"""Lanes of the queue: which stand still, why, and what is decided about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from outbox import Decision, Entry, LaneKey, LanePage, LaneState, LaneView, MessageId


class LaneDesk(Protocol):
    """Look at lanes and decide about them; every decision is kept with who, when and why.

    A lane holds the messages of one destination and ordering key, the first of which decides for all. Verbs raise
    `outbox.UnknownLaneError`, those about the head `outbox.NotAllowedError` besides, also where it is not the expected
    message. A lane has no owner: who may see one school's messages only is shown the lanes in which these wait, and
    decides where no others do.
    """

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
        ...

    def show_lane(self, lane: LaneKey) -> LaneView:
        """Return one lane."""
        ...

    def queued(self, lane: LaneKey, *, after: int = 0, limit: int = 50) -> Sequence[Entry]:
        """Return what waits in a lane in the order of leaving, its head first; ``after`` is a message's ``seq``."""
        ...

    def lane_owners(self, lane: LaneKey) -> Collection[str | None]:
        """Return on whose behalf the messages are that wait in a lane: whom a decision about it would touch."""
        ...

    def lane_decisions(self, lane: LaneKey) -> Sequence[Decision]:
        """Return what was decided about a lane, the oldest first."""
        ...

    def pause_lane(self, lane: LaneKey, *, by: str, reason: str) -> None:
        """Send nothing more from a lane."""
        ...

    def resume_lane(self, lane: LaneKey, *, by: str, reason: str) -> None:
        """End a lane's pause."""
        ...

    def skip_head(self, lane: LaneKey, *, expected: MessageId | None = None, by: str, reason: str) -> MessageId:
        """Give a lane's first message up for good and return its id."""
        ...

    def retry_head(self, lane: LaneKey, *, expected: MessageId | None = None, by: str, reason: str) -> MessageId:
        """Try a lane's first message again at once and return its id."""
        ...

    def drop_until(self, lane: LaneKey, message: MessageId, *, by: str, reason: str) -> int:
        """Give up everything before a message, so that it is the first, and return how many that were.

        Raises:
            UnknownMessageError: the message does not wait in this lane.
        """
        ...
