"""Whether what is remembered still holds; `storage.version` makes the triggers at each start."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'data_changed_%'"


def upgrade() -> None:
    op.create_table(
        "data_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_version")),
    )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS data_changed() CASCADE")
    else:
        for (name,) in connection.execute(sa.text(_TRIGGERS)).all():
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("data_version")
