"""Lanes as people see them: which stand still, since when, why, and how many messages wait behind the head."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, select

from outbox import rows, tables
from outbox.errors import UnknownLaneError
from outbox.lane import LaneKey
from outbox.message import Entry, LaneState, MessageId, State
from outbox.rows import AnyRow


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneView:
    """A lane and what decides for it.

    Attributes:
        id: Its number; ``Entry.lane`` of its messages.
        key: What ``lane_operations`` take.
        reason: Why it is blocked: ``paused``, ``held``, ``awaiting_answer``, or the error code of its dead head.
        stopped_at: Since when it is blocked.
        head: Its first unfinished message; None where there is none.
        head_kind: Of which kind that is.
        head_age: How long ago that was enqueued.
        waiting: How many messages wait behind the head.
        lease_owner: While it is in flight, the worker that has it.
        lease_until: While it is in flight, when the lease ends unless the worker extends it.
        paused_by: Who paused it; the pause of a lane in flight takes effect when the lease ends.
    """

    id: int
    key: LaneKey
    state: LaneState
    reason: str | None
    stopped_at: datetime | None
    head: MessageId | None
    head_kind: str | None
    head_age: timedelta | None
    waiting: int
    lease_owner: str | None
    lease_until: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    paused_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LanePage:
    """A part of a list of lanes, the newest lane first.

    Attributes:
        before: Hand this to the next call to get the next page; None on the last one.
    """

    lanes: Sequence[LaneView]
    before: int | None


_lane, _head = tables.lane, tables.message.alias("head")

# In which index lanes of a state are found; idle ones are looked for among all.
_INDEXED = {
    LaneState.READY: _lane.c.wake_at.is_not(None),
    LaneState.WAITING: _lane.c.wake_at.is_not(None),
    LaneState.LEASED: _lane.c.lease_until.is_not(None),
    LaneState.BLOCKED: _lane.c.blocked_reason.is_not(None),
}


def lanes(
    connection: Connection,
    *,
    now: datetime,
    destination: str | None = None,
    states: Collection[LaneState] = (),
    blocked_longer_than: timedelta | None = None,
    text: str | None = None,
    owner: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> LanePage:
    """List lanes, the newest first. Blocked ones are found by an index, however many others there are.

    Args:
        connection: Any transaction.
        now: The present, from which ages are reckoned.
        destination: Only this destination's.
        states: Only in one of these states; all when empty.
        blocked_longer_than: Only those that are blocked for longer than this.
        text: Only with this text somewhere in the key, whatever the case of ASCII letters.
        owner: Only where a message of this owner waits; each is looked for in its lane.
        before: Where the page before this one ended.
        limit: At most so many.

    Raises:
        ValueError: The limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    query = _views().order_by(_lane.c.id.desc()).limit(limit + 1)
    if destination is not None:
        query = query.where(_lane.c.destination == destination)
    if states:
        query = query.where(_lane.c.state.in_(states), *_indexed(states))
    if blocked_longer_than is not None:
        query = query.where(_lane.c.blocked_reason.is_not(None), _stopped_at() < now - blocked_longer_than)
    if text is not None:
        query = query.where(_lane.c.key.icontains(text, autoescape=True))
    if owner is not None:
        owned = exists().where(*_waiting_in(_lane.c.id), tables.message.c.owner == owner)
        query = query.where(owned.correlate(_lane))
    if before is not None:
        query = query.where(_lane.c.id < before)
    found = [_view(row, now) for row in connection.execute(query)]
    views = found[:limit]
    return LanePage(lanes=views, before=views[-1].id if len(found) > limit else None)


def show_lane(connection: Connection, destination: str, key: str, *, now: datetime) -> LaneView:
    """Return one lane; its key is that of ``LaneKey``, which ``lane_key`` makes from an ordering key.

    Raises:
        UnknownLaneError: There is no such lane.
    """
    query = _views().where(_lane.c.destination == destination, _lane.c.key == key)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownLaneError(destination, key)
    return _view(row, now)


def queued(connection: Connection, lane: LaneKey, *, after: int = 0, limit: int = 50) -> list[Entry]:
    """Return what waits in a lane in the order of leaving, its head first; nothing where there is no such lane.

    Args:
        connection: Any transaction.
        lane: Which.
        after: Only behind the message of this ``seq``.
        limit: At most so many.
    """
    query = (
        select(*rows.ENTRY)
        .select_from(rows.ENTRY_SOURCE)
        .where(*_waiting_in(_number(lane)), tables.message.c.seq > after)
        .order_by(tables.message.c.seq)
        .limit(limit)
    )
    return [rows.entry(row) for row in connection.execute(query)]


def owners(connection: Connection, lane: LaneKey) -> set[str | None]:
    """Return on whose behalf the messages are that wait in a lane: whom a decision about it would touch."""
    query = select(tables.message.c.owner).where(*_waiting_in(_number(lane))).distinct()
    return set(connection.execute(query).scalars())


def _number(lane: LaneKey) -> ColumnElement[int]:
    # Under a name of its own: what waits is selected together with the lane that has leased it.
    named = tables.lane.alias("named")
    return select(named.c.id).where(named.c.destination == lane.destination, named.c.key == lane.key).scalar_subquery()


def _waiting_in(lane: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return tables.message.c.lane == lane, tables.message.c.finished_at.is_(None)


def _indexed(states: Collection[LaneState]) -> list[ColumnElement[bool]]:
    """Return the condition by which lanes of these states are found in one index, if one has them all."""
    found = {str(_INDEXED.get(state)): _INDEXED.get(state) for state in states}
    [*conditions] = found.values()
    return [condition for condition in conditions if condition is not None] if len(conditions) == 1 else []


def _views() -> Select[Any]:
    behind = tables.message.alias("behind")
    waiting = (
        select(func.count())
        .where(behind.c.lane == _lane.c.id, behind.c.finished_at.is_(None), behind.c.seq > _lane.c.head)
        .correlate(_lane)
        .scalar_subquery()
    )
    return select(
        _lane,
        _head.c.id.label("head_id"),
        _head.c.kind.label("head_kind"),
        _head.c.created_at.label("head_created_at"),
        waiting.label("waiting"),
        _stopped_at().label("stopped_at"),
    ).select_from(_lane.outerjoin(_head, _head.c.seq == _lane.c.head))


def _stopped_at() -> ColumnElement[datetime]:
    """Return since when a blocked lane is: by its pause, the decision about its head, or the head's end."""
    decision, attempt = tables.decision, tables.attempt
    held_at = (
        select(func.max(decision.c.at))
        .where(decision.c.message_id == _head.c.id, decision.c.verb == "hold")
        .correlate(_head)
        .scalar_subquery()
    )
    tried_at = (
        select(attempt.c.finished_at)
        .where(attempt.c.message == _head.c.seq)
        .order_by(attempt.c.number.desc())
        .limit(1)
        .correlate(_head)
        .scalar_subquery()
    )
    by_head = case(
        (_head.c.state == State.HELD, held_at),
        (_head.c.error_code == "expired", _head.c.expires_at),
        (_head.c.answered_at.is_not(None), _head.c.answered_at),
        else_=tried_at,
    )
    since = func.coalesce(_lane.c.paused_at, by_head, _head.c.created_at, type_=_lane.c.paused_at.type)
    return case((_lane.c.state == LaneState.BLOCKED, since))


def _view(row: AnyRow, now: datetime) -> LaneView:
    return LaneView(
        id=row.id,
        key=LaneKey(row.destination, row.key),
        state=row.state,
        reason=row.blocked_reason,
        stopped_at=row.stopped_at,
        head=row.head_id,
        head_kind=row.head_kind,
        head_age=None if row.head_created_at is None else now - row.head_created_at,
        waiting=row.waiting,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        paused_reason=row.paused_reason,
    )
