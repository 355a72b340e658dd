"""Tables of queues: what their agents do, and the book of their calls. Routes are made of neither."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from server.storage.metadata import metadata

#: As `agents.Agent`. Who is off duty has no row.
queue_agents = Table(
    "queue_agents",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("queue_id", String(32)),
    Column("call", String(64)),
    Column("record", String(64)),
    Column("until", BigInteger),
    Column("missed", Integer, nullable=False),
    Column("rests_until", BigInteger, nullable=False),
)

#: As `rules.QueuedCall`; `id` is that of the record of the wait.
queue_calls = Table(
    "queue_calls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("queue_id", String(32), nullable=False),
    Column("caller_user_id", String(255)),
    Column("caller_name", Text, nullable=False),
    Column("caller_number", String(255)),
    Column("arrived_at", BigInteger, nullable=False),
    Column("joined_at", BigInteger),
    Column("sent_at", BigInteger),
    Column("left_at", BigInteger, index=True),
    Column("outcome", String(16)),
    Column("agent", String(255)),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("call_back_at", BigInteger),
    Column("hung_up_at", BigInteger),
    Column("attempt", String(64), index=True),
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("not_before", BigInteger, nullable=False, server_default="0"),
)
Index("ix_queue_calls_queue_id_arrived_at", queue_calls.c.queue_id, queue_calls.c.arrived_at)
