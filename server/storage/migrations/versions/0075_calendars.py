"""Calendars of people, and when those are busy by them."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address_tag", sa.String(64), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("validators", sa.Text(), nullable=False),
        sa.Column("appointments", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("covers_until", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(40)),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_calendars_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_calendars"),
        sa.UniqueConstraint("person_id", "address_tag", name="uq_calendars_person_id_address_tag"),
    )
    op.create_index("ix_calendars_next_at", "calendars", ["next_at"])
    op.create_table(
        "own_appointments",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("whole_days", sa.Boolean(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("times", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_own_appointments_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_own_appointments"),
    )


def downgrade() -> None:
    op.drop_table("own_appointments")
    op.drop_table("calendars")
