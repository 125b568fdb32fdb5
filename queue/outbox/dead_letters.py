"""Dead letters: dead messages that nobody has decided about yet. Grouped by cause, explained, and dealt with in bulk.

A dead letter is unfinished, so it either holds its lane or, where it had left its lane before it died (a business
rejection after the followers went, see ``answers.py``), lies in a lane of its own. What a person gave up, and what its
kind's policy lets go of by itself, is history and no dead letter.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from outbox import tables
from outbox.decisions import record
from outbox.grasp import ANEW, among, change, grasp, stuck
from outbox.message import Entry, MessageId, State
from outbox.operations import given_up
from outbox.rows import AnyRow

BATCH = 500
"""How many messages one call of a bulk operation deals with, unless told otherwise."""

MAX_PATTERN = 300
"""A reason is cut off here, in characters, once its variable parts are folded away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letters:
    """Which dead letters; what is not given does not matter.

    Attributes:
        owner: Only this owner's.
        destination: Only this destination's.
        kind: Only of this kind.
        code: Only with this error code.
        pattern: Only with a reason that ``fold`` turns into this.
        states: Dead ones, held ones, or both.

    Raises:
        ValueError: Other states are asked for, or none.
    """

    owner: str | None = None
    destination: str | None = None
    kind: str | None = None
    code: str | None = None
    pattern: str | None = None
    states: frozenset[State] = frozenset({State.DEAD})

    def __post_init__(self) -> None:
        """Refuse what would be another list of messages."""
        if not self.states or not self.states <= {State.DEAD, State.HELD}:
            raise ValueError("letters are dead or held messages")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Dead letters that died of the same.

    Attributes:
        code: The error code they share.
        pattern: Their reason, its variable parts folded away.
        count: How many they are.
        lanes: How many lanes they hold up.
        followers: How many messages wait behind them.
        first: When the first of them died; for one that was never attempted, when it was enqueued.
        last: When the last of them died.
        sample: The youngest of them, to look at.
        advice: What the code means and who has to do what, where the caller has explained it.
    """

    destination: str
    kind: str
    code: str
    pattern: str = field(repr=False)
    count: int
    lanes: int
    followers: int
    first: datetime
    last: datetime
    sample: MessageId
    advice: str | None

    @property
    def letters(self) -> Letters:
        """The filter that finds these letters again, of all owners."""
        return Letters(destination=self.destination, kind=self.kind, code=self.code, pattern=self.pattern)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What one call of a bulk operation did.

    Attributes:
        done: The messages that it was done to.
        after: Hand this to the next call to go on; None when there are no more.
    """

    done: Sequence[MessageId]
    after: int | None


_VARIABLE = re.compile(
    r"""
      (?P<quoted> «[^»]*» | “[^”]*” | "[^"]*" | `[^`]*` | (?<!\w)'[^']*'(?!\w) )
    | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b          # a UUID
    | \b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b     # a hexadecimal id or digest
    | \d+(?:[.,:\-/]\d+)*                                      # a number, a time, a version, a document's number
    """,
    re.VERBOSE | re.IGNORECASE,
)


_ALIKE = ("destination", "kind", "error_code", "error_reason")


def fold(reason: str) -> str:
    """Replace what differs between two failures of the same cause: quoted texts by ``…``, ids and numbers by ``#``."""
    # Cut before and after: a quote that is never closed would be looked for to the end of however long a text.
    folded = _VARIABLE.sub(lambda found: "…" if found["quoted"] else "#", reason[: 10 * MAX_PATTERN])
    return " ".join(folded.split())[:MAX_PATTERN]


def causes(
    connection: Connection,
    *,
    owner: str | None = None,
    destination: str | None = None,
    explain: Mapping[str, str] | None = None,
) -> list[Cause]:
    """Group the dead letters by destination, kind, error code and folded reason, the most frequent cause first.

    Args:
        connection: Any transaction.
        owner: Only this owner's.
        destination: Only this destination's.
        explain: What an error code means to those who have to act, by code.
    """
    meanings = explain or {}
    grouped: dict[tuple[str, str, str, str], list[AnyRow]] = defaultdict(list)
    for row in _reasons(connection, Letters(owner=owner, destination=destination)):
        code = row.error_code or ""
        grouped[row.destination, row.kind, code, fold(row.error_reason or "")].append(row)
    samples = _ids(connection, [max(row.youngest for row in rows) for rows in grouped.values()])
    found = [
        Cause(
            destination=place[0],
            kind=place[1],
            code=place[2],
            pattern=place[3],
            count=sum(row.number for row in rows),
            lanes=sum(row.lanes for row in rows),
            followers=sum(int(row.followers) for row in rows),  # PostgreSQL adds up to a Decimal
            first=min(row.first_died for row in rows),
            last=max(row.last_died for row in rows),
            sample=samples[max(row.youngest for row in rows)],
            advice=meanings.get(place[2]),
        )
        for place, rows in grouped.items()
    ]
    return sorted(found, key=lambda cause: (-cause.count, cause.destination, cause.kind, cause.code, cause.pattern))


def retry_all(
    connection: Connection, which: Letters, *, by: str, reason: str, now: datetime, after: int = 0, limit: int = BATCH
) -> Progress:
    """Try dead letters again with a fresh retry budget, oldest first; held ones are released.

    One call is one bounded piece of work: commit, and call again with ``Progress.after`` until that is None. A letter
    that dies again meanwhile is not tried twice by such a row of calls.

    Args:
        connection: A transaction of its own.
        which: Which letters.
        by: Who has decided.
        reason: Why; kept with each message.
        now: The present.
        after: Where the call before this one ended.
        limit: At most so many messages.
    """
    seqs = seek(connection, which, after=after, limit=limit)
    found = take(connection, seqs, which)
    change(connection, found, ANEW)
    _record(connection, "retry", found, by=by, reason=reason, now=now)
    return _progress(found, seqs, limit)


def skip_all(
    connection: Connection, which: Letters, *, by: str, reason: str, now: datetime, after: int = 0, limit: int = BATCH
) -> Progress:
    """Give dead letters up for good, oldest first; their followers may go. Bounded as ``retry_all`` is."""
    seqs = seek(connection, which, after=after, limit=limit)
    found = take(connection, seqs, which)
    change(connection, found, given_up(now))
    _record(connection, "skip", found, by=by, reason=reason, now=now)
    return _progress(found, seqs, limit)


def seek(connection: Connection, which: Letters, *, after: int = 0, limit: int) -> list[int]:
    """Return the numbers of the first letters after one, in the order of enqueueing, without taking them in hand.

    Fewer than ``limit`` are all that there are.
    """
    message = tables.message
    given = {"owner": which.owner, "destination": which.destination, "kind": which.kind, "error_code": which.code}
    exact = [message.c[name] == value for name, value in given.items() if value is not None]
    query = (
        select(message.c.seq, message.c.error_reason)
        .where(*stuck(*sorted(which.states)), *exact)
        .order_by(message.c.seq)
        .limit(limit if which.pattern is None else max(limit, BATCH))
    )
    found: list[int] = []
    while len(found) < limit:
        rows = connection.execute(query.where(message.c.seq > after)).all()
        if not rows:
            break
        found += [row.seq for row in rows if which.pattern in {None, fold(row.error_reason or "")}]
        after = rows[-1].seq
    return found[:limit]


def take(connection: Connection, seqs: Sequence[int], which: Letters) -> list[Entry]:
    """Take letters in hand; those that somebody has decided about since they were found are left out."""
    return [entry for entry in grasp(connection, seqs) if entry.state in which.states and entry.finished_at is None]


def _reasons(connection: Connection, which: Letters) -> Sequence[AnyRow]:
    """Count the dead letters by what they have word for word in common."""
    message, behind, attempt = tables.message, tables.message.alias("behind"), tables.attempt
    followers = (
        select(func.count())
        .where(behind.c.lane == message.c.lane, behind.c.finished_at.is_(None), behind.c.seq > message.c.seq)
        .correlate(message)
        .scalar_subquery()
    )
    tried = (
        select(func.max(attempt.c.finished_at, type_=attempt.c.finished_at.type))
        .where(attempt.c.message == message.c.seq)
        .correlate(message)
        .scalar_subquery()
    )
    given = {"owner": which.owner, "destination": which.destination}
    each = (
        select(
            *(message.c[name] for name in (*_ALIKE, "seq", "lane")),
            followers.label("followers"),
            func.coalesce(tried, message.c.created_at, type_=message.c.created_at.type).label("died"),
        )
        .where(*stuck(State.DEAD), *(message.c[name] == value for name, value in given.items() if value is not None))
        .subquery()
    )
    alike = [each.c[name] for name in _ALIKE]
    return connection.execute(
        select(
            *alike,
            func.count().label("number"),
            func.count(each.c.lane.distinct()).label("lanes"),
            func.sum(each.c.followers).label("followers"),
            func.min(each.c.died, type_=each.c.died.type).label("first_died"),
            func.max(each.c.died, type_=each.c.died.type).label("last_died"),
            func.max(each.c.seq).label("youngest"),
        ).group_by(*alike)
    ).all()


def _ids(connection: Connection, seqs: Sequence[int]) -> dict[int, MessageId]:
    message = tables.message
    found = connection.execute(select(message.c.seq, message.c.id).where(among(connection, message.c.seq, seqs)))
    return {row.seq: MessageId(row.id) for row in found}


def _record(
    connection: Connection, verb: str, entries: Sequence[Entry], *, by: str, reason: str, now: datetime
) -> None:
    """Write the decision down for every message, with its destination."""
    owned: dict[str, list[MessageId]] = defaultdict(list)
    for entry in entries:
        owned[entry.destination].append(entry.id)
    for destination, ids in owned.items():
        record(connection, verb, by=by, reason=reason, now=now, destination=destination, message_ids=ids)


def _progress(done: Sequence[Entry], seqs: Sequence[int], limit: int) -> Progress:
    return Progress(done=[entry.id for entry in done], after=seqs[-1] if len(seqs) == limit else None)
