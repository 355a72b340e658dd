"""Tables of telephony: one row a call, and the presence to go back to after it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, false

from server.storage.metadata import VERSIONED, metadata

call_records = Table(
    "call_records",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("via", String(64), nullable=False),
    Column("dialled", Text, nullable=False),
    Column("caller_user_id", String(255)),
    Column("caller_name", Text, nullable=False),
    Column("caller_number", Text),
    Column("callee_user_id", String(255)),
    Column("callee_name", Text, nullable=False),
    Column("callee_number", Text),
    Column("video", Boolean, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text),
    Column("answered_on", String(16)),
    Column("room_id", String(255)),
    Column("audio_caller_to_callee", Boolean),
    Column("audio_callee_to_caller", Boolean),
    Column("withheld", Boolean, nullable=False, server_default=false()),
    #: JSON of `wire.record.Sound`; null where nothing is known.
    Column("sound", Text),
    #: JSON of `wire.record.Transfer`; null where nobody was transferred.
    Column("transfer", Text),
    #: JSON of a list of `wire.record.Wait`; null where it was never on hold.
    Column("waits", Text),
    #: For whom it rang, when somebody else picked it up; and JSON of that `wire.route.Party`.
    Column("rang_for_user_id", String(255)),
    Column("picked_up_from", Text),
    #: JSON of a list of `wire.route.Forwarded`; null where it was not forwarded.
    Column("forwarded", Text),
    #: The last ring group that it was for; and JSON of a list of `wire.record.GroupRang`.
    Column("group_id", String(32)),
    Column("rung_groups", Text),
    #: JSON of a list of `wire.record.Recorded`; null where nothing was.
    Column("recordings", Text),
    #: JSON of the `wire.route.Party` in whose name its caller called; null where in their own.
    Column("on_behalf_of", Text),
    Index(None, "started_at"),
    Index(None, "caller_user_id", "started_at"),
    Index(None, "group_id", "callee_user_id", "answered_at"),
)

#: One row for each person who has a call in their log, written with its record (`log.rules.Entry`).
call_log = Table(
    "call_log",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("peer", String(255), nullable=False),
    Column("inside", Boolean, nullable=False),
    Column("missed_at", BigInteger),
    Index(None, "user_id", "started_at", "call_id"),
    Index(None, "user_id", "kind", "started_at", "call_id"),
    Index(None, "user_id", "peer", "started_at", "call_id"),
    Index(None, "user_id", "missed_at"),
)

#: With whom a person has ever had a call, each once: a search looks through these, not through all calls.
call_peers = Table(
    "call_peers",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("peer", String(255), primary_key=True),
)

#: Until when (milliseconds since 1970) a person has seen what they missed.
calls_seen = Table(
    "calls_seen",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("until", BigInteger, nullable=False),
)

#: Calls outside from the moment they are allowed; whether one goes on is in its record.
outside_calls = Table(
    "outside_calls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(255), nullable=False),
    Column("trunk", String(32), nullable=False),
    Column("reserved_at", BigInteger, nullable=False),
    #: In whose name the call is made; it counts for them, too.
    Column("on_behalf_of", String(255)),
)

#: Mobile phones that were answered, and asked whether their owner (`user_id`) takes a call: whoever talked
#: by no such call has paid for its line all the same. NULL in `until`: they are asked.
asked_mobiles = Table(
    "asked_mobiles",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("leg", String(255), primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger),
    Column("user_id", String(255), nullable=False, index=True),
)

#: What a person's presence was before the first call: kept here so that a restart in mid call loses nothing.
presence_before_call = Table(
    "presence_before_call",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("presence", String(64), nullable=False),
    Column("status_msg", Text),
)

#: One row: the bridge's last snapshot as JSON. It is sent on changes only, so a restart must not forget it.
phone_snapshot = Table(
    "phone_snapshot",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)

#: One row: JSON of the codes that an administrator has chosen, by their names.
star_codes = Table(
    "star_codes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("chosen", Text, nullable=False),
    # What a phone dials leads there.
    info={VERSIONED: True},
)
