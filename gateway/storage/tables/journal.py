"""Facts of the journal. Nothing is deleted: a correction raises ``version`` and the audit keeps the old value."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

lesson = Table(
    "lesson",
    metadata,
    school_key(),
    record_key(),
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("subject_id", ID, nullable=False),
    Column("teacher_id", ID, nullable=False),
    Column("topic", Text, nullable=False),
    Column("class_id", ID),
    Column("group_id", ID),
    Column("room", String(40), nullable=False),
    Column("substitute_id", ID),
    Column("substitution_reason", String(300)),
    Column("version", Integer, nullable=False),
    Index(None, "school_id", "class_id", "day"),
    Index(None, "school_id", "group_id", "day"),
)

mark = Table(
    "mark",
    metadata,
    school_key(),
    record_key(),
    Column("lesson_id", ID, nullable=False),
    Column("pupil_id", ID, nullable=False),
    Column("value", Integer, nullable=False),
    Column("work_kind", String(16), nullable=False),
    Column("weight", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("voided", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "school_id", "lesson_id"),
    Index(None, "school_id", "pupil_id"),
)

absence = Table(
    "absence",
    metadata,
    school_key(),
    record_key("lesson_id"),
    record_key("pupil_id"),
    Column("kind", String(16), nullable=False),
    Column("comment", Text, nullable=False),
    Column("voided", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "school_id", "pupil_id"),
)

homework = Table(
    "homework",
    metadata,
    school_key(),
    record_key("lesson_id"),
    Column("content", Text),
    Column("due_on", Date),
    Column("version", Integer, nullable=False),
)

journal_batch = Table(
    "journal_batch",
    metadata,
    school_key(),
    record_key("idempotency_key"),
    Column("client_id", ID, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("answer_status", Integer, nullable=False),
    Column("answer", Json, nullable=False),
)
