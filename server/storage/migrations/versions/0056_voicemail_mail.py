"""Who wants voice messages by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "voicemail_mail",
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_voicemail_mail"),
    )


def downgrade() -> None:
    op.drop_table("voicemail_mail")
