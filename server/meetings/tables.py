"""Tables of meetings: the meeting of a room, who was invited, links, visitors, breakouts, who was removed.

Times in milliseconds since the epoch. `sfu_room` is the SFU's name of a room's call.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from server.storage.metadata import metadata

#: `pin_tag` is a keyed hash of the PIN, to find it by; `pin` and `invitation_link` are sealed, to show them
#: again. `sequence` grows with each change that invitations tell of (RFC 5545, Section 3.8.7.4).
meetings = Table(
    "meetings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("room_id", String(255), nullable=False, unique=True),
    Column("sfu_room", String(64), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("organiser", String(255), nullable=False),
    Column("language", String(2), nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("starts_at", BigInteger),
    Column("duration_minutes", Integer),
    Column("cancelled_at", BigInteger),
    Column("sequence", Integer, nullable=False),
    Column("pin_tag", String(64), nullable=False, unique=True),
    Column("pin", Text, nullable=False),
    Column("invitation_link", Text),
)

#: `user_id` for colleagues.
meeting_invitees = Table(
    "meeting_invitees",
    metadata,
    Column("meeting_id", ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
    Column("email", String(320), primary_key=True),
    Column("name", Text, nullable=False),
    Column("user_id", String(255)),
)

#: `token_hash` is the SHA-256 of what the link holds.
meeting_links = Table(
    "meeting_links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("meeting_id", ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("lobby", Boolean, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

#: Guests and telephones. `account_open`: their Matrix user may exist, in the room or not; it is removed
#: afterwards, however long the homeserver is away. `sync_from` is where the room's chat starts for them,
#: `delay_id` the leave that the homeserver would send for them. `media_key` is sealed.
meeting_visitors = Table(
    "meeting_visitors",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("meeting_id", ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("number", String(32)),
    Column("user_id", String(255), nullable=False),
    Column("link_id", String(32)),
    Column("cookie_hash", String(64), unique=True),
    Column("since", BigInteger, nullable=False),
    Column("vouched_by", String(255)),
    Column("unencrypted", Boolean, nullable=False),
    Column("media_key", Text),
    Column("account_open", Boolean, nullable=False, index=True),
    Column("sync_from", Text),
    Column("delay_id", Text),
    Column("not_reached", String(16)),
)

#: Further rooms of the media server for a meeting's call. `closes_at` is the same for all of a meeting. One
#: that has closed is kept for as long as its tickets work, to know whose it was.
meeting_breakouts = Table(
    "meeting_breakouts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("meeting_id", ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sfu_room", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("closes_at", BigInteger),
    Column("closed_at", BigInteger),
)

#: Who is assigned to which breakout, to one of a meeting's at most.
meeting_breakout_people = Table(
    "meeting_breakout_people",
    metadata,
    Column("meeting_id", ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("breakout_id", ForeignKey("meeting_breakouts.id", ondelete="CASCADE"), nullable=False, index=True),
)

#: Members whom a moderator removed from a call that goes on.
meeting_removals = Table(
    "meeting_removals",
    metadata,
    Column("sfu_room", String(64), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("removed_at", BigInteger, nullable=False),
)

#: Whose the SFU's hashed identities are (MSC4195), for as long as their tokens work.
meeting_identities = Table(
    "meeting_identities",
    metadata,
    Column("sfu_room", String(64), primary_key=True),
    Column("identity", String(64), primary_key=True),
    Column("user_id", String(255), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("device_id", String(255)),
)

#: Mails to people outside that a person's invitations caused; `day` counts from 1970-01-01 (UTC).
meeting_outside_mail = Table(
    "meeting_outside_mail",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("mails", Integer, nullable=False),
)
