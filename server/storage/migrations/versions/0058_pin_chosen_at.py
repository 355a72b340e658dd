"""When the PIN of a mailbox was chosen: people are told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.add_column(
        "voicemail_pins", sa.Column("chosen_at", sa.BigInteger(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("voicemail_pins", "chosen_at")
