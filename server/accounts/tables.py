"""Tables of the accounts: passwords, sessions and the memory of failed sign-ins."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from server.storage.metadata import metadata

passwords = Table(
    "passwords",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

#: `token_hash` is the SHA-256 of the cookie: who reads the database cannot sign in with what it holds.
#: A session that has ended stays until the homeserver has deleted its device.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", String(255), nullable=False),
    Column("layout", String(16), nullable=False),
    Column("device_id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("ended", Boolean, nullable=False),
)

#: `subject` is a hash of an account's e-mail or of an address: the table tells nobody who exists.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
)

#: Who did what. `actor` and `subject` are user ids where they are people; rows outlive both.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("actor", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("details", Text, nullable=False),
)
