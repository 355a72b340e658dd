"""Tables of what people set for calls that reach them. Routes are made of all."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, true

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
    #: When do-not-disturb ends by itself, milliseconds since 1970.
    Column("until", BigInteger),
    info={VERSIONED: True},
)

#: Hours of somebody's week, as JSON.
own_hours = Table(
    "own_hours",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("hours", Text, nullable=False),
    #: Whether nobody is to disturb at the times of the third.
    Column("quiet", Boolean, nullable=False),
    Column("quiet_times", Text, nullable=False),
    info={VERSIONED: True},
)

#: Numbers outside (E.164) that are one of a person's devices; `hours` is a `hours.rules.Schedule` as JSON.
mobiles = Table(
    "mobiles",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("delay_seconds", Integer, nullable=False),
    Column("hours", Text),
    info={VERSIONED: True},
)
