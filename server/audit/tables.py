"""The table of the audit log."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from server.storage.metadata import metadata

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
