"""What we give out as a OneRoster provider: the objects as they are told, tombstones too, and how fresh they are.

Lists are told in the order of the key, so that a page begins behind the last id of the page before without counting;
every index ends with the id for the same reason.
"""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table

from gateway.storage.tables.columns import ID, UtcDateTime, WrittenJson, metadata, record_key, school_key

_WORD = String(40)

provider_object = Table(
    "provider_object",
    metadata,
    school_key(),
    Column("kind", _WORD, primary_key=True),
    record_key("sourced_id"),
    Column("status", String(16), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("variant", _WORD),
    Column("class_id", ID),
    Column("user_id", ID),
    Column("parent_id", ID),
    Column("body", WrittenJson, nullable=False),
)

_objects = provider_object.c

for _name in ("variant", "class_id", "user_id", "parent_id"):
    Index(
        None,
        _objects.school_id,
        _objects.kind,
        _objects[_name],
        _objects.sourced_id,
        sqlite_where=_objects[_name].is_not(None),
        postgresql_where=_objects[_name].is_not(None),
    )

Index(None, _objects.school_id, _objects.kind, _objects.changed_at, _objects.sourced_id)

provider_state = Table(
    "provider_state",
    metadata,
    school_key(),
    record_key("part"),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("day", Date),
    Column("refreshed_at", UtcDateTime),
)
"""Up to which entry of the audit chain, and for which day, a part of the objects was made."""
