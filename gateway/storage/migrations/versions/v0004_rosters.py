"""Rosters from many sources, links, runs, quarantine; what we give out as a OneRoster provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns."""
    with op.batch_alter_table("roster_plan") as table:
        table.add_column(sa.Column("decisions", _JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("warnings", _JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("missing", _JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("roster_plan") as table:
        table.alter_column("decisions", server_default=None)
        table.alter_column("warnings", server_default=None)
        table.alter_column("missing", server_default=None)
    with op.batch_alter_table("movement") as table:
        table.add_column(sa.Column("document", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("cancels_id", sa.String(64), nullable=True))
    with op.batch_alter_table("movement") as table:
        table.alter_column("document", server_default=None)
    op.create_table(
        "provider_object",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("sourced_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("variant", sa.String(40), nullable=True),
        sa.Column("class_id", sa.String(64), nullable=True),
        sa.Column("user_id", sa.String(64), nullable=True),
        sa.Column("parent_id", sa.String(64), nullable=True),
        sa.Column("body", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("school_id", "kind", "sourced_id", name="pk_provider_object"),
    )
    op.create_index(
        "ix_provider_object_school_id_kind_changed_at_sourced_id",
        "provider_object",
        ["school_id", "kind", "changed_at", "sourced_id"],
        unique=False,
    )
    op.create_index(
        "ix_provider_object_school_id_kind_class_id_sourced_id",
        "provider_object",
        ["school_id", "kind", "class_id", "sourced_id"],
        unique=False,
        sqlite_where=sa.text("class_id IS NOT NULL"),
        postgresql_where=sa.text("class_id IS NOT NULL"),
    )
    op.create_index(
        "ix_provider_object_school_id_kind_parent_id_sourced_id",
        "provider_object",
        ["school_id", "kind", "parent_id", "sourced_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_provider_object_school_id_kind_user_id_sourced_id",
        "provider_object",
        ["school_id", "kind", "user_id", "sourced_id"],
        unique=False,
        sqlite_where=sa.text("user_id IS NOT NULL"),
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "ix_provider_object_school_id_kind_variant_sourced_id",
        "provider_object",
        ["school_id", "kind", "variant", "sourced_id"],
        unique=False,
        sqlite_where=sa.text("variant IS NOT NULL"),
        postgresql_where=sa.text("variant IS NOT NULL"),
    )
    op.create_table(
        "provider_state",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("part", sa.String(64), nullable=False),
        sa.Column("sequence", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("refreshed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("school_id", "part", name="pk_provider_state"),
    )
    op.create_table(
        "provider_submission",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("sourced_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("faults", _JSON, nullable=False),
        sa.Column("lesson_id", sa.String(64), nullable=True),
        sa.Column("record_kind", sa.String(40), nullable=True),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id", name="pk_provider_submission"),
    )
    op.create_index(
        "ix_provider_submission_school_id_kind_sourced_id_client_id",
        "provider_submission",
        ["school_id", "kind", "sourced_id", "client_id"],
        unique=False,
    )
    op.create_index(
        "ix_provider_submission_school_id_record_kind_record_id",
        "provider_submission",
        ["school_id", "record_kind", "record_id"],
        unique=False,
    )
    op.create_index(
        "ix_provider_submission_school_id_state_received_at",
        "provider_submission",
        ["school_id", "state", "received_at"],
        unique=False,
    )
    op.create_table(
        "rollover_class",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("class_teacher_id", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "year", "name", name="pk_rollover_class"),
    )
    op.create_table(
        "rollover_decision",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("pupil_id", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("to_class", sa.String(20), nullable=False),
        sa.Column("document", sa.String(200), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("school_id", "year", "pupil_id", name="pk_rollover_decision"),
    )
    op.create_table(
        "rollover_order",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("document", sa.String(200), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "year", "outcome", name="pk_rollover_order"),
    )
    op.create_table(
        "rollover_plan",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("shown", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id", name="pk_rollover_plan"),
    )
    op.create_table(
        "roster_absence",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("record", sa.String(160), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("suspended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "source", "kind", "record", name="pk_roster_absence"),
    )
    op.create_table(
        "roster_case",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("source_id", sa.String(255), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=True),
        sa.Column("chosen", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id", name="pk_roster_case"),
    )
    op.create_index(
        "ix_roster_case_school_id_state_source", "roster_case", ["school_id", "state", "source"], unique=False
    )
    op.create_table(
        "roster_link",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("source_id", sa.String(255), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("linked_at", _MOMENT, nullable=False),
        sa.Column("linked_by", sa.String(200), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "source", "kind", "source_id", "record_id", name="pk_roster_link"),
    )
    op.create_index(
        "ix_roster_link_school_id_kind_record_id", "roster_link", ["school_id", "kind", "record_id"], unique=False
    )
    op.create_index(
        "uq_roster_link_active",
        "roster_link",
        ["school_id", "source", "kind", "source_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "roster_lock",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("record", sa.String(160), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("locked_at", _MOMENT, nullable=False),
        sa.Column("locked_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "kind", "record", "field", name="pk_roster_lock"),
    )
    op.create_table(
        "roster_merge",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("kept_id", sa.String(64), nullable=False),
        sa.Column("absorbed_id", sa.String(64), nullable=False),
        sa.Column("merged_at", _MOMENT, nullable=False),
        sa.Column("merged_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", _JSON, nullable=False),
        sa.Column("moved", _JSON, nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("undone_by", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id", name="pk_roster_merge"),
    )
    op.create_index("ix_roster_merge_school_id_absorbed_id", "roster_merge", ["school_id", "absorbed_id"], unique=False)
    op.create_table(
        "roster_quarantine",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("record", sa.String(200), nullable=False),
        sa.Column("faults", _JSON, nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("resolved_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id", name="pk_roster_quarantine"),
    )
    op.create_index(
        "ix_roster_quarantine_school_id_source_state",
        "roster_quarantine",
        ["school_id", "source", "state"],
        unique=False,
    )
    op.create_table(
        "roster_received",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "source", "kind", "source_id", name="pk_roster_received"),
    )
    op.create_table(
        "roster_run",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("doubts", _JSON, nullable=False),
        sa.Column("plan_id", sa.String(64), nullable=True),
        sa.Column("held_plans", _JSON, nullable=False),
        sa.Column("error", sa.String(100), nullable=False),
        sa.Column("error_text", _JSON, nullable=True),
        sa.Column("error_who", sa.String(32), nullable=True),
        sa.Column("accepted_by", sa.String(200), nullable=True),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id", name="pk_roster_run"),
    )
    op.create_index(
        "ix_roster_run_school_id_source_finished_at", "roster_run", ["school_id", "source", "finished_at"], unique=False
    )
    op.create_index("ix_movement_school_id_plan_id", "movement", ["school_id", "plan_id"], unique=False)
    _fill()


def downgrade() -> None:
    """Take them away again."""
    with op.batch_alter_table("roster_plan") as batch:
        batch.drop_column("missing")
    with op.batch_alter_table("roster_plan") as batch:
        batch.drop_column("warnings")
    with op.batch_alter_table("roster_plan") as batch:
        batch.drop_column("decisions")
    op.drop_index("ix_movement_school_id_plan_id", "movement")
    with op.batch_alter_table("movement") as batch:
        batch.drop_column("cancels_id")
    with op.batch_alter_table("movement") as batch:
        batch.drop_column("document")
    op.drop_index("ix_roster_run_school_id_source_finished_at", "roster_run")
    op.drop_table("roster_run")
    op.drop_table("roster_received")
    op.drop_index("ix_roster_quarantine_school_id_source_state", "roster_quarantine")
    op.drop_table("roster_quarantine")
    op.drop_index("ix_roster_merge_school_id_absorbed_id", "roster_merge")
    op.drop_table("roster_merge")
    op.drop_table("roster_lock")
    op.drop_index("uq_roster_link_active", "roster_link")
    op.drop_index("ix_roster_link_school_id_kind_record_id", "roster_link")
    op.drop_table("roster_link")
    op.drop_index("ix_roster_case_school_id_state_source", "roster_case")
    op.drop_table("roster_case")
    op.drop_table("roster_absence")
    op.drop_table("rollover_plan")
    op.drop_table("rollover_order")
    op.drop_table("rollover_decision")
    op.drop_table("rollover_class")
    op.drop_index("ix_provider_submission_school_id_state_received_at", "provider_submission")
    op.drop_index("ix_provider_submission_school_id_record_kind_record_id", "provider_submission")
    op.drop_index("ix_provider_submission_school_id_kind_sourced_id_client_id", "provider_submission")
    op.drop_table("provider_submission")
    op.drop_table("provider_state")
    op.drop_index("ix_provider_object_school_id_kind_variant_sourced_id", "provider_object")
    op.drop_index("ix_provider_object_school_id_kind_user_id_sourced_id", "provider_object")
    op.drop_index("ix_provider_object_school_id_kind_parent_id_sourced_id", "provider_object")
    op.drop_index("ix_provider_object_school_id_kind_class_id_sourced_id", "provider_object")
    op.drop_index("ix_provider_object_school_id_kind_changed_at_sourced_id", "provider_object")
    op.drop_table("provider_object")


_FIRST_LINKS = """
INSERT INTO roster_link (school_id, source, kind, source_id, record_id, confidence, rule, linked_at, linked_by, state)
SELECT school_id, 'registry', 'pupil', source_id, id, 100, 'created', CURRENT_TIMESTAMP, NULL, 'active' FROM pupil
UNION ALL
SELECT school_id, 'registry', 'guardian', source_id, id, 100, 'created', CURRENT_TIMESTAMP, NULL, 'active' FROM guardian
UNION ALL
SELECT school_id, 'registry', 'staff', source_id, id, 100, 'created', CURRENT_TIMESTAMP, NULL, 'active' FROM staff
UNION ALL
SELECT school_id, 'registry', 'class', source_id, id, 100, 'created', CURRENT_TIMESTAMP, NULL, 'active'
FROM school_class
"""


def _fill() -> None:
    """Link every record to the registry: until now it was the only source."""
    op.execute(_FIRST_LINKS)
    _forget_raw_records()


def _forget_raw_records() -> None:
    """Take the raw records out of the plans: they hold personal data in clear; new ones are sealed in quarantine."""
    plan = sa.table("roster_plan", sa.column("school_id"), sa.column("id"), sa.column("rejected", _JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(plan)).all():
        if any("raw" in one for one in row.rejected):
            cleared = [{name: value for name, value in one.items() if name != "raw"} for one in row.rejected]
            connection.execute(
                plan.update().where(plan.c.school_id == row.school_id, plan.c.id == row.id).values(rejected=cleared)
            )
