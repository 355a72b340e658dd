"""What people set for calls that reach them, and whom a call was forwarded by."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def _person() -> sa.Column[str]:
    person = sa.ForeignKey("people.id", ondelete="CASCADE")
    return sa.Column("person_id", sa.String(32), person, primary_key=True)


def upgrade() -> None:
    op.create_table(
        "forwards",
        _person(),
        sa.Column("situation", sa.String(16), primary_key=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("target_kind", sa.String(16), nullable=True),
        sa.Column("target", sa.String(255), nullable=True),
        sa.Column("after_seconds", sa.Integer(), nullable=False),
    )
    op.create_table(
        "ringing",
        _person(),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        sa.Column("desk_phone", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("clients", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column("call_records", sa.Column("forwarded", sa.Text(), nullable=True))
    op.create_table(
        "call_forwarders",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(255), primary_key=True),
    )
    op.create_index("ix_call_forwarders_user_id", "call_forwarders", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_call_forwarders_user_id", "call_forwarders")
    op.drop_table("call_forwarders")
    with op.batch_alter_table("call_records") as table:
        table.drop_column("forwarded")
    op.drop_table("ringing")
    op.drop_table("forwards")
