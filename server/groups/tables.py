"""Tables of ring groups. Routes are made of both; their extensions and numbers are the directory's."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text, true

from server.directory.tables import people
from server.storage.metadata import VERSIONED, metadata

#: `otherwise` is a user id, a number or the id of a group, as `otherwise_kind` says; null: calls go nowhere.
#: `waiting` is the JSON of a `groups.rules.Waiting`; null: the group is no queue.
ring_groups = Table(
    "ring_groups",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("strategy", String(16), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("skip_busy", Boolean, nullable=False),
    Column("otherwise_kind", String(16)),
    Column("otherwise", String(255)),
    Column("waiting", Text),
    info={VERSIONED: True},
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_id", ForeignKey(ring_groups.c.id, ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("here", Boolean, nullable=False, server_default=true()),
    info={VERSIONED: True},
)
