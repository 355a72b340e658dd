"""Lines of mobile phones cost while it is asked there whether a call is taken."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    op.create_table(
        "asked_mobiles",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("leg", sa.String(255), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "leg", "since", name="pk_asked_mobiles"),
    )
    op.create_index("ix_asked_mobiles_user_id", "asked_mobiles", ["user_id"])


def downgrade() -> None:
    op.drop_table("asked_mobiles")
