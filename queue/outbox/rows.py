"""Rows of the tables turned into values."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_

from outbox import tables
from outbox.message import Attempt, Entry, Failure, Message, MessageId

AnyRow = Row[*tuple[Any, ...]]

_LEASE = ("lease_owner", "lease_until", "fence")
_META = [column for column in tables.message.c if column is not tables.message.c.payload]

ENTRY: list[ColumnElement[Any]] = [*_META, *(tables.lane.c[name] for name in _LEASE)]
"""The columns from which ``entry`` is made, to be selected from ``ENTRY_SOURCE``."""

ENTRY_SOURCE: FromClause = tables.message.outerjoin(
    tables.lane,
    and_(
        tables.lane.c.head == tables.message.c.seq,
        tables.lane.c.destination == tables.message.c.destination,
        tables.lane.c.key == tables.message.c.lane,
    ),
)
"""Messages with their lane's lease, which only a lane's head can have."""


def entry(row: AnyRow) -> Entry:
    """Make an entry from a row of the ``ENTRY`` columns."""
    return Entry(**_fields(row))


def message(row: AnyRow) -> Message:
    """Make a message from a row of the ``ENTRY`` columns and the payload."""
    return Message(**_fields(row), payload=row.payload)


def attempt(row: AnyRow) -> Attempt:
    """Make an attempt from a row of its table."""
    return Attempt(
        number=row.number,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        status=row.status,
        answer=row.answer,
        error=_failure(row),
        worker=row.worker,
    )


def _failure(row: AnyRow) -> Failure | None:
    return None if row.error_code is None else Failure(code=row.error_code, reason=row.error_reason)


def _fields(row: AnyRow) -> dict[str, Any]:
    return {
        "id": MessageId(row.id),
        "seq": row.seq,
        "destination": row.destination,
        "kind": row.kind,
        "content_type": row.content_type,
        "ordering_key": row.ordering_key,
        "idempotency_key": row.idempotency_key,
        "due_at": row.due_at,
        "expires_at": row.expires_at,
        "priority": row.priority,
        "correlation": row.correlation,
        "owner": row.owner,
        "state": row.state,
        "attempts": row.attempts,
        "budget_used": row.budget_used,
        "budget_since": row.budget_since,
        "created_at": row.created_at,
        "retry_at": row.retry_at,
        "finished_at": row.finished_at,
        "lease_owner": row.lease_owner,
        "lease_until": row.lease_until,
        "fence": row.fence,
        "receipt": row.receipt,
        "last_error": _failure(row),
    }
