"""Lanes: the queue of one destination and ordering key, and the rule that its head decides for all of it.

Whoever changes a message's state holds its lane's row for the rest of the transaction and lets the lane ``follow``
its head afterwards. Rows are always taken in the order of their numbers, so that two transactions wait for each other
in one direction only. Holding and following are two statements on purpose: only a statement begun after the wait sees
what the other transaction has done.
"""

# ruff: noqa: S608 -- statements are put together from words of the library's own; values are always parameters

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from outbox import tables
from outbox.bulk import AMONG, LISTED, listed
from outbox.message import LaneState, MessageId, State
from outbox.rows import AnyRow

PAUSED, AWAITING_ANSWER = "paused", "awaiting_answer"
"""Reasons for which a lane is blocked; the others are a dead head's error code and ``held``."""

_KEYED, _ALONE = "k:", "m:"


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


_MOVING = {State.READY: LaneState.READY, State.WAITING: LaneState.WAITING}


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
    that woke first is served first, so a lane that could have gone long ago goes before a fresh one. ``follow`` says
    the same in SQL; a test holds the two together.
    """
    lane_state = _MOVING.get(state)
    if lane_state is None:
        blocked = AWAITING_ANSWER if state is State.SENT else (reason or str(state))
        return Standing(state=LaneState.BLOCKED, head=seq, priority=priority, blocked_reason=blocked)
    due = retry_at or created_at
    return Standing(
        state=lane_state, head=seq, priority=priority, wake_at=due if expires_at is None else min(due, expires_at)
    )


def hold_lanes(connection: Connection, ids: Collection[int]) -> dict[int, AnyRow]:
    """Take the rows of these lanes until the end of the transaction and return them; missing ones are left out."""
    if not ids:
        return {}
    found = connection.execute(_HOLD[connection.dialect.name], {"ids": listed(connection, ids)})
    return {row.id: row for row in found.all()}


def follow(connection: Connection, ids: Collection[int]) -> None:
    """Point each of these lanes, which the caller holds, at its first unfinished message.

    A lane in flight stays as it is, lease and all: what changed is behind the messages that the lease covers. A lane
    without a message becomes idle; one that was made for a single message goes away with it. A paused lane is blocked
    whatever its head says.
    """
    retire(connection, ids)
    _point(connection, ids, leased=False)


def release(connection: Connection, ids: Collection[int]) -> None:
    """End the leases of these lanes, which the caller holds, and let them follow their heads."""
    _point(connection, ids, leased=True)


def retire(connection: Connection, ids: Collection[int]) -> None:
    """Remove those of these lanes, which the caller holds, that were made for a single message which has left."""
    if ids:
        connection.execute(_RETIRE[connection.dialect.name], {"ids": listed(connection, ids)})


def move_on(connection: Connection, ids: Collection[int], *, now: datetime) -> None:
    """Point each of these lanes, which the caller holds, at its first unfinished message and keep it leased."""
    if ids:
        connection.execute(_MOVE_ON[connection.dialect.name], {"ids": listed(connection, ids), "now": now})


def _point(connection: Connection, ids: Collection[int], *, leased: bool) -> None:
    if ids:
        parameters = {"ids": listed(connection, ids), "leased": leased}
        connection.execute(_POINT[connection.dialect.name], parameters)


_HOLD = {
    # In the order in which ``enqueue`` takes them, which does not know the numbers of lanes that are yet to be made.
    database: select(tables.lane)
    .where(text(f"outbox_lane.id {among}"))
    .order_by(tables.lane.c.destination, tables.lane.c.key)
    .with_for_update()
    for database, among in AMONG.items()
}

_RETIRE = {
    database: text(f"""
        DELETE FROM outbox_lane
        WHERE id {among} AND key LIKE '{_ALONE}%'
        AND NOT EXISTS (SELECT 1 FROM outbox_message WHERE lane = outbox_lane.id AND finished_at IS NULL)
    """)
    for database, among in AMONG.items()
}

_FIRST = "SELECT seq FROM outbox_message WHERE lane = {lane} AND finished_at IS NULL ORDER BY seq LIMIT 1"

# What ``standing`` says, for many lanes at once.
_POINT = {
    database: text(f"""
        UPDATE outbox_lane AS lane SET
            state = CASE WHEN lane.paused_at IS NOT NULL THEN 'blocked' WHEN head.seq IS NULL THEN 'idle'
                WHEN head.state IN ('ready', 'waiting') THEN head.state ELSE 'blocked' END,
            head = head.seq,
            priority = COALESCE(head.priority, 0),
            wake_at = CASE WHEN lane.paused_at IS NOT NULL OR head.state NOT IN ('ready', 'waiting') THEN NULL
                WHEN head.expires_at < COALESCE(head.retry_at, head.created_at) THEN head.expires_at
                ELSE COALESCE(head.retry_at, head.created_at) END,
            blocked_reason = CASE WHEN lane.paused_at IS NOT NULL THEN '{PAUSED}'
                WHEN head.state = 'sent' THEN '{AWAITING_ANSWER}'
                WHEN head.state = 'dead' THEN COALESCE(head.error_code, head.state)
                WHEN head.state NOT IN ('ready', 'waiting') THEN head.state END,
            lease_owner = NULL, lease_since = NULL, lease_until = NULL, lease_through = NULL
        FROM {table} LEFT JOIN outbox_message AS head ON head.seq = ({_FIRST.format(lane="listed.id")})
        WHERE lane.id = listed.id AND (:leased OR lane.state <> 'leased')
    """)
    for database, table in LISTED.items()
}

_MOVE_ON = {
    database: text(f"""
        UPDATE outbox_lane SET head = ({_FIRST.format(lane="outbox_lane.id")}), lease_since = :now WHERE id {among}
    """).bindparams(bindparam("now", type_=tables.lane.c.lease_since.type))
    for database, among in AMONG.items()
}
