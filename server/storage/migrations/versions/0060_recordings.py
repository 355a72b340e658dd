"""Recordings of calls, the rules by which they are made, and what administrators have chosen for them."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("caller_user_id", sa.String(255)),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text()),
        sa.Column("callee_user_id", sa.String(255)),
        sa.Column("callee_name", sa.Text(), nullable=False),
        sa.Column("callee_number", sa.Text()),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("wanted_by", sa.String(255)),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pauses", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_call_id", "recordings", ["call_id"])
    op.create_index("ix_recordings_started_at_id", "recordings", ["started_at", "id"])
    op.create_index("ix_recordings_ended_at", "recordings", ["ended_at"])
    op.create_table(
        "recording_people",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
            name="fk_recording_people_recording_id_recordings",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "recording_id", name="pk_recording_people"),
    )
    op.create_index("ix_recording_people_recording_id", "recording_people", ["recording_id"])
    op.create_table(
        "recording_rules",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_recording_rules"),
    )
    op.create_table(
        "recording_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_settings"),
    )
    op.add_column("call_records", sa.Column("recordings", sa.Text()))


def downgrade() -> None:
    op.drop_column("call_records", "recordings")
    for table in ("recording_settings", "recording_rules", "recording_people", "recordings"):
        op.drop_table(table)
