"""Reconciling: what happened with a destination on each day, to be compared with what the recipient has counted.

A day's figures are those of a ledger: every event belongs to the day on which it happened, so that yesterday's figures
are the same tomorrow. Two things change them afterwards: retention removes what they are made of, and a message that
is given up for want of an answer counts on the day on which it left its lane.

What was handed over has a hash besides. It is SHA-256 over the day's lines, each

    key NUL digest NUL word LF

in UTF-8, sorted by the bytes of key, digest and word, without repetitions. The key is the idempotency key of the
message or, where it has none, its id; the digest is the SHA-256 of the exact bytes that were sent, in hexadecimal; the
word is ``received`` when the destination got it, and ``accepted`` or ``rejected`` when it answered later. A recipient
who computes the same over what it has received and answered on that day gets the same hash, or else finds the
difference by comparing the lines (``ledger``). An event close to midnight can lie on different days for the two sides,
and so can one whose receipt was lost on the way: the sender knows of it only when it has tried again.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from outbox import tables
from outbox.message import AttemptOutcome, BusinessVerdict, State
from outbox.rows import AnyRow

RECEIVED = "received"
"""The word of a ledger line for what the destination got; the other two are those of ``BusinessVerdict``."""

_TAKEN = (AttemptOutcome.DELIVERED, AttemptOutcome.SENT)
_PAGE = 1000


class Line(NamedTuple):
    """One event between the queue and a recipient, as both can know it; see the module's text."""

    key: str
    digest: bytes
    word: str

    def canonical(self) -> bytes:
        """Return the bytes that are hashed."""
        return f"{self.key}\0{self.digest.hex()}\0{self.word}\n".encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class DayTally:
    """One day of a destination.

    Attributes:
        day: In the zone that was asked for.
        produced: Enqueued that day.
        delivered: Taken by the destination that day for good, each message counted once.
        sent: Taken by the destination that day with the business answer to come, likewise.
        accepted: Accepted by a later answer that came that day.
        rejected: Rejected by a later answer that came that day.
        dead: Given up that day without an answer: refused, used up, expired or skipped, and out of its lane.
        superseded: Replaced that day by a newer state before it was sent.
        outstanding: At the end of the day neither delivered nor answered nor given up nor superseded.
        lines: How many lines the hash is over.
        hash: SHA-256 over the day's lines in hexadecimal; see the module's text.
    """

    day: date
    produced: int
    delivered: int
    sent: int
    accepted: int
    rejected: int
    dead: int
    superseded: int
    outstanding: int
    lines: int
    hash: str

    def row(self) -> dict[str, str | int]:
        """Return the figures by name, the day in ISO 8601: for a line of CSV or an object of JSON."""
        return {**asdict(self), "day": self.day.isoformat()}


def tally(connection: Connection, *, destination: str, since: date, until: date, zone: tzinfo = UTC) -> list[DayTally]:
    """Count what happened with a destination, day by day.

    Reads the messages that were unfinished at the beginning or have come since, so that a recent span is cheap however
    long the history is.

    Args:
        connection: Any transaction that does not write; use ``reading(engine)``.
        destination: Whose figures.
        since: The first day.
        until: The day after the last.
        zone: Where a day begins and ends.
    """
    days = [since + timedelta(days=number) for number in range((until - since).days)]
    if not days:
        return []
    midnights = [_midnight(day, zone) for day in [*days, until]]
    counts = _count(_lives(connection, destination, midnights[0]), midnights)
    return [
        _day(day, produced_and_left, _events(connection, destination, *span))
        for day, produced_and_left, span in zip(days, counts, pairwise(midnights), strict=True)
    ]


def ledger(connection: Connection, *, destination: str, day: date, zone: tzinfo = UTC) -> Iterator[Line]:
    """Yield the lines over which a day's hash is made, in their order: to find where two hashes differ."""
    span = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    return (line for line, _ in _events(connection, destination, *span))


def ledger_hash(lines: Iterable[Line]) -> str:
    """Return the hash over lines in any order, as a recipient computes it over its own."""
    digest = sha256()
    for line in sorted(set(lines), key=lambda line: (line.key.encode(), line.digest, line.word)):
        digest.update(line.canonical())
    return digest.hexdigest()


class _Life(NamedTuple):
    """When a message came, when it was over, and how."""

    created_at: datetime
    over_at: datetime | None
    end: str | None


class _Count(NamedTuple):
    produced: int
    dead: int
    superseded: int
    outstanding: int


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _lives(connection: Connection, destination: str, since: datetime) -> Iterator[_Life]:
    """Yield every message that was unfinished or unanswered at a time, or has come since."""
    message = tables.message
    before = message.c.finished_at < since
    answered = select(tables.answer.c.message).where(
        tables.answer.c.at >= since, tables.answer.c.message.is_not(None), tables.answer.c.destination == destination
    )
    # One query for each index; together every message once.
    conditions: Sequence[ColumnElement[bool]] = (
        message.c.finished_at.is_(None),
        message.c.finished_at >= since,
        and_(before, message.c.answer_due_at.is_not(None)),
        and_(before, message.c.answer_due_at.is_(None), message.c.seq.in_(answered)),
    )
    given_up = message.c.answered_at.is_(None)
    end = case(
        (and_(message.c.state == State.DEAD, given_up), literal_column("'dead'")),
        (message.c.state == State.SUPERSEDED, literal_column("'superseded'")),
    )
    for condition in conditions:
        query = (
            select(
                message.c.created_at,
                message.c.finished_at,
                message.c.answer_due_at,
                message.c.answered_at,
                end.label("end"),
            )
            .where(message.c.destination == destination, condition)
            .execution_options(yield_per=_PAGE)
        )
        with connection.execute(query) as rows:
            for row in rows:
                yield _Life(row.created_at, _over_at(row), row.end)


def _over_at(row: AnyRow) -> datetime | None:
    """Return when nothing more was expected of a message, neither an attempt nor an answer."""
    if row.finished_at is None or row.answer_due_at is not None:
        return None
    left: datetime = row.finished_at
    return left if row.answered_at is None else max(left, row.answered_at)


def _count(lives: Iterable[_Life], midnights: Sequence[datetime]) -> list[_Count]:
    """Sort lives into days: pure."""
    number = len(midnights) - 1
    produced: Counter[int] = Counter()
    ends: Counter[tuple[int, str | None]] = Counter()
    changes: Counter[int] = Counter()
    for life in lives:
        came = bisect_right(midnights, life.created_at) - 1
        went = number if life.over_at is None else bisect_right(midnights, life.over_at) - 1
        produced[came] += 1
        ends[went, life.end] += 1
        # Clocks of different hosts: it is not outstanding before it came, even where it was over earlier.
        changes[max(came, 0)] += 1
        changes[max(came, went, 0)] -= 1
    outstanding = accumulate(changes[day] for day in range(number))
    return [
        _Count(produced[day], ends[day, "dead"], ends[day, "superseded"], left) for day, left in enumerate(outstanding)
    ]


def _events(
    connection: Connection, destination: str, begin: datetime, end: datetime
) -> Iterator[tuple[Line, AttemptOutcome | None]]:
    """Yield the ledger lines of a span in their order, each once, with the attempt's outcome where it was one."""
    attempt, answer, message = tables.attempt, tables.answer, tables.message
    key = func.coalesce(message.c.idempotency_key, message.c.id).label("key")
    taken = (
        select(key, message.c.digest, literal_column(f"'{RECEIVED}'").label("word"), attempt.c.outcome)
        .join_from(attempt, message, message.c.seq == attempt.c.message)
        .where(attempt.c.finished_at >= begin, attempt.c.finished_at < end, attempt.c.outcome.in_(_TAKEN))
    )
    answered = (
        select(key, message.c.digest, cast(answer.c.verdict, String).label("word"), null().label("outcome"))
        .join_from(answer, message, message.c.seq == answer.c.message)
        .where(answer.c.at >= begin, answer.c.at < end, answer.c.message.is_not(None))
    )
    both = union_all(
        taken.where(message.c.destination == destination), answered.where(message.c.destination == destination)
    ).subquery()
    query = (
        select(both).order_by(both.c.key, both.c.digest, both.c.word, both.c.outcome).execution_options(yield_per=_PAGE)
    )
    last = None
    with connection.execute(query) as rows:
        for row in rows:
            line = Line(row.key, bytes(row.digest), row.word)
            if line != last:
                yield line, row.outcome
            last = line


def _day(day: date, counts: _Count, events: Iterable[tuple[Line, AttemptOutcome | None]]) -> DayTally:
    digest = sha256()
    numbers: Counter[str] = Counter()
    for line, outcome in events:
        digest.update(line.canonical())
        numbers[line.word if outcome is None else outcome.value] += 1
    return DayTally(
        day=day,
        produced=counts.produced,
        delivered=numbers[AttemptOutcome.DELIVERED],
        sent=numbers[AttemptOutcome.SENT],
        accepted=numbers[BusinessVerdict.ACCEPTED],
        rejected=numbers[BusinessVerdict.REJECTED],
        dead=counts.dead,
        superseded=counts.superseded,
        outstanding=counts.outstanding,
        lines=numbers.total(),
        hash=digest.hexdigest(),
    )
