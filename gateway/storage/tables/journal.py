"""Facts of the journal, and the batches that brought them."""

from sqlalchemy import Column, Integer, String, Table

from gateway.model.journal_records import RecordKind
from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key
from gateway.storage.tables.records import RECORD_TABLES

lesson = RECORD_TABLES[RecordKind.LESSONS]
mark = RECORD_TABLES[RecordKind.MARKS]
absence = RECORD_TABLES[RecordKind.ABSENCES]
homework = RECORD_TABLES[RecordKind.HOMEWORK]

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
