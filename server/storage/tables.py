"""The table that says whether what is remembered of others still holds."""

from sqlalchemy import BigInteger, Column, Integer, Table

from server.storage.metadata import metadata

#: One row. `changed_in` is the transaction of PostgreSQL that raised `version` last.
data_version = Table(
    "data_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("changed_in", BigInteger, nullable=False, server_default="0"),
)
