"""Greetings of people's own for their mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_table(
        "voicemail_greetings",
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("occasion", sa.String(16), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "occasion", name="pk_voicemail_greetings"),
    )


def downgrade() -> None:
    op.drop_table("voicemail_greetings")
