"""Mailboxes and the messages in them."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_mailboxes"),
    )
    op.create_table(
        "voice_messages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("caller_user_id", sa.String(255), nullable=True),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text(), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("posted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_voice_messages"),
    )
    op.create_index("ix_voice_messages_owner_left_at", "voice_messages", ["owner", "left_at"])


def downgrade() -> None:
    op.drop_table("voice_messages")
    op.drop_table("mailboxes")
