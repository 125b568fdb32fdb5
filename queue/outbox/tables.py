"""The tables of the outbox, the same on SQLite and PostgreSQL.

What workers race for is the *lane*: one row per destination and ordering key, pointing at its first unfinished
message. A message without an ordering key has a lane of its own, which disappears with it. So there is one way to
claim, one lock and one fencing number for both sorts, and a lane blocked by a dead head costs a claim nothing.

What is written how often decides the speed. A claim writes the lane's row alone: the attempt that it counts is the
lane's lease, which becomes a row of ``outbox_attempt`` when it is settled or found lost. The payload lies in a table
of its own, so that a change of state does not copy it. There are no foreign keys: each would be looked up once a row;
whoever removes a message removes what belongs to it (``retention.py``).

PostgreSQL keeps times as ``timestamptz``, SQLite as whole microseconds since 1970, which compare and read fastest.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from outbox.breaker import BreakerState
from outbox.message import MAX_NAME, AttemptOutcome, BusinessVerdict, LaneState, State

MAX_LANE = MAX_NAME + 2
"""A lane's key is the ordering key or the message id behind a two-character mark; see lane.py."""


GLOBAL_STOP = "stop"
"""Name of the switch that, while it is set, stops every claim."""

MOVED = "moved"
"""Name of the switch that says that everything here is in another database now: the stop cannot be ended any more."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Return a moment as SQLite stores it.

    Raises:
        ValueError: It is naive.
    """
    if moment.utcoffset() is None:
        raise ValueError("the outbox stores aware times only, this one is naive")
    return (moment - EPOCH) // _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """A moment: returned in UTC, refused when naive."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """Turn an aware time into what is stored."""
        if value is None:
            return None
        number = microseconds(value)
        return number if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 -- SQLAlchemy says so
        """Say how a stored time is turned into an aware one in UTC: one call a value, of which there are millions."""
        return _from_microseconds if dialect.name == "sqlite" else _in_utc


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def _word(words: type[StrEnum]) -> Enum:
    """Return a column type that stores an enum's values as plain text: a new word then needs no migration."""
    return Enum(words, native_enum=False, length=16, values_callable=lambda members: [word.value for word in members])


_SEQ = BigInteger().with_variant(Integer(), "sqlite")
# Byte order is all that is needed, and on PostgreSQL comparing by a locale costs ten times as much.
_NAME = String(MAX_NAME, collation="C").with_variant(String(MAX_NAME), "sqlite")
_ID = String(64, collation="C").with_variant(String(64), "sqlite")
_LANE_NAME = String(MAX_LANE, collation="C").with_variant(String(MAX_LANE), "sqlite")


def _required(name: str, kind: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **options)


def _partial(name: str, *columns: Any, where: ColumnElement[bool]) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

message = Table(
    "outbox_message",
    metadata,
    # Numbers come from ``intake.py``, which takes them under the lane's lock: their order in a lane is that of commits.
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    _required("id", _ID, unique=True),
    _required("lane", _SEQ),
    _required("destination", _NAME),
    _required("kind", _NAME),
    _required("content_type", _NAME),
    Column("ordering_key", _NAME),
    Column("idempotency_key", _NAME),
    Column("correlation", _NAME),
    Column("owner", _NAME),
    Column("subject", _NAME),
    Column("state_of", _NAME),
    _required("priority", SmallInteger),
    _required("size", Integer),
    _required("digest", LargeBinary(32)),
    _required("created_at", Moment),
    Column("due_at", Moment),
    Column("expires_at", Moment),
    _required("state", _word(State)),
    _required("attempts", Integer),
    _required("budget_used", Integer),
    Column("budget_since", Moment),
    # How long the destination had been away in all when the budget began, in microseconds; see ``destinations.py``.
    _required("budget_away", BigInteger),
    Column("retry_at", Moment),
    Column("finished_at", Moment),
    Column("receipt", Text),
    Column("answer_due_at", Moment),
    Column("answered_at", Moment),
    Column("acceptance", Text),
    Column("payload_gone_at", Moment),
    Column("error_code", Text),
    Column("error_reason", Text),
)
# The hot part: what is not finished. Everything a worker looks for is found here, however long the history grows.
_partial("ix_outbox_message_unfinished", message.c.lane, message.c.seq, where=message.c.finished_at.is_(None))
# What waits for a person, found without walking over what waits for a worker.
_partial(
    "ix_outbox_message_stuck",
    message.c.destination,
    message.c.seq,
    where=message.c.finished_at.is_(None) & message.c.state.in_([State.DEAD, State.HELD]),
)
# What a newer message with the same ``state_of`` supersedes, found without walking over its lane.
_partial(
    "ix_outbox_message_state_of",
    message.c.lane,
    message.c.state_of,
    where=message.c.finished_at.is_(None) & message.c.state_of.is_not(None),
)
_partial("ix_outbox_message_finished", message.c.finished_at, where=message.c.finished_at.is_not(None))
_partial("ix_outbox_message_answer_due", message.c.answer_due_at, where=message.c.answer_due_at.is_not(None))
_partial("ix_outbox_message_receipt", message.c.destination, message.c.receipt, where=message.c.receipt.is_not(None))
_partial("ix_outbox_message_owner", message.c.owner, message.c.seq, where=message.c.owner.is_not(None))
_partial("ix_outbox_message_subject", message.c.subject, where=message.c.subject.is_not(None))

payload = Table(
    "outbox_payload",
    metadata,
    Column("message", _SEQ, primary_key=True, autoincrement=False),
    # As ``sealing.py`` leaves them: plain or encrypted, the first byte says which.
    _required("bytes", LargeBinary),
)

key = Table(
    "outbox_key",
    metadata,
    Column("destination", _NAME, primary_key=True),
    Column("key", _NAME, primary_key=True),
    _required("message_id", _ID),
    _required("created_at", Moment),
)
Index("ix_outbox_key_created_at", key.c.created_at)

lane = Table(
    "outbox_lane",
    metadata,
    Column("id", _SEQ, primary_key=True, autoincrement=False),
    _required("destination", _NAME),
    _required("key", _LANE_NAME),
    _required("state", _word(LaneState)),
    Column("head", _SEQ),
    _required("priority", SmallInteger),
    Column("wake_at", Moment),
    Column("blocked_reason", Text),
    Column("paused_at", Moment),
    Column("paused_by", _NAME),
    Column("paused_reason", Text),
    Column("lease_owner", _NAME),
    Column("lease_since", Moment),
    Column("lease_until", Moment),
    # The last message that the lease covers.
    Column("lease_through", _SEQ),
    # After a lost lease messages are claimed one by one up to this one, so that a poisonous one is found out alone.
    Column("careful_through", _SEQ),
    _required("fence", BigInteger),
    UniqueConstraint("destination", "key"),
    # Lanes change twice a message: room on the page keeps their versions together.
    postgresql_with={"fillfactor": 50},
)
# NULLs (idle, blocked, leased) are left out, so a claim never walks over lanes that cannot move.
_partial("ix_outbox_lane_wake", lane.c.destination, lane.c.priority, lane.c.wake_at, where=lane.c.wake_at.is_not(None))
_partial("ix_outbox_lane_lease", lane.c.destination, lane.c.lease_until, where=lane.c.lease_until.is_not(None))
_partial("ix_outbox_lane_blocked", lane.c.id, where=lane.c.blocked_reason.is_not(None))
_partial("ix_outbox_lane_idle", lane.c.id, where=lane.c.state == LaneState.IDLE)

attempt = Table(
    "outbox_attempt",
    metadata,
    Column("message", _SEQ, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _required("started_at", Moment),
    _required("finished_at", Moment),
    _required("outcome", _word(AttemptOutcome)),
    Column("status", Integer),
    _required("answer", Text),
    Column("error_code", Text),
    Column("error_reason", Text),
    _required("worker", _NAME),
)

# The business answers, one for each receipt: the first one counts.
answer = Table(
    "outbox_answer",
    metadata,
    Column("destination", _NAME, primary_key=True),
    Column("receipt", Text, primary_key=True),
    # NULL until a message has this receipt: the answer may be here before our own settlement is committed.
    Column("message", _SEQ, index=True),
    _required("verdict", _word(BusinessVerdict)),
    _required("at", Moment),
    Column("acceptance", Text),
    Column("error_code", Text),
    Column("error_reason", Text),
)
_partial("ix_outbox_answer_unmatched", answer.c.at, where=answer.c.message.is_(None))
_partial("ix_outbox_answer_matched", answer.c.at, where=answer.c.message.is_not(None))

# Answers that retention has not emptied yet; an attempt without an answer is not in it.
_partial("ix_outbox_attempt_answer", attempt.c.message, where=attempt.c.answer != "")
# What was attempted in a span of time. Attempts are only ever appended, so that block ranges, which cost an attempt
# next to nothing, find them as well as a tree would. SQLite has only trees.
Index(
    "ix_outbox_attempt_finished",
    attempt.c.finished_at,
    postgresql_using="brin",
    postgresql_with={"autosummarize": "on"},
)

destination = Table(
    "outbox_destination",
    metadata,
    Column("name", _NAME, primary_key=True),
    Column("paused_at", Moment),
    Column("paused_by", _NAME),
    Column("paused_reason", Text),
    # Nothing more is taken in: by a person's decision, or because the backlog is full.
    Column("drained_at", Moment),
    Column("drained_by", _NAME),
    Column("drained_reason", Text),
    Column("full_at", Moment),
    _required("breaker", _word(BreakerState), server_default=BreakerState.CLOSED.value),
    Column("breaker_since", Moment),
    Column("breaker_until", Moment),
    _required("breaker_trips", Integer, server_default="0"),
    # How many probes may be on their way since the breaker is half-open.
    _required("breaker_probes", Integer, server_default="0"),
    # Two buckets of the sliding window: the current one and the one before it.
    Column("window_since", Moment),
    _required("window_ok", Integer, server_default="0"),
    _required("window_failed", Integer, server_default="0"),
    _required("before_ok", Integer, server_default="0"),
    _required("before_failed", Integer, server_default="0"),
    # The theoretical arrival time of the rate limit (GCRA).
    Column("rate_at", Moment),
    # Since when it is away (paused or open), and for how long it was away before, in microseconds.
    Column("away_since", Moment),
    _required("away", BigInteger, server_default="0"),
)

schedule = Table(
    "outbox_schedule",
    metadata,
    Column("name", _NAME, primary_key=True),
    _required("last_tick", Moment),
)

switch = Table(
    "outbox_switch",
    metadata,
    Column("name", String(16), primary_key=True),
    _required("set_at", Moment),
    _required("set_by", _NAME),
    _required("reason", Text),
)

decision = Table(
    "outbox_decision",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    _required("at", Moment),
    _required("by", _NAME),
    _required("verb", String(16)),
    _required("reason", Text),
    Column("destination", _NAME),
    Column("lane_key", _LANE_NAME),
    # Who decided what outlives the purge of the message.
    Column("message_id", _ID, index=True),
    sqlite_autoincrement=True,
)

_partial("ix_outbox_decision_lane", decision.c.destination, decision.c.lane_key, where=decision.c.lane_key.is_not(None))

sequence = Sequence("outbox_seq", metadata=metadata)
"""Numbers of messages and lanes on PostgreSQL. SQLite counts in ``counter``."""

counter = Table(
    "outbox_counter",
    metadata,
    Column("name", String(16), primary_key=True),
    _required("next", BigInteger),
)
