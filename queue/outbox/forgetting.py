"""Forgetting: destroying at once what is kept about a subject, whatever the retention says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from outbox import tables
from outbox.decisions import record
from outbox.message import MessageId
from outbox.purging import closed, destroy_payloads
from outbox.rows import AnyRow

FORGOTTEN = "forgotten"
"""What stands in place of a reason that ``forget`` has destroyed."""

_CHUNK = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What ``forget`` did.

    Attributes:
        destroyed: Messages that have lost their content.
        unfinished: Messages about the same subject that are not over: a person has to decide about each (skip it, or
            let it go and forget again).
    """

    destroyed: Sequence[MessageId]
    unfinished: Sequence[MessageId]


def forget(connection: Connection, *, subject: str, by: str, reason: str, now: datetime) -> Forgotten:
    """Destroy what is kept about a subject: payloads, answers and reasons of all messages about it that are over.

    What stays is what proves that something was sent: ids, times, size and digest, states, codes, receipts, and the
    pseudonym itself. What producers wrote into ``correlation`` stays, too: it is not meant to carry content. The
    decision is written down with each message. Calling it again destroys what has ended since.

    Args:
        connection: Any transaction.
        subject: As given when the messages were enqueued.
        by: Who decided.
        reason: Why.
        now: When.
    """
    message = tables.message
    about = connection.execute(
        select(message.c.seq, message.c.id, closed().label("closed"))
        .where(message.c.subject == subject)
        .order_by(message.c.seq)
        .with_for_update()
    ).all()
    over = [row for row in about if row.closed]
    for some in _chunks(over):
        seqs = [row.seq for row in some]
        destroy_payloads(connection, seqs, now)
        _destroy_texts(connection, seqs)
        record(connection, "forget", by=by, reason=reason, now=now, message_ids=[row.id for row in some])
    return Forgotten(
        destroyed=[MessageId(row.id) for row in over],
        unfinished=[MessageId(row.id) for row in about if not row.closed],
    )


def _destroy_texts(connection: Connection, seqs: Sequence[int]) -> None:
    """Empty answers and overwrite reasons: either may quote what was sent."""
    message, attempt, answer = tables.message, tables.attempt, tables.answer
    connection.execute(
        update(message)
        .where(message.c.seq.in_(seqs), message.c.error_reason.is_not(None))
        .values(error_reason=FORGOTTEN)
    )
    connection.execute(
        update(attempt)
        .where(attempt.c.message.in_(seqs))
        .values(answer="", error_reason=case((attempt.c.error_reason.is_not(None), FORGOTTEN)))
    )
    connection.execute(
        update(answer)
        .where(answer.c.message.in_(seqs), answer.c.error_reason.is_not(None))
        .values(error_reason=FORGOTTEN)
    )


def _chunks(rows: Sequence[AnyRow]) -> Iterator[Sequence[AnyRow]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
