"""Whose calls from outside somebody does not want."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    person = sa.ForeignKey("people.id", ondelete="CASCADE")
    op.create_table(
        "blocked_callers",
        sa.Column("person_id", sa.String(32), person, primary_key=True),
        sa.Column("number", sa.String(32), primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("blocked_callers")
