"""The audit chain of each school (R-AUD-01) and its head, which is locked while entries are added."""

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, school_key

audit_entry = Table(
    "audit_entry",
    metadata,
    school_key(),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("object_kind", String(40), nullable=False),
    Column("object_id", String(200), nullable=False),
    Column("old", Json),
    Column("new", Json),
    Column("reason", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    school_key(),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("hash", String(64), nullable=False),
)

diary_view = Table(
    "diary_view",
    metadata,
    school_key(),
    Column("id", ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("client_id", ID, nullable=False),
    Column("guardian_id", ID, nullable=False),
    Column("pupil_id", ID, nullable=False),
    Column("week_start", Date, nullable=False),
)
