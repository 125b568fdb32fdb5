"""Settling: what becomes of claimed messages. Keep alive, settle, give back, and reclaim what a lost worker left.

Whoever comes with a fencing number older than the lane's has lost the lease: it can neither extend it nor settle the
message. Every function is one short transaction's worth of work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, null, select, update

from outbox import rows, tables
from outbox.lane import LaneKey, follow, hold_lanes, lane_key
from outbox.message import AttemptOutcome, Entry, LaneState, Message, Outcome, Retry, State
from outbox.policy import Policies
from outbox.verdict import Verdict, judge

_LOST = Retry(reason="the worker did not come back before its lease ended", code="lease_lost")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What a handler made of a claimed message, and when it was ready."""

    message: Message
    outcome: Outcome
    finished_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Closing:
    """The end of one attempt."""

    entry: Entry
    verdict: Verdict
    finished_at: datetime


def heartbeat(
    connection: Connection, messages: Sequence[Message], *, policies: Policies, now: datetime
) -> list[Message]:
    """Extend the leases of messages whose handlers are still at work.

    Returns:
        The messages whose lease is lost: somebody else may be delivering them already.
    """
    owned, lost = _tell_owned(connection, messages)
    if owned:
        lane = tables.lane
        connection.execute(
            update(lane)
            .where(lane.c.destination == bindparam("of"), lane.c.key == bindparam("which"))
            .values(lease_until=bindparam("until")),
            [
                {
                    "of": message.destination,
                    "which": _lane_of(message).key,
                    "until": now + policies[message.destination].lease,
                }
                for message in owned
            ],
        )
    return lost


def settle(
    connection: Connection,
    *settlements: Settlement,
    policies: Policies,
    now: datetime,
    random: Callable[[], float],
) -> list[Settlement]:
    """Write down how attempts ended and let their lanes move on.

    Args:
        connection: A transaction of its own.
        *settlements: Any number; settling many at once costs one commit.
        policies: Decide about further attempts.
        now: The present, from which the next attempt is reckoned.
        random: Gives a number in [0, 1), for the jitter.

    Returns:
        The settlements that came too late: their lease was lost, and nothing was written for them.
    """
    _, lost = _tell_owned(connection, [settlement.message for settlement in settlements])
    too_late = {message.lease for message in lost}
    mine = [settlement for settlement in settlements if settlement.message.lease not in too_late]
    closings = [
        _Closing(
            entry=settlement.message,
            verdict=judge(
                settlement.message,
                settlement.outcome,
                policy=policies[settlement.message.destination],
                now=now,
                random=random,
            ),
            finished_at=settlement.finished_at,
        )
        for settlement in mine
    ]
    _close(connection, closings)
    return [settlement for settlement in settlements if settlement.message.lease in too_late]


def give_back(connection: Connection, messages: Sequence[Message], *, now: datetime) -> None:
    """Return claimed messages that were not begun; the attempt stays in the history but does not count.

    Messages whose lease is lost are left alone.
    """
    owned, _ = _tell_owned(connection, messages)
    verdict = Verdict(state=State.READY, attempt=AttemptOutcome.GIVEN_BACK)
    _close(connection, [_Closing(entry=message, verdict=verdict, finished_at=now) for message in owned])
    if owned:
        table = tables.message
        connection.execute(
            update(table)
            .where(table.c.seq.in_([message.seq for message in owned]))
            .values(
                budget_used=table.c.budget_used - 1,
                budget_since=case((table.c.budget_used == 1, null()), else_=table.c.budget_since),
            )
        )


def reclaim(
    connection: Connection,
    *,
    policies: Policies,
    now: datetime,
    random: Callable[[], float],
    limit: int = 100,
) -> list[Entry]:
    """Take back messages whose lease has run out: for the policy a failed attempt like any other.

    So a message that kills every worker waits longer each time and dies in the end, and does not take along for ever
    those that happened to be claimed together with it.

    Returns:
        The messages as they were while leased, owner included.
    """
    lane = tables.lane
    abandoned = connection.execute(
        select(lane.c.head)
        .where(lane.c.state == LaneState.LEASED, lane.c.lease_until <= now, lane.c.destination.in_(sorted(policies)))
        .order_by(lane.c.destination, lane.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    seqs = abandoned.scalars().all()
    if not seqs:
        return []
    found = connection.execute(select(*rows.ENTRY).select_from(rows.ENTRY_SOURCE).where(tables.message.c.seq.in_(seqs)))
    entries = [rows.entry(row) for row in found]
    closings = [
        _Closing(
            entry=entry,
            verdict=replace(
                judge(entry, _LOST, policy=policies[entry.destination], now=now, random=random),
                attempt=AttemptOutcome.LOST,
            ),
            finished_at=now,
        )
        for entry in entries
    ]
    _close(connection, closings)
    return entries


def _lane_of(entry: Entry) -> LaneKey:
    return lane_key(entry.destination, entry.ordering_key, entry.id)


def _tell_owned(connection: Connection, messages: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """Hold the messages' lanes and tell the messages that are still the caller's from those that are not."""
    held = hold_lanes(connection, {_lane_of(message) for message in messages})
    owned: list[Message] = []
    lost: list[Message] = []
    for message in messages:
        row = held.get(_lane_of(message))
        valid = (
            row is not None and row.state is LaneState.LEASED and row.head == message.seq and row.fence == message.fence
        )
        (owned if valid else lost).append(message)
    return owned, lost


def _close(connection: Connection, closings: Sequence[_Closing]) -> None:
    """Write the ends of attempts on lanes that are held, and let the lanes follow."""
    if not closings:
        return
    connection.execute(_CLOSE_MESSAGE, [_message_parameters(closing) for closing in closings])
    connection.execute(_CLOSE_ATTEMPT, [_attempt_parameters(closing) for closing in closings])
    follow(connection, {_lane_of(closing.entry) for closing in closings})


_CLOSE_MESSAGE = (
    update(tables.message)
    .where(tables.message.c.seq == bindparam("which"))
    .values(
        state=bindparam("new_state"),
        retry_at=bindparam("new_retry_at"),
        finished_at=bindparam("new_finished_at"),
        receipt=bindparam("new_receipt"),
        error_code=bindparam("new_code"),
        error_reason=bindparam("new_reason"),
    )
)

_CLOSE_ATTEMPT = (
    update(tables.attempt)
    .where(tables.attempt.c.message == bindparam("which"), tables.attempt.c.number == bindparam("of"))
    .values(
        finished_at=bindparam("new_finished_at"),
        outcome=bindparam("new_outcome"),
        status=bindparam("new_status"),
        answer=bindparam("new_answer"),
        error_code=bindparam("new_code"),
        error_reason=bindparam("new_reason"),
    )
)


def _message_parameters(closing: _Closing) -> dict[str, Any]:
    verdict = closing.verdict
    failure = None if verdict.state is State.DONE else verdict.failure or closing.entry.last_error
    return {
        "which": closing.entry.seq,
        "new_state": verdict.state,
        "new_retry_at": verdict.retry_at,
        "new_finished_at": closing.finished_at if verdict.state is State.DONE else None,
        "new_receipt": verdict.receipt,
        "new_code": failure and failure.code,
        "new_reason": failure and failure.reason,
    }


def _attempt_parameters(closing: _Closing) -> dict[str, Any]:
    verdict = closing.verdict
    return {
        "which": closing.entry.seq,
        "of": closing.entry.attempts,
        "new_finished_at": closing.finished_at,
        "new_outcome": verdict.attempt,
        "new_status": verdict.status,
        "new_answer": verdict.answer,
        "new_code": verdict.failure and verdict.failure.code,
        "new_reason": verdict.failure and verdict.failure.reason,
    }
