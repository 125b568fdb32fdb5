"""What people look at: messages, their history, what is decided about them and what stands still.

Nothing here changes anything; payloads are read only by ``payload``. Lanes are in ``lane_views.py``, figures in
``figures.py``, dead letters in ``dead_letters.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from outbox import rows, tables
from outbox.decisions import Decision, decisions
from outbox.errors import UnknownMessageError
from outbox.grasp import stuck
from outbox.message import Attempt, AttemptOutcome, BusinessVerdict, Entry, Failure, MessageId, State
from outbox.sealing import PLAIN, Sealing

_STUCK = frozenset({State.DEAD, State.HELD})


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A part of a list, newest first.

    Attributes:
        before: Hand this to the next call to get the next page; None on the last one.
    """

    entries: Sequence[Entry]
    before: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a destination said about the content of a message, some time after it had taken the bytes.

    Attributes:
        receipt: The receipt under which it came.
        at: When it came.
        acceptance: The proof of acceptance, where it gave one.
        error: Why it was rejected.
    """

    receipt: str
    verdict: BusinessVerdict
    at: datetime
    acceptance: str | None
    error: Failure | None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """A message with everything that ever happened to it, each list with the oldest first.

    Attributes:
        attempts: Every attempt; the last one is ``RUNNING`` while the message is the head of a lane in flight. Its
            start is that of the lane's lease.
        answers: The business answers, one for each receipt that was answered.
    """

    entry: Entry
    attempts: Sequence[Attempt]
    answers: Sequence[Answer]
    decisions: Sequence[Decision]


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
    subject: str | None = None,
    lane: int | None = None,
    error_code: str | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    text: str | None = None,
    unfinished: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """List messages, newest first.

    Owner and subject are found by an index, and so is what is dead or held, where only the unfinished is asked for.
    Anything else is found by walking back through the history until the page is full.

    Args:
        connection: Any transaction.
        owner: Only this owner's.
        destination: Only this destination's.
        states: Only in one of these states; all when empty.
        kind: Only of this kind.
        subject: Only about this subject.
        lane: Only in the lane with this number.
        error_code: Only with this code in the last error.
        created_from: Only enqueued at or after this time.
        created_before: Only enqueued before this time.
        text: Only with this text somewhere in the id or the correlation, whatever the case of ASCII letters.
        unfinished: Only what is still in its lane: dead then means waiting for a person.
        before: Where the page before this one ended.
        limit: At most so many.

    Raises:
        ValueError: The limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    table = tables.message
    exact = {
        "owner": owner,
        "destination": destination,
        "kind": kind,
        "subject": subject,
        "lane": lane,
        "error_code": error_code,
    }
    wanted: list[ColumnElement[bool]] = [table.c[name] == value for name, value in exact.items() if value is not None]
    if unfinished:
        wanted += stuck() if states and _STUCK.issuperset(states) else [table.c.finished_at.is_(None)]
    if states:
        wanted.append(rows.STATE.in_(states))
    if created_from is not None:
        wanted.append(table.c.created_at >= created_from)
    if created_before is not None:
        wanted.append(table.c.created_at < created_before)
    if text is not None:
        places = (table.c.id, table.c.correlation)
        wanted.append(or_(*(place.icontains(text, autoescape=True) for place in places)))
    if before is not None:
        wanted.append(table.c.seq < before)
    query = select(*rows.ENTRY).select_from(rows.ENTRY_SOURCE).where(*wanted).order_by(table.c.seq.desc())
    found = [rows.entry(row) for row in connection.execute(query.limit(limit + 1))]
    entries = found[:limit]
    return Page(entries=entries, before=entries[-1].seq if len(found) > limit else None)


def show(connection: Connection, message_id: MessageId) -> History:
    """Return a message with all its attempts, the answers to it and the decisions about it.

    Raises:
        UnknownMessageError: There is no such message.
    """
    row = connection.execute(
        select(*rows.ENTRY, tables.lane.c.head, tables.lane.c.lease_since)
        .select_from(rows.ENTRY_SOURCE)
        .where(tables.message.c.id == message_id)
    ).one_or_none()
    if row is None:
        raise UnknownMessageError(message_id)
    entry = rows.entry(row)
    found = connection.execute(
        select(tables.attempt).where(tables.attempt.c.message == row.seq).order_by(tables.attempt.c.number)
    )
    attempts = [rows.attempt(attempt) for attempt in found]
    if entry.state is State.LEASED and row.head == row.seq:
        attempts.append(_running(len(attempts) + 1, begun=row.lease_since, worker=row.lease_owner))
    return History(
        entry=entry,
        attempts=attempts,
        answers=_answers(connection, row.seq),
        decisions=decisions(connection, message_id=message_id),
    )


def payload(connection: Connection, message_id: MessageId, *, sealing: Sealing = PLAIN) -> bytes | None:
    """Return the exact bytes that are sent; None where retention or ``forget`` has destroyed them.

    Raises:
        UnknownMessageError: There is no such message.
        UnreadablePayloadError: They cannot be opened with these keys.
    """
    table = tables.message
    row = connection.execute(
        select(table.c.id, tables.payload.c.bytes)
        .select_from(table.outerjoin(tables.payload, tables.payload.c.message == table.c.seq))
        .where(table.c.id == message_id)
    ).one_or_none()
    if row is None:
        raise UnknownMessageError(message_id)
    return None if row.bytes is None else sealing.open(bytes(row.bytes), message_id)


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

    Lanes that wait for a person or for a business answer do not count; paused destinations do.
    """
    lane = tables.lane
    # What is due has a time to wake at, what is in flight the end of its lease: each in an index of its own.
    moving = [
        select(lane.c.id).where(lane.c.destination.in_(sorted(destinations)), place.is_not(None)).limit(1)
        for place in (lane.c.wake_at, lane.c.lease_until)
    ]
    return all(connection.execute(query).first() is None for query in moving)


def _running(number: int, *, begun: datetime, worker: str) -> Attempt:
    """Make the attempt that is not written down yet: the lane's lease stands for it."""
    return Attempt(
        number=number,
        started_at=begun,
        finished_at=None,
        outcome=AttemptOutcome.RUNNING,
        status=None,
        answer="",
        error=None,
        worker=worker,
    )


def _answers(connection: Connection, seq: int) -> list[Answer]:
    table = tables.answer
    found = connection.execute(select(table).where(table.c.message == seq).order_by(table.c.at))
    return [
        Answer(
            receipt=row.receipt,
            verdict=row.verdict,
            at=row.at,
            acceptance=row.acceptance,
            error=None if row.error_code is None else Failure(code=row.error_code, reason=row.error_reason),
        )
        for row in found
    ]
