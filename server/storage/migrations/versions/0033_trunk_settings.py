"""What a provider's sheet asks for, as JSON of `trunks.settings.Settings`."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("trunks", sa.Column("settings", sa.Text(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("trunks", "settings")
