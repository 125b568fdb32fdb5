"""The audit chain of each school (R-AUD-01) with its head, locked while entries are added, and the log of reads."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from gateway.storage.tables.columns import ID, UtcDateTime, WrittenJson, metadata, school_key

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
    Column("old", WrittenJson),
    Column("new", WrittenJson),
    Column("reason", Text, nullable=False),
    Column("source", String(64), nullable=False),
    Column("client", ID, nullable=False),
    Column("seal", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "school_id", "actor", "at"),
    Index(None, "school_id", "object_kind", "object_id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    school_key(),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("hash", String(64), nullable=False),
)

view_entry = Table(
    "view_entry",
    metadata,
    school_key(),
    Column("id", ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(40), nullable=False),
    Column("source", String(64), nullable=False),
    Column("client", ID, nullable=False),
    Column("pupil_id", ID, nullable=False),
    Column("what", String(40), nullable=False),
    Column("detail", String(200), nullable=False),
    Index(None, "school_id", "pupil_id", "at"),
    Index(None, "school_id", "actor", "at"),
    Index(None, "school_id", "at"),
)
"""Who looked at which pupil's data (R-PAR-14, R-AUD-06, R-SEC-06)."""
