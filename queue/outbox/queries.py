"""What people and monitors look at. Nothing here changes anything; payloads are read only by ``payload``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from outbox import rows, tables
from outbox.errors import UnknownMessageError
from outbox.message import Attempt, Entry, LaneState, MessageId, State

_MOVING = (LaneState.READY, LaneState.WAITING, LaneState.LEASED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A part of a list, newest first.

    Attributes:
        before: Hand this to the next call to get the next page; None on the last one.
    """

    entries: Sequence[Entry]
    before: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a person decided, about one message, one destination or everything."""

    at: datetime
    by: str
    verb: str
    reason: str
    message_id: MessageId | None
    destination: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """A message with everything that ever happened to it."""

    entry: Entry
    attempts: Sequence[Attempt]
    decisions: Sequence[Decision]


@dataclass(frozen=True, kw_only=True, slots=True)
class Depth:
    """How many messages of one destination are in one state, and since when the oldest of them exists."""

    destination: str
    state: State
    count: int
    oldest: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A standing stop, of one destination or, without one, of everything."""

    destination: str | None
    at: datetime
    by: str
    reason: str


def find(
    connection: Connection,
    *,
    owner: str | None = None,
    destination: str | None = None,
    states: Collection[State] = (),
    kind: str | None = None,
    text: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """List messages, newest first.

    Args:
        connection: Any transaction.
        owner: Only this owner's.
        destination: Only this destination's.
        states: Only in one of these states; all when empty.
        kind: Only of this kind.
        text: Only with this text somewhere in the id or the correlation, whatever the case of ASCII letters.
        before: Where the page before this one ended.
        limit: At most so many.
    """
    table = tables.message
    query = select(*rows.ENTRY).select_from(rows.ENTRY_SOURCE).order_by(table.c.seq.desc()).limit(limit + 1)
    if owner is not None:
        query = query.where(table.c.owner == owner)
    if destination is not None:
        query = query.where(table.c.destination == destination)
    if states:
        query = query.where(table.c.state.in_(states))
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if text is not None:
        query = query.where(
            or_(table.c.id.icontains(text, autoescape=True), table.c.correlation.icontains(text, autoescape=True))
        )
    if before is not None:
        query = query.where(table.c.seq < before)
    found = [rows.entry(row) for row in connection.execute(query)]
    entries = found[:limit]
    return Page(entries=entries, before=entries[-1].seq if len(found) > limit else None)


def show(connection: Connection, message_id: MessageId) -> History:
    """Return a message with all its attempts and the decisions about it, oldest first.

    Raises:
        UnknownMessageError: There is no such message.
    """
    row = connection.execute(
        select(*rows.ENTRY).select_from(rows.ENTRY_SOURCE).where(tables.message.c.id == message_id)
    ).one_or_none()
    if row is None:
        raise UnknownMessageError(message_id)
    attempts = connection.execute(
        select(tables.attempt).where(tables.attempt.c.message == row.seq).order_by(tables.attempt.c.number)
    )
    return History(
        entry=rows.entry(row),
        attempts=[rows.attempt(found) for found in attempts],
        decisions=decisions(connection, message_id=message_id),
    )


def payload(connection: Connection, message_id: MessageId) -> bytes:
    """Return the exact bytes that are sent.

    Raises:
        UnknownMessageError: There is no such message.
    """
    table = tables.message
    row = connection.execute(select(table.c.payload).where(table.c.id == message_id)).one_or_none()
    if row is None:
        raise UnknownMessageError(message_id)
    return bytes(row.payload)


def decisions(connection: Connection, *, message_id: MessageId | None = None) -> list[Decision]:
    """Return the decisions about one message, or all, oldest first."""
    table = tables.decision
    query = select(table).order_by(table.c.seq)
    if message_id is not None:
        query = query.where(table.c.message_id == message_id)
    return [
        Decision(
            at=row.at,
            by=row.by,
            verb=row.verb,
            reason=row.reason,
            message_id=row.message_id,
            destination=row.destination,
        )
        for row in connection.execute(query)
    ]


def depths(connection: Connection, *, owner: str | None = None) -> list[Depth]:
    """Count the messages of every destination and state, with the age of the oldest: all, or one owner's."""
    table = tables.message
    query = (
        select(
            table.c.destination,
            table.c.state,
            func.count().label("number"),
            func.min(table.c.created_at, type_=table.c.created_at.type).label("oldest"),
        )
        .group_by(table.c.destination, table.c.state)
        .order_by(table.c.destination, table.c.state)
    )
    if owner is not None:
        query = query.where(table.c.owner == owner)
    return [
        Depth(destination=row.destination, state=row.state, count=row.number, oldest=row.oldest)
        for row in connection.execute(query)
    ]


def pauses(connection: Connection) -> list[Pause]:
    """Return the global stop, if there is one, and every paused destination."""
    table = tables.destination
    stops = [
        Pause(destination=None, at=row.set_at, by=row.set_by, reason=row.reason)
        for row in connection.execute(select(tables.switch).where(tables.switch.c.name == tables.GLOBAL_STOP))
    ]
    paused = connection.execute(select(table).where(table.c.paused_at.is_not(None)).order_by(table.c.name))
    return stops + [
        Pause(destination=row.name, at=row.paused_at, by=row.paused_by, reason=row.paused_reason) for row in paused
    ]


def is_drained(connection: Connection, destinations: Collection[str]) -> bool:
    """Say whether no lane of these destinations has anything ready, waiting or in flight.

    Lanes that wait for a person do not count; paused destinations do.
    """
    lane = tables.lane
    moving = select(lane.c.head).where(lane.c.destination.in_(sorted(destinations)), lane.c.state.in_(_MOVING)).limit(1)
    return connection.execute(moving).first() is None
