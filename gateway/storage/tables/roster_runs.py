"""What roster syncs leave behind: runs, records turned away, records as they came."""

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

_SOURCE_ID = String(200)
"""Ids of sources; that of a relation is made of those of its ends."""

roster_run = Table(
    "roster_run",
    metadata,
    school_key(),
    record_key(),
    Column("source", ID, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("counts", Json, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("doubts", Json, nullable=False),
    Column("plan_id", ID),
    Column("held_plans", Json, nullable=False),
    Column("error", String(100), nullable=False),
    Column("error_text", Json),
    Column("error_who", String(32)),
    Column("accepted_by", String(200)),
    Column("accepted_at", UtcDateTime),
    Index(None, "school_id", "source", "finished_at"),
)

roster_quarantine = Table(
    "roster_quarantine",
    metadata,
    school_key(),
    record_key(),
    Column("source", ID, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("record", _SOURCE_ID, nullable=False),
    Column("faults", Json, nullable=False),
    Column("raw", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("resolved_at", UtcDateTime),
    Index(None, "school_id", "source", "state"),
)

roster_received = Table(
    "roster_received",
    metadata,
    school_key(),
    record_key("source"),
    Column("kind", String(16), primary_key=True),
    Column("source_id", _SOURCE_ID, primary_key=True),
    Column("digest", String(32), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("content", Text, nullable=False),
)
"""The newest form of every record, sealed: ``content`` is JSON of the raw form and of the fields it was read as."""

roster_probe = Table(
    "roster_probe",
    metadata,
    school_key(),
    record_key("source"),
    Column("probed_at", UtcDateTime, nullable=False),
    Column("findings", Json, nullable=False),
    Column("lost", Json, nullable=False),
)
"""What a source was found to do the last time it was asked, and what of it it did before and no longer does."""
