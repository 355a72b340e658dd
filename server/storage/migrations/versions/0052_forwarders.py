"""Who had a call forwarded stands in the call log, like everybody else of a call."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.drop_index("ix_call_forwarders_user_id", "call_forwarders")
    op.drop_table("call_forwarders")


def downgrade() -> None:
    op.create_table(
        "call_forwarders",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(255), primary_key=True),
    )
    op.create_index("ix_call_forwarders_user_id", "call_forwarders", ["user_id"])
