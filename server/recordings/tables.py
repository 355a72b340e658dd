"""Tables of recordings: a row each, whose sound is in files, who is in it, and what administrators chose."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from server.storage.metadata import metadata

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call_id", String(64), nullable=False, index=True),
    Column("caller_user_id", String(255)),
    Column("caller_name", Text, nullable=False),
    Column("caller_number", Text),
    Column("callee_user_id", String(255)),
    Column("callee_name", Text, nullable=False),
    Column("callee_number", Text),
    Column("withheld", Boolean, nullable=False),
    Column("why", String(16), nullable=False),
    Column("wanted_by", String(255)),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    #: JSON of a list of `rules.Mark`.
    Column("pauses", Text, nullable=False),
    Column("whole", Boolean, nullable=False),
    #: JSON of a list of `wire.route.Party`; null for a call of two.
    Column("others", Text),
    #: Of a meeting; null for a call.
    Column("title", Text),
    Index(None, "started_at", "id"),
    Index(None, "ended_at"),
)

recording_people = Table(
    "recording_people",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("recording_id", ForeignKey(recordings.c.id, ondelete="CASCADE"), primary_key=True, index=True),
)

recording_rules = Table(
    "recording_rules",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("subject", String(255), primary_key=True),
)

#: One row: JSON of `rules.Settings`.
recording_settings = Table(
    "recording_settings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),
)
