"""What administrators choose for all mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    op.create_table(
        "voicemail_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_voicemail_rules"),
    )


def downgrade() -> None:
    op.drop_table("voicemail_rules")
