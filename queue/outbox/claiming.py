"""Claiming: a worker takes what may go now, and nobody else can take it until the lease ends.

A lease belongs to a lane and carries a fencing number that grows with every claim of the lane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from outbox import rows, tables
from outbox.lane import LaneKey, follow
from outbox.message import AttemptOutcome, Failure, LaneState, Message, State
from outbox.policy import Policies

_EXPIRED = Failure(code="expired", reason="its time was over before it could be sent")


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What one claim brought.

    Attributes:
        messages: Leased to the worker now, the most urgent first; no two from one lane.
        buried: How many messages were found expired and are dead now.
    """

    messages: Sequence[Message] = ()
    buried: int = 0


def claim(connection: Connection, *, policies: Policies, worker: str, limit: int, now: datetime) -> Claim:
    """Lease the heads of up to ``limit`` lanes that may go now, and count an attempt for each.

    Lanes of paused destinations, blocked lanes and lanes that another worker is just claiming are passed over; after
    a global stop nothing is claimed. The attempt is counted here, so that a message which kills its worker uses up
    its own budget.

    Args:
        connection: A transaction of its own; on SQLite begun IMMEDIATE (see ``sqlite.py``).
        policies: The destinations that this worker serves; nothing else is claimed.
        worker: The worker's name, kept with the attempt.
        limit: At most so many messages.
        now: The present.

    Returns:
        The leased messages. Once the transaction is committed they belong to this worker until ``lease_until``.
    """
    destinations = _open_destinations(connection, policies)
    due = _hold_due_lanes(connection, destinations, limit, now) if destinations else ()
    expired = [row for row in due if row.expires_at is not None and row.expires_at <= now]
    granted = [row for row in due if row.expires_at is None or row.expires_at > now]
    _bury(connection, expired)
    _lease(connection, granted, policies=policies, worker=worker, now=now)
    return Claim(messages=_messages(connection, [row.head for row in granted]), buried=len(expired))


def _open_destinations(connection: Connection, policies: Policies) -> list[str]:
    """Return the served destinations that nobody has paused; none after a global stop."""
    stopped = connection.execute(select(tables.switch.c.name).where(tables.switch.c.name == tables.GLOBAL_STOP)).first()
    if stopped is not None:
        return []
    table = tables.destination
    paused = connection.execute(select(table.c.name).where(table.c.paused_at.is_not(None))).scalars().all()
    return sorted(set(policies) - set(paused))


def _hold_due_lanes(
    connection: Connection, destinations: Sequence[str], limit: int, now: datetime
) -> Sequence[rows.AnyRow]:
    lane, head = tables.lane, tables.message
    return connection.execute(
        select(lane.c.destination, lane.c.key, lane.c.head, head.c.expires_at)
        .select_from(lane.join(head, head.c.seq == lane.c.head))
        .where(lane.c.destination.in_(destinations), lane.c.wake_at <= now)
        .order_by(lane.c.priority.desc(), lane.c.wake_at, lane.c.head)
        .limit(limit)
        .with_for_update(of=lane, skip_locked=True)
    ).all()


def _bury(connection: Connection, expired: Sequence[rows.AnyRow]) -> None:
    """Declare the heads of these held lanes dead: their time is over."""
    if not expired:
        return
    table = tables.message
    connection.execute(
        update(table)
        .where(table.c.seq.in_([row.head for row in expired]))
        .values(state=State.DEAD, retry_at=None, error_code=_EXPIRED.code, error_reason=_EXPIRED.reason)
    )
    follow(connection, [LaneKey(row.destination, row.key) for row in expired])


def _lease(
    connection: Connection, granted: Sequence[rows.AnyRow], *, policies: Policies, worker: str, now: datetime
) -> None:
    """Give these held lanes to the worker and open an attempt for each head."""
    if not granted:
        return
    lane, message, attempt = tables.lane, tables.message, tables.attempt
    heads = [row.head for row in granted]
    connection.execute(
        update(lane)
        .where(lane.c.destination == bindparam("of"), lane.c.key == bindparam("which"))
        .values(
            state=LaneState.LEASED,
            wake_at=None,
            lease_owner=worker,
            lease_until=bindparam("until"),
            fence=lane.c.fence + 1,
        ),
        [{"of": row.destination, "which": row.key, "until": now + policies[row.destination].lease} for row in granted],
    )
    connection.execute(
        update(message)
        .where(message.c.seq.in_(heads))
        .values(
            state=State.LEASED,
            retry_at=None,
            attempts=message.c.attempts + 1,
            budget_used=message.c.budget_used + 1,
            budget_since=func.coalesce(message.c.budget_since, bindparam("begun", now, message.c.budget_since.type)),
        )
    )
    opening = select(
        message.c.seq,
        message.c.attempts,
        bindparam("started_at", now, attempt.c.started_at.type),
        bindparam("outcome", AttemptOutcome.RUNNING, attempt.c.outcome.type),
        bindparam("answer", "", attempt.c.answer.type),
        bindparam("worker", worker, attempt.c.worker.type),
    ).where(message.c.seq.in_(heads))
    connection.execute(
        insert(attempt).from_select(["message", "number", "started_at", "outcome", "answer", "worker"], opening)
    )


def _messages(connection: Connection, heads: Sequence[int]) -> list[Message]:
    """Read leased messages in the given order."""
    if not heads:
        return []
    found = connection.execute(
        select(*rows.ENTRY, tables.message.c.payload)
        .select_from(rows.ENTRY_SOURCE)
        .where(tables.message.c.seq.in_(heads))
    )
    messages = {row.seq: rows.message(row) for row in found}
    return [messages[head] for head in heads]
