"""Year roll-overs: what the school has decided about pupils and classes, and what the plans show."""

from sqlalchemy import Column, Date, Integer, String, Table

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key


def _year() -> Column[int]:
    """Return the calendar year in which the new school year begins."""
    return Column("year", Integer, primary_key=True, autoincrement=False)


rollover_decision = Table(
    "rollover_decision",
    metadata,
    school_key(),
    _year(),
    record_key("pupil_id"),
    Column("outcome", String(16), nullable=False),
    Column("to_class", String(20), nullable=False),
    Column("document", String(200), nullable=False),
    Column("last_day", Date),
    Column("decided_by", String(200), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)
"""``to_class`` is the name of next year's class, empty where it follows from this year's."""

rollover_order = Table(
    "rollover_order",
    metadata,
    school_key(),
    _year(),
    Column("outcome", String(16), primary_key=True),
    Column("document", String(200), nullable=False),
    Column("last_day", Date),
)

rollover_class = Table(
    "rollover_class",
    metadata,
    school_key(),
    _year(),
    Column("name", String(20), primary_key=True),
    Column("class_teacher_id", ID),
)

rollover_plan = Table(
    "rollover_plan",
    metadata,
    school_key(),
    record_key(),
    Column("year", Integer, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("shown", Json, nullable=False),
)
"""Beside the roster plan with the same id."""
