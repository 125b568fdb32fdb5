"""What other systems wrote into our OneRoster gradebook: it waits for a person and tells what became of it."""

from sqlalchemy import Column, Index, String, Table, Text

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

_WORD = String(40)

provider_submission = Table(
    "provider_submission",
    metadata,
    school_key(),
    record_key(),
    Column("client_id", ID, nullable=False),
    Column("kind", _WORD, nullable=False),
    Column("sourced_id", ID, nullable=False),
    Column("action", _WORD, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("body", Json, nullable=False),
    Column("decided_by", String(200), nullable=False),
    Column("decided_at", UtcDateTime),
    Column("reason", Text, nullable=False),
    Column("faults", Json, nullable=False),
    Column("lesson_id", ID),
    Column("record_kind", _WORD),
    Column("record_id", ID, nullable=False),
    Index(None, "school_id", "kind", "sourced_id", "client_id"),
    Index(None, "school_id", "state", "received_at"),
    Index(None, "school_id", "record_kind", "record_id"),
)
"""``record_id`` is the key of the journal's record that it became, its parts with blanks between."""
