"""How many there are of what, counted in SQL at each scrape."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.accounts.tables import sessions
from server.directory.tables import people
from server.meetings.tables import meeting_visitors, meetings
from server.meetings.visitor import ACTIVE
from server.phonebooks.tables import contacts
from server.telephony.tables import call_records

_ALL = select(func.count())
_COUNTS = {
    "people": _ALL.select_from(people).where(people.c.removed_at.is_(None), people.c.disabled_at.is_(None)),
    "people_disabled": _ALL.select_from(people).where(
        people.c.removed_at.is_(None), people.c.disabled_at.is_not(None)
    ),
    "sessions": _ALL.select_from(sessions).where(sessions.c.ended.is_(False)),
    "contacts": _ALL.select_from(contacts),
    "call_records": _ALL.select_from(call_records),
    "meetings": _ALL.select_from(meetings).where(meetings.c.cancelled_at.is_(None)),
    "meeting_visitors": _ALL.select_from(meeting_visitors).where(meeting_visitors.c.state.in_(ACTIVE)),
}


class SqlCounts:
    """`metrics.http.Counts`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def now(self) -> dict[str, int]:
        async with self._engine.connect() as connection:
            return {name: int(await connection.scalar(query) or 0) for name, query in _COUNTS.items()}
