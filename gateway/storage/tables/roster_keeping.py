"""What is kept between two roster syncs: absences and locked fields."""

from sqlalchemy import Column, Date, Integer, String, Table

from gateway.storage.tables.columns import UtcDateTime, metadata, record_key, school_key

_RECORD = String(160)
"""A record's key, its parts joined by ``/``: two ids and a day at most."""

roster_absence = Table(
    "roster_absence",
    metadata,
    school_key(),
    record_key("source"),
    Column("kind", String(16), primary_key=True),
    Column("record", _RECORD, primary_key=True),
    Column("since", Date, nullable=False),
    Column("times", Integer, nullable=False),
    Column("suspended_on", Date),
)

roster_lock = Table(
    "roster_lock",
    metadata,
    school_key(),
    Column("kind", String(16), primary_key=True),
    Column("record", _RECORD, primary_key=True),
    Column("field", String(32), primary_key=True),
    Column("locked_at", UtcDateTime, nullable=False),
    Column("locked_by", String(200), nullable=False),
    Column("reason", String(1000), nullable=False),
)
