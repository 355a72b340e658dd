"""Tables of people's calendars."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from server.directory.tables import people
from server.storage.metadata import VERSIONED, metadata

#: `connection` (a `sources.Connection`) and `appointments` are JSON, sealed: a secret address is a password,
#: and what an appointment is about is its owner's. `address_tag` is a keyed hash of the address, so that none
#: is there twice. Times are milliseconds since 1970; `covers_until` is how far `appointments` reach.
calendars = Table(
    "calendars",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("host", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("address_tag", String(64), nullable=False),
    Column("connection", Text, nullable=False),
    Column("validators", Text, nullable=False),
    Column("appointments", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    Column("covers_until", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("problem", String(40)),
    Column("next_at", BigInteger, nullable=False, index=True),
    UniqueConstraint("person_id", "address_tag"),
)

#: When somebody is busy by all their calendars, as JSON, and what they want of that: whether whole days
#: count, and whether nothing rings meanwhile. Routes are made of it.
own_appointments = Table(
    "own_appointments",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("whole_days", Boolean, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("times", Text, nullable=False),
    info={VERSIONED: True},
)
