"""Recordings of calls of several."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    op.add_column("recordings", sa.Column("others", sa.Text()))


def downgrade() -> None:
    op.drop_column("recordings", "others")
