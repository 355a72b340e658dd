"""Who answers for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.create_table(
        "delegates",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("delegate_id", sa.String(32), nullable=False),
        sa.Column("rings", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_delegates_person_id_people", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["people.id"], name="fk_delegates_delegate_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "delegate_id", name="pk_delegates"),
    )
    op.create_index("ix_delegates_delegate_id", "delegates", ["delegate_id"])


def downgrade() -> None:
    op.drop_table("delegates")
