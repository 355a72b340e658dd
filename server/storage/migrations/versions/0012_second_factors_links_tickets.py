"""Second factors, links of mails, sign-ins under way, sessions of other Matrix clients, photos."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_PERSON = "people.id"


def _person_key(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_people")
    return sa.ForeignKeyConstraint(["person_id"], [_PERSON], name=name, ondelete="CASCADE")


def upgrade() -> None:
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("browser", sa.Text(), server_default="", nullable=False))
        sessions.add_column(sa.Column("address", sa.Text(), server_default="", nullable=False))
        sessions.add_column(sa.Column("ended_at", sa.BigInteger(), nullable=True))
        sessions.add_column(sa.Column("ended_reason", sa.String(16), server_default="", nullable=False))
        sessions.add_column(sa.Column("ended_by", sa.Text(), server_default="", nullable=False))
        sessions.add_column(sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "account_settings",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("trust_epoch", sa.Integer(), nullable=False),
        _person_key("account_settings"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account_settings")),
    )
    op.create_table(
        "second_factors",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _person_key("second_factors"),
        sa.PrimaryKeyConstraint("person_id", "method", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        _person_key("recovery_codes"),
        sa.PrimaryKeyConstraint("person_id", "tag", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "tickets",
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _person_key("tickets"),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_person_id"), "tickets", ["person_id"])
    op.create_index(op.f("ix_tickets_expires_at"), "tickets", ["expires_at"])
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        _person_key("one_time_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_links_token_hash")),
    )
    op.create_index(op.f("ix_one_time_links_person_id"), "one_time_links", ["person_id"])
    op.create_table(
        "oidc_sessions",
        sa.Column("sid", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        _person_key("oidc_sessions"),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_oidc_sessions")),
    )
    op.create_index(op.f("ix_oidc_sessions_person_id"), "oidc_sessions", ["person_id"])
    op.create_table(
        "photos",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        _person_key("photos"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_photos")),
    )


def downgrade() -> None:
    for table in (
        "photos",
        "oidc_sessions",
        "one_time_links",
        "tickets",
        "recovery_codes",
        "second_factors",
        "account_settings",
    ):
        op.drop_table(table)
    with op.batch_alter_table("sessions") as sessions:
        for column in ("closed", "ended_by", "ended_reason", "ended_at", "address", "browser"):
            sessions.drop_column(column)
