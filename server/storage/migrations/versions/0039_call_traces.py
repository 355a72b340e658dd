"""What was said for each call."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "call_traces",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_traces")),
    )
    op.create_index(op.f("ix_call_traces_ended_at"), "call_traces", ["ended_at"])
    # Administrators list all calls by time.
    op.create_index(op.f("ix_call_records_started_at"), "call_records", ["started_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_call_records_started_at"), "call_records")
    op.drop_index(op.f("ix_call_traces_ended_at"), "call_traces")
    op.drop_table("call_traces")
