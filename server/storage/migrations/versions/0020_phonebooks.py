"""Phonebooks and favourites; department, photo and disabling of people."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("labelled", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("search_digits", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_owner_sort_key_id"), "contacts", ["owner", "sort_key", "id"])
    op.create_table(
        "contact_numbers",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_contact_numbers_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "number", name=op.f("pk_contact_numbers")),
    )
    op.create_index(op.f("ix_contact_numbers_number"), "contact_numbers", ["number"])
    op.create_table(
        "favourites",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "target", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_target"), "favourites", ["target"])
    op.add_column("people", sa.Column("department", sa.Text(), server_default="", nullable=False))
    op.add_column("people", sa.Column("photo", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("disabled_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for column in ("disabled_at", "photo", "department"):
        op.drop_column("people", column)
    op.drop_table("favourites")
    op.drop_table("contact_numbers")
    op.drop_table("contacts")
