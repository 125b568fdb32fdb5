"""Enqueueing: the producer's side of the outbox, inside the producer's own transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, false, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from outbox import tables
from outbox.lane import LaneKey, Standing, lane_key, standing
from outbox.message import LaneState, MessageId, NewMessage, State

_CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """A new message with the identity and the place that it will have if it is not a repetition."""

    id: MessageId
    lane: LaneKey
    message: NewMessage
    created_at: datetime

    @property
    def retry_at(self) -> datetime | None:
        due = self.message.due_at
        return due if due is not None and due > self.created_at else None

    @property
    def state(self) -> State:
        return State.READY if self.retry_at is None else State.WAITING


def random_id() -> MessageId:
    """Return a new message id: 32 hexadecimal digits (RFC 9562, version 4)."""
    return MessageId(uuid4().hex)


def enqueue(
    connection: Connection,
    *messages: NewMessage,
    now: datetime,
    new_id: Callable[[], MessageId] = random_id,
) -> list[MessageId]:
    """Add messages to the outbox in the caller's transaction; nothing is committed here.

    Guarantees:
        - If the caller commits, the messages are in the outbox; if it rolls back, they never were.
        - Within one destination and ordering key the order of leaving is the order of commits, and inside one
          transaction the order of the arguments. On PostgreSQL transactions that enqueue with the same key therefore
          wait for each other until they end: keep them short.
        - A message whose idempotency key its destination has already seen adds nothing, also when two transactions
          try at the same moment. The first message stays as it is.

    Args:
        connection: An open transaction on the database where the outbox lives. On PostgreSQL it must run at READ
            COMMITTED, the default; at a stricter level a collision raises the database's serialization error.
        *messages: What to send, in order.
        now: The time of enqueueing.
        new_id: Makes the ids.

    Returns:
        The id of every message in the order of the arguments; for a repeated one the id that it has had all along.
    """
    drafts = [_draft(message, new_id(), now) for message in messages]
    _hold_ordered_lanes(connection, drafts)
    entered = _insert(connection, drafts)
    fresh = [draft for draft in drafts if draft.id in entered]
    _rouse_lanes(connection, fresh, entered)
    known = _known(connection, [draft.message for draft in drafts if draft.id not in entered])
    return [
        draft.id if draft.id in entered else known[draft.message.destination, draft.message.idempotency_key]
        for draft in drafts
    ]


def _draft(message: NewMessage, message_id: MessageId, now: datetime) -> _Draft:
    return _Draft(
        id=message_id,
        lane=lane_key(message.destination, message.ordering_key, message_id),
        message=message,
        created_at=now,
    )


def _insert_into(connection: Connection, table: Any) -> Any:
    """Return the dialect's own INSERT, which knows ON CONFLICT."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _hold_ordered_lanes(connection: Connection, drafts: Sequence[_Draft]) -> None:
    """Create and lock the lanes with an ordering key before the messages get their numbers.

    Numbers are handed out outside transactions on PostgreSQL: without the lock a transaction with a lower number
    could commit after one with a higher number was already delivered. ON CONFLICT DO UPDATE locks the row even where
    its WHERE clause lets nothing through (PostgreSQL manual, INSERT). On SQLite the whole database is locked anyway.
    """
    lanes = sorted({draft.lane for draft in drafts if draft.message.ordering_key is not None})
    if not lanes:
        return
    statement = _insert_into(connection, tables.lane)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["destination", "key"], set_={"state": tables.lane.c.state}, where=false()
        ),
        [{**_lane_row(lane, Standing(state=LaneState.IDLE)), "fence": 0} for lane in lanes],
    )


def _insert(connection: Connection, drafts: Sequence[_Draft]) -> dict[MessageId, int]:
    """Insert the messages that are new and return their numbers by id."""
    if not drafts:
        return {}
    statement = _insert_into(connection, tables.message)
    rows = connection.execute(
        statement.on_conflict_do_nothing(index_elements=["destination", "idempotency_key"]).returning(
            tables.message.c.id, tables.message.c.seq
        ),
        [_message_row(draft) for draft in drafts],
    )
    return {MessageId(row.id): row.seq for row in rows}


def _rouse_lanes(connection: Connection, drafts: Sequence[_Draft], seqs: dict[MessageId, int]) -> None:
    """Make the first new message of each lane its head where the lane has none."""
    heads: dict[LaneKey, _Draft] = {}
    for draft in drafts:
        heads.setdefault(draft.lane, draft)
    if not heads:
        return
    statement = _insert_into(connection, tables.lane)
    changed = ("state", "head", "priority", "wake_at")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["destination", "key"],
            set_={name: statement.excluded[name] for name in changed},
            where=tables.lane.c.state == LaneState.IDLE,
        ),
        [
            {**_lane_row(lane, _head_standing(draft, seqs[draft.id])), "fence": 0}
            for lane, draft in sorted(heads.items(), key=lambda item: item[0])
        ],
    )


def _known(connection: Connection, repeated: Sequence[NewMessage]) -> dict[tuple[str, str | None], MessageId]:
    """Look up the ids under which these destinations and idempotency keys are in the outbox."""
    keys = [(message.destination, message.idempotency_key) for message in repeated]
    found: dict[tuple[str, str | None], MessageId] = {}
    table = tables.message
    for start in range(0, len(keys), _CHUNK):
        rows = connection.execute(
            select(table.c.destination, table.c.idempotency_key, table.c.id).where(
                tuple_(table.c.destination, table.c.idempotency_key).in_(keys[start : start + _CHUNK])
            )
        )
        found |= {(row.destination, row.idempotency_key): MessageId(row.id) for row in rows}
    return found


def _head_standing(draft: _Draft, seq: int) -> Standing:
    return standing(
        seq=seq,
        state=draft.state,
        priority=draft.message.priority,
        created_at=draft.created_at,
        retry_at=draft.retry_at,
        expires_at=draft.message.expires_at,
        reason=None,
    )


def _lane_row(lane: LaneKey, stand: Standing) -> dict[str, Any]:
    return {
        "destination": lane.destination,
        "key": lane.key,
        "state": stand.state,
        "head": stand.head,
        "priority": stand.priority,
        "wake_at": stand.wake_at,
    }


def _message_row(draft: _Draft) -> dict[str, Any]:
    message = draft.message
    return {
        "id": draft.id,
        "destination": message.destination,
        "lane": draft.lane.key,
        "kind": message.kind,
        "content_type": message.content_type,
        "ordering_key": message.ordering_key,
        "idempotency_key": message.idempotency_key,
        "correlation": message.correlation,
        "owner": message.owner,
        "priority": message.priority,
        "payload": message.payload,
        "created_at": draft.created_at,
        "due_at": message.due_at,
        "expires_at": message.expires_at,
        "state": draft.state,
        "retry_at": draft.retry_at,
        "attempts": 0,
        "budget_used": 0,
    }
