"""The table of delegates. Routes are made of it."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, false, true

from server.directory.tables import people
from server.storage.metadata import VERSIONED, metadata

delegates = Table(
    "delegates",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("delegate_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    Column("rings", String(16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("after", Integer, nullable=False, server_default="0"),
    Column("answers", Boolean, nullable=False, server_default=true()),
    Column("calls", Boolean, nullable=False, server_default=false()),
    Column("sees", Boolean, nullable=False, server_default=true()),
    info={VERSIONED: True},
)
