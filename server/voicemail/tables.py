"""Tables of voicemail: who has chosen what, and a row a message and a greeting, whose sound is a file. Owners
are ids of people."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, false

from server.storage.metadata import VERSIONED, metadata

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("owner", String(32), primary_key=True),
    #: Whether calls that nobody takes go there.
    Column("on", Boolean, nullable=False),
    info={VERSIONED: True},
)

voice_messages = Table(
    "voice_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("call_id", String(64), nullable=False),
    Column("caller_user_id", String(255)),
    Column("caller_name", Text, nullable=False),
    Column("caller_number", Text),
    Column("left_at", BigInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("seen", Boolean, nullable=False, server_default=false()),
    #: Whether it stands in the chat of caller and owner, or never will.
    Column("posted", Boolean, nullable=False, server_default=false()),
    #: When its owner deleted it; it is forgotten a while later.
    Column("deleted_at", BigInteger),
    Index(None, "owner", "left_at"),
    # A mailbox that is full is told of by the route.
    info={VERSIONED: True},
)

voicemail_greetings = Table(
    "voicemail_greetings",
    metadata,
    Column("owner", String(32), primary_key=True),
    Column("occasion", String(16), primary_key=True),
    #: Of the file that holds it: each has a new one, so that whoever kept the sound need not ask again.
    Column("id", String(32), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    # The route says which one is played.
    info={VERSIONED: True},
)

#: One row: JSON of `rules.Changes`.
voicemail_rules = Table(
    "voicemail_rules",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("chosen", Text, nullable=False),
    # Whose mailbox answers.
    info={VERSIONED: True},
)

voicemail_mail = Table(
    "voicemail_mail",
    metadata,
    Column("owner", String(32), primary_key=True),
    #: "notice", "sound" or "opus"; who wants none has no row.
    Column("kind", String(8), nullable=False),
)

voicemail_pins = Table(
    "voicemail_pins",
    metadata,
    Column("owner", String(32), primary_key=True),
    #: Argon2id, with its parameters.
    Column("hash", Text, nullable=False),
    #: Milliseconds since the epoch; 0: before that was kept.
    Column("chosen_at", BigInteger, nullable=False, server_default="0"),
)
