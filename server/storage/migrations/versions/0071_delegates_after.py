"""For how long one's own devices ring alone, before those of a delegate do, too."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    op.add_column("delegates", sa.Column("after", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("delegates") as table:
        table.drop_column("after")
