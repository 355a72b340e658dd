"""PINs with which people hear their mailboxes from any telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "voicemail_pins",
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_voicemail_pins"),
    )


def downgrade() -> None:
    op.drop_table("voicemail_pins")
