"""How the sound of a call was."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("call_records", sa.Column("sound", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("call_records") as table:
        table.drop_column("sound")
