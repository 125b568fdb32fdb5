"""Lanes: the queue of one destination and ordering key, and the rule that its head decides for all of it.

Whoever changes a message's state holds its lane's row for the rest of the transaction and lets the lane ``follow``
its head afterwards. Rows are always taken in the order of their keys, so that two transactions wait for each other
in one direction only.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, select, tuple_, update

from outbox import tables
from outbox.message import LaneState, MessageId, State
from outbox.rows import AnyRow

_KEYED, _ALONE = "k:", "m:"
_CHUNK = 500


class LaneKey(NamedTuple):
    """Which lane: a destination and a key inside it."""

    destination: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What a lane's row says about the lane's head."""

    state: LaneState
    head: int | None = None
    priority: int = 0
    wake_at: datetime | None = None
    blocked_reason: str | None = None


_LANE_STATES = {
    State.READY: LaneState.READY,
    State.WAITING: LaneState.WAITING,
    State.HELD: LaneState.BLOCKED,
    State.DEAD: LaneState.BLOCKED,
}


def lane_key(destination: str, ordering_key: str | None, message_id: MessageId) -> LaneKey:
    """Return the lane of a message: its ordering key's, or one of its own. The marks keep the two apart."""
    return LaneKey(destination, f"{_ALONE}{message_id}" if ordering_key is None else f"{_KEYED}{ordering_key}")


def standing(
    *,
    seq: int,
    state: State,
    priority: int,
    created_at: datetime,
    retry_at: datetime | None,
    expires_at: datetime | None,
    reason: str | None,
) -> Standing:
    """Derive a lane's row from its head that is not in flight: when a worker should look next, or why none should.

    A lane wakes when its head may go or when it expires, whichever is first. Among lanes of one priority the one
    that woke first is served first, so a lane that could have gone long ago goes before a fresh one.
    """
    lane_state = _LANE_STATES[state]
    if lane_state is LaneState.BLOCKED:
        return Standing(state=lane_state, head=seq, priority=priority, blocked_reason=reason or str(state))
    due = retry_at or created_at
    return Standing(
        state=lane_state, head=seq, priority=priority, wake_at=due if expires_at is None else min(due, expires_at)
    )


def hold_lanes(connection: Connection, lanes: Collection[LaneKey]) -> dict[LaneKey, AnyRow]:
    """Take the rows of these lanes until the end of the transaction and return them; missing ones are left out."""
    found: dict[LaneKey, AnyRow] = {}
    for chunk in _chunks(sorted(lanes)):
        rows = connection.execute(
            select(tables.lane)
            .where(tuple_(tables.lane.c.destination, tables.lane.c.key).in_(chunk))
            .order_by(tables.lane.c.destination, tables.lane.c.key)
            .with_for_update()
        )
        found |= {LaneKey(row.destination, row.key): row for row in rows}
    return found


def follow(connection: Connection, lanes: Collection[LaneKey]) -> None:
    """Point each of these lanes, which the caller holds, at its first unfinished message.

    A lane whose head is in flight stays as it is, lease and all: what changed is behind the head. Otherwise the lane
    is leased to nobody from now on. A lane without a message becomes idle; one that was made for a single message
    goes away with it.
    """
    standings: dict[LaneKey, Standing] = {}
    for chunk in _chunks(sorted(lanes)):
        standings |= _standings(connection, chunk)
    if standings:
        connection.execute(_FOLLOW, [_parameters(key, stand) for key, stand in standings.items()])
    over = [key for key, stand in standings.items() if stand.state is LaneState.IDLE and key.key.startswith(_ALONE)]
    for chunk in _chunks(over):
        connection.execute(delete(tables.lane).where(tuple_(tables.lane.c.destination, tables.lane.c.key).in_(chunk)))


def _chunks(keys: Sequence[LaneKey]) -> Iterator[Sequence[LaneKey]]:
    # Both databases bound the number of parameters in a statement.
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


def _standings(connection: Connection, keys: Sequence[LaneKey]) -> dict[LaneKey, Standing]:
    lane, head = tables.lane, tables.message
    ahead = head.alias("ahead")
    # A correlated LIMIT 1 reads one index entry a lane, however many messages wait in it.
    first = (
        select(ahead.c.seq)
        .where(ahead.c.destination == lane.c.destination, ahead.c.lane == lane.c.key, ahead.c.finished_at.is_(None))
        .order_by(ahead.c.seq)
        .limit(1)
        .correlate(lane)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            lane.c.destination,
            lane.c.key,
            head.c.seq,
            head.c.state,
            head.c.priority,
            head.c.created_at,
            head.c.retry_at,
            head.c.expires_at,
            head.c.error_code,
        )
        .select_from(lane.outerjoin(head, head.c.seq == first))
        .where(tuple_(lane.c.destination, lane.c.key).in_(keys))
    )
    return {LaneKey(row.destination, row.key): _row_standing(row) for row in rows if row.state is not State.LEASED}


def _row_standing(row: AnyRow) -> Standing:
    if row.seq is None:
        return Standing(state=LaneState.IDLE)
    return standing(
        seq=row.seq,
        state=row.state,
        priority=row.priority,
        created_at=row.created_at,
        retry_at=row.retry_at,
        expires_at=row.expires_at,
        reason=row.error_code if row.state is State.DEAD else None,
    )


_FOLLOW = (
    update(tables.lane)
    .where(and_(tables.lane.c.destination == bindparam("of"), tables.lane.c.key == bindparam("which")))
    .values(
        state=bindparam("new_state"),
        head=bindparam("new_head"),
        priority=bindparam("new_priority"),
        wake_at=bindparam("new_wake_at"),
        blocked_reason=bindparam("new_reason"),
        lease_owner=None,
        lease_until=None,
    )
)


def _parameters(key: LaneKey, stand: Standing) -> dict[str, Any]:
    return {
        "of": key.destination,
        "which": key.key,
        "new_state": stand.state,
        "new_head": stand.head,
        "new_priority": stand.priority,
        "new_wake_at": stand.wake_at,
        "new_reason": stand.blocked_reason,
    }
