"""The table of blocked callers. Routes are made of it."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from server.directory.tables import people
from server.storage.metadata import VERSIONED, metadata

#: `number` is "" for all who withhold theirs.
blocked_callers = Table(
    "blocked_callers",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("since", BigInteger, nullable=False),
    info={VERSIONED: True},
)
