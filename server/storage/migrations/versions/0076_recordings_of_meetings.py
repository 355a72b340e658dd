"""Recordings of meetings."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"


def upgrade() -> None:
    op.add_column("recordings", sa.Column("title", sa.Text()))


def downgrade() -> None:
    op.drop_column("recordings", "title")
