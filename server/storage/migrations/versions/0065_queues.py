"""Queues: how callers of a group wait, what its agents do, and the book of its calls."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.add_column("ring_groups", sa.Column("waiting", sa.Text()))
    op.create_table(
        "queue_agents",
        sa.Column("user_id", sa.String(255), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.String(32)),
        sa.Column("call", sa.String(64)),
        sa.Column("record", sa.String(64)),
        sa.Column("until", sa.BigInteger()),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("rests_until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "queue_calls",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("queue_id", sa.String(32), nullable=False),
        sa.Column("caller_user_id", sa.String(255)),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.String(255)),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.BigInteger()),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("outcome", sa.String(16)),
        sa.Column("agent", sa.String(255)),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("ix_queue_calls_left_at", "queue_calls", ["left_at"])
    op.create_index("ix_queue_calls_queue_id_arrived_at", "queue_calls", ["queue_id", "arrived_at"])


def downgrade() -> None:
    op.drop_table("queue_calls")
    op.drop_table("queue_agents")
    op.drop_column("ring_groups", "waiting")
