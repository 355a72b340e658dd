"""Meetings, their invitations and links, and visitors."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room_id", sa.String(length=255), nullable=False),
        sa.Column("sfu_room", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organiser", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("pin_tag", sa.String(length=64), nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.Column("invitation_link", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("room_id", name=op.f("uq_meetings_room_id")),
        sa.UniqueConstraint("sfu_room", name=op.f("uq_meetings_sfu_room")),
        sa.UniqueConstraint("pin_tag", name=op.f("uq_meetings_pin_tag")),
    )
    op.create_table(
        "meeting_invitees",
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=True),
        _of_meeting("meeting_invitees"),
        sa.PrimaryKeyConstraint("meeting_id", "email", name=op.f("pk_meeting_invitees")),
    )
    op.create_table(
        "meeting_links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("lobby", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        _of_meeting("meeting_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_meeting_links_token_hash")),
    )
    op.create_index(op.f("ix_meeting_links_meeting_id"), "meeting_links", ["meeting_id"])
    _visitors()
    op.create_table(
        "meeting_removals",
        sa.Column("sfu_room", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sfu_room", "user_id", name=op.f("pk_meeting_removals")),
    )
    op.create_table(
        "meeting_identities",
        sa.Column("sfu_room", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sfu_room", "identity", name=op.f("pk_meeting_identities")),
    )


def _visitors() -> None:
    op.create_table(
        "meeting_visitors",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=True),
        sa.Column("cookie_hash", sa.String(length=64), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("vouched_by", sa.String(length=255), nullable=True),
        sa.Column("unencrypted", sa.Boolean(), nullable=False),
        sa.Column("media_key", sa.Text(), nullable=True),
        sa.Column("account_open", sa.Boolean(), nullable=False),
        sa.Column("sync_from", sa.Text(), nullable=True),
        sa.Column("delay_id", sa.Text(), nullable=True),
        _of_meeting("meeting_visitors"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_visitors")),
        sa.UniqueConstraint("cookie_hash", name=op.f("uq_meeting_visitors_cookie_hash")),
    )
    for column in ("meeting_id", "state", "account_open"):
        op.create_index(op.f(f"ix_meeting_visitors_{column}"), "meeting_visitors", [column])


def _of_meeting(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_meeting_id_meetings")
    return sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in (
        "meeting_identities", "meeting_removals", "meeting_visitors", "meeting_links", "meeting_invitees",
        "meetings",
    ):  # fmt: skip
        op.drop_table(table)
