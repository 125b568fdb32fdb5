"""Schools and the frame of the school year."""

from sqlalchemy import Boolean, Column, Date, Integer, String, Table

from gateway.storage.tables.columns import ID, Json, metadata, record_key, school_key

school = Table(
    "school",
    metadata,
    school_key(),
    Column("name", String(300), nullable=False),
    Column("registry_id", ID, nullable=False, unique=True),
    Column("zone", String(64), nullable=False),
)

period = Table(
    "period",
    metadata,
    school_key(),
    record_key(),
    Column("year", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("start_on", Date, nullable=False),
    Column("end_on", Date, nullable=False),
    Column("first_grade", Integer, nullable=False),
    Column("last_grade", Integer, nullable=False),
)

vacation = Table(
    "vacation",
    metadata,
    school_key(),
    record_key(),
    Column("year", Integer, nullable=False),
    Column("name", String(100), nullable=False),
    Column("start_on", Date, nullable=False),
    Column("end_on", Date, nullable=False),
    Column("first_grade", Integer, nullable=False),
    Column("last_grade", Integer, nullable=False),
)

school_class = Table(
    "school_class",
    metadata,
    school_key(),
    record_key(),
    Column("source_id", ID, nullable=False),
    Column("year", Integer, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("letter", String(15), nullable=False),
    Column("class_teacher_id", ID),
    Column("archived", Boolean, nullable=False),
)

subject = Table(
    "subject",
    metadata,
    school_key(),
    record_key(),
    Column("name", String(200), nullable=False),
    Column("component", String(16), nullable=False),
)

study_group = Table(
    "study_group",
    metadata,
    school_key(),
    record_key(),
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject_id", ID, nullable=False),
    Column("members", Json, nullable=False),
)
