"""For whom a call rang that somebody else picked up."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
_INDEX = "ix_call_records_rang_for_user_id_started_at"


def upgrade() -> None:
    op.add_column("call_records", sa.Column("rang_for_user_id", sa.String(255), nullable=True))
    op.add_column("call_records", sa.Column("picked_up_from", sa.Text(), nullable=True))
    op.create_index(_INDEX, "call_records", ["rang_for_user_id", "started_at"])


def downgrade() -> None:
    op.drop_index(_INDEX, "call_records")
    with op.batch_alter_table("call_records") as table:
        table.drop_column("picked_up_from")
        table.drop_column("rang_for_user_id")
