"""SQLite finds contacts in an index alone."""

from alembic import op

revision = "0022"
down_revision = "0021"
_INDEX = "ix_contacts_search"


def upgrade() -> None:
    # PostgreSQL limits the size of an entry, and reads the rows themselves fast enough.
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(_INDEX, "contacts", ["owner", "sort_key", "id", "search_text", "search_digits"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(_INDEX, "contacts")
