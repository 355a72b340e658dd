"""How often a caller who waits was sent elsewhere; and no rules about recording calls of who was removed."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"

_GONE = """
DELETE FROM recording_rules WHERE kind = 'person' AND EXISTS (
    SELECT 1 FROM people
    WHERE people.removed_at IS NOT NULL
    AND substr(recording_rules.subject, 1, length(people.localpart) + 2) = '@' || people.localpart || ':'
)
"""


def upgrade() -> None:
    op.add_column("queue_calls", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.execute(_GONE)


def downgrade() -> None:
    op.drop_column("queue_calls", "tries")
