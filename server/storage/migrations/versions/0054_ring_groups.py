"""Ring groups, their members and numbers, and the groups that calls were for."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "ring_groups",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("strategy", sa.String(16), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("skip_busy", sa.Boolean(), nullable=False),
        sa.Column("otherwise_kind", sa.String(16)),
        sa.Column("otherwise", sa.String(255)),
    )
    group = sa.ForeignKey("ring_groups.id", ondelete="CASCADE")
    person = sa.ForeignKey("people.id", ondelete="CASCADE")
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.String(32), group, primary_key=True),
        sa.Column("person_id", sa.String(32), person, primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("here", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_index("ix_group_members_person_id", "group_members", ["person_id"])
    op.create_table(
        "group_numbers",
        sa.Column("number", sa.String(20), primary_key=True),
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_group_numbers_group_id", "group_numbers", ["group_id"])
    op.add_column("call_records", sa.Column("group_id", sa.String(32)))
    op.add_column("call_records", sa.Column("rung_groups", sa.Text()))
    op.create_index(
        "ix_call_records_group_id_callee_user_id_answered_at",
        "call_records",
        ["group_id", "callee_user_id", "answered_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_call_records_group_id_callee_user_id_answered_at", "call_records")
    op.drop_column("call_records", "rung_groups")
    op.drop_column("call_records", "group_id")
    op.drop_table("group_numbers")
    op.drop_table("group_members")
    op.drop_table("ring_groups")
