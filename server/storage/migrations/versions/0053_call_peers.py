"""With whom a person has had calls, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.create_table(
        "call_peers",
        sa.Column("user_id", sa.String(255), primary_key=True),
        sa.Column("peer", sa.String(255), primary_key=True),
    )
    op.execute("INSERT INTO call_peers (user_id, peer) SELECT DISTINCT user_id, peer FROM call_log")


def downgrade() -> None:
    op.drop_table("call_peers")
