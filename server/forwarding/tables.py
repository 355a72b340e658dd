"""Tables of what people set for calls that reach them. Routes are made of both."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, true

from server.directory.tables import people
from server.storage.metadata import VERSIONED, metadata

#: One row for each rule that somebody has ever set; `target` is a user id or a number, as `target_kind` says.
forwards = Table(
    "forwards",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("situation", String(16), primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("target_kind", String(16)),
    Column("target", String(255)),
    Column("after_seconds", Integer, nullable=False),
    info={VERSIONED: True},
)

#: Which kinds of a person's devices ring, and whether any do.
ringing = Table(
    "ringing",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("do_not_disturb", Boolean, nullable=False),
    Column("desk_phone", Boolean, nullable=False, server_default=true()),
    Column("clients", Boolean, nullable=False, server_default=true()),
    info={VERSIONED: True},
)
