"""Table of attendants. Routes are made of it; their extensions and numbers are the directory's."""

from sqlalchemy import Column, String, Table, Text

from server.storage.metadata import VERSIONED, metadata

#: `content` is the rest of a `rules.Attendant` as JSON.
attendants = Table(
    "attendants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    info={VERSIONED: True},
)
