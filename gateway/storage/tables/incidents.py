"""What an access incident made void or doubtful, one row a thing (R-SEC-05, R-AUD-08)."""

from sqlalchemy import Column, String, Table

from gateway.storage.tables.columns import UtcDateTime, metadata, record_key, school_key

incident_effect = Table(
    "incident_effect",
    metadata,
    school_key(),
    record_key("incident_id"),
    Column("kind", String(24), primary_key=True),
    Column("object_kind", String(40), primary_key=True),
    Column("object_id", String(200), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
)
