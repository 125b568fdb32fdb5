"""One person in several roles or schools: which records are of one, by what that is known, and who is asked."""

from sqlalchemy import Column, Index, Integer, String, Table

from gateway.storage.tables.columns import ID, UtcDateTime, metadata, record_key, school_key

_KIND = String(24)

person_link = Table(
    "person_link",
    metadata,
    school_key(),
    Column("kind", _KIND, primary_key=True),
    record_key("record_id"),
    record_key("other_school_id"),
    Column("other_kind", _KIND, primary_key=True),
    record_key("other_record_id"),
    Column("rule", String(100), nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("decided_by", String(200)),
    Column("decided_at", UtcDateTime),
    Index(None, "other_school_id", "other_kind", "other_record_id"),
    Index(None, "state", "since"),
)
"""That two records are one person, may be one, or are not. Of the two the lower key stands first."""

person_record = Table(
    "person_record",
    metadata,
    school_key(),
    Column("kind", _KIND, primary_key=True),
    record_key("record_id"),
    Column("person_id", ID, nullable=False),
    Index(None, "person_id"),
)
"""Who a record is, where another record is the same person; follows from the links."""
