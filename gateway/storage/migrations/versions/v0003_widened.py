"""Widen the first version's tables: more of every record, of every change, of every look."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Widen the tables; move what has a new place; what is there already gets the values it always meant."""
    _widen_tables()
    _move_looks()
    _note_members()


def _widen(
    name: str,
    *columns: sa.Column[Any],
    choices: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    indices: tuple[tuple[str, ...], ...] = (),
    unique: tuple[tuple[str, ...], ...] = (),
) -> None:
    """Add columns and indices, make room for longer choices, allow numbers to be absent."""
    with op.batch_alter_table(name) as table:
        for choice in choices:
            table.alter_column(choice, existing_type=sa.String(16), type_=sa.String(40))
        for number in optional:
            table.alter_column(number, existing_type=sa.Integer(), nullable=True)
        for column in columns:
            table.add_column(column)
    filled = [column.name for column in columns if column.server_default is not None]
    if filled:
        _drop_defaults(name, filled)
    for names in (*indices, *unique):
        op.create_index(op.f(f"ix_{name}_{'_'.join(names)}"), name, list(names), unique=names in unique)


def _drop_defaults(name: str, columns: list[str]) -> None:
    """Take back what only the rows of the first version needed: a value for what they did not have."""
    with op.batch_alter_table(name) as table:
        for column in columns:
            table.alter_column(column, server_default=None)


def _widen_tables() -> None:
    _widen(
        "absence",
        sa.Column("certificate_id", sa.String(64), nullable=True),
        sa.Column("author_id", sa.String(64), nullable=True),
        sa.Column("entered_at", _MOMENT, nullable=True),
        sa.Column("correction_id", sa.String(64), nullable=True),
        choices=("kind",),
    )
    _widen(
        "api_client",
        sa.Column("secret_since", _MOMENT, nullable=True),
        sa.Column("former_secret_sha256", sa.String(64), nullable=True),
        sa.Column("former_secret_until", _MOMENT, nullable=True),
    )
    _widen(
        "audit_entry",
        sa.Column("source", sa.String(64), nullable=False, server_default=""),
        sa.Column("client", sa.String(64), nullable=False, server_default=""),
        sa.Column("seal", sa.Integer(), nullable=False, server_default="1"),
        indices=(("school_id", "actor", "at"), ("school_id", "object_kind", "object_id")),
    )
    _widen(
        "consent",
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        choices=("decision",),
        indices=(("school_id", "pupil_id"),),
    )
    _widen(
        "console_user",
        sa.Column("staff_id", sa.String(64), nullable=True),
        sa.Column("valid_from", _MOMENT, nullable=True),
        sa.Column("valid_to", _MOMENT, nullable=True),
        unique=(("school_id", "staff_id"),),
    )
    _widen(
        "homework",
        sa.Column("manner", sa.String(200), nullable=False, server_default=""),
        sa.Column("pages", sa.String(200), nullable=False, server_default=""),
        sa.Column("tasks", sa.String(200), nullable=False, server_default=""),
        sa.Column("author_id", sa.String(64), nullable=True),
        sa.Column("entered_at", _MOMENT, nullable=True),
        sa.Column("correction_id", sa.String(64), nullable=True),
    )
    _widen(
        "lesson",
        sa.Column("substitution_order_id", sa.String(64), nullable=True),
        sa.Column("plan_id", sa.String(64), nullable=True),
        sa.Column("plan_topic", sa.Integer(), nullable=True),
        sa.Column("transfer_id", sa.String(64), nullable=True),
        sa.Column("author_id", sa.String(64), nullable=True),
        sa.Column("entered_at", _MOMENT, nullable=True),
        sa.Column("correction_id", sa.String(64), nullable=True),
    )
    _widen(
        "mark",
        sa.Column("sign", sa.String(40), nullable=True),
        sa.Column("work_type_id", sa.String(64), nullable=True),
        sa.Column("control_work_id", sa.String(64), nullable=True),
        sa.Column("make_up_id", sa.String(64), nullable=True),
        sa.Column("origin", sa.String(40), nullable=False, server_default="school"),
        sa.Column("certificate_id", sa.String(64), nullable=True),
        sa.Column("author_id", sa.String(64), nullable=True),
        sa.Column("entered_at", _MOMENT, nullable=True),
        sa.Column("correction_id", sa.String(64), nullable=True),
        choices=("work_kind",),
        optional=("value",),
    )
    _widen(
        "period",
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        choices=("kind",),
    )
    _widen(
        "study_group",
        sa.Column("dated", _JSON, nullable=False, server_default="[]"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        choices=("kind",),
    )
    _widen(
        "subject",
        sa.Column("federal_code", sa.String(200), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        choices=("component",),
    )
    _widen(
        "vacation",
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    )


def _move_looks() -> None:
    """Move the looks at diaries to the log of all looks."""
    op.execute(
        "INSERT INTO view_entry (school_id, id, at, actor, role, source, client, pupil_id, what, detail) "
        "SELECT school_id, id, at, guardian_id, 'parent', '', client_id, pupil_id, 'diary.week', "
        "CAST(week_start AS VARCHAR(200)) FROM diary_view"
    )
    op.drop_table("diary_view")


def _note_members() -> None:
    """Note who is in which study group, from the first day there is."""
    connection = op.get_bind()
    group = sa.table("study_group", sa.column("school_id"), sa.column("id"), sa.column("members", _JSON))
    member = sa.table(
        "group_member",
        sa.column("school_id"),
        sa.column("group_id"),
        sa.column("pupil_id"),
        sa.column("valid_from", sa.Date()),
    )
    for school, name, members in connection.execute(sa.select(group)).all():
        rows = [
            {"school_id": school, "group_id": name, "pupil_id": pupil, "valid_from": date.min}
            for pupil in dict.fromkeys(members)
        ]
        if rows:
            connection.execute(sa.insert(member), rows)
