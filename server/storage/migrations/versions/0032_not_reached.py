"""Why a telephone that a meeting called did not come."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("meeting_visitors", sa.Column("not_reached", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("meeting_visitors", "not_reached")
