"""Runs of the six steps and what the comparisons with platforms found."""

from sqlalchemy import Column, Date, Index, Integer, String, Table

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

step_run = Table(
    "step_run",
    metadata,
    school_key(),
    record_key(),
    Column("step", String(24), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("summary", Json, nullable=False),
    Column("error", String(100), nullable=False),
    Column("message_id", ID),
    Index(None, "school_id", "step", "finished_at"),
)

comparison = Table(
    "comparison",
    metadata,
    school_key(),
    record_key(),
    Column("platform", ID, nullable=False),
    Column("class_id", ID, nullable=False),
    Column("week_start", Date, nullable=False),
    Column("compared_at", UtcDateTime, nullable=False),
    Column("lessons", Integer, nullable=False),
    Column("differences", Json, nullable=False),
)
