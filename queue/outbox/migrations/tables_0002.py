"""The tables as revision 0002 made them. Frozen: what changes later is the business of a later revision."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
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

_MOMENT = DateTime(timezone=True).with_variant(BigInteger(), "sqlite")
_WORD = String(16)
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
_NAME = String(255, collation="C").with_variant(String(255), "sqlite")
_ID = String(64, collation="C").with_variant(String(64), "sqlite")
_LANE_NAME = String(257, collation="C").with_variant(String(257), "sqlite")


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
    _required("created_at", _MOMENT),
    Column("due_at", _MOMENT),
    Column("expires_at", _MOMENT),
    _required("state", _WORD),
    _required("attempts", Integer),
    _required("budget_used", Integer),
    Column("budget_since", _MOMENT),
    _required("budget_away", BigInteger),
    Column("retry_at", _MOMENT),
    Column("finished_at", _MOMENT),
    Column("receipt", Text),
    Column("answer_due_at", _MOMENT),
    Column("answered_at", _MOMENT),
    Column("acceptance", Text),
    Column("payload_gone_at", _MOMENT),
    Column("error_code", Text),
    Column("error_reason", Text),
)
_partial("ix_outbox_message_unfinished", message.c.lane, message.c.seq, where=message.c.finished_at.is_(None))
_partial(
    "ix_outbox_message_stuck",
    message.c.destination,
    message.c.seq,
    where=message.c.finished_at.is_(None) & message.c.state.in_(["dead", "held"]),
)
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
    _required("bytes", LargeBinary),
)

key = Table(
    "outbox_key",
    metadata,
    Column("destination", _NAME, primary_key=True),
    Column("key", _NAME, primary_key=True),
    _required("message_id", _ID),
    _required("created_at", _MOMENT),
)
Index("ix_outbox_key_created_at", key.c.created_at)

lane = Table(
    "outbox_lane",
    metadata,
    Column("id", _SEQ, primary_key=True, autoincrement=False),
    _required("destination", _NAME),
    _required("key", _LANE_NAME),
    _required("state", _WORD),
    Column("head", _SEQ),
    _required("priority", SmallInteger),
    Column("wake_at", _MOMENT),
    Column("blocked_reason", Text),
    Column("paused_at", _MOMENT),
    Column("paused_by", _NAME),
    Column("paused_reason", Text),
    Column("lease_owner", _NAME),
    Column("lease_since", _MOMENT),
    Column("lease_until", _MOMENT),
    Column("lease_through", _SEQ),
    Column("careful_through", _SEQ),
    _required("fence", BigInteger),
    UniqueConstraint("destination", "key"),
    postgresql_with={"fillfactor": 50},
)
_partial("ix_outbox_lane_wake", lane.c.destination, lane.c.priority, lane.c.wake_at, where=lane.c.wake_at.is_not(None))
_partial("ix_outbox_lane_lease", lane.c.destination, lane.c.lease_until, where=lane.c.lease_until.is_not(None))
_partial("ix_outbox_lane_blocked", lane.c.id, where=lane.c.blocked_reason.is_not(None))
_partial("ix_outbox_lane_idle", lane.c.id, where=lane.c.state == "idle")

attempt = Table(
    "outbox_attempt",
    metadata,
    Column("message", _SEQ, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _required("started_at", _MOMENT),
    _required("finished_at", _MOMENT),
    _required("outcome", _WORD),
    Column("status", Integer),
    _required("answer", Text),
    Column("error_code", Text),
    Column("error_reason", Text),
    _required("worker", _NAME),
)
answer = Table(
    "outbox_answer",
    metadata,
    Column("destination", _NAME, primary_key=True),
    Column("receipt", Text, primary_key=True),
    Column("message", _SEQ, index=True),
    _required("verdict", _WORD),
    _required("at", _MOMENT),
    Column("acceptance", Text),
    Column("error_code", Text),
    Column("error_reason", Text),
)
_partial("ix_outbox_answer_unmatched", answer.c.at, where=answer.c.message.is_(None))
_partial("ix_outbox_answer_matched", answer.c.at, where=answer.c.message.is_not(None))
_partial("ix_outbox_attempt_answer", attempt.c.message, where=attempt.c.answer != "")
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
    Column("paused_at", _MOMENT),
    Column("paused_by", _NAME),
    Column("paused_reason", Text),
    Column("drained_at", _MOMENT),
    Column("drained_by", _NAME),
    Column("drained_reason", Text),
    Column("full_at", _MOMENT),
    _required("breaker", _WORD, server_default="closed"),
    Column("breaker_since", _MOMENT),
    Column("breaker_until", _MOMENT),
    _required("breaker_trips", Integer, server_default="0"),
    _required("breaker_probes", Integer, server_default="0"),
    Column("window_since", _MOMENT),
    _required("window_ok", Integer, server_default="0"),
    _required("window_failed", Integer, server_default="0"),
    _required("before_ok", Integer, server_default="0"),
    _required("before_failed", Integer, server_default="0"),
    Column("rate_at", _MOMENT),
    Column("away_since", _MOMENT),
    _required("away", BigInteger, server_default="0"),
)

schedule = Table(
    "outbox_schedule",
    metadata,
    Column("name", _NAME, primary_key=True),
    _required("last_tick", _MOMENT),
)

switch = Table(
    "outbox_switch",
    metadata,
    Column("name", String(16), primary_key=True),
    _required("set_at", _MOMENT),
    _required("set_by", _NAME),
    _required("reason", Text),
)

decision = Table(
    "outbox_decision",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    _required("at", _MOMENT),
    _required("by", _NAME),
    _required("verb", String(16)),
    _required("reason", Text),
    Column("destination", _NAME),
    Column("lane_key", _LANE_NAME),
    Column("message_id", _ID, index=True),
    sqlite_autoincrement=True,
)

_partial("ix_outbox_decision_lane", decision.c.destination, decision.c.lane_key, where=decision.c.lane_key.is_not(None))

sequence = Sequence("outbox_seq", metadata=metadata)

counter = Table(
    "outbox_counter",
    metadata,
    Column("name", String(16), primary_key=True),
    _required("next", BigInteger),
)
