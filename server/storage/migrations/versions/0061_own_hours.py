"""Own hours and quiet times of people, and a do-not-disturb that ends by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.add_column("ringing", sa.Column("until", sa.BigInteger()))
    person = sa.ForeignKey("people.id", ondelete="CASCADE")
    op.create_table(
        "own_hours",
        sa.Column("person_id", sa.String(32), person, primary_key=True),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("quiet_times", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("own_hours")
    op.drop_column("ringing", "until")
