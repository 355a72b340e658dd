"""Tables of what people say of themselves."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from server.directory.tables import people
from server.storage.metadata import metadata

#: One row for each person who ever said how they are; `until` (milliseconds) ends the words, NULL never.
presence_choices = Table(
    "presence_choices",
    metadata,
    Column("person_id", ForeignKey(people.c.id, ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("status_text", Text, nullable=False),
    Column("until", BigInteger),
)
