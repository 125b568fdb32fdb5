"""Who is who in the sources of a roster: links, questions about them, records made one."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

roster_link = Table(
    "roster_link",
    metadata,
    school_key(),
    record_key("source"),
    Column("kind", String(24), primary_key=True),
    Column("source_id", String(255), primary_key=True),
    record_key("record_id"),
    Column("confidence", Integer, nullable=False),
    Column("rule", String(100), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    Column("linked_by", String(200)),
    Column("state", String(16), nullable=False),
    Index(None, "school_id", "kind", "record_id"),
    Index(None, "source", "source_id"),
)

roster_case = Table(
    "roster_case",
    metadata,
    school_key(),
    record_key(),
    Column("source", ID, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("source_id", String(255), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("content", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(200)),
    Column("chosen", ID),
    Index(None, "school_id", "state", "source"),
)

roster_merge = Table(
    "roster_merge",
    metadata,
    school_key(),
    record_key(),
    Column("kind", String(24), nullable=False),
    Column("kept_id", ID, nullable=False),
    Column("absorbed_id", ID, nullable=False),
    Column("merged_at", UtcDateTime, nullable=False),
    Column("merged_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", Json, nullable=False),
    Column("moved", Json, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", String(200)),
    Index(None, "school_id", "absorbed_id"),
)

Index(
    "uq_roster_link_active",
    roster_link.c.school_id,
    roster_link.c.source,
    roster_link.c.kind,
    roster_link.c.source_id,
    unique=True,
    sqlite_where=roster_link.c.state == "active",
    postgresql_where=roster_link.c.state == "active",
)
"""A record of a source means one of ours at a time."""
