"""How many mails to addresses outside each person has caused in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "meeting_outside_mail",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_meeting_outside_mail")),
    )


def downgrade() -> None:
    op.drop_table("meeting_outside_mail")
