"""What is dialled for what, as an administrator chose."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    op.create_table(
        "star_codes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_star_codes"),
    )


def downgrade() -> None:
    op.drop_table("star_codes")
