"""Callers of a queue who hung up, keep their place and are called back."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    op.add_column("queue_calls", sa.Column("call_back_at", sa.BigInteger()))
    op.add_column("queue_calls", sa.Column("hung_up_at", sa.BigInteger()))
    op.add_column("queue_calls", sa.Column("attempt", sa.String(64)))
    op.add_column("queue_calls", sa.Column("calls", sa.Integer(), server_default="0", nullable=False))
    op.add_column("queue_calls", sa.Column("not_before", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_queue_calls_attempt", "queue_calls", ["attempt"])


def downgrade() -> None:
    # Before, nothing had words for it.
    op.execute("UPDATE queue_calls SET outcome = 'abandoned' WHERE outcome = 'unreached'")
    op.drop_index("ix_queue_calls_attempt", "queue_calls")
    for name in ("not_before", "calls", "attempt", "hung_up_at", "call_back_at"):
        op.drop_column("queue_calls", name)
