"""Claiming: a worker takes what may go now, and nobody else can take it until the lease ends.

A lease belongs to a lane and carries a fencing number that grows with every claim of the lane. It covers a run of the
lane's first messages; of them only the lane's row is written. The attempt that a claim may be the beginning of is
durable all the same: it is the lease, and a lease that is found lost becomes a lost attempt of the lane's head.
"""

# ruff: noqa: S608 -- statements are put together from words of the library's own; values are always parameters

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, itemgetter
from random import random as by_chance
from typing import NamedTuple

from sqlalchemy import Column, Connection, bindparam, select, text

from outbox import destinations, rows, tables
from outbox.bulk import AMONG, LISTED, bulk_update, listed
from outbox.destination_rows import hold_free
from outbox.destinations import SYSTEM, Grant, Transition
from outbox.errors import LockedPayloadError, UnreadablePayloadError
from outbox.lane import follow
from outbox.message import Entry, Failure, Message, Priority, State
from outbox.opening import Doubts
from outbox.policy import DeadHead, Policies, Policy
from outbox.sealing import PLAIN, Sealing

CLAIM_BYTES = 64 * 2**20
"""A claim stops before it has more bytes of payload than this, but not before its first message."""

_ROUNDS = 3
_EXPIRED = Failure(code="expired", reason="its time was over before it could be sent")
_GONE = Failure(code="payload_gone", reason="its payload was destroyed before it could be sent")
_UNREADABLE = "unreadable_payload"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What one claim brought.

    Attributes:
        messages: Leased to the worker now. Those of one lane follow one another in the order in which they have to be
            delivered; the lane with the most urgent head comes first.
        expired: Found expired, and dead now.
        unsendable: Dead now since there is no payload that could be sent: destroyed (``payload_gone``) or damaged
            (``unreadable_payload``). Each blocks its lane.
        locked: By destination, why this worker's ring opens nothing there: a key is missing. Those messages were left
            as they are; ask for that destination again when the ring is another one, or after a while.
        breakers: Breakers that are half-open now, since these messages are to probe.
    """

    messages: Sequence[Message] = ()
    expired: Sequence[Entry] = ()
    unsendable: Sequence[Entry] = ()
    locked: Mapping[str, LockedPayloadError] = field(default_factory=dict)
    breakers: Sequence[Transition] = ()


class _Waiting(NamedTuple):
    """What is asked of a message before it is claimed; a lookup by name in its row would take five times as long."""

    seq: int
    id: str
    lane: int
    kind: str
    size: int
    state: State
    expires_at: datetime | None
    retry_at: datetime | None
    row: rows.AnyRow


@dataclass(slots=True)
class _Lane:
    """A lane that is held for this claim.

    Attributes:
        wake_at: As the database gives it; good for comparing.
        room: How many of its messages may be claimed.
        run: The messages to be leased, from the head on.
        payloads: What they carry.
        expired: The messages before the run whose time is over.
        unsendable: The head, where it cannot be sent, and why.
    """

    id: int
    destination: str
    priority: int
    wake_at: object
    fence: int
    room: int
    run: Sequence[_Waiting] = ()
    payloads: Sequence[bytes] = ()
    expired: Sequence[_Waiting] = ()
    unsendable: tuple[_Waiting, Failure] | None = None


def claim(
    connection: Connection,
    *,
    policies: Policies,
    worker: str,
    limit: int,
    now: datetime,
    sealing: Sealing = PLAIN,
    random: Callable[[], float] = by_chance,
) -> Claim:
    """Lease up to ``limit`` messages that may go now.

    Of one lane at most ``Policy.run`` messages are taken, and one only while it is not known which of several killed
    their worker. Destinations share the room: each gives as many lanes as the others while it has any that are due,
    its most urgent and longest due ones first. Lanes that another worker is just claiming are passed over; what a
    destination's pause, window, breaker, concurrency or rate forbids is not looked at.

    An expired message is dead, and ``KindPolicy.expired`` says whether its lane goes on. A message whose payload is
    gone or damaged is dead, too, and blocks its lane; nothing else is affected. One whose key this ring does not have
    is not touched: another worker may deliver it.

    Args:
        connection: A transaction of its own, on PostgreSQL at READ COMMITTED; on SQLite begun IMMEDIATE.
        policies: The destinations that this worker serves; nothing else is claimed.
        worker: The worker's name, kept with the lease and its attempts.
        limit: At most so many messages.
        now: The present.
        sealing: Opens the payloads.
        random: Gives a number in [0, 1); decides who is served first where there is not room for every destination.

    Returns:
        The leased messages. Once the transaction is committed they belong to this worker until ``lease_until``.
    """
    granted = destinations.grants(connection, policies, limit=limit, now=now)
    lanes = _hold_due(connection, _turned(granted, random), limit=limit, now=now)
    _read(connection, lanes, policies=policies, now=now)
    locked = _open(connection, lanes, sealing)
    _bury(connection, lanes, policies=policies, now=now)
    claimed = [lane for lane in lanes if lane.run]
    messages = _lease(connection, claimed, policies=policies, worker=worker, now=now)
    used = Counter(message.destination for message in messages)
    return Claim(
        messages=messages,
        expired=_entries(connection, [message.seq for lane in lanes for message in lane.expired]),
        unsendable=_entries(connection, [lane.unsendable[0].seq for lane in lanes if lane.unsendable]),
        locked=locked,
        breakers=destinations.spend(connection, granted, used, policies=policies, now=now),
    )


def _turned(granted: Sequence[Grant], random: Callable[[], float]) -> Sequence[Grant]:
    first = int(random() * len(granted))
    return [*granted[first:], *granted[:first]]


def _hold_due(connection: Connection, granted: Sequence[Grant], *, limit: int, now: datetime) -> list[_Lane]:
    """Take lanes with about as many messages as there is room for, and say how many of each may be claimed.

    How long the runs are is known only when the lanes are held, and a lane held in vain is one that another worker
    does not get. So the first round takes no more lanes than would do if every run were full, and the next ones ask
    for as many more as the runs found so far make necessary. What is held already is found again and left as it is.
    """
    found: dict[int, _Lane] = {}
    going, room, length = granted, limit, max((grant.run for grant in granted), default=1)
    having: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        if not going or room < 1:
            break
        each = -(-room // (length * len(going)))
        asked = [(grant, min(grant.lanes, having[grant.destination] + each)) for grant in going]
        most = room + sum(having[grant.destination] for grant in going)
        found |= {row[0]: _Lane(*row) for row in _due(connection, asked, most, now)}
        having = Counter([lane.destination for lane in found.values()])
        going = [grant for grant, lanes in asked if having[grant.destination] >= lanes and lanes < grant.lanes]
        room = limit - sum([lane.room for lane in found.values()])
        length = max(1, (limit - room) // max(1, len(found)))
    return _shared_out(found.values(), {grant.destination: grant.messages for grant in granted}, limit)


def _shared_out(found: Iterable[_Lane], left: dict[str, int], room: int) -> list[_Lane]:
    """Cut the lanes' rooms to the whole room and to what their destinations have left; sort them by urgency."""
    lanes = []
    for lane in found:
        lane.room = min(max(1, lane.room), left[lane.destination], room)
        if lane.room > 0:
            left[lane.destination] -= lane.room
            room -= lane.room
            lanes.append(lane)
    lanes.sort(key=attrgetter("wake_at", "id"))
    lanes.sort(key=attrgetter("priority"), reverse=True)
    return lanes


def _due(connection: Connection, asked: Sequence[tuple[Grant, int]], most: int, now: datetime) -> Iterable[rows.AnyRow]:
    """Take the first due lanes of each destination, urgent ones first, as many as are asked for but ``most`` in all."""
    if connection.dialect.name == "postgresql":
        parameters = {
            "destinations": [grant.destination for grant, _ in asked],
            "lanes": [lanes for _, lanes in asked],
            "runs": [grant.run for grant, _ in asked],
            "most": most,
            "now": now,
        }
        return connection.execute(_DUE_POSTGRESQL, parameters).all()
    found: list[rows.AnyRow] = []
    for grant, lanes in asked:
        parameters = {
            "destination": grant.destination,
            "lanes": min(lanes, most - len(found)),
            "run": grant.run,
            "now": now,
        }
        found += connection.execute(_DUE_SQLITE, parameters).all()
    return found


def _read(connection: Connection, lanes: Sequence[_Lane], *, policies: Policies, now: datetime) -> None:
    """Find out what may go of each lane that is held. A statement of its own: it must see what came before the lock."""
    if not lanes:
        return
    parameters = {"ids": listed(connection, [lane.id for lane in lanes]), "run": max(lane.room for lane in lanes)}
    waiting: dict[int, list[_Waiting]] = {lane.id: [] for lane in lanes}
    for row in connection.execute(_READ[connection.dialect.name], parameters).all():
        message = _Waiting(*_asked_of(row), row)  # type: ignore[call-arg]
        waiting[message.lane].append(message)
    left = CLAIM_BYTES
    for lane in lanes:
        lane.expired, run = _parted(waiting[lane.id], policies[lane.destination], now)
        del run[lane.room :]
        for place, message in enumerate(run):
            if message.size > left and left < CLAIM_BYTES:
                del run[place:]
                break
            left -= message.size
        lane.run = run


def _parted(waiting: Sequence[_Waiting], policy: Policy, now: datetime) -> tuple[list[_Waiting], list[_Waiting]]:
    """Part the first messages of a lane into those whose time is over and those behind them that may go now."""
    expired: list[_Waiting] = []
    run: list[_Waiting] = []
    for message in waiting:
        if message.state not in _MAY_GO:
            # Also where its time is over: what a person holds is for that person to decide.
            break
        if message.expires_at is not None and message.expires_at <= now:
            if run:
                break
            expired.append(message)
            if policy.kind(message.kind).expired is not DeadHead.SKIP:
                break
        elif message.retry_at is None or message.retry_at <= now:
            run.append(message)
        else:
            break
    return expired, run


def _open(connection: Connection, lanes: Sequence[_Lane], sealing: Sealing) -> dict[str, LockedPayloadError]:
    """Read the payloads; a run ends before the first one that cannot be sent. Say which destinations are locked."""
    seqs = [message.seq for lane in lanes for message in lane.run]
    if not seqs:
        return {}
    found = connection.execute(_PAYLOADS[connection.dialect.name], {"ids": listed(connection, seqs)})
    stored: dict[int, bytes] = dict(tuple(row) for row in found.all())
    closed: list[tuple[_Lane, _Waiting, Failure | UnreadablePayloadError]] = []
    for lane in lanes:
        payloads: list[bytes] = []
        for message in lane.run:
            payload = _opened(stored.pop(message.seq, None), message.id, sealing)
            if not isinstance(payload, bytes):
                if not payloads:
                    closed.append((lane, message, payload))
                break
            payloads.append(payload)
        lane.run, lane.payloads = lane.run[: len(payloads)], payloads
    return _blame(closed, Doubts(connection, sealing))


def _opened(stored: bytes | None, message_id: str, sealing: Sealing) -> bytes | Failure | UnreadablePayloadError:
    if stored is None:
        return _GONE
    try:
        return sealing.open(stored, message_id)
    except UnreadablePayloadError as error:
        return error


def _blame(
    closed: Iterable[tuple[_Lane, _Waiting, Failure | UnreadablePayloadError]], doubts: Doubts
) -> dict[str, LockedPayloadError]:
    """Mark the heads that nobody could send, and say for which destinations it is only this ring that lacks a key."""
    locked: dict[str, LockedPayloadError] = {}
    for lane, message, why in closed:
        if not isinstance(why, UnreadablePayloadError):
            lane.unsendable = (message, why)
        elif fault := doubts.blamed_on_ring(why, message.seq):
            locked.setdefault(lane.destination, fault)
        else:
            lane.unsendable = (message, Failure(code=_UNREADABLE, reason=str(why)))
    return locked


def _bury(connection: Connection, lanes: Sequence[_Lane], *, policies: Policies, now: datetime) -> None:
    """Declare dead what is expired or cannot be sent, and let the lanes follow of which nothing can be leased."""
    dead: list[tuple[int, datetime | None, str, str]] = []
    shut = _shut(connection, lanes, policies)
    for lane in lanes:
        for message in lane.expired:
            fate = policies[lane.destination].kind(message.kind).expired
            dead.append((message.seq, now if fate is DeadHead.SKIP else None, _EXPIRED.code, _EXPIRED.reason))
        if lane.unsendable is not None:
            message, why = lane.unsendable
            dead.append((message.seq, None, why.code, why.reason))
    _BURY.run(connection, dead)
    follow(connection, [lane.id for lane in lanes if not lane.run])
    for name in sorted(shut):
        destinations.pause(connection, name, by=SYSTEM, reason=_EXPIRED.reason, now=now)


def _shut(connection: Connection, lanes: Sequence[_Lane], policies: Policies) -> Collection[str]:
    """Return the destinations that are to be paused for what has expired, held.

    Destinations are taken before lanes. To wait for one now could be to wait for somebody who waits for us; what would
    pause it is left to the next claim.
    """
    pausing = [
        lane
        for lane in lanes
        if lane.expired and policies[lane.destination].kind(lane.expired[-1].kind).expired is DeadHead.BLOCK_DESTINATION
    ]
    held = hold_free(connection, {lane.destination for lane in pausing})
    for lane in pausing:
        if lane.destination not in held:
            lane.expired = lane.expired[:-1]
    return held


def _lease(
    connection: Connection, lanes: Sequence[_Lane], *, policies: Policies, worker: str, now: datetime
) -> list[Message]:
    """Give these lanes, which are held, to the worker."""
    until = {name: now + policies[name].lease for name in {lane.destination for lane in lanes}}
    for end in set(until.values()):
        leases = [(lane.id, lane.run[0].seq, lane.run[-1].seq) for lane in lanes if until[lane.destination] == end]
        _LEASE.run(connection, leases, worker, now, end)
    return [
        rows.message(found.row, payload, worker=worker, since=now, until=until[lane.destination], fence=lane.fence + 1)
        for lane in lanes
        for found, payload in zip(lane.run, lane.payloads, strict=True)
    ]


def _entries(connection: Connection, seqs: Sequence[int]) -> list[Entry]:
    if not seqs:
        return []
    query = select(*rows.ENTRY).select_from(rows.ENTRY_SOURCE).where(tables.message.c.seq.in_(seqs))
    return [rows.entry(row) for row in connection.execute(query).all()]


_asked_of = itemgetter(*(rows.PLACES[name] for name in _Waiting._fields[:-1]))

_MAY_GO = frozenset({State.READY, State.WAITING})

_LEASE = bulk_update(
    tables.lane,
    "id",
    ("head", "lease_through"),
    shared=("lease_owner", "lease_since", "lease_until"),
    also="state = 'leased', wake_at = NULL, blocked_reason = NULL, fence = fence + 1",
)

_BURY = bulk_update(
    tables.message, "seq", ("finished_at", "error_code", "error_reason"), also="state = 'dead', retry_at = NULL"
)


def _urgent_first(destination: str, lanes: str, lock: str = "") -> str:
    """Return the query for a destination's first due lanes, one index range a priority, read only as far as needed."""
    ranges = (
        f"""SELECT * FROM (
            SELECT id, destination, priority, wake_at, fence, head, careful_through FROM outbox_lane
            WHERE destination = {destination} AND priority = {priority:d} AND wake_at <= :now
            ORDER BY wake_at LIMIT {lanes} {lock}
        ) AS level"""
        for priority in sorted(Priority, reverse=True)
    )
    return f"{' UNION ALL '.join(ranges)} LIMIT {lanes}"


_LENGTH = """CASE WHEN due.careful_through >= due.head THEN 1 ELSE (
    SELECT count(*) FROM (
        SELECT 1 FROM outbox_message AS message WHERE message.lane = due.id AND message.finished_at IS NULL LIMIT {run}
    ) AS run
) END AS length"""

_DUE_POSTGRESQL = text(f"""
        SELECT due.id, due.destination, due.priority, due.wake_at, due.fence, {_LENGTH.format(run="asked.run")}
        FROM unnest(CAST(:destinations AS text[]), CAST(:lanes AS integer[]), CAST(:runs AS integer[]))
            AS asked (destination, lanes, run)
        CROSS JOIN LATERAL ({_urgent_first("asked.destination", "asked.lanes", "FOR UPDATE SKIP LOCKED")}) AS due
        LIMIT :most
    """).bindparams(bindparam("now", type_=tables.lane.c.wake_at.type))

_DUE_SQLITE = text(f"""
        SELECT due.id, due.destination, due.priority, due.wake_at, due.fence, {_LENGTH.format(run=":run")}
        FROM ({_urgent_first(":destination", ":lanes")}) AS due
    """).bindparams(bindparam("now", type_=tables.lane.c.wake_at.type))

_names = ", ".join(f"first.{wanted.name}" if isinstance(wanted, Column) else "NULL" for wanted in rows.MESSAGE)
_first = "SELECT {what} FROM outbox_message WHERE lane = listed.id AND finished_at IS NULL ORDER BY seq LIMIT :run"

# SQLite has no LATERAL; its way of saying the same would be slow on PostgreSQL.
_READ = {
    "postgresql": text(
        f"SELECT {_names} FROM {LISTED['postgresql']} CROSS JOIN LATERAL ({_first.format(what='*')}) AS first "
        "ORDER BY first.seq"
    ).columns(*rows.MESSAGE),
    "sqlite": text(
        f"SELECT {_names} FROM {LISTED['sqlite']} CROSS JOIN outbox_message AS first "
        f"WHERE first.seq IN ({_first.format(what='seq')}) ORDER BY first.seq"
    ).columns(*rows.MESSAGE),
}

_PAYLOADS = {
    database: text(f"SELECT message, bytes FROM outbox_payload WHERE message {among}")
    for database, among in AMONG.items()
}
