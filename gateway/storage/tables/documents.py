"""What left the school as a signed document: export packages, and the append-only archive registry."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

export_package = Table(
    "export_package",
    metadata,
    school_key(),
    record_key(),
    Column("definition", String(64), nullable=False),
    Column("schema_version", String(16), nullable=False),
    Column("recipient", ID, nullable=False),
    Column("period_id", ID, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("content_digest", String(64), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("manifest", Json, nullable=False),
    Column("size", Integer, nullable=False),
    Column("message_id", ID, nullable=False),
    Column("state", String(16), nullable=False),
    Column("receipt", Text),
    Column("receipt_at", UtcDateTime),
    Column("answer", Json),
    UniqueConstraint("school_id", "definition", "period_id", "version"),
)

archive_entry = Table(
    "archive_entry",
    metadata,
    school_key(),
    record_key(),
    Column("file_name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("year", Integer, nullable=False),
    Column("period_id", ID, nullable=False),
    Column("class_id", ID, nullable=False),
    Column("source_digest", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("signed_by", String(300), nullable=False),
    Column("certificate_sha256", String(64), nullable=False),
    Column("signed_at", UtcDateTime, nullable=False),
    Column("location", String(400), nullable=False),
    Column("retention_until", Date, nullable=False),
    Column("schema_version", String(16), nullable=False),
)
Index(
    "uq_archive_entry_file_version",
    archive_entry.c.school_id,
    archive_entry.c.file_name,
    archive_entry.c.version,
    unique=True,
)
