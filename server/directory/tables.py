"""Tables of the directory: people, their extensions and their outside numbers."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from server.storage.metadata import VERSIONED, metadata

#: A removed person's row stays, without e-mail and search text: its localpart is never given out again,
#: because the Matrix user behind it still owns what was written, and call records still need the name.
people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("localpart", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("email_key", Text, unique=True),
    Column("search_text", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("department", Text, nullable=False, server_default=""),
    Column("photo", Text),
    Column("disabled_at", BigInteger),
    Column("calls_outside", String(16), nullable=False, server_default="all"),
    info={VERSIONED: True},
)

#: `ha1_*` are H(extension:realm:password) (RFC 8760, Section 2): what the registrar needs, not the password.
extensions = Table(
    "extensions",
    metadata,
    Column("number", String(6), primary_key=True),
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("ha1_md5", String(32), nullable=False),
    Column("ha1_sha256", String(64), nullable=False),
    info={VERSIONED: True},
)

numbers = Table(
    "numbers",
    metadata,
    Column("e164", String(20), primary_key=True),
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    info={VERSIONED: True},
)

#: Extensions and (`outside`) numbers in E.164 of ring groups: no person may have them.
group_numbers = Table(
    "group_numbers",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("group_id", String(32), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("outside", Boolean, nullable=False),
    info={VERSIONED: True},
)
