"""What each delegate may; in whose name calls are made."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    yes, no = sa.true(), sa.false()
    op.add_column("delegates", sa.Column("answers", sa.Boolean(), server_default=yes, nullable=False))
    op.add_column("delegates", sa.Column("calls", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("delegates", sa.Column("sees", sa.Boolean(), server_default=yes, nullable=False))
    op.add_column("call_records", sa.Column("on_behalf_of", sa.Text()))
    op.add_column("outside_calls", sa.Column("on_behalf_of", sa.String(255)))


def downgrade() -> None:
    with op.batch_alter_table("outside_calls") as table:
        table.drop_column("on_behalf_of")
    with op.batch_alter_table("call_records") as table:
        table.drop_column("on_behalf_of")
    with op.batch_alter_table("delegates") as table:
        for column in ("sees", "calls", "answers"):
            table.drop_column(column)
