"""Rows of the tables turned into values."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Row, and_, case, func, null

from outbox import tables
from outbox.message import Attempt, Entry, Failure, LaneState, Message, Priority, State

AnyRow = Row[*tuple[Any, ...]]

_message, _lane = tables.message.c, tables.lane.c

ENTRY_SOURCE: FromClause = tables.message.outerjoin(
    tables.lane,
    and_(
        _lane.id == _message.lane,
        _lane.state == LaneState.LEASED,
        _lane.lease_through >= _message.seq,
        _message.finished_at.is_(None),
        _message.state.in_([State.READY, State.WAITING]),
    ),
)
"""Messages, each with its lane where the lane's lease covers the message."""

STATE: ColumnElement[State] = case((_lane.id.is_not(None), State.LEASED), else_=_message.state)
"""The state of a message in ``ENTRY_SOURCE``: what is leased is known to the lane alone."""

# Of the messages that a lease covers only the head is in an attempt; what is behind it has not been begun.
_begun = case((_lane.head == _message.seq, 1), else_=0)

_DERIVED: dict[str, ColumnElement[Any]] = {
    "state": STATE,
    "attempts": _message.attempts + _begun,
    "budget_used": _message.budget_used + _begun,
    "budget_since": func.coalesce(
        _message.budget_since, case((_begun == 1, _lane.lease_since)), type_=_message.budget_since.type
    ),
    "lease_owner": _lane.lease_owner,
    "lease_until": _lane.lease_until,
    "fence": _lane.fence,
}

_ERROR = ("error_code", "error_reason")
_FIELDS = [field.name for field in fields(Entry) if field.name != "last_error"]

ENTRY: list[ColumnElement[Any]] = [
    *(_DERIVED[name].label(name) if name in _DERIVED else _message[name] for name in _FIELDS),
    *(_message[name] for name in _ERROR),
]
"""The columns from which ``entry`` is made, to be selected from ``ENTRY_SOURCE``, before any others."""

_EMPTY = {"lease_owner", "lease_until", "fence", "finished_at", "answer_due_at", "answered_at", "payload_gone_at"}

MESSAGE: list[ColumnElement[Any]] = [
    *(null().label(name) if name in _EMPTY else _message[name] for name in _FIELDS),
    *(_message[name] for name in _ERROR),
]
"""The columns from which ``message`` is made: empty where the lane knows, or where nothing is before it is sent."""

PLACES = {name: place for place, name in enumerate(_FIELDS)}
"""Where in a row of the ``ENTRY`` or ``MESSAGE`` columns each of them is."""

_STATE, _ATTEMPTS, _USED, _SINCE = (PLACES[name] for name in ("state", "attempts", "budget_used", "budget_since"))
_OWNER, _UNTIL, _FENCE = (PLACES[name] for name in ("lease_owner", "lease_until", "fence"))
_DIGEST, _PRIORITY = PLACES["digest"], PLACES["priority"]

_PRIORITIES = {int(priority): priority for priority in Priority}

_T = TypeVar("_T", bound=Entry)


def entry(row: AnyRow) -> Entry:
    """Make an entry from a row that begins with the ``ENTRY`` columns."""
    return _made(Entry, _ENTRY_SLOTS, _values(row))


def message(row: AnyRow, payload: bytes, *, worker: str, since: datetime, until: datetime, fence: int) -> Message:
    """Make a claimed message, as its handler gets it, from a row of the ``MESSAGE`` columns and its lane's lease."""
    values = _values(row)
    values[_STATE] = State.LEASED
    values[_ATTEMPTS] += 1
    values[_USED] += 1
    values[_SINCE] = values[_SINCE] or since
    values[_OWNER], values[_UNTIL], values[_FENCE] = worker, until, fence
    values.append(payload)
    return _made(Message, _MESSAGE_SLOTS, values)


def attempt(row: AnyRow) -> Attempt:
    """Make an attempt from a row of its table."""
    return Attempt(
        number=row.number,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        status=row.status,
        answer=row.answer,
        error=_failure(row.error_code, row.error_reason),
        worker=row.worker,
    )


def _failure(code: str | None, reason: str | None) -> Failure | None:
    return None if code is None else Failure(code=code, reason=reason or "")


def _values(row: AnyRow) -> list[Any]:
    """Return the values of an entry in the order of its fields."""
    end = len(_FIELDS)
    values = list(row[:end])
    values[_DIGEST] = values[_DIGEST].hex()
    values[_PRIORITY] = _PRIORITIES[values[_PRIORITY]]
    values.append(_failure(row[end], row[end + 1]))
    return values


def _slots(kind: type[Entry]) -> list[Callable[[Entry, Any], None]]:
    return [getattr(kind, field.name).__set__ for field in fields(kind)]


_ENTRY_SLOTS, _MESSAGE_SLOTS = _slots(Entry), _slots(Message)


def _made(kind: type[_T], slots: Sequence[Callable[[Entry, Any], None]], values: Sequence[Any]) -> _T:
    """Make a value as its ``__init__`` would: that takes five times as long, most of what a claim costs a message."""
    made = kind.__new__(kind)
    for put, value in zip(slots, values, strict=True):
        put(made, value)
    return made
