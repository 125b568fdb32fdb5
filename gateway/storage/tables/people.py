"""People, who guards whom, who is in which class, who consented."""

from sqlalchemy import Column, Date, Index, String, Table

from gateway.model.journal_records import RecordKind
from gateway.storage.tables.columns import ID, Json, UtcDateTime, WrittenJson, metadata, record_key, school_key
from gateway.storage.tables.records import RECORD_TABLES


def _name_columns() -> list[Column[str]]:
    return [
        Column("family_name", String(100), nullable=False),
        Column("given_name", String(100), nullable=False),
        Column("patronymic", String(100), nullable=False),
    ]


pupil = Table(
    "pupil",
    metadata,
    school_key(),
    record_key(),
    Column("source_id", ID, nullable=False),
    *_name_columns(),
    Column("birth_date", Date, nullable=False),
    Column("sex", String(8), nullable=False),
    Column("snils", String(14)),
    Column("status", String(16), nullable=False),
    Index(None, "birth_date"),
)

guardian = Table(
    "guardian",
    metadata,
    school_key(),
    record_key(),
    Column("source_id", ID, nullable=False),
    *_name_columns(),
    Column("phone", String(40), nullable=False),
    Column("email", String(200), nullable=False),
    Column("portal_user", ID),
    Column("status", String(16), nullable=False),
    Index(None, "portal_user", "school_id"),
)

guardianship = Table(
    "guardianship",
    metadata,
    school_key(),
    record_key("guardian_id"),
    record_key("pupil_id"),
    Column("relation", String(24), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Index(None, "school_id", "pupil_id"),
)

for _name in ("phone", "email"):
    Index(
        None,
        guardian.c[_name],
        sqlite_where=guardian.c[_name] != "",
        postgresql_where=guardian.c[_name] != "",
    )

consent = RECORD_TABLES[RecordKind.CONSENTS]

staff = Table(
    "staff",
    metadata,
    school_key(),
    record_key(),
    Column("source_id", ID, nullable=False),
    *_name_columns(),
    Column("position", String(200), nullable=False),
    Column("snils", String(14)),
    Column("status", String(16), nullable=False),
)

for _people in (pupil, staff):
    Index(
        None,
        _people.c.snils,
        sqlite_where=_people.c.snils.is_not(None),
        postgresql_where=_people.c.snils.is_not(None),
    )

enrollment = Table(
    "enrollment",
    metadata,
    school_key(),
    record_key("pupil_id"),
    record_key("class_id"),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Index(None, "school_id", "class_id"),
)

movement = Table(
    "movement",
    metadata,
    school_key(),
    record_key(),
    Column("pupil_id", ID, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("from_class_id", ID),
    Column("to_class_id", ID),
    Column("document", String(200), nullable=False),
    Column("plan_id", ID, nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("cancels_id", ID),
    Index(None, "school_id", "pupil_id"),
    Index(None, "school_id", "plan_id"),
)

roster_plan = Table(
    "roster_plan",
    metadata,
    school_key(),
    record_key(),
    Column("source", ID, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(200)),
    Column("decisions", Json, nullable=False),
    Column("content_digest", String(64), nullable=False),
    Column("counts", Json, nullable=False),
    Column("changes", WrittenJson, nullable=False),
    Column("rejected", Json, nullable=False),
    Column("hold_reasons", Json, nullable=False),
    Column("doubts", Json, nullable=False),
    Column("warnings", Json, nullable=False),
    Column("missing", Json, nullable=False),
    Index(None, "school_id", "made_at"),
)
