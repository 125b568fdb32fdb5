"""Enqueueing: the producer's side of the outbox, inside the producer's own transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from os import urandom
from time import time_ns
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from outbox.lane import LaneKey, follow, lane_key, standing
from outbox.message import LaneState, MessageId, NewMessage, State
from outbox.migrations import unmigrated
from outbox.placing import MESSAGE, PAYLOAD, NewLane, Place, Placing
from outbox.placing_postgresql import OnPostgresql
from outbox.placing_sqlite import OnSqlite
from outbox.sealing import PLAIN, Sealing

_MILLISECOND = 1_000_000

_PLACING: Mapping[str, type[Placing]] = {"postgresql": OnPostgresql, "sqlite": OnSqlite}


@dataclass(kw_only=True, slots=True)
class _Draft:
    """A message that is not a repetition, on its way to a number and a lane."""

    id: MessageId
    message: NewMessage
    lane: LaneKey
    state: State
    retry_at: datetime | None
    seq: int
    lane_id: int = 0

    @property
    def superseded(self) -> bool:
        """Say whether a later message of the same call has taken its place."""
        return self.state is State.SUPERSEDED


def random_id() -> MessageId:
    """Return a new message id: 32 hexadecimal digits (RFC 9562, version 7), in the order of the time to 0.25 µs.

    Ids that grow keep the index in which they are looked up compact.
    """
    milliseconds, rest = divmod(time_ns(), _MILLISECOND)
    # Method 3 of section 6.2 there: the 12 bits after the milliseconds continue the time.
    time = milliseconds << 16 | 0x7000 | (rest << 12) // _MILLISECOND
    chance = int.from_bytes(urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return MessageId(f"{time << 64 | chance:032x}")


def enqueue(
    connection: Connection,
    *messages: NewMessage,
    now: datetime,
    new_id: Callable[[], MessageId] = random_id,
    sealing: Sealing = PLAIN,
) -> list[MessageId]:
    """Add messages to the outbox in the caller's transaction; nothing is committed here.

    Guarantees:
        - If the caller commits, the messages are in the outbox; if it rolls back, they never were.
        - Within one destination and ordering key the order of leaving is the order of commits, and inside one
          transaction the order of the arguments. On PostgreSQL transactions that enqueue with the same key therefore
          wait for each other until they end: keep them short. One call takes its lanes in a fixed order, so calls do
          not meet in a deadlock; several calls in one transaction can.
        - A message whose idempotency key its destination has already seen adds nothing, also when two transactions
          try at the same moment. The first message stays as it is.
        - A message with ``state_of`` supersedes the older ones of its lane with the same one that nobody has claimed:
          they leave the lane unsent and stay in the history as superseded.

    Args:
        connection: An open transaction on the database where the outbox lives. On PostgreSQL it must run at READ
            COMMITTED, the default; at a stricter level a collision raises the database's serialization error.
        *messages: What to send, in order.
        now: The time of enqueueing.
        new_id: Makes the ids.
        sealing: How the payloads are stored.

    Returns:
        The id of every message in the order of the arguments; for a repeated one the id that it has had all along.

    Raises:
        DestinationClosedError: One of the destinations is drained or full, or the queue was moved to another database;
            nothing was added. A destination that is closed while this transaction is open may still get its messages.
        SchemaMismatchError: There are no outbox tables in this database.
    """
    if not messages:
        return []
    store = _PLACING[connection.dialect.name](connection)
    try:
        numbers = store.admit({message.destination for message in messages}, len(messages))
    except DBAPIError as error:
        if (mismatch := unmigrated(error)) is not None:
            raise mismatch from error
        raise
    ids = [new_id() for _ in messages]
    known = _enter_keys(store, messages, ids, now)
    drafts = [
        _draft(message, message_id, number, now)
        for message, message_id, number in zip(messages, ids, numbers, strict=True)
        if known.get(_key(message), message_id) == message_id
    ]
    if drafts:
        _add(connection, store, drafts, now, sealing)
    return [known.get(_key(message), message_id) for message, message_id in zip(messages, ids, strict=True)]


def _add(connection: Connection, store: Placing, drafts: Sequence[_Draft], now: datetime, sealing: Sealing) -> None:
    """Write messages that are not repetitions: lanes first, for their locks make the order."""
    lanes = _by_lane(drafts)
    new = [_new_lane(members, now) for members in lanes.values()]
    shared: list[NewLane] = []
    alone: list[NewLane] = []
    for lane, members in zip(new, lanes.values(), strict=True):
        (alone if members[0].message.ordering_key is None else shared).append(lane)
    places = store.enter_lanes(shared) if shared else {}
    store.insert_lanes(alone)
    _take_places(lanes, places)
    stale = _supersede(store, lanes, places, now)
    stamp = store.moment(now)
    store.insert(MESSAGE, [_message_row(draft, store, stamp) for draft in drafts])
    store.insert(PAYLOAD, [(draft.seq, sealing.seal(draft.message.payload, draft.id)) for draft in drafts])
    # An empty lane that is paused gets its first message, or a lane has lost its head.
    moved = [place.id for place in places.values() if place.head is None or place.head in stale]
    follow(connection, moved)
    # A lane that was ready before counts, too: while it was locked here, a worker's claim has passed it over.
    if moved or any((places.get(lane.key) or lane).state is LaneState.READY for lane in new):
        store.wake()


def _key(message: NewMessage) -> tuple[str, str | None]:
    return message.destination, message.idempotency_key


def _enter_keys(
    store: Placing, messages: Sequence[NewMessage], ids: Sequence[MessageId], now: datetime
) -> dict[tuple[str, str | None], MessageId]:
    """Reserve the idempotency keys and return the id of the message for which each of them stands."""
    keys: dict[tuple[str, str], MessageId] = {}
    for message, message_id in zip(messages, ids, strict=True):
        if message.idempotency_key is not None:
            keys.setdefault((message.destination, message.idempotency_key), message_id)
    return dict(store.enter_keys(keys, now).items()) if keys else {}


def _draft(message: NewMessage, message_id: MessageId, number: int, now: datetime) -> _Draft:
    due = message.due_at
    retry_at = due if due is not None and due > now else None
    return _Draft(
        id=message_id,
        message=message,
        lane=lane_key(message.destination, message.ordering_key, message_id),
        state=State.READY if retry_at is None else State.WAITING,
        retry_at=retry_at,
        seq=number,
    )


def _by_lane(drafts: Sequence[_Draft]) -> dict[LaneKey, list[_Draft]]:
    """Part messages by lane, in each the head first and the others in order.

    Behind the rest come those that a later one of the same call supersedes: nobody will send them.
    """
    lanes: dict[LaneKey, list[_Draft]] = {}
    newest: dict[tuple[LaneKey, str], _Draft] = {}
    for draft in drafts:
        lanes.setdefault(draft.lane, []).append(draft)
        if draft.message.state_of is not None:
            older = newest.get((draft.lane, draft.message.state_of))
            if older is not None:
                older.state, older.retry_at = State.SUPERSEDED, None
            newest[draft.lane, draft.message.state_of] = draft
    if newest:
        for members in lanes.values():
            members.sort(key=attrgetter("superseded"))
    return lanes


def _new_lane(members: Sequence[_Draft], now: datetime) -> NewLane:
    """Describe a lane as it is if these messages are all that is in it."""
    head = members[0]
    stand = standing(
        seq=head.seq,
        state=head.state,
        priority=head.message.priority,
        created_at=now,
        retry_at=head.retry_at,
        expires_at=head.message.expires_at,
        reason=None,
    )
    return NewLane(
        key=head.lane,
        number=head.seq,
        state=stand.state,
        priority=int(stand.priority),
        wake_at=stand.wake_at or now,
        size=len(members),
    )


def _take_places(lanes: Mapping[LaneKey, Sequence[_Draft]], places: Mapping[LaneKey, Place]) -> None:
    """Tell every message its lane and, where it has changed, its number."""
    for key, members in lanes.items():
        place = places.get(key)
        lane_id = members[0].seq if place is None else place.id
        for draft in members:
            draft.lane_id = lane_id
        if place is not None and place.numbers:
            for draft, number in zip(members, place.numbers, strict=True):
                draft.seq = number


def _supersede(
    store: Placing, lanes: Mapping[LaneKey, Sequence[_Draft]], places: Mapping[LaneKey, Place], now: datetime
) -> Collection[int]:
    """Finish the older messages that these supersede in lanes that were there before, and return their numbers."""
    states = {
        (place.id, draft.message.state_of)
        for key, place in places.items()
        for draft in lanes[key]
        if draft.message.state_of is not None
    }
    return store.supersede(sorted(states), now) if states else ()


def _message_row(draft: _Draft, store: Placing, now: Any) -> tuple[Any, ...]:
    """Return the values of the ``MESSAGE`` columns."""
    message = draft.message
    return (
        draft.seq,
        draft.id,
        draft.lane_id,
        message.destination,
        message.kind,
        message.content_type,
        message.ordering_key,
        message.idempotency_key,
        message.correlation,
        message.owner,
        message.subject,
        message.state_of,
        int(message.priority),
        len(message.payload),
        sha256(message.payload).digest(),
        now,
        message.due_at and store.moment(message.due_at),
        message.expires_at and store.moment(message.expires_at),
        draft.state.value,
        draft.retry_at and store.moment(draft.retry_at),
        now if draft.superseded else None,
        0,
        0,
        0,
    )
