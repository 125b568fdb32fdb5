"""Create a table for every kind of record that the first version did not know, and for the logs that are new."""

from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


class _Table(NamedTuple):
    """A table; its first column is the school, unless its key says otherwise."""

    name: str
    columns: tuple[sa.Column[Any], ...]
    key: tuple[str, ...] = ("school_id", "id")
    indices: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()


_TABLES = (
    _Table(
        "absence_code",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("source", sa.String(40), nullable=False),
            sa.Column("code", sa.String(40), nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "absence_note",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("lesson_id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=False),
            sa.Column("noted_at", _MOMENT, nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("document", sa.Text(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "lesson_id"), ("school_id", "pupil_id")),
    ),
    _Table(
        "account_order",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("ordered_by_id", sa.String(64), nullable=False),
            sa.Column("ordered_at", _MOMENT, nullable=False),
            sa.Column("duty", sa.String(40), nullable=False),
            sa.Column("staff_id", sa.String(64), nullable=True),
            sa.Column("guardian_id", sa.String(64), nullable=True),
            sa.Column("pupil_id", sa.String(64), nullable=True),
            sa.Column("done_at", _MOMENT, nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"), ("school_id", "staff_id")),
    ),
    _Table(
        "acknowledgement",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("guardian_id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("record_kind", sa.String(40), nullable=False),
            sa.Column("record", sa.String(200), nullable=False),
            sa.Column("seen_at", _MOMENT, nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "appointment",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("staff_id", sa.String(64), nullable=False),
            sa.Column("duty", sa.String(40), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("ordered_at", _MOMENT, nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("subject_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "staff_id"),),
    ),
    _Table(
        "attestation_plan",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("grade", sa.Integer(), nullable=False),
            sa.Column("form", sa.String(200), nullable=False),
            sa.Column("times_a_period", sa.Integer(), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "bell_schedule",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("lessons", _JSON, nullable=False),
            sa.Column("shift", sa.Integer(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "control_check",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("held_at", _MOMENT, nullable=False),
            sa.Column("held_by_id", sa.String(64), nullable=False),
            sa.Column("notes", sa.Text(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "control_work",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("form", sa.String(200), nullable=False),
            sa.Column("monitoring", sa.Boolean(), nullable=False),
            sa.Column("level", sa.String(40), nullable=False),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("results_announced_on", sa.Date(), nullable=True),
            sa.Column("highest_points", sa.Integer(), nullable=True),
            sa.Column("author_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "class_id", "day"), ("school_id", "group_id", "day")),
    ),
    _Table(
        "correction",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("record_kind", sa.String(40), nullable=False),
            sa.Column("record", sa.String(200), nullable=False),
            sa.Column("reason", sa.String(300), nullable=False),
            sa.Column("requested_by_id", sa.String(64), nullable=False),
            sa.Column("requested_at", _MOMENT, nullable=False),
            sa.Column("decision", sa.String(40), nullable=False),
            sa.Column("decided_by_id", sa.String(64), nullable=True),
            sa.Column("decided_at", _MOMENT, nullable=True),
            sa.Column("open_until", _MOMENT, nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "credential_issue",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("issued_by_id", sa.String(64), nullable=False),
            sa.Column("issued_at", _MOMENT, nullable=False),
            sa.Column("staff_id", sa.String(64), nullable=True),
            sa.Column("guardian_id", sa.String(64), nullable=True),
            sa.Column("pupil_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"), ("school_id", "staff_id")),
    ),
    _Table(
        "curriculum",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("first_grade", sa.Integer(), nullable=False),
            sa.Column("last_grade", sa.Integer(), nullable=False),
            sa.Column("subjects", _JSON, nullable=False),
            sa.Column("profile", sa.String(40), nullable=False),
            sa.Column("profile_name", sa.String(200), nullable=False),
            sa.Column("approved_on", sa.Date(), nullable=True),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "deferral",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("period_id", sa.String(64), nullable=False),
            sa.Column("reason", sa.String(300), nullable=False),
            sa.Column("until", sa.Date(), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "error_report",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("record_kind", sa.String(40), nullable=False),
            sa.Column("record", sa.String(200), nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("reported_at", _MOMENT, nullable=False),
            sa.Column("guardian_id", sa.String(64), nullable=True),
            sa.Column("pupil_id", sa.String(64), nullable=True),
            sa.Column("staff_id", sa.String(64), nullable=True),
            sa.Column("resolved_at", _MOMENT, nullable=True),
            sa.Column("outcome", sa.Text(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"), ("school_id", "staff_id")),
    ),
    _Table(
        "event",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "class_id", "day"),),
    ),
    _Table(
        "group_member",
        (
            sa.Column("group_id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
        ),
        key=("school_id", "group_id", "pupil_id", "valid_from"),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "health_sheet",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("filled_on", sa.Date(), nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "incident",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("account", sa.String(200), nullable=False),
            sa.Column("learned_at", _MOMENT, nullable=False),
            sa.Column("reported_at", _MOMENT, nullable=False),
            sa.Column("director_notified_at", _MOMENT, nullable=True),
            sa.Column("administrator_notified_at", _MOMENT, nullable=True),
            sa.Column("support_notified_at", _MOMENT, nullable=True),
            sa.Column("credentials_reissued_at", _MOMENT, nullable=True),
            sa.Column("void_from", _MOMENT, nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "incident_effect",
        (
            sa.Column("incident_id", sa.String(64), nullable=False),
            sa.Column("kind", sa.String(24), nullable=False),
            sa.Column("object_kind", sa.String(40), nullable=False),
            sa.Column("object_id", sa.String(200), nullable=False),
            sa.Column("reason", sa.String(40), nullable=False),
            sa.Column("found_at", _MOMENT, nullable=False),
            sa.Column("done_at", _MOMENT, nullable=True),
        ),
        key=("school_id", "incident_id", "kind", "object_kind", "object_id"),
    ),
    _Table(
        "individual_plan",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("subjects", _JSON, nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "load",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("teacher_id", sa.String(64), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("hours_a_week", sa.Integer(), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("author_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "teacher_id", "year"),),
    ),
    _Table(
        "make_up",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("lesson_id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("protocol", sa.String(200), nullable=False),
            sa.Column("held_on", sa.Date(), nullable=False),
            sa.Column("commission", _JSON, nullable=False),
            sa.Column("file_sha256", sa.String(64), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "lesson_id"), ("school_id", "pupil_id")),
    ),
    _Table(
        "medical_certificate",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=False),
            sa.Column("exempt_from", _JSON, nullable=False),
            sa.Column("notes", sa.Text(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "message",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=False),
            sa.Column("sent_at", _MOMENT, nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=True),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "movement_order",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("happened_on", sa.Date(), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("informed_at", _MOMENT, nullable=False),
            sa.Column("entered_at", _MOMENT, nullable=True),
            sa.Column("from_class_id", sa.String(64), nullable=True),
            sa.Column("to_class_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "outage",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("started_at", _MOMENT, nullable=False),
            sa.Column("reason", sa.String(300), nullable=False),
            sa.Column("ended_at", _MOMENT, nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "paper_slip",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("handed_on", sa.Date(), nullable=False),
            sa.Column("handed_by_id", sa.String(64), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "period_mark",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("period_id", sa.String(64), nullable=False),
            sa.Column("stage", sa.String(40), nullable=False),
            sa.Column("value", sa.Integer(), nullable=True),
            sa.Column("sign", sa.String(40), nullable=True),
            sa.Column("announced_on", sa.Date(), nullable=True),
            sa.Column("appeal", sa.Boolean(), nullable=False),
            sa.Column("origin", sa.String(40), nullable=False),
            sa.Column("certificate_id", sa.String(64), nullable=True),
            sa.Column("comment", sa.Text(), nullable=False),
            sa.Column("voided", sa.Boolean(), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=True),
            sa.Column("entered_at", _MOMENT, nullable=True),
            sa.Column("correction_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "policy",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("value", sa.String(200), nullable=False),
            sa.Column("decided_on", sa.Date(), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "portfolio_item",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("title", sa.String(200), nullable=False),
            sa.Column("source", sa.String(200), nullable=False),
            sa.Column("file_sha256", sa.String(64), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "profile_issue",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("person_kind", sa.String(40), nullable=False),
            sa.Column("person_id", sa.String(64), nullable=False),
            sa.Column("found_at", _MOMENT, nullable=False),
            sa.Column("fixed_at", _MOMENT, nullable=True),
            sa.Column("found_by_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "profile_verification",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("class_id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("month", sa.Integer(), nullable=False),
            sa.Column("verified_by_id", sa.String(64), nullable=False),
            sa.Column("verified_at", _MOMENT, nullable=False),
            sa.Column("changes", sa.Integer(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "recommendation",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=False),
            sa.Column("given_at", _MOMENT, nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=True),
            sa.Column("pupil_id", sa.String(64), nullable=True),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "regime",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("days_a_week", sa.Integer(), nullable=False),
            sa.Column("bells_id", sa.String(64), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "request_count",
        (
            sa.Column("caller", sa.String(200), nullable=False),
            sa.Column("window_start", _MOMENT, nullable=False),
            sa.Column("requests", sa.Integer(), nullable=False),
        ),
        key=("caller",),
    ),
    _Table(
        "room",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("capacity", sa.Integer(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "scale",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("lowest", sa.Integer(), nullable=True),
            sa.Column("highest", sa.Integer(), nullable=True),
            sa.Column("pass_threshold", sa.Integer(), nullable=True),
            sa.Column("signs", _JSON, nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=True),
            sa.Column("first_grade", sa.Integer(), nullable=False),
            sa.Column("last_grade", sa.Integer(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "slot",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("weekday", sa.Integer(), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("teacher_id", sa.String(64), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("room_id", sa.String(64), nullable=True),
            sa.Column("service", sa.String(40), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "special_day",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("working", sa.Boolean(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "staff_attestation",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("staff_id", sa.String(64), nullable=False),
            sa.Column("category", sa.String(200), nullable=False),
            sa.Column("decided_on", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "staff_id"),),
    ),
    _Table(
        "staff_change",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("staff_id", sa.String(64), nullable=False),
            sa.Column("received_at", _MOMENT, nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("entered_at", _MOMENT, nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "staff_id"),),
    ),
    _Table(
        "study_certificate",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("organisation", sa.Text(), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("valid_from", sa.Date(), nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=False),
            sa.Column("results", _JSON, nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "pupil_id"),),
    ),
    _Table(
        "submission",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("supplied_by_id", sa.String(64), nullable=False),
            sa.Column("subject_matter", sa.String(200), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("approved_on", sa.Date(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "substitution",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("planned_id", sa.String(64), nullable=False),
            sa.Column("actual_id", sa.String(64), nullable=False),
            sa.Column("reason", sa.String(300), nullable=False),
            sa.Column("document", sa.String(200), nullable=False),
            sa.Column("registered_by_id", sa.String(64), nullable=False),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "class_id", "day"), ("school_id", "group_id", "day")),
    ),
    _Table(
        "support_ticket",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("opened_by_id", sa.String(64), nullable=False),
            sa.Column("opened_at", _MOMENT, nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("external_number", sa.String(200), nullable=False),
            sa.Column("closed_at", _MOMENT, nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "task",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("author_id", sa.String(64), nullable=False),
            sa.Column("given_at", _MOMENT, nullable=False),
            sa.Column("content", sa.Text(), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=True),
            sa.Column("lesson_id", sa.String(64), nullable=True),
            sa.Column("link", sa.String(200), nullable=False),
            sa.Column("due_on", sa.Date(), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
        indices=(("school_id", "lesson_id"), ("school_id", "pupil_id")),
    ),
    _Table(
        "thematic_plan",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("grade", sa.Integer(), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("topics", _JSON, nullable=False),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "transfer",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("subject_id", sa.String(64), nullable=False),
            sa.Column("from_day", sa.Date(), nullable=False),
            sa.Column("from_number", sa.Integer(), nullable=False),
            sa.Column("to_day", sa.Date(), nullable=False),
            sa.Column("to_number", sa.Integer(), nullable=False),
            sa.Column("reason", sa.String(300), nullable=False),
            sa.Column("registered_by_id", sa.String(64), nullable=False),
            sa.Column("class_id", sa.String(64), nullable=True),
            sa.Column("group_id", sa.String(64), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "view_entry",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("at", _MOMENT, nullable=False),
            sa.Column("actor", sa.String(200), nullable=False),
            sa.Column("role", sa.String(40), nullable=False),
            sa.Column("source", sa.String(64), nullable=False),
            sa.Column("client", sa.String(64), nullable=False),
            sa.Column("pupil_id", sa.String(64), nullable=False),
            sa.Column("what", sa.String(40), nullable=False),
            sa.Column("detail", sa.String(200), nullable=False),
        ),
        indices=(("school_id", "actor", "at"), ("school_id", "at"), ("school_id", "pupil_id", "at")),
    ),
    _Table(
        "work_type",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("weight", sa.Integer(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
    _Table(
        "year",
        (
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("year", sa.Integer(), nullable=False),
            sa.Column("start_on", sa.Date(), nullable=False),
            sa.Column("end_on", sa.Date(), nullable=False),
            sa.Column("state", sa.String(40), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
        ),
    ),
)


def upgrade() -> None:
    """Create the tables."""
    for table in _TABLES:
        _create(table)


def _create(table: _Table) -> None:
    school = [sa.Column("school_id", sa.String(64), nullable=False)] if "school_id" in table.key else []
    key = sa.PrimaryKeyConstraint(*table.key, name=op.f(f"pk_{table.name}"))
    op.create_table(table.name, *school, *table.columns, key)
    for names in (*table.indices, *table.unique):
        op.create_index(
            op.f(f"ix_{table.name}_{'_'.join(names)}"), table.name, list(names), unique=names in table.unique
        )
