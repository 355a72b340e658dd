"""Table of opening hours. Routes are made of it."""

from sqlalchemy import Column, String, Table, Text

from server.storage.metadata import VERSIONED, metadata

#: `schedule` is a `rules.Schedule` as JSON.
opening_hours = Table(
    "opening_hours",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("schedule", Text, nullable=False),
    info={VERSIONED: True},
)
