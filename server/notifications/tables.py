"""Mails that were accepted and are not delivered yet."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from server.storage.metadata import metadata

#: `content` is sealed: a mail that waits holds a link that works.
mail_outbox = Table(
    "mail_outbox",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False, index=True),
)
