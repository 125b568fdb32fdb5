"""Schools, their classes, the frame of the school year, and who is in which study group."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table

from gateway.model.journal_records import RecordKind
from gateway.storage.tables.columns import ID, metadata, record_key, school_key
from gateway.storage.tables.records import RECORD_TABLES

school = Table(
    "school",
    metadata,
    school_key(),
    Column("name", String(300), nullable=False),
    Column("registry_id", ID, nullable=False, unique=True),
    Column("zone", String(64), nullable=False),
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

period = RECORD_TABLES[RecordKind.PERIODS]
vacation = RECORD_TABLES[RecordKind.VACATIONS]
subject = RECORD_TABLES[RecordKind.SUBJECTS]
study_group = RECORD_TABLES[RecordKind.GROUPS]

group_member = Table(
    "group_member",
    metadata,
    school_key(),
    record_key("group_id"),
    record_key("pupil_id"),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Index(None, "school_id", "pupil_id"),
)
"""Who is or was in which study group: the members a group names, turned round, so that a pupil's groups are found.

Written together with the group. A member without dates is in it from the first day there is (0001-01-01).
"""
