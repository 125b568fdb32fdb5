"""Destinations: whether they may be spoken to now, and how much. One row each, shared by all workers on all hosts.

A claim asks ``grants`` first and tells ``spend`` what it took. Only rows of destinations with a limit (concurrency,
rate, a breaker that is not closed) are locked for it, until the claim's transaction ends; all others never make one
worker wait for another. Rows are made on first use and always locked in the order of their names.

A destination is *away* while it is paused or its breaker is not closed. That time is added up in its row, so that a
message's age can be reckoned without it (``Policy.max_age``): a weekend's outage must not use up anybody's patience.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select, update

from outbox import tables
from outbox.breaker import Breaker, BreakerRule, BreakerState, Tally, counted, permitted, probed
from outbox.decisions import record
from outbox.destination_rows import away_at, breaker_columns, breaker_of, hold, write
from outbox.limits import after, allowance, next_allowance
from outbox.policy import Policies, Policy
from outbox.rows import AnyRow
from outbox.windows import is_open, next_opening

SYSTEM = "outbox"
"""Who decided, where no person did: a handler's ``Halt``, a dead message that blocks its destination."""

_STILL_FULL = 0.9
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What may be claimed from one destination now.

    Attributes:
        destination: Which.
        lanes: From at most so many lanes; at least 1.
        messages: At most so many messages over all these lanes; at least 1.
        run: At most so many messages of one lane.
        held: The destination's row where it is locked until the end of the transaction; for ``spend``.
    """

    destination: str
    lanes: int
    messages: int
    run: int
    held: AnyRow | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """A breaker that has changed its state."""

    destination: str
    old: BreakerState
    new: BreakerState


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationStanding:
    """What people look at: how a destination stands.

    Attributes:
        name: Which.
        paused_at: Since when nothing is claimed for it, if so; with who paused it and why.
        drained_at: Since when nothing more is taken in for it, by whose decision and why.
        full_at: Since when nothing more is taken in because too much is unfinished.
        breaker: State of its circuit breaker.
        breaker_since: Since when; None if it never changed.
        breaker_until: Open, when probes are sent; half-open, until when they are waited for.
        breaker_trips: How many times in a row it has opened without closing.
        ok: Proper answers lately, within the breaker's window; half-open, to probes.
        failed: Failures lately, likewise.
        away_since: Since when it is away, if it is.
        away: For how long it was away before that, in all.
    """

    name: str
    paused_at: datetime | None
    paused_by: str | None
    paused_reason: str | None
    drained_at: datetime | None
    drained_by: str | None
    drained_reason: str | None
    full_at: datetime | None
    breaker: BreakerState
    breaker_since: datetime | None
    breaker_until: datetime | None
    breaker_trips: int
    ok: int
    failed: int
    away: timedelta
    away_since: datetime | None


def grants(connection: Connection, policies: Policies, *, limit: int, now: datetime) -> Sequence[Grant]:
    """Say from which destinations may be claimed now, and how much. Called first in a claim's transaction.

    Nothing is granted after a global stop, for a paused destination, outside its windows, while its breaker is open,
    or where its concurrency or rate is used up. Concurrency is what is leased now; so a worker that died counts until
    its leases are reclaimed.

    Args:
        connection: The claim's transaction. Rows of limited destinations are locked until it ends.
        policies: The destinations to look at.
        limit: How many messages are wanted in all; no grant is larger.
        now: The present.

    Returns:
        A grant for each destination from which anything may be claimed, in the order of ``policies``.
    """
    seen = _look(connection, policies)
    if seen is None or limit < 1:
        return []
    named = {
        name: policy
        for name, policy in policies.items()
        if (policy.windows is None or is_open(policy.windows, now))
        and (name not in seen or seen[name].paused_at is None)
    }
    held = hold(connection, [name for name, policy in named.items() if name in seen or _is_limited(policy)])
    leased = _leased(connection, [name for name in held if named[name].concurrency is not None])
    offered = (
        _grant(name, policy, held=held.get(name), leased=leased.get(name, 0), limit=limit, now=now)
        for name, policy in named.items()
    )
    return [grant for grant in offered if grant is not None]


def spend(
    connection: Connection,
    granted: Sequence[Grant],
    claimed: Mapping[str, int],
    *,
    policies: Policies,
    now: datetime,
) -> list[Transition]:
    """Write down what was claimed on these grants, in the same transaction and with the same ``now``.

    Args:
        connection: The claim's transaction.
        granted: What ``grants`` returned.
        claimed: How many messages were claimed, by destination.
        policies: Those that ``grants`` was given.
        now: The present.

    Returns:
        The breakers that are half-open from now on.
    """
    transitions = []
    for grant in granted:
        used = claimed.get(grant.destination, 0)
        if grant.held is None or not used:
            continue
        policy = policies[grant.destination]
        changes: dict[str, Any] = {}
        if policy.rate is not None:
            changes["rate_at"] = after(policy.rate, grant.held.rate_at, now, used)
        breaker = breaker_of(grant.held)
        following = Breaker() if policy.breaker is None else probed(breaker, used, patience=policy.lease, now=now)
        if following != breaker:
            changes |= breaker_columns(following)
        write(connection, grant.held, changes, now=now)
        transitions += _moved(grant.held, following)
    return transitions


def report(
    connection: Connection, tallies: Mapping[str, Tally], *, policies: Policies, now: datetime
) -> list[Transition]:
    """Move the breakers by what attempts came to. A short transaction of its own.

    Any number of workers may report at once: each waits its turn at the destination's row.

    Args:
        connection: A transaction of its own, at most about once a second a worker, and at once after a failure.
        tallies: What came of attempts, by destination. Destinations without a breaker are left out.
        policies: Hold the breakers' rules.
        now: The present.

    Returns:
        The breakers that changed their state.
    """
    rules: dict[str, BreakerRule] = {}
    for name in tallies:
        policy = policies.get(name)
        if policy is not None and policy.breaker is not None:
            rules[name] = policy.breaker
    transitions = []
    for name, row in hold(connection, list(rules)).items():
        breaker = breaker_of(row)
        following = counted(rules[name], breaker, tallies[name], now=now)
        if following != breaker:
            write(connection, row, breaker_columns(following), now=now)
            transitions += _moved(row, following)
    return transitions


def pause(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> bool:
    """Claim nothing more for a destination; what is in flight is finished. Pausing again keeps the first pause.

    The decision of a person is written down by ``operations.pause``. One by ``SYSTEM`` is written down here, if it
    has changed anything: a thousand messages may find out together that a contract is broken.

    Returns:
        Whether it was not paused before.
    """
    row = hold(connection, [destination])[destination]
    if row.paused_at is not None:
        return False
    write(connection, row, {"paused_at": now, "paused_by": by, "paused_reason": reason}, now=now)
    if by == SYSTEM:
        record(connection, "pause", by=by, reason=reason, now=now, destination=destination)
    return True


def resume(connection: Connection, destination: str, *, now: datetime) -> None:
    """End a destination's pause; without one nothing changes. Its breaker stays as it is."""
    row = hold(connection, [destination])[destination]
    write(connection, row, {"paused_at": None, "paused_by": None, "paused_reason": None}, now=now)


def drain(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """Take nothing more in for a destination; what it has is delivered. Draining again keeps the first drain."""
    row = hold(connection, [destination])[destination]
    if row.drained_at is None:
        write(connection, row, {"drained_at": now, "drained_by": by, "drained_reason": reason}, now=now)


def reopen(connection: Connection, destination: str) -> None:
    """Take messages in again for a drained destination; without a drain nothing changes."""
    table = tables.destination
    connection.execute(
        update(table).where(table.c.name == destination).values(drained_at=None, drained_by=None, drained_reason=None)
    )


def mark_full(connection: Connection, policies: Policies, *, now: datetime) -> dict[str, bool]:
    """Count what is unfinished and say whether more may be taken in, for destinations with a ``backlog``.

    A destination is full from ``backlog`` messages on, until it has less than nine tenths of that. A destination whose
    policy has no ``backlog`` any more is full no more. One count reads the whole index of unfinished messages: call it
    every half a minute, not every second.

    Returns:
        The destinations for which that has changed: True for full.
    """
    counts = _unfinished(connection, [name for name, policy in policies.items() if policy.backlog is not None])
    table = tables.destination
    full = set(
        connection.execute(
            select(table.c.name).where(table.c.name.in_(sorted(policies)), table.c.full_at.is_not(None))
        ).scalars()
    )
    changed = {
        name: not was
        for name, policy in policies.items()
        if (was := name in full) != _is_full(policy, counts.get(name, 0), was=was)
    }
    for name, row in hold(connection, list(changed)).items():
        write(connection, row, {"full_at": now if changed[name] else None}, now=now)
    return changed


def standings(connection: Connection) -> list[DestinationStanding]:
    """Return how every destination stands that ever had a limit, a report or a decision, by name."""
    rows = connection.execute(select(tables.destination).order_by(tables.destination.c.name))
    return [
        DestinationStanding(
            name=row.name,
            paused_at=row.paused_at,
            paused_by=row.paused_by,
            paused_reason=row.paused_reason,
            drained_at=row.drained_at,
            drained_by=row.drained_by,
            drained_reason=row.drained_reason,
            full_at=row.full_at,
            breaker=row.breaker,
            breaker_since=row.breaker_since,
            breaker_until=row.breaker_until,
            breaker_trips=row.breaker_trips,
            ok=row.window_ok + row.before_ok,
            failed=row.window_failed + row.before_failed,
            away=row.away * _MICROSECOND,
            away_since=row.away_since,
        )
        for row in rows
    ]


def away_times(connection: Connection, destinations: Collection[str], *, now: datetime) -> dict[str, int]:
    """Return ``away_at`` for each of these destinations, read with one statement."""
    table = tables.destination
    found = connection.execute(
        select(table.c.name, table.c.away, table.c.away_since).where(table.c.name.in_(sorted(destinations)))
    )
    rows = {row.name: row for row in found}
    return {name: away_at(rows.get(name), now) for name in destinations}


def opens_at(connection: Connection, policies: Policies, *, now: datetime) -> datetime | None:
    """Say when the first of the destinations that are shut now opens by the clock alone.

    That is the end of an open breaker's time or of the wait for probes, the beginning of a window, or the next place
    of a rate. What ends otherwise (a pause, a stop, a full concurrency) is not foreseen.

    Returns:
        A moment after ``now``; None where there is none.
    """
    table = tables.destination
    found = connection.execute(select(table).where(table.c.name.in_(sorted(policies))))
    rows = {row.name: row for row in found}
    moments = (_opens_at(policy, rows.get(name), now) for name, policy in policies.items())
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _look(connection: Connection, policies: Policies) -> dict[str, AnyRow] | None:
    """Return the rows of destinations that are paused or whose breaker is not closed; None after a global stop."""
    rows = connection.execute(_LOOK, {"names": sorted(policies)}).all()
    if any(row.stops for row in rows):
        return None
    return {row.name: row for row in rows if row.name is not None}


def _is_limited(policy: Policy) -> bool:
    return policy.concurrency is not None or policy.rate is not None


def _grant(name: str, policy: Policy, *, held: AnyRow | None, leased: int, limit: int, now: datetime) -> Grant | None:
    """Return what may be claimed from a destination whose windows are open, by its row where it is limited."""
    lanes, messages, run = limit, limit, policy.run
    probes = None
    if held is not None:
        if held.paused_at is not None:
            return None
        if policy.concurrency is not None:
            lanes = min(lanes, policy.concurrency - leased)
        if policy.rate is not None:
            messages = min(messages, allowance(policy.rate, held.rate_at, now))
        if policy.breaker is not None:
            probes = permitted(policy.breaker, breaker_of(held), patience=policy.lease, now=now)
        if probes is not None:
            lanes, messages, run = min(lanes, probes), min(messages, probes), 1
    if lanes < 1 or messages < 1:
        return None
    return Grant(destination=name, lanes=min(lanes, messages), messages=messages, run=run, held=held)


def _opens_at(policy: Policy, row: AnyRow | None, now: datetime) -> datetime | None:
    if row is not None and row.paused_at is not None:
        return None
    moments: list[datetime | None] = []
    if policy.windows is not None:
        moments.append(next_opening(policy.windows, now))
    if (
        row is not None
        and policy.breaker is not None
        and permitted(policy.breaker, breaker_of(row), patience=policy.lease, now=now) == 0
    ):
        moments.append(row.breaker_until)
    if row is not None and policy.rate is not None:
        moments.append(next_allowance(policy.rate, row.rate_at, now))
    # Every one of them has to be open: the last decides.
    known = [moment for moment in moments if moment is not None]
    return max(known) if moments and len(known) == len(moments) else None


def _leased(connection: Connection, destinations: Collection[str]) -> dict[str, int]:
    """Count the leased lanes. A statement after the lock: it must see what others leased until then."""
    if not destinations:
        return {}
    return {row.destination: row.number for row in connection.execute(_LEASED, {"names": sorted(destinations)})}


def _unfinished(connection: Connection, destinations: Collection[str]) -> dict[str, int]:
    if not destinations:
        return {}
    table = tables.message
    found = connection.execute(
        select(table.c.destination, func.count().label("number"))
        .where(table.c.finished_at.is_(None), table.c.destination.in_(sorted(destinations)))
        .group_by(table.c.destination)
    )
    return {row.destination: row.number for row in found}


def _is_full(policy: Policy, unfinished: int, *, was: bool) -> bool:
    if policy.backlog is None:
        return False
    return unfinished >= policy.backlog * (_STILL_FULL if was else 1)


def _moved(row: AnyRow, following: Breaker) -> list[Transition]:
    """Return the transition that leads from a row's breaker to the following one, if it is one."""
    if following.state is row.breaker:
        return []
    return [Transition(destination=row.name, old=row.breaker, new=following.state)]


def _looking() -> Select[Any]:
    """Return the statement behind ``_look``: one row a destination that may be shut, or one without a destination."""
    table, switch = tables.destination, tables.switch
    stop = select(func.count().label("stops")).where(switch.c.name == tables.GLOBAL_STOP).subquery()
    shut = and_(
        table.c.name.in_(bindparam("names", expanding=True)),
        or_(table.c.paused_at.is_not(None), table.c.breaker != BreakerState.CLOSED),
    )
    return select(stop.c.stops, table.c.name, table.c.paused_at).select_from(stop.outerjoin(table, shut))


# Part of every claim, and so built once: to build a statement takes several times as long as to run it.
_LOOK = _looking()
_LEASED = (
    select(tables.lane.c.destination, func.count().label("number"))
    .where(tables.lane.c.destination.in_(bindparam("names", expanding=True)), tables.lane.c.lease_until.is_not(None))
    .group_by(tables.lane.c.destination)
)
