"""Two-level receipts: what the destination says about the content, some time after it has taken the bytes.

``Sent`` says that the bytes are there and under which receipt the answer will come. The answer arrives on another way
(a poll, a call from outside) and is handed in by ``accept`` or ``reject``. It may come before our own settlement of
``Sent`` is committed: it is kept then, and ``lapse``, which every worker calls every few seconds, brings the two
together. One receipt has one answer; the first counts.

What an answer does:

    accepted    The message is done; a lane that stood still for the answer moves on.
    rejected    The message is dead, and its kind's policy for a dead head says what then, as after a refusal. Where the
                message had left its lane already, it is a dead letter in a lane of its own: it holds nobody, waits for
                a person, and retried it is outside the order of its former lane, which has gone on without it.
    silence     Once ``answer_due_at`` has passed, ``KindPolicy.silence`` decides: dead like a rejected one, with the
                code ``no_answer``, or sent once more by the destination's retry policy. An answer that comes after all
                still counts as long as the message has this receipt.

What a person gave up or a newer message has superseded is not brought back by a rejection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, ScalarSelect, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from outbox import destinations, tables
from outbox.decisions import record
from outbox.endings import Ending, dead, end
from outbox.errors import AnswerConflictError, InvalidMessageError
from outbox.grasp import among, grasp
from outbox.message import MAX_RECEIPT, BusinessVerdict, Entry, Failure, Retry, State
from outbox.policy import Policies, Policy, Silence
from outbox.rows import AnyRow
from outbox.verdict import fits_receipt, judge, short_code, short_text, storable

NO_ANSWER = Failure(code="no_answer", reason="the destination has not answered in time whether it takes the content")

MATCHED_WITHIN = timedelta(days=7)
"""For how long ``lapse`` looks for the message of an answer. Later it is left to people (``strays``)."""


class Answered(StrEnum):
    """What became of an answer that was handed in."""

    MATCHED = "matched"
    """Its message was found and has it."""

    REPEATED = "repeated"
    """The same answer was here before; nothing has changed."""

    UNKNOWN = "unknown"
    """No message has this receipt yet, or it is just being sent again: the answer is kept until one is found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stray:
    """An answer whose message was not found."""

    destination: str
    receipt: str
    verdict: BusinessVerdict
    at: datetime


def accept(
    connection: Connection, destination: str, receipt: str, *, acceptance: str | None, now: datetime
) -> Answered:
    """Hand in that a destination has taken the content of a message.

    Args:
        connection: A transaction of its own.
        destination: Who has answered.
        receipt: The receipt that it gave for the bytes.
        acceptance: What it gives as proof of acceptance.
        now: The present.

    Returns:
        What became of it. Handing in the same answer again is harmless.

    Raises:
        AnswerConflictError: Another answer to this receipt was here before; see there for how to keep the record.
        InvalidMessageError: The receipt is longer than ``MAX_RECEIPT`` bytes.
    """
    proof = None if acceptance is None else short_text(acceptance)
    given = {"verdict": BusinessVerdict.ACCEPTED, "acceptance": proof, "error_code": None, "error_reason": None}
    return _hand_in(connection, destination, receipt, given, policies={}, now=now)


def reject(
    connection: Connection,
    destination: str,
    receipt: str,
    *,
    code: str,
    reason: str,
    now: datetime,
    policies: Policies,
) -> Answered:
    """Hand in that a destination has not taken the content of a message.

    Args:
        connection: A transaction of its own.
        destination: Who has answered.
        receipt: The receipt that it gave for the bytes.
        code: Why, for programs.
        reason: Why, for people.
        now: The present.
        policies: Say what a dead head means; a destination that is missing here has the default policy.

    Returns:
        What became of it. Handing in the same answer again is harmless.

    Raises:
        AnswerConflictError: Another answer to this receipt was here before; see there for how to keep the record.
        InvalidMessageError: The receipt is longer than ``MAX_RECEIPT`` bytes.
    """
    failure = {"error_code": short_code(code), "error_reason": short_text(reason)}
    given = {"verdict": BusinessVerdict.REJECTED, "acceptance": None, **failure}
    return _hand_in(connection, destination, receipt, given, policies=policies, now=now)


def lapse(
    connection: Connection, *, policies: Policies, now: datetime, random: Callable[[], float], limit: int = 100
) -> list[Entry]:
    """Match answers that came before their messages were known, then deal with those that are overdue.

    Any number of workers may call it at any time.

    Args:
        connection: A transaction of its own.
        policies: The destinations that the worker serves; nothing else is touched.
        now: The present.
        random: Gives a number in [0, 1), for the jitter.
        limit: At most so many of either sort; the rest is for the next call.

    Returns:
        The messages whose answer is overdue, as they were.
    """
    answers = _matchable(connection, sorted(policies), since=now - MATCHED_WITHIN, limit=limit)
    due = _due(connection, sorted(policies), now=now, limit=limit)
    # All lanes at once and in order: held in two steps, two workers could wait for each other.
    held = {entry.seq: entry for entry in grasp(connection, {answer.seq for answer in answers} | due)}
    matched = _match(connection, answers, held)
    # Another worker may have been here between the two looks.
    overdue = [
        entry
        for entry in held.values()
        if entry.seq not in matched
        and entry.state is State.SENT
        and entry.answer_due_at is not None
        and entry.answer_due_at <= now
    ]
    endings = [_answered(held[seq], answer, policies, now=now) for seq, answer in matched.items()]
    away = _away(connection, overdue, now=now)
    endings += [
        _silent(entry, policies[entry.destination], away=away[entry.seq], now=now, random=random) for entry in overdue
    ]
    end(connection, endings, now=now)
    return overdue


def strays(connection: Connection, *, before: datetime, limit: int = 100) -> list[Stray]:
    """Return answers that came before a time and to which no message was found, the latest first."""
    table = tables.answer
    found = connection.execute(
        select(table).where(table.c.message.is_(None), table.c.at < before).order_by(table.c.at.desc()).limit(limit)
    )
    return [Stray(destination=row.destination, receipt=row.receipt, verdict=row.verdict, at=row.at) for row in found]


def _hand_in(
    connection: Connection, destination: str, receipt: str, given: dict[str, Any], *, policies: Policies, now: datetime
) -> Answered:
    """Write an answer down, once, and give it to its message."""
    if not fits_receipt(receipt):
        raise InvalidMessageError(f"a receipt must have at most {MAX_RECEIPT} bytes; no message can have this one")
    receipt = storable(receipt)
    table = tables.answer
    upsert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    # Who writes the same receipt at the same moment waits here, and finds the first answer then.
    entered = connection.execute(
        upsert.on_conflict_do_nothing(index_elements=["destination", "receipt"])
        .values(destination=destination, receipt=receipt, at=now, **given)
        .returning(table.c.receipt)
    ).one_or_none()
    row = connection.execute(
        select(table, _newest().label("seq"))
        .where(table.c.destination == destination, table.c.receipt == receipt)
        .with_for_update(of=table)
    ).one()
    known = (row.verdict, row.acceptance, row.error_code)
    if entered is None and known != (given["verdict"], given["acceptance"], given["error_code"]):
        raise _conflict(connection, row, given, now=now)
    if row.message is not None:
        return Answered.REPEATED
    held = {entry.seq: entry for entry in grasp(connection, [] if row.seq is None else [row.seq])}
    matched = _match(connection, [row], held)
    end(connection, [_answered(held[seq], answer, policies, now=now) for seq, answer in matched.items()], now=now)
    return Answered.MATCHED if matched else Answered.UNKNOWN


def _conflict(connection: Connection, row: AnyRow, given: dict[str, Any], *, now: datetime) -> AnswerConflictError:
    """Write a contradiction down where the message's history shows it."""
    message = tables.message
    message_id = connection.execute(select(message.c.id).where(message.c.seq == row.message)).scalar_one_or_none()
    first = row.error_code or row.acceptance
    second = given["error_code"] or given["acceptance"]
    record(
        connection,
        "conflict",
        by=row.destination,
        reason=f"answered {row.verdict} ({first}) before and now {given['verdict']} ({second})",
        now=now,
        destination=row.destination,
        message_ids=[message_id],
    )
    return AnswerConflictError(row.destination, row.receipt, first=row.verdict, second=given["verdict"])


def _newest() -> ScalarSelect[int]:
    """Return the number of the message that has an answer's receipt, NULL where none has it."""
    answer, message = tables.answer, tables.message
    return (
        select(func.max(message.c.seq))
        .where(message.c.destination == answer.c.destination, message.c.receipt == answer.c.receipt)
        .correlate(answer)
        .scalar_subquery()
    )


def _matchable(connection: Connection, served: Sequence[str], *, since: datetime, limit: int) -> Sequence[AnyRow]:
    """Take answers without a message that a message has the receipt of by now."""
    answer = tables.answer
    return connection.execute(
        select(answer, _newest().label("seq"))
        .where(answer.c.message.is_(None), answer.c.at > since, answer.c.destination.in_(served))
        .where(_newest().is_not(None))
        .order_by(answer.c.at)
        .limit(limit)
        .with_for_update(of=answer, skip_locked=True)
    ).all()


def _due(connection: Connection, served: Sequence[str], *, now: datetime, limit: int) -> set[int]:
    """Find messages whose answer is overdue."""
    message = tables.message
    found = connection.execute(
        select(message.c.seq)
        .where(message.c.answer_due_at <= now, message.c.destination.in_(served))
        .order_by(message.c.answer_due_at)
        .limit(limit)
    )
    return set(found.scalars())


def _match(connection: Connection, answers: Sequence[AnyRow], held: Mapping[int, Entry]) -> dict[int, AnyRow]:
    """Write down which of the messages in hand these answers belong to, and return the answers by message.

    A message that is just being sent again may have another receipt in a moment: it is left to a later call.
    """
    table = tables.answer
    matched = {
        answer.seq: answer
        for answer in answers
        if answer.seq in held
        and held[answer.seq].receipt == answer.receipt
        and held[answer.seq].state is not State.LEASED
    }
    if matched:
        connection.execute(
            update(table)
            .where(table.c.destination == bindparam("of"), table.c.receipt == bindparam("under"))
            .values(message=bindparam("seq")),
            [{"of": answer.destination, "under": answer.receipt, "seq": seq} for seq, answer in matched.items()],
        )
    return matched


def _answered(entry: Entry, answer: AnyRow, policies: Policies, *, now: datetime) -> Ending:
    """Decide what an answer means to its message."""
    if answer.verdict is BusinessVerdict.ACCEPTED:
        return Ending(
            entry=entry,
            state=State.DONE,
            finished_at=entry.finished_at or now,
            answered_at=answer.at,
            acceptance=answer.acceptance,
        )
    failure = Failure(code=answer.error_code, reason=answer.error_reason)
    policy = policies.get(entry.destination, Policy())
    return dead(entry, failure, policy, answered_at=answer.at, now=now)


def _silent(entry: Entry, policy: Policy, *, away: timedelta, now: datetime, random: Callable[[], float]) -> Ending:
    """Decide what it means that a message was not answered."""
    if policy.kind(entry.kind).silence is Silence.DEAD:
        return dead(entry, NO_ANSWER, policy, answered_at=None, now=now)
    again = Retry(code=NO_ANSWER.code, reason=NO_ANSWER.reason)
    verdict = judge(entry, again, policy=policy, away=away, now=now, random=random)
    if verdict.state is State.DEAD:
        return dead(entry, NO_ANSWER, policy, answered_at=None, now=now)
    return Ending(entry=entry, state=verdict.state, finished_at=None, retry_at=verdict.retry_at, failure=NO_ANSWER)


def _away(connection: Connection, entries: Sequence[Entry], *, now: datetime) -> dict[int, timedelta]:
    """Return for how long the destinations have been away since the retry budgets of these messages began."""
    if not entries:
        return {}
    message = tables.message
    in_all = destinations.away_times(connection, {entry.destination for entry in entries}, now=now)
    found = connection.execute(
        select(message.c.seq, message.c.destination, message.c.budget_away).where(
            among(connection, message.c.seq, [entry.seq for entry in entries])
        )
    )
    return {row.seq: timedelta(microseconds=max(0, in_all[row.destination] - row.budget_away)) for row in found}
