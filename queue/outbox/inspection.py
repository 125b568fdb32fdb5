"""Inspection: what is wrong with the queue and its database right now, since when, and who has to act."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Engine, case, func, select

from outbox import tables
from outbox.breaker import BreakerState
from outbox.errors import PlainPayloadError, SchemaMismatchError, UnreadablePayloadError
from outbox.message import State
from outbox.migrations import check
from outbox.policy import Policies
from outbox.rows import AnyRow
from outbox.sealing import PLAIN, Sealing
from outbox.sqlite import is_set_up, reading

SKEW = timedelta(seconds=2)
"""Up to this the clocks of a host and of the database may differ without a finding."""

LONG = timedelta(days=1)
"""A destination that is paused, drained, full or open, or a queue that is stopped, for longer than this is reported."""

BUSY = timedelta(seconds=1)
"""A shorter busy timeout of SQLite is reported."""

_LATE = timedelta(minutes=5)
_OLDEST = 100


class Actor(StrEnum):
    """Who has to act on a finding."""

    ADMINISTRATOR = "administrator"
    """Who runs the hosts and the database."""

    OPERATOR = "operator"
    """Who watches the queue and decides about messages and destinations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        code: Stable, for programs and translations.
        what: A sentence for people, in English.
        since: Since when, where that is known.
        who: Who has to act.
        facts: The figures and names in the sentence, for translations.
    """

    code: str
    what: str
    who: Actor
    since: datetime | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


def inspect(
    engine: Engine, policies: Policies, *, clock: Callable[[], datetime], sealing: Sealing = PLAIN
) -> list[Finding]:
    """Look for everything that is known to go wrong; writes nothing.

    Args:
        engine: Where the outbox lives.
        policies: Of all destinations that are served, by whichever worker; freshness and leases are measured by them.
        clock: This host's clock, read while the database is asked for its own.
        sealing: The ring of keys with which payloads are sealed now.

    Returns:
        The findings: first those about the database, then those about lanes, destinations and messages. Empty when all
        is well. Of a database at another revision nothing else is said.
    """
    try:
        check(engine)
    except SchemaMismatchError as error:
        facts = {"found": error.found or "none", "expected": error.expected}
        return [Finding(code="schema_revision", what=str(error), who=Actor.ADMINISTRATOR, facts=facts)]
    with reading(engine).connect() as connection:
        postgres = connection.dialect.name == "postgresql"
        now = clock()
        return [
            *(_postgres(connection, clock) if postgres else _sqlite(connection)),
            *_stopped(connection, now),
            *_destinations(connection, now),
            *_blocked(connection),
            *_stale(connection, policies, now),
            *_unserved(connection, policies, now),
            *_unanswered(connection, now),
            *_abandoned(connection, policies, now),
            *_sealed_before(connection, sealing),
        ]


def _sqlite(connection: Connection) -> Iterator[Finding]:
    """Check what SQLite can be set to per connection and file."""
    if not is_set_up(connection):
        effect = 'a transaction can fail half-way with "database is locked"'
        yield _setting("sqlite_transactions", "transactions", "deferred", effect, "immediate (configure_sqlite)")
    journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()).lower()
    if journal != "wal":
        yield _setting("sqlite_journal_mode", "journal_mode", journal, "readers and writers block each other", "wal")
    synchronous = int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    if synchronous < 2:  # noqa: PLR2004 -- FULL in SQLite's count
        yield _setting("sqlite_synchronous", "synchronous", str(synchronous), _LOSES, "full")
    busy = int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())
    if busy < BUSY / timedelta(milliseconds=1):
        yield _setting("sqlite_busy_timeout", "busy_timeout", str(busy), "a short wait ends in an error", "10000")


_LOSES = "a power failure can lose what was committed"
_POSTGRES = {
    "fsync": (("off",), "a power failure can destroy the database"),
    "full_page_writes": (("off",), "a power failure can destroy pages of the database"),
    "synchronous_commit": (("off",), _LOSES),
}


def _postgres(connection: Connection, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Check what decides whether PostgreSQL keeps what it has confirmed, and its clock."""
    for name, (bad, effect) in _POSTGRES.items():
        value = str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())
        if value in bad:
            yield _setting(f"postgresql_{name}", name, value, effect, "on")
    before = clock()
    there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    after = clock()
    # Somewhere between the two the database looked at its clock.
    skew = max(before - there, there - after, timedelta(0))
    if skew > SKEW:
        seconds = round(skew.total_seconds())
        yield Finding(
            code="clock_skew",
            what=f"the clocks of this host and of the database are {seconds} s apart: leases and times are misjudged",
            who=Actor.ADMINISTRATOR,
            facts={"seconds": seconds},
        )


def _setting(code: str, name: str, value: str, effect: str, better: str) -> Finding:
    return Finding(
        code=code,
        what=f"{name} is {value}: {effect}; set it to {better}",
        who=Actor.ADMINISTRATOR,
        facts={"setting": name, "value": value, "better": better},
    )


def _stopped(connection: Connection, now: datetime) -> Iterator[Finding]:
    switch = tables.switch
    for row in connection.execute(
        select(switch).where(switch.c.name == tables.GLOBAL_STOP, switch.c.set_at <= now - LONG)
    ):
        yield Finding(
            code="stopped",
            what=f"everything is stopped by {row.set_by}: {row.reason}",
            who=Actor.OPERATOR,
            since=row.set_at,
            facts={"by": row.set_by, "reason": row.reason},
        )


def _destinations(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Report destinations that have been out of service for long."""
    table = tables.destination
    for row in connection.execute(select(table).order_by(table.c.name)):
        name = {"destination": row.name}
        if _is_long(row.paused_at, now):
            yield Finding(
                code="destination_paused",
                what=f"destination {row.name!r} is paused by {row.paused_by}: {row.paused_reason}",
                who=Actor.OPERATOR,
                since=row.paused_at,
                facts={**name, "by": row.paused_by, "reason": row.paused_reason},
            )
        if _is_long(row.drained_at, now):
            yield Finding(
                code="destination_drained",
                what=f"destination {row.name!r} takes nothing in, by {row.drained_by}: {row.drained_reason}",
                who=Actor.OPERATOR,
                since=row.drained_at,
                facts={**name, "by": row.drained_by, "reason": row.drained_reason},
            )
        if _is_long(row.full_at, now):
            yield Finding(
                code="destination_full",
                what=f"destination {row.name!r} takes nothing in: its backlog is full",
                who=Actor.OPERATOR,
                since=row.full_at,
                facts=name,
            )
        # A breaker that probes in vain goes to and fro; away_since stays.
        if row.breaker is not BreakerState.CLOSED and row.paused_at is None and _is_long(row.away_since, now):
            yield Finding(
                code="destination_away",
                what=f"destination {row.name!r} is away: its breaker has opened {row.breaker_trips} times",
                who=Actor.OPERATOR,
                since=row.away_since,
                facts={**name, "trips": row.breaker_trips},
            )


def _blocked(connection: Connection) -> Iterator[Finding]:
    """Report lanes that wait for a person, by destination and reason, with the age of the oldest head."""
    lane, message = tables.lane, tables.message
    rows = connection.execute(
        select(
            lane.c.destination,
            lane.c.blocked_reason,
            func.count().label("lanes"),
            func.min(message.c.created_at, type_=message.c.created_at.type).label("oldest"),
        )
        .join_from(lane, message, message.c.seq == lane.c.head)
        .where(lane.c.blocked_reason.is_not(None), message.c.state != State.SENT)
        .group_by(lane.c.destination, lane.c.blocked_reason)
        .order_by(lane.c.destination, lane.c.blocked_reason)
    )
    for row in rows:
        yield Finding(
            code="lanes_blocked",
            what=f"{row.lanes} lanes of destination {row.destination!r} are blocked: {row.blocked_reason}",
            who=Actor.OPERATOR,
            since=row.oldest,
            facts={"destination": row.destination, "reason": row.blocked_reason, "lanes": row.lanes},
        )


def _stale(connection: Connection, policies: Policies, now: datetime) -> Iterator[Finding]:
    """Report destinations whose oldest unfinished message is older than agreed; before its due time it has no age."""
    agreed = {name: policy.freshness for name, policy in policies.items() if policy.freshness is not None}
    if not agreed:
        return
    lane, message = tables.lane, tables.message
    begun = case((message.c.due_at > message.c.created_at, message.c.due_at), else_=message.c.created_at)
    rows = connection.execute(
        select(lane.c.destination, func.min(begun, type_=message.c.created_at.type).label("oldest"))
        .join_from(lane, message, message.c.seq == lane.c.head)
        .where(lane.c.destination.in_(sorted(agreed)), message.c.state != State.SENT)
        .group_by(lane.c.destination)
        .order_by(lane.c.destination)
    )
    for row in rows:
        limit = agreed[row.destination]
        if now - row.oldest > limit:
            yield Finding(
                code="not_fresh",
                what=f"the oldest message to {row.destination!r} is older than the {limit} agreed",
                who=Actor.OPERATOR,
                since=row.oldest + limit,
                facts={"destination": row.destination, "agreed_seconds": int(limit.total_seconds())},
            )


def _unserved(connection: Connection, policies: Policies, now: datetime) -> Iterator[Finding]:
    """Report destinations for which messages are due and which nobody serves: their name is misspelt or was dropped."""
    lane = tables.lane
    rows = connection.execute(
        select(
            lane.c.destination,
            func.count().label("lanes"),
            func.min(lane.c.wake_at, type_=lane.c.wake_at.type).label("oldest"),
        )
        .where(lane.c.wake_at < now - _LATE, lane.c.destination.not_in(sorted(policies)))
        .group_by(lane.c.destination)
        .order_by(lane.c.destination)
    )
    for row in rows:
        yield Finding(
            code="destination_unserved",
            what=f"{row.lanes} lanes of destination {row.destination!r} are due, and no worker has a handler for it",
            who=Actor.ADMINISTRATOR,
            since=row.oldest,
            facts={"destination": row.destination, "lanes": row.lanes},
        )


def _unanswered(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Report business answers that are overdue and that no worker has noticed: any worker would, within seconds."""
    message = tables.message
    rows = connection.execute(
        select(
            message.c.destination,
            func.count().label("messages"),
            func.min(message.c.answer_due_at, type_=message.c.answer_due_at.type).label("oldest"),
        )
        .where(message.c.answer_due_at < now - _LATE, message.c.state == State.SENT)
        .group_by(message.c.destination)
        .order_by(message.c.destination)
    )
    for row in rows:
        yield Finding(
            code="answers_overdue",
            what=f"{row.messages} answers of destination {row.destination!r} are overdue and no worker has noticed",
            who=Actor.ADMINISTRATOR,
            since=row.oldest,
            facts={"destination": row.destination, "messages": row.messages},
        )


def _abandoned(connection: Connection, policies: Policies, now: datetime) -> Iterator[Finding]:
    """Report leases that ended long ago: a living worker that serves the destination takes them back at once."""
    lane = tables.lane
    rows = connection.execute(
        select(
            lane.c.destination,
            func.count().label("lanes"),
            func.min(lane.c.lease_until, type_=lane.c.lease_until.type).label("oldest"),
        )
        .where(lane.c.lease_until < now)
        .group_by(lane.c.destination)
        .order_by(lane.c.destination)
    )
    for row in rows:
        if now - row.oldest <= (policies[row.destination].lease if row.destination in policies else _LATE):
            continue
        yield Finding(
            code="leases_abandoned",
            what=f"{row.lanes} lanes of destination {row.destination!r} are leased past their time: no worker is alive",
            who=Actor.ADMINISTRATOR,
            since=row.oldest,
            facts={"destination": row.destination, "lanes": row.lanes},
        )


def _sealed_before(connection: Connection, sealing: Sealing) -> Iterator[Finding]:
    """Look at the oldest payloads: new ones are sealed under the current key, so others are found there first."""
    payload, message = tables.payload, tables.message
    rows = connection.execute(
        select(payload.c.bytes, message.c.id)
        .join_from(payload, message, message.c.seq == payload.c.message)
        .order_by(payload.c.message)
        .limit(_OLDEST)
        .execution_options(yield_per=1)
    )
    outdated, unreadable, plain = _sort_payloads(rows, sealing)
    if plain:
        yield Finding(
            code="payloads_plain",
            what=f"of the oldest {_OLDEST} payloads {plain} are stored as they are and not sent: the ring takes only "
            "what is sealed. If they date from before there was a key, reseal them with its accepting_plain(); if not, "
            "somebody without a key has written to the database",
            who=Actor.ADMINISTRATOR,
            facts={"payloads": plain},
        )
    if outdated:
        yield Finding(
            code="payloads_under_old_key",
            what=f"of the oldest {_OLDEST} payloads {outdated} are not sealed under the current key: reseal them",
            who=Actor.ADMINISTRATOR,
            facts={"payloads": outdated},
        )
    if unreadable:
        yield Finding(
            code="payloads_unreadable",
            what=f"payloads cannot be opened, their key is missing or they are damaged: {', '.join(unreadable)}",
            who=Actor.ADMINISTRATOR,
            facts={"messages": ", ".join(unreadable)},
        )


def _sort_payloads(rows: Iterable[AnyRow], sealing: Sealing) -> tuple[int, Sequence[str], int]:
    """Count the payloads under another key, name those that cannot be opened, and count those refused as plain."""
    outdated, plain, unreadable = 0, 0, []
    for row in rows:
        try:
            outdated += sealing.resealed(bytes(row.bytes), row.id) is not None
        except PlainPayloadError:
            plain += 1
        except UnreadablePayloadError:
            unreadable.append(row.id)
    return outdated, unreadable, plain


def _is_long(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= LONG
