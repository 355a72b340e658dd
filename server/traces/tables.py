"""The table of traces: one row a call that ended."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from server.storage.metadata import metadata

call_traces = Table(
    "call_traces",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("ended_at", BigInteger, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    #: zlib of the JSON of a `wire.trace.CallTrace`.
    Column("content", LargeBinary, nullable=False),
)
