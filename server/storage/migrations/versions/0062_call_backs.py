"""Who waits to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("asker", sa.String(255), nullable=False),
        sa.Column("wanted", sa.String(255), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.String(64)),
        sa.Column("called_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_call_backs"),
    )
    op.create_index("ix_call_backs_asker", "call_backs", ["asker"])


def downgrade() -> None:
    op.drop_table("call_backs")
