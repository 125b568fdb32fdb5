"""One person in several roles or schools; what roster sources were found to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

_TOLD = (
    ("ix_pupil_snils", "pupil", "snils", "snils IS NOT NULL"),
    ("ix_staff_snils", "staff", "snils", "snils IS NOT NULL"),
    ("ix_guardian_phone", "guardian", "phone", "phone != ''"),
    ("ix_guardian_email", "guardian", "email", "email != ''"),
)
"""Indexes of what is told of some people only: name, table, column, condition."""


def upgrade() -> None:
    """Add the tables and indexes."""
    op.create_table(
        "person_link",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("other_school_id", sa.String(64), nullable=False),
        sa.Column("other_kind", sa.String(24), nullable=False),
        sa.Column("other_record_id", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint(
            "school_id",
            "kind",
            "record_id",
            "other_school_id",
            "other_kind",
            "other_record_id",
            name="pk_person_link",
        ),
    )
    op.create_index(
        "ix_person_link_other_school_id_other_kind_other_record_id",
        "person_link",
        ["other_school_id", "other_kind", "other_record_id"],
        unique=False,
    )
    op.create_index("ix_person_link_state_since", "person_link", ["state", "since"], unique=False)
    op.create_table(
        "person_record",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "kind", "record_id", name="pk_person_record"),
    )
    op.create_index("ix_person_record_person_id", "person_record", ["person_id"], unique=False)
    op.create_table(
        "roster_probe",
        sa.Column("school_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("probed_at", _MOMENT, nullable=False),
        sa.Column("findings", _JSON, nullable=False),
        sa.Column("lost", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("school_id", "source", name="pk_roster_probe"),
    )
    op.create_index("ix_pupil_birth_date", "pupil", ["birth_date"], unique=False)
    op.create_index("ix_roster_link_source_source_id", "roster_link", ["source", "source_id"], unique=False)
    for name, table, column, told in _TOLD:
        condition = sa.text(told)
        op.create_index(name, table, [column], unique=False, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    """Take them away again."""
    for name, table, _, _ in _TOLD:
        op.drop_index(name, table)
    op.drop_index("ix_roster_link_source_source_id", "roster_link")
    op.drop_index("ix_pupil_birth_date", "pupil")
    op.drop_table("roster_probe")
    op.drop_index("ix_person_record_person_id", "person_record")
    op.drop_table("person_record")
    op.drop_index("ix_person_link_state_since", "person_link")
    op.drop_index("ix_person_link_other_school_id_other_kind_other_record_id", "person_link")
    op.drop_table("person_link")
