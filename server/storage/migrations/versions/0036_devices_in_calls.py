"""Which device a hashed identity of the media server is of."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("meeting_identities", sa.Column("device_id", sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column("meeting_identities", "device_id")
