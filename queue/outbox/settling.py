"""Settling: what becomes of claimed messages. Keep alive, settle, give back, and reclaim what a lost worker left.

Whoever comes with a fencing number other than the lane's has lost the lease: it can neither extend it nor settle the
message. Every function is one short transaction's worth of work; it holds the lanes first, in the order of their
numbers, and writes afterwards.
"""

# ruff: noqa: S608 -- statements are put together from words of the library's own; values are always parameters

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, or_, select, text

from outbox import destinations, rows, tables
from outbox.breaker import Tally
from outbox.bulk import AMONG, bulk_insert, bulk_update, listed
from outbox.clocks import SKEW
from outbox.destinations import SYSTEM
from outbox.lane import move_on, release, retire
from outbox.message import AttemptOutcome, Delivered, Entry, LaneState, Message, Outcome, Retry, Sent
from outbox.policy import Policies
from outbox.verdict import DELIVERED, Verdict, excerpt, judge, storable

_LOST = Retry(reason="the worker did not come back before its lease ended", code="lease_lost")
_NONE = timedelta(0)

# After these there may be a further attempt, for ``Sent`` when no answer comes. The first one that counts begins the
# budget, and what the destination was away before that must not be credited to it.
_REPEATABLE = (Retry, Sent)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What a handler made of a claimed message.

    Attributes:
        started_at: When the handler was called.
        finished_at: When it was ready.
        more: Whether the worker goes on with the next message of the same claim and lane: the lane then stays leased.
            Without it, and whenever a message is not plainly delivered or sent, the rest of the claim returns to the
            queue as if it had never been taken.
    """

    message: Message
    outcome: Outcome
    started_at: datetime
    finished_at: datetime
    more: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What came of settlements.

    Attributes:
        late: Those that came too late: their lease was lost, and nothing was written for them.
        tallies: How the others ended, by destination, for the destinations' breakers (``destinations.report``).
        halted: Destinations that were paused, since nothing can be delivered to them until a person has acted.
    """

    late: Sequence[Settlement] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    halted: Sequence[str] = ()


class _Lease(NamedTuple):
    """What matters of a lane's row."""

    lane: int
    state: LaneState
    head: int
    fence: int
    owner: str
    through: int


class _Closing(NamedTuple):
    """The end of one attempt."""

    entry: Entry
    outcome: Outcome
    verdict: Verdict
    worker: str
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Away:
    """For how long destinations have been away.

    Attributes:
        in_all: By destination, in microseconds.
        since_first: By message, since its first attempt that counts.
    """

    in_all: Mapping[str, int]
    since_first: Mapping[int, timedelta]


def settle(
    connection: Connection,
    *settlements: Settlement,
    policies: Policies,
    now: datetime,
    random: Callable[[], float],
) -> Settled:
    """Write down how attempts ended and let their lanes move on.

    Args:
        connection: A transaction of its own.
        *settlements: Any number, those of one lane in the order of its messages; settling many costs one commit.
        policies: Decide about further attempts.
        now: The present, from which the next attempt is reckoned.
        random: Gives a number in [0, 1), for the jitter.

    Returns:
        What was too late, what the others came to, and what was paused.
    """
    held = _hold(connection, {settlement.message.lane for settlement in settlements})
    away = _away(connection, [each.message for each in settlements if isinstance(each.outcome, _REPEATABLE)], now)
    closings: list[_Closing] = []
    late: list[Settlement] = []
    ahead = {lane: row.head for lane, row in held.items()}
    ended: set[int] = set()
    for settlement in settlements:
        message, outcome = settlement.message, settlement.outcome
        row = held.get(message.lane)
        if row is None or row.lane in ended or not _owns(row, message) or not _is_next(row, message, ahead[row.lane]):
            late.append(settlement)
            continue
        policy = policies[message.destination]
        verdict = judge(
            message, outcome, policy=policy, away=away.since_first.get(message.seq, _NONE), now=now, random=random
        )
        worker = row.owner
        closings.append(_Closing(message, outcome, verdict, worker, settlement.started_at, settlement.finished_at))
        ahead[row.lane] = message.seq + 1
        if not (settlement.more and verdict.goes_on and message.seq < row.through):
            ended.add(row.lane)
    _write(connection, closings, away)
    move_on(connection, {closing.entry.lane for closing in closings} - ended, now=now)
    left = {
        closing.entry.lane for closing in closings if closing.verdict.finished and closing.entry.ordering_key is None
    }
    retire(connection, left)
    release(connection, ended - left)
    return Settled(late=late, tallies=_tallies(closings), halted=_pause(connection, closings, now=now))


def heartbeat(
    connection: Connection, messages: Sequence[Message], *, policies: Policies, now: datetime
) -> list[Message]:
    """Extend the leases of messages that are still to be settled; one of each lane is enough.

    Returns:
        The messages whose lease is lost: somebody else may be delivering them already.
    """
    held = _hold(connection, {message.lane for message in messages})
    lost = [message for message in messages if message.lane not in held or not _owns(held[message.lane], message)]
    gone = {message.lane for message in lost}
    mine = {message.lane: message.destination for message in messages if message.lane not in gone}
    _EXTEND.run(connection, [(lane, now + policies[name].lease) for lane, name in sorted(mine.items())])
    return lost


def give_back(connection: Connection, messages: Sequence[Message]) -> None:
    """Return claimed messages that were not begun, as if they had never been taken.

    Give a claim's messages back from the first unsettled one on. Messages whose lease is lost are left alone, and so
    are those behind a message that is still under way: settling it without ``more`` returns them.
    """
    held = _hold(connection, {message.lane for message in messages})
    found = ((held[message.lane], message) for message in messages if message.lane in held)
    release(connection, {row.lane for row, message in found if _owns(row, message) and row.head == message.seq})


def reclaim(
    connection: Connection,
    *,
    policies: Policies,
    now: datetime,
    random: Callable[[], float],
    limit: int = 100,
) -> list[Entry]:
    """Take lanes back whose lease has run out. For each that is a failed attempt at the message at its head.

    Which of several messages of a lane was under way when the worker was lost nobody knows. So those are claimed one
    by one from then on; one that kills every worker then waits longer each time and dies in the end, and takes along
    neither its lane's other messages nor those that happened to be claimed together with it.

    A lease that ends later than any lease could has been made by a clock that was wrong, and is lost, too.

    Returns:
        The messages as they were while leased, owner included.
    """
    lanes = _abandoned(connection, policies, now=now, limit=limit)
    if not lanes:
        return []
    ids = listed(connection, lanes)
    found = connection.execute(_HEADS[connection.dialect.name], {"ids": ids})
    heads = [(rows.entry(row), row.lease_since) for row in found.all()]
    away = _away(connection, [entry for entry, _ in heads], now)
    closings = [
        _Closing(
            entry=entry,
            outcome=_LOST,
            verdict=_lost(
                entry, policies=policies, away=away.since_first.get(entry.seq, _NONE), now=now, random=random
            ),
            worker=entry.lease_owner or "",
            started_at=since,
            finished_at=now,
        )
        for entry, since in heads
    ]
    _write(connection, closings, away)
    connection.execute(_CAREFUL[connection.dialect.name], {"ids": ids})
    retire(connection, lanes)
    release(connection, lanes)
    _pause(connection, closings, now=now)
    return [entry for entry, _ in heads]


def _hold(connection: Connection, lanes: Collection[int]) -> dict[int, _Lease]:
    """Take the rows of these lanes until the end of the transaction and return what matters of their leases."""
    if not lanes:
        return {}
    found = connection.execute(_HOLD[connection.dialect.name], {"ids": listed(connection, lanes)})
    return {row[0]: _Lease(*row) for row in found.all()}


def _owns(row: _Lease, message: Message) -> bool:
    """Say whether the lease under which a message was claimed still holds, by its lane's row."""
    return bool(row.fence == message.fence and row.state is LaneState.LEASED and row.owner == message.lease_owner)


def _is_next(row: _Lease, message: Message, ahead: int) -> bool:
    """Say whether it is this message's turn: the head's, or behind what has just been settled in the same lane."""
    return bool(ahead <= message.seq <= row.through and (ahead > row.head or message.seq == row.head))


def _lost(entry: Entry, *, policies: Policies, away: timedelta, now: datetime, random: Callable[[], float]) -> Verdict:
    verdict = judge(entry, _LOST, policy=policies[entry.destination], away=away, now=now, random=random)
    return replace(verdict, attempt=AttemptOutcome.LOST)


def _abandoned(connection: Connection, policies: Policies, *, now: datetime, limit: int) -> list[int]:
    """Take lanes whose lease is over, those first that have been waiting longest, except what others just take."""
    lane = tables.lane
    longest = max((policy.lease for policy in policies.values()), default=timedelta(0))
    return list(
        connection.execute(
            select(lane.c.id)
            .where(
                lane.c.destination.in_(sorted(policies)),
                lane.c.lease_until.is_not(None),
                or_(lane.c.lease_until <= now, lane.c.lease_until > now + longest + SKEW),
            )
            .order_by(lane.c.lease_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )


def _away(connection: Connection, failed: Sequence[Entry], now: datetime) -> _Away:
    """Look up what is needed to reckon the age of messages without the time in which their destination was away."""
    if not failed:
        return _Away(in_all={}, since_first={})
    in_all = destinations.away_times(connection, {entry.destination for entry in failed}, now=now)
    again = {entry.seq: entry.destination for entry in failed if entry.budget_used > 1}
    found = connection.execute(_AT_FIRST[connection.dialect.name], {"ids": listed(connection, again)}) if again else ()
    return _Away(
        in_all=in_all,
        since_first={row.seq: timedelta(microseconds=in_all[again[row.seq]] - row.budget_away) for row in found},
    )


def _write(connection: Connection, closings: Sequence[_Closing], away: _Away) -> None:
    """Write the ends of attempts on lanes that are held."""
    plain = [closing for closing in closings if closing.verdict is DELIVERED]
    other = [closing for closing in closings if closing.verdict is not DELIVERED]
    _DONE.run(connection, [_done_row(closing) for closing in plain])
    _ANSWERED.run(connection, [_answered_row(closing) for closing in plain])
    _CLOSE.run(connection, [_message_row(closing) for closing in other])
    _ATTEMPT.run(connection, [_attempt_row(closing) for closing in other])
    begun = [closing.entry for closing in other if closing.verdict.counts and closing.entry.budget_used == 1]
    away_before = [(entry.seq, away.in_all[entry.destination]) for entry in begun if away.in_all.get(entry.destination)]
    _BEGIN_BUDGET.run(connection, away_before)


def _done_row(closing: _Closing) -> tuple[object, ...]:
    """Return the number and the new values of a delivered message, in the order of ``_DONE``."""
    entry = closing.entry
    return (entry.seq, entry.attempts, entry.budget_used, _since(closing), closing.finished_at, _receipt(closing))


def _message_row(closing: _Closing) -> tuple[object, ...]:
    """Return a message's number and its new values, in the order of ``_CLOSE``."""
    entry, verdict = closing.entry, closing.verdict
    used = entry.budget_used - (0 if verdict.counts else 1)
    failure = verdict.failure
    return (
        entry.seq,
        entry.attempts,
        used,
        _since(closing) if used else None,
        closing.finished_at if verdict.finished else None,
        _receipt(closing),
        str(verdict.state),
        verdict.retry_at,
        verdict.answer_due_at,
        failure and failure.code,
        failure and failure.reason,
    )


def _since(closing: _Closing) -> datetime | None:
    return closing.started_at if closing.entry.budget_used == 1 else closing.entry.budget_since


def _receipt(closing: _Closing) -> str | None:
    """Return the receipt that a message has now: the last one that it got."""
    outcome = closing.outcome
    receipt = outcome.receipt if isinstance(outcome, Delivered | Sent) else None
    return closing.entry.receipt if receipt is None else storable(receipt)


def _answered_row(closing: _Closing) -> tuple[object, ...]:
    """Return the row of an attempt that went well, in the order of ``_ANSWERED``."""
    entry, outcome, verdict, worker, started_at, finished_at = closing
    return (
        entry.seq,
        entry.attempts,
        started_at,
        finished_at,
        str(verdict.attempt),
        outcome.status,
        excerpt(outcome.answer),
        worker,
    )


def _attempt_row(closing: _Closing) -> tuple[object, ...]:
    """Return the row of an attempt, in the order of ``_ATTEMPT``."""
    failure = closing.verdict.failure
    return (*_answered_row(closing), failure and failure.code, failure and failure.reason)


def _tallies(closings: Iterable[_Closing]) -> dict[str, Tally]:
    """Count by destination what was answered properly and what was not; a halt is neither."""
    counted: dict[str, Tally] = {}
    sorts: dict[tuple[str, bool], list[datetime]] = {}
    for closing in closings:
        if closing.verdict.counts:
            failed = closing.verdict.attempt is AttemptOutcome.RETRY
            sorts.setdefault((closing.entry.destination, failed), []).append(closing.started_at)
    for (name, failed), begun in sorts.items():
        number = len(begun)
        tally = Tally(ok=0 if failed else number, failed=number if failed else 0, since=min(begun))
        counted[name] = counted.get(name, Tally()) + tally
    return counted


def _pause(connection: Connection, closings: Iterable[_Closing], *, now: datetime) -> list[str]:
    """Pause the destinations to which nothing can be delivered, and return those that were not paused before."""
    # Everybody sees them for good: what a failure says about its message stays with the message.
    reasons = {
        closing.entry.destination: f"{closing.verdict.failure.code}: {closing.entry.id}"
        for closing in closings
        if closing.verdict.pauses and closing.verdict.failure is not None
    }
    return [
        name
        for name, reason in sorted(reasons.items())
        if destinations.pause(connection, name, by=SYSTEM, reason=reason, now=now)
    ]


_HOLD = {
    database: select(
        *(tables.lane.c[name] for name in ("id", "state", "head", "fence", "lease_owner", "lease_through"))
    )
    .where(text(f"outbox_lane.id {among}"))
    .order_by(tables.lane.c.destination, tables.lane.c.key)  # as everywhere, so that no two wait for each other
    .with_for_update()
    for database, among in AMONG.items()
}

_HEADS = {
    database: select(*rows.ENTRY, tables.lane.c.lease_since)
    .select_from(rows.ENTRY_SOURCE)
    .where(
        tables.message.c.seq.in_(text(f"SELECT head FROM outbox_lane WHERE id {among}")), tables.lane.c.id.is_not(None)
    )
    for database, among in AMONG.items()
}

_AT_FIRST = {
    database: text(f"SELECT seq, budget_away FROM outbox_message WHERE seq {among}")
    for database, among in AMONG.items()
}

_CAREFUL = {
    database: text(f"UPDATE outbox_lane SET careful_through = lease_through WHERE id {among}")
    for database, among in AMONG.items()
}

_EXTEND = bulk_update(tables.lane, "id", ("lease_until",))

_DONE_COLUMNS = ("attempts", "budget_used", "budget_since", "finished_at", "receipt")
_ANSWERED_COLUMNS = ("message", "number", "started_at", "finished_at", "outcome", "status", "answer", "worker")

# Nearly all messages end well: what that leaves empty is not sent along.
_DONE = bulk_update(
    tables.message,
    "seq",
    _DONE_COLUMNS,
    also="state = 'done', retry_at = NULL, answer_due_at = NULL, error_code = NULL, error_reason = NULL",
)

_CLOSE = bulk_update(
    tables.message, "seq", (*_DONE_COLUMNS, "state", "retry_at", "answer_due_at", "error_code", "error_reason")
)

_BEGIN_BUDGET = bulk_update(tables.message, "seq", ("budget_away",))

_ANSWERED = bulk_insert(tables.attempt, *_ANSWERED_COLUMNS)

_ATTEMPT = bulk_insert(tables.attempt, *_ANSWERED_COLUMNS, "error_code", "error_reason")
