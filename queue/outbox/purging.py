"""Purging: the single steps of retention, each for one short transaction; ``retention.py`` repeats them.

A step touches nothing of a message that is not over, however old it is: not of an unfinished one, and not of a sent one
whose business answer is still out. What another process is at it passes over. Two ways lead to what there is to do.
Messages, lanes and keys are found by an index on their time or state. Payloads and answers, of which each message
loses its own and stays, are walked through in the order of the messages' numbers, from what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from outbox import tables
from outbox.message import State

# Both databases use a partial index only where the query says the condition in the same words, not as a parameter.
_HAS_ANSWER = tables.attempt.c.answer != literal_column("''")
_IS_IDLE = tables.lane.c.state == literal_column("'idle'")

# One row at a time: for a list of pairs SQLite reads the whole table.
_DELETE_KEY = delete(tables.key).where(
    tables.key.c.destination == bindparam("of"), tables.key.c.key == bindparam("which")
)
_DELETE_ANSWER = delete(tables.answer).where(
    tables.answer.c.destination == bindparam("of"), tables.answer.c.receipt == bindparam("which")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What one step of a walk over the store did.

    Attributes:
        done: How many messages it changed.
        after: Number of the message after which the next step begins; None at the end of the walk.
    """

    done: int
    after: int | None


def purge_answers(connection: Connection, *, finished_before: datetime, limit: int, after: int = 0) -> Batch:
    """Empty the excerpts of answers of the next ``limit`` messages that have any, where they were over before a time.

    Args:
        connection: A transaction of its own.
        finished_before: The time.
        limit: How many messages to look at; at most 30 000.
        after: ``Batch.after`` of the step before.
    """
    attempt = tables.attempt
    window = _window(connection, attempt.c.message, finished_before, limit, after, _HAS_ANSWER)
    over = _hold(connection, window.seqs, finished_before)
    if over:
        connection.execute(update(attempt).where(attempt.c.message.in_(over), _HAS_ANSWER).values(answer=""))
    return Batch(done=len(over), after=window.last)


def purge_payloads(
    connection: Connection, *, finished_before: datetime, limit: int, now: datetime, after: int = 0
) -> Batch:
    """Destroy the payloads among the next ``limit`` ones whose messages were over before a time.

    Size and digest, attempts and receipts stay, and ``payload_gone_at`` says when the payload went. Arguments as in
    ``purge_answers``.
    """
    window = _window(connection, tables.payload.c.message, finished_before, limit, after)
    over = _hold(connection, window.seqs, finished_before)
    destroy_payloads(connection, over, now)
    return Batch(done=len(over), after=window.last)


def purge_messages(connection: Connection, *, finished_before: datetime, limit: int) -> list[int]:
    """Remove up to ``limit`` messages that were over before a time, the earliest first, with payloads and attempts.

    Returns:
        The numbers of the removed messages; fewer than ``limit`` when these were the last.
    """
    message = tables.message
    seqs = list(
        connection.execute(
            select(message.c.seq)
            .where(_over(finished_before))
            .order_by(message.c.finished_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if seqs:
        connection.execute(delete(tables.payload).where(tables.payload.c.message.in_(seqs)))
        connection.execute(delete(tables.attempt).where(tables.attempt.c.message.in_(seqs)))
        connection.execute(delete(tables.answer).where(tables.answer.c.message.in_(seqs)))
        connection.execute(delete(message).where(message.c.seq.in_(seqs)))
    return seqs


def purge_lanes(connection: Connection, *, up_to: int, limit: int) -> int:
    """Remove up to ``limit`` idle lanes with numbers up to ``up_to``, except paused ones.

    Lanes and messages are numbered together, so with the highest number of a removed message this takes the lanes
    that are at least as old. A lane that is needed again is made again, with a new number, so that neither an old
    fencing number nor an old lease can ever fit it. One that a producer holds at this moment is passed over; a producer
    that comes while it is being removed waits and makes a new one.
    """
    lane = tables.lane
    ids = list(
        connection.execute(
            select(lane.c.id)
            .where(_IS_IDLE, lane.c.paused_at.is_(None), lane.c.id <= up_to)
            .order_by(lane.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if ids:
        connection.execute(delete(lane).where(lane.c.id.in_(ids)))
    return len(ids)


def purge_keys(connection: Connection, *, created_before: datetime, limit: int) -> int:
    """Forget up to ``limit`` idempotency keys that are older than a time and whose message is not waiting any more."""
    key, message = tables.key, tables.message
    found = connection.execute(
        select(key.c.destination, key.c.key)
        .outerjoin_from(key, message, message.c.id == key.c.message_id)
        .where(key.c.created_at < created_before, or_(message.c.id.is_(None), message.c.finished_at.is_not(None)))
        .order_by(key.c.created_at)
        .limit(limit)
        .with_for_update(of=key, skip_locked=True)
    )
    names = [{"of": row.destination, "which": row.key} for row in found]
    if names:
        connection.execute(_DELETE_KEY, names)
    return len(names)


def purge_unmatched(connection: Connection, *, before: datetime, limit: int) -> int:
    """Remove up to ``limit`` business answers that came before a time and for which there never was a message."""
    answer = tables.answer
    found = connection.execute(
        select(answer.c.destination, answer.c.receipt)
        .where(answer.c.message.is_(None), answer.c.at < before)
        .order_by(answer.c.at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    names = [{"of": row.destination, "which": row.receipt} for row in found]
    if names:
        connection.execute(_DELETE_ANSWER, names)
    return len(names)


def closed() -> ColumnElement[bool]:
    """Return the condition that nothing more is expected of a message, neither an attempt nor an answer."""
    message = tables.message
    # Sent without a time for the answer is what a person gave up while it was waited for.
    waits = and_(message.c.state == State.SENT, message.c.answer_due_at.is_not(None))
    return and_(message.c.finished_at.is_not(None), not_(waits))


def destroy_payloads(connection: Connection, seqs: Sequence[int], now: datetime) -> None:
    """Remove the payloads of messages that the caller has locked, and note when."""
    if not seqs:
        return
    message = tables.message
    connection.execute(delete(tables.payload).where(tables.payload.c.message.in_(seqs)))
    connection.execute(
        update(message).where(message.c.seq.in_(seqs), message.c.payload_gone_at.is_(None)).values(payload_gone_at=now)
    )


def _over(before: datetime) -> ColumnElement[bool]:
    """Return the condition that a message was closed before a time; an answer that came late counts, too."""
    message = tables.message
    return and_(
        message.c.finished_at < before,
        closed(),
        or_(message.c.answered_at.is_(None), message.c.answered_at < before),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Window:
    """Some messages in the order of their numbers, and after which one the next window begins, if there is one."""

    seqs: Sequence[int]
    last: int | None


def _window(
    connection: Connection,
    column: Column[int],
    finished_before: datetime,
    limit: int,
    after: int,
    *conditions: ColumnElement[bool],
) -> _Window:
    """Return the next messages of which there is something to be removed, whether it is time or not.

    The walk ends early, at the first window in which every message is younger than what is looked for: after it there
    are only younger ones. Numbers and times of enqueueing rise together but for the length of a transaction, so what
    this leaves out is found by a later walk.
    """
    message = tables.message
    page = select(column.label("seq")).where(column > after, *conditions).distinct().order_by(column).limit(limit)
    seqs = list(connection.execute(page).scalars())
    if not seqs:
        return _Window(seqs=(), last=None)
    oldest = connection.execute(
        select(message.c.created_at).where(message.c.seq.in_(seqs)).order_by(message.c.created_at).limit(1)
    ).scalar()
    ended = len(seqs) < limit or (oldest is not None and oldest >= finished_before)
    return _Window(seqs=seqs, last=None if ended else seqs[-1])


def _hold(connection: Connection, seqs: Sequence[int], finished_before: datetime) -> list[int]:
    """Lock those of the messages that were over before a time, so that nobody brings one back meanwhile."""
    if not seqs:
        return []
    message = tables.message
    return list(
        connection.execute(
            select(message.c.seq)
            .where(message.c.seq.in_(seqs), _over(finished_before))
            .order_by(message.c.seq)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
