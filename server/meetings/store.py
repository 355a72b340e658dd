"""Meetings and their invitees in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.meetings.meeting import Invitee, Meeting
from server.meetings.service import PinTaken, RoomTaken
from server.meetings.tables import meeting_invitees as invitees
from server.meetings.tables import meetings
from server.storage import one_at_a_time

#: Fewer than what SQLite takes as variables of one statement.
_CHUNK = 500


class SqlMeetings:
    """`meetings.service.MeetingStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, meeting: Meeting, pin_tag: str, sealed_pin: str) -> None:
        values = {**_values(meeting), "id": meeting.id, "pin_tag": pin_tag, "pin": sealed_pin}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(meetings).values(values))
        except IntegrityError as error:
            if await self.of_room(meeting.room_id):
                raise RoomTaken from error
            raise PinTaken from error

    async def put(self, meeting: Meeting) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                update(meetings).where(meetings.c.id == meeting.id).values(_values(meeting))
            )

    async def get(self, meeting_id: str) -> Meeting | None:
        return await self._one(meetings.c.id == meeting_id)

    async def of_room(self, room_id: str) -> Meeting | None:
        return await self._one(meetings.c.room_id == room_id)

    async def of_call(self, sfu_room: str) -> Meeting | None:
        return await self._one(meetings.c.sfu_room == sfu_room)

    async def by_pin(self, pin_tag: str) -> Meeting | None:
        return await self._one(meetings.c.pin_tag == pin_tag)

    async def in_rooms(self, room_ids: Collection[str]) -> list[Meeting]:
        rooms, found = sorted(room_ids), list[Meeting]()
        async with self._engine.connect() as connection:
            for at in range(0, len(rooms), _CHUNK):
                these = meetings.c.room_id.in_(rooms[at : at + _CHUNK])
                query = select(meetings).where(these, meetings.c.cancelled_at.is_(None))
                found += [_meeting(row) for row in await connection.execute(query)]
        return found

    async def sealed_pin(self, meeting_id: str) -> str:
        async with self._engine.connect() as connection:
            query = select(meetings.c.pin).where(meetings.c.id == meeting_id)
            return str(await connection.scalar(query) or "")

    async def invitation_link(self, meeting_id: str) -> str | None:
        async with self._engine.connect() as connection:
            query = select(meetings.c.invitation_link).where(meetings.c.id == meeting_id)
            found: str | None = await connection.scalar(query)
            return found

    async def put_invitation_link(self, meeting_id: str, sealed: str | None) -> None:
        async with self._engine.begin() as connection:
            this = update(meetings).where(meetings.c.id == meeting_id)
            await connection.execute(this.values(invitation_link=sealed))

    async def invitees(self, meeting_id: str) -> list[Invitee]:
        query = select(invitees).where(invitees.c.meeting_id == meeting_id).order_by(invitees.c.email)
        async with self._engine.connect() as connection:
            return [Invitee(row.email, row.name, row.user_id) for row in await connection.execute(query)]

    async def put_invitees(self, meeting_id: str, people: Sequence[Invitee]) -> None:
        rows = [
            {"meeting_id": meeting_id, "email": one.email, "name": one.name, "user_id": one.user_id}
            for one in people
        ]
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, meetings.c.id, meeting_id)
            await connection.execute(delete(invitees).where(invitees.c.meeting_id == meeting_id))
            if rows:
                await connection.execute(insert(invitees), rows)

    async def _one(self, which: ColumnElement[bool]) -> Meeting | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(meetings).where(which))).one_or_none()
        return _meeting(row) if row else None


def _values(meeting: Meeting) -> Mapping[str, Any]:
    """All columns that `Meeting` has, but the id."""
    return {
        "room_id": meeting.room_id,
        "sfu_room": meeting.sfu_room,
        "title": meeting.title,
        "organiser": meeting.organiser,
        "language": meeting.language,
        "encrypted": meeting.encrypted,
        "created_at": meeting.created_at,
        "starts_at": meeting.starts_at,
        "duration_minutes": meeting.duration_minutes,
        "cancelled_at": meeting.cancelled_at,
        "sequence": meeting.sequence,
    }


def _meeting(row: Row[Any]) -> Meeting:
    return Meeting(
        row.id,
        row.room_id,
        row.sfu_room,
        row.title,
        row.organiser,
        row.language,
        row.encrypted,
        row.created_at,
        row.starts_at,
        row.duration_minutes,
        row.cancelled_at,
        row.sequence,
    )
