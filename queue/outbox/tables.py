"""The tables of the outbox, the same on SQLite and PostgreSQL.

What workers race for is the *lane*: one row per destination and ordering key, pointing at its first unfinished
message. A message without an ordering key has a lane of its own, which disappears with it. So there is one way to
claim, one lock and one fencing number for both sorts, and a lane blocked by a dead head costs a claim nothing.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from outbox.message import MAX_NAME, AttemptOutcome, LaneState, State

MAX_LANE = MAX_NAME + 2
"""A lane's key is the ordering key or the message id behind a two-character mark; see lane.py."""


GLOBAL_STOP = "stop"
"""Name of the switch that, while it is set, stops every claim."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, returned in UTC, refused when naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC; SQLite has no zones, so there it is stored bare."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("the outbox stores aware times only, this one is naive")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a stored time into an aware one in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def _word(words: type[StrEnum]) -> Enum:
    """Return a column type that stores an enum's values as plain text: a new word then needs no migration."""
    return Enum(words, native_enum=False, length=16, values_callable=lambda members: [word.value for word in members])


_SEQ = BigInteger().with_variant(Integer(), "sqlite")
_NAME = String(MAX_NAME)


def _required(name: str, kind: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **options)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

message = Table(
    "outbox_message",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    _required("id", String(64), unique=True),
    _required("destination", _NAME),
    _required("lane", String(MAX_LANE)),
    _required("kind", _NAME),
    _required("content_type", _NAME),
    Column("ordering_key", _NAME),
    Column("idempotency_key", _NAME),
    Column("correlation", _NAME),
    Column("owner", _NAME),
    _required("priority", Integer),
    _required("payload", LargeBinary),
    _required("created_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    _required("state", _word(State)),
    _required("attempts", Integer),
    _required("budget_used", Integer),
    Column("budget_since", UtcDateTime),
    Column("retry_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("receipt", Text),
    Column("error_code", Text),
    Column("error_reason", Text),
    UniqueConstraint("destination", "idempotency_key"),
    # AUTOINCREMENT: a number never comes back, even after a purge of the newest rows.
    sqlite_autoincrement=True,
)
_unfinished = message.c.finished_at.is_(None)
Index(
    "ix_outbox_message_unfinished",
    message.c.destination,
    message.c.lane,
    message.c.seq,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
Index("ix_outbox_message_state_destination", message.c.state, message.c.destination)
Index("ix_outbox_message_finished_at", message.c.finished_at)
Index("ix_outbox_message_owner_seq", message.c.owner, message.c.seq)

lane = Table(
    "outbox_lane",
    metadata,
    Column("destination", _NAME, primary_key=True),
    Column("key", String(MAX_LANE), primary_key=True),
    _required("state", _word(LaneState)),
    Column("head", _SEQ),
    _required("priority", Integer),
    Column("wake_at", UtcDateTime),
    Column("blocked_reason", Text),
    Column("lease_owner", _NAME),
    Column("lease_until", UtcDateTime),
    _required("fence", BigInteger),
)
# NULLs (idle, blocked) are left out, so a claim never walks over lanes that cannot move.
Index(
    "ix_outbox_lane_wake",
    lane.c.destination,
    lane.c.wake_at,
    sqlite_where=lane.c.wake_at.is_not(None),
    postgresql_where=lane.c.wake_at.is_not(None),
)
Index(
    "ix_outbox_lane_lease",
    lane.c.lease_until,
    sqlite_where=lane.c.lease_until.is_not(None),
    postgresql_where=lane.c.lease_until.is_not(None),
)
Index("ix_outbox_lane_head", lane.c.head)

attempt = Table(
    "outbox_attempt",
    metadata,
    Column("message", _SEQ, ForeignKey(message.c.seq, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _required("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    _required("outcome", _word(AttemptOutcome)),
    Column("status", Integer),
    _required("answer", Text),
    Column("error_code", Text),
    Column("error_reason", Text),
    _required("worker", _NAME),
)

destination = Table(
    "outbox_destination",
    metadata,
    Column("name", _NAME, primary_key=True),
    Column("paused_at", UtcDateTime),
    Column("paused_by", _NAME),
    Column("paused_reason", Text),
)

switch = Table(
    "outbox_switch",
    metadata,
    Column("name", String(16), primary_key=True),
    _required("set_at", UtcDateTime),
    _required("set_by", _NAME),
    _required("reason", Text),
)

decision = Table(
    "outbox_decision",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    _required("at", UtcDateTime),
    _required("by", _NAME),
    _required("verb", String(16)),
    _required("reason", Text),
    Column("destination", _NAME),
    # No foreign key: who decided what outlives the purge of the message.
    Column("message_id", String(64), index=True),
    sqlite_autoincrement=True,
)
