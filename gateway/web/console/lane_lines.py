"""Lanes as lines that a person reads: what they are known by, how long they stand still, what can be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from outbox import Entry, LaneKey, LaneView, State


class Patience(StrEnum):
    """For how long a lane has stood still."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


TIMES: Mapping[Patience, timedelta] = {
    Patience.HOUR: timedelta(hours=1),
    Patience.DAY: timedelta(days=1),
    Patience.WEEK: timedelta(weeks=1),
}
"""How long each of them is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenLane:
    """A lane as a school sees it: ``is_shared`` with another school's messages, which are not shown."""

    lane: LaneView
    is_shared: bool


_RETRIED = frozenset({State.DEAD, State.WAITING, State.SENT})
"""States in which a message can be tried again at once."""


def lane_verbs(seen: SeenLane, head: Entry | None) -> Sequence[str]:
    """Return which decisions make sense about a lane with this head."""
    if seen.is_shared:
        return ()
    about_head = head is not None and head.state is not State.LEASED
    retried = ("retry_head",) if head is not None and head.state in _RETRIED else ()
    return (
        *retried,
        *(("skip_head",) if about_head else ()),
        "pause_lane" if seen.lane.paused_at is None else "resume_lane",
    )


def lane_name(key: LaneKey) -> str:
    """Return what a lane is known by: its ordering key, or the id of the only message in it."""
    return key.key.partition(":")[2]
