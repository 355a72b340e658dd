"""Which numbers outside a person may call."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    column = sa.Column("calls_outside", sa.String(length=16), server_default="all", nullable=False)
    op.add_column("people", column)


def downgrade() -> None:
    op.drop_column("people", "calls_outside")
