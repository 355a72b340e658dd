"""Trunks that administrators added; those of the configuration file are not here."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from server.storage.metadata import VERSIONED, metadata

#: Passwords lie in files of their own, which their owner alone can read.
trunks = Table(
    "trunks",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("transport", String(8), nullable=False),
    Column("username", Text),
    Column("caller_id", String(20)),
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    #: JSON of `trunks.settings.Settings`.
    Column("settings", Text, nullable=False, server_default="{}"),
    info={VERSIONED: True},
)
