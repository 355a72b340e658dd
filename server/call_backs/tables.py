"""The table of those who wait to be called back."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, false

from server.storage.metadata import metadata

call_backs = Table(
    "call_backs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("asker", String(255), nullable=False, index=True),
    Column("wanted", String(255), nullable=False),
    Column("why", String(16), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False, server_default=false()),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("not_before", BigInteger, nullable=False),
    #: The call that is being made, null while one waits.
    Column("call_id", String(64)),
    Column("called_at", BigInteger, nullable=False, server_default="0"),
)
