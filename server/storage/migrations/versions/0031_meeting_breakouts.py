"""Breakouts of meetings."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "meeting_breakouts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("sfu_room", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        _of_meeting("meeting_breakouts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_breakouts")),
        sa.UniqueConstraint("sfu_room", name=op.f("uq_meeting_breakouts_sfu_room")),
    )
    op.create_index(op.f("ix_meeting_breakouts_meeting_id"), "meeting_breakouts", ["meeting_id"])
    op.create_table(
        "meeting_breakout_people",
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("breakout_id", sa.String(length=32), nullable=False),
        _of_meeting("meeting_breakout_people"),
        sa.ForeignKeyConstraint(
            ["breakout_id"],
            ["meeting_breakouts.id"],
            name=op.f("fk_meeting_breakout_people_breakout_id_meeting_breakouts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meeting_id", "user_id", name=op.f("pk_meeting_breakout_people")),
    )
    op.create_index(
        op.f("ix_meeting_breakout_people_breakout_id"), "meeting_breakout_people", ["breakout_id"]
    )


def _of_meeting(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_meeting_id_meetings")
    return sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("meeting_breakout_people")
    op.drop_table("meeting_breakouts")
