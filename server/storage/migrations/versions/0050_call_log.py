"""Whose log a call stands in, by what it is found there, and until when missed calls were seen."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0047"

#: Of one side of `call_records`: the colleague, else the number.
_PEER = (
    "CASE WHEN {0}_user_id IS NULL OR {0}_user_id LIKE '@\\_tel\\_%' ESCAPE '\\' "
    "THEN COALESCE({0}_number, '') ELSE {0}_user_id END"
)
_COLLEAGUE = "{0}_user_id IS NOT NULL AND {0}_user_id NOT LIKE '@\\_tel\\_%' ESCAPE '\\'"
_RECEIVED = "CASE WHEN withheld THEN '' ELSE " + _PEER.format("caller") + " END"
_MISSED = (
    "(answered_on = 'voicemail' OR answered_at IS NULL) AND outcome NOT IN ('rejected', 'in_progress') "
    "AND (answered_on = 'voicemail' OR outcome <> 'answered')"
)
#: Of a call that came in: kind, other side, and when it was over for nothing.
_CAME = (
    f"CASE WHEN {_MISSED} THEN 'missed' ELSE 'received' END AS kind, {_RECEIVED} AS peer, "
    f"CASE WHEN {_MISSED} THEN COALESCE(ended_at, started_at) END AS missed_at FROM call_records "
)
_NOT = "AND ({0}_user_id IS NULL OR {0}_user_id <> {1}_user_id)"
_FILLS = (
    "SELECT id AS call_id, caller_user_id AS user_id, started_at, 'made' AS kind, "  # noqa: S608
    f"{_PEER.format('callee')} AS peer, CAST(NULL AS BIGINT) AS missed_at FROM call_records "
    f"WHERE {_COLLEAGUE.format('caller')}",
    f"SELECT id AS call_id, callee_user_id AS user_id, started_at, {_CAME}"
    f"WHERE {_COLLEAGUE.format('callee')} {_NOT.format('caller', 'callee')}",
    f"SELECT id AS call_id, rang_for_user_id AS user_id, started_at, {_CAME}"
    f"WHERE {_COLLEAGUE.format('rang_for')} {_NOT.format('caller', 'rang_for')} "
    f"{_NOT.format('callee', 'rang_for')}",
)
_OLD = ("callee_user_id", "rang_for_user_id")


def upgrade() -> None:
    op.create_table(
        "call_log",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(255), primary_key=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("peer", sa.String(255), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("missed_at", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "calls_seen",
        sa.Column("user_id", sa.String(255), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    columns = "call_id, user_id, started_at, kind, peer, inside, missed_at"
    for fill in _FILLS:
        op.execute(
            f"INSERT INTO call_log ({columns}) SELECT call_id, user_id, started_at, kind, peer, "  # noqa: S608
            f"peer LIKE '@%', missed_at FROM ({fill}) AS found"
        )
    # What was missed before was counted by each browser for itself.
    op.execute(
        "INSERT INTO calls_seen (user_id, until) SELECT user_id, MAX(missed_at) FROM call_log "
        "WHERE missed_at IS NOT NULL GROUP BY user_id"
    )
    _index("started_at", "call_id")
    _index("kind", "started_at", "call_id")
    _index("peer", "started_at", "call_id")
    _index("missed_at")
    for old in _OLD:
        op.drop_index(f"ix_call_records_{old}_started_at", "call_records")


def _index(*columns: str) -> None:
    op.create_index("_".join(("ix_call_log_user_id", *columns)), "call_log", ["user_id", *columns])


def downgrade() -> None:
    for old in _OLD:
        op.create_index(f"ix_call_records_{old}_started_at", "call_records", [old, "started_at"])
    op.drop_table("calls_seen")
    op.drop_table("call_log")
