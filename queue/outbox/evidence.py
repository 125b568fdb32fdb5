"""The hook for a chain of evidence: every attempt in an order that does not change, and the hash that links them.

The chain itself is the caller's: it keeps the last hash, signs or time-stamps it once a day and stores the rows beside
it. The rows have to be stored: the tables are no archive, retention removes attempts, and the receipt of a message is
the last one that it got.

    rows = list(evidence(connection, destination="authority", after=last, until=now - LAG))
    root = chain(rows, previous=root)
    last = rows[-1].position
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, literal, select, tuple_

from outbox import tables
from outbox.message import AttemptOutcome, MessageId

GENESIS = bytes(32)
"""What a chain begins with."""

_ACCEPTED = frozenset({AttemptOutcome.DELIVERED, AttemptOutcome.SENT})
_PAGE = 1000


class Position(NamedTuple):
    """A place in the order of attempts: when it ended, of which message, which number."""

    finished_at: datetime
    seq: int
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceRow:
    """What can be proved of one attempt.

    Attributes:
        seq: Number of the message.
        number: Number of the attempt, from 1 over the life of the message.
        message: Id of the message.
        digest: SHA-256 of the bytes that were sent, in hexadecimal.
        status: The destination's status code, where its protocol has one.
        receipt: What the destination gave as proof, with an attempt that it took.
    """

    seq: int
    number: int
    message: MessageId
    digest: str
    started_at: datetime
    finished_at: datetime
    outcome: AttemptOutcome
    status: int | None
    receipt: str | None = field(repr=False)

    @property
    def position(self) -> Position:
        """Where the next call begins."""
        return Position(self.finished_at, self.seq, self.number)

    def canonical(self) -> bytes:
        """Return the bytes that are hashed: a JSON array (RFC 8259) in UTF-8 without white space.

        Its elements are message id, attempt number, digest, start and end in UTC (ISO 8601 with microseconds and
        ``+00:00``), outcome, status or null, receipt or null. Nothing but what JSON demands is escaped.
        """
        values = [
            self.message,
            self.number,
            self.digest,
            self.started_at.isoformat(timespec="microseconds"),
            self.finished_at.isoformat(timespec="microseconds"),
            self.outcome.value,
            self.status,
            self.receipt,
        ]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def evidence(
    connection: Connection, *, destination: str, until: datetime, after: Position | None = None
) -> Iterator[EvidenceRow]:
    """Yield the attempts at a destination in the order of their ends, lost ones among them.

    Attempts with one end come in the order of their messages and numbers. The order is final for what ended before
    ``until`` as long as nothing with an earlier end can still be written. A worker notes the end when its handler
    returns and writes it down with its next batch, at the latest when its lease runs out: so ``until`` has to lag
    behind the present by more than the longest lease of any policy, the greatest difference between the clocks of the
    hosts, and the longest that the database may be away. An hour is on the safe side with the policies that come with
    the library.

    Args:
        connection: A transaction; rows are read from it as they are consumed.
        destination: Whose.
        until: Only what ended before.
        after: Only what comes after this position; None for all.
    """
    attempt, message = tables.attempt, tables.message
    query = (
        select(
            attempt.c.message,
            attempt.c.number,
            attempt.c.started_at,
            attempt.c.finished_at,
            attempt.c.outcome,
            attempt.c.status,
            message.c.id,
            message.c.digest,
            message.c.receipt,
        )
        .join_from(attempt, message, message.c.seq == attempt.c.message)
        .where(message.c.destination == destination, attempt.c.finished_at < until)
        .order_by(attempt.c.finished_at, attempt.c.message, attempt.c.number)
        .execution_options(yield_per=_PAGE)
    )
    if after is not None:
        place = tuple_(attempt.c.finished_at, attempt.c.message, attempt.c.number)
        then = literal(after.finished_at, attempt.c.finished_at.type)
        # The first condition says nothing new: it is for the index.
        query = query.where(attempt.c.finished_at >= then, place > tuple_(then, after.seq, after.number))
    with connection.execute(query) as rows:
        for row in rows:
            yield EvidenceRow(
                seq=row.message,
                number=row.number,
                message=MessageId(row.id),
                digest=row.digest.hex(),
                started_at=row.started_at,
                finished_at=row.finished_at,
                outcome=row.outcome,
                status=row.status,
                receipt=row.receipt if row.outcome in _ACCEPTED else None,
            )


def chain(rows: Iterable[EvidenceRow], previous: bytes = GENESIS) -> bytes:
    """Return the chain's new end: for each row in turn, SHA-256 of the end so far (32 bytes) and the row's bytes.

    Of no rows it is ``previous``. Whoever has the rows and one end can compute the other; a row that was changed,
    left out, added or moved gives another end.
    """
    end = previous
    for row in rows:
        end = sha256(end + row.canonical()).digest()
    return end
