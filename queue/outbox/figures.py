"""The queue in figures: how much there is, and whether it is fresh. One pass over what is unfinished, no history."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from outbox import rows, tables
from outbox.message import State
from outbox.policy import Policies


@dataclass(frozen=True, kw_only=True, slots=True)
class Depth:
    """How many messages of one destination are in one state, and since when the oldest of them exists.

    Attributes:
        over: Whether nothing is to be expected of them any more. A sent message is over when it is answered.
    """

    destination: str
    state: State
    over: bool = False
    count: int
    oldest: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """How old the oldest undelivered messages of one destination and kind are.

    Attributes:
        oldest: Since when the oldest of them could have been delivered: enqueued, or due where it had a time. None
            where none could.
        age: How long ago that was; nothing where there is none.
        allowed: What the destination's policy allows; None for no limit.
        broken: Whether ``age`` is more than that.
        blocked_lanes: How many lanes stand still because of a message of this kind, or wait paused behind one.
    """

    destination: str
    kind: str
    oldest: datetime | None
    age: timedelta
    allowed: timedelta | None
    broken: bool
    blocked_lanes: int


def depths(connection: Connection, *, owner: str | None = None, finished_since: datetime | None = None) -> list[Depth]:
    """Count the messages of every destination and state, with the age of the oldest.

    Args:
        connection: Any transaction.
        owner: Only this owner's.
        finished_since: Also what has been finished since then; without it only what is not over.
    """
    message = tables.message
    owned = _owned(owner)
    found = list(connection.execute(_counted(rows.STATE, message.c.finished_at.is_(None), *owned)))
    unanswered = and_(message.c.answer_due_at.is_not(None), message.c.finished_at.is_not(None))
    found += connection.execute(_counted(message.c.state, unanswered, *owned))
    depths = [_depth(row, over=False) for row in found]
    if finished_since is not None:
        over = and_(message.c.finished_at >= finished_since, message.c.answer_due_at.is_(None))
        depths += [_depth(row, over=True) for row in connection.execute(_counted(message.c.state, over, *owned))]
    return sorted(_merged(depths), key=lambda depth: (depth.destination, depth.state, depth.over))


def freshness(
    connection: Connection, policies: Policies, *, now: datetime, owner: str | None = None
) -> list[Freshness]:
    """Say for every destination and kind how old the oldest undelivered message is and how many lanes it blocks.

    Undelivered is what has not reached its destination: also what is held, dead and undecided, or waiting behind
    such a message; not what waits for a business answer. Before its due time a message is not late.

    Args:
        connection: Any transaction.
        policies: What each destination allows; one that is missing here has no limit.
        now: The present.
        owner: Only this owner's messages, and the lanes whose head is one.
    """
    message = tables.message
    ready_at = case((message.c.due_at > message.c.created_at, message.c.due_at), else_=message.c.created_at)
    waiting = connection.execute(
        select(
            message.c.destination,
            message.c.kind,
            func.min(ready_at, type_=message.c.created_at.type).label("oldest"),
        )
        .where(
            message.c.finished_at.is_(None),
            message.c.state != State.SENT,
            or_(message.c.due_at.is_(None), message.c.due_at <= now),
            *_owned(owner),
        )
        .group_by(message.c.destination, message.c.kind)
    )
    oldest = {(row.destination, row.kind): row.oldest for row in waiting}
    blocked = _blocked(connection, owner)
    return [
        _freshness(place, oldest.get(place), blocked[place], policies=policies, now=now)
        for place in sorted(oldest.keys() | blocked.keys())
    ]


def _counted(state: ColumnElement[State], *which: ColumnElement[bool]) -> Select[Any]:
    message = tables.message
    source = rows.ENTRY_SOURCE if state is rows.STATE else message
    return (
        select(
            message.c.destination,
            state.label("shown"),
            func.count().label("number"),
            func.min(message.c.created_at, type_=message.c.created_at.type).label("oldest"),
        )
        .select_from(source)
        .where(*which)
        .group_by(message.c.destination, state)
    )


def _depth(row: rows.AnyRow, *, over: bool) -> Depth:
    return Depth(destination=row.destination, state=row.shown, over=over, count=row.number, oldest=row.oldest)


def _merged(depths: Sequence[Depth]) -> list[Depth]:
    """Add up what waits for an answer inside and outside its lane."""
    merged: dict[tuple[str, State, bool], Depth] = {}
    for depth in depths:
        place = (depth.destination, depth.state, depth.over)
        known = merged.get(place)
        merged[place] = (
            depth
            if known is None
            else Depth(
                destination=depth.destination,
                state=depth.state,
                over=depth.over,
                count=known.count + depth.count,
                oldest=min(known.oldest, depth.oldest),
            )
        )
    return list(merged.values())


def _owned(owner: str | None) -> list[ColumnElement[bool]]:
    return [] if owner is None else [tables.message.c.owner == owner]


def _blocked(connection: Connection, owner: str | None) -> Counter[tuple[str, str]]:
    lane, head = tables.lane, tables.message
    found = connection.execute(
        select(lane.c.destination, head.c.kind, func.count().label("number"))
        .select_from(lane.join(head, head.c.seq == lane.c.head))
        .where(lane.c.blocked_reason.is_not(None), *_owned(owner))
        .group_by(lane.c.destination, head.c.kind)
    )
    return Counter({(row.destination, row.kind): row.number for row in found})


def _freshness(
    place: tuple[str, str], oldest: datetime | None, blocked: int, *, policies: Policies, now: datetime
) -> Freshness:
    destination, kind = place
    policy = policies.get(destination)
    allowed = None if policy is None else policy.freshness
    age = timedelta(0) if oldest is None else max(now - oldest, timedelta(0))
    return Freshness(
        destination=destination,
        kind=kind,
        oldest=oldest,
        age=age,
        allowed=allowed,
        broken=allowed is not None and age > allowed,
        blocked_lanes=blocked,
    )
