"""Who may do what in which meeting: members of its room, and moderators by their power there."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from logs import log
from server.events.hub import Audience
from server.homeserver.errors import HomeserverError
from server.homeserver.room_state import RoomState
from server.meetings import rules
from server.meetings.meeting import Meeting
from server.meetings.ports import MeetingById
from server.meetings.refusals import MeetingNotFound, ModeratorsOnly

_log = log.get(__name__)


class MeetingRecord(MeetingById, Protocol):
    async def put(self, meeting: Meeting) -> None: ...


class RoomStates(Protocol):
    """What is asked of the homeserver; raises `HomeserverError`."""

    async def state(self, room_id: str, as_user: str) -> RoomState | None: ...

    async def members(self, room_id: str, as_user: str) -> frozenset[str]: ...


class Access:
    """Remembers who was in a room, to have somebody to ask as when its organiser has left."""

    def __init__(self, meetings: MeetingRecord, rooms: RoomStates, audience: Audience) -> None:
        self._meetings = meetings
        self._rooms = rooms
        self._audience = audience
        self._seen: dict[str, frozenset[str]] = {}

    async def member(self, meeting_id: str, user_id: str) -> tuple[Meeting, RoomState]:
        """Raises `MeetingNotFound` for strangers too: they do not learn that it exists."""
        meeting = await self._meetings.get(meeting_id)
        if meeting is None or meeting.cancelled_at is not None:
            raise MeetingNotFound
        state = await self.room(meeting.room_id, user_id)
        if state is None:
            raise MeetingNotFound
        return await self.refresh_from_room(meeting, state), state

    async def room_of(self, meeting_id: str, user_id: str) -> RoomState | None:
        """The room of a meeting as `user_id` sees it; None for whoever is not in it, or without a meeting."""
        meeting = await self._meetings.get(meeting_id)
        if meeting is None or meeting.cancelled_at is not None:
            return None
        return await self.room(meeting.room_id, user_id)

    async def refresh_from_room(self, meeting: Meeting, state: RoomState) -> Meeting:
        """The meeting as its room is now: any client may have renamed or encrypted it."""
        now = replace(meeting, title=rules.title(state.name) or meeting.title, encrypted=state.encrypted)
        if now != meeting:
            await self._meetings.put(now)
        return now

    async def current(self, meeting: Meeting) -> Meeting:
        """The same, when nobody in particular asks."""
        state = await self.of_meeting(meeting)
        return meeting if state is None else await self.refresh_from_room(meeting, state)

    async def moderator(self, meeting_id: str, user_id: str) -> tuple[Meeting, RoomState]:
        """Raises `MeetingNotFound`, `ModeratorsOnly`."""
        meeting, state = await self.member(meeting_id, user_id)
        if not state.is_moderator(user_id):
            raise ModeratorsOnly
        return meeting, state

    async def room(self, room_id: str, user_id: str) -> RoomState | None:
        """The room as `user_id` sees it; None for whoever is not in it."""
        state = await self._rooms.state(room_id, user_id)
        if state is not None:
            self._seen[room_id] = frozenset(state.members)
        return state

    async def of_meeting(self, meeting: Meeting) -> RoomState | None:
        """The room as whoever of its members can be asked as; None when nobody is known to be left."""
        for user_id in self._known(meeting):
            if (state := await self.room(meeting.room_id, user_id)) is not None:
                return state
        self._seen.pop(meeting.room_id, None)
        return None

    async def members_of(self, meeting: Meeting) -> frozenset[str]:
        """Who is in the room; nobody when nobody is known to be left."""
        for user_id in self._known(meeting):
            if members := await self._rooms.members(meeting.room_id, user_id):
                self._seen[meeting.room_id] = members
                return members
        return frozenset()

    def remember_members(self, meeting: Meeting, user_ids: Iterable[str]) -> None:
        """Members, by all that is known, to ask as when nobody else is."""
        self._seen.setdefault(meeting.room_id, frozenset(user_ids))

    def _known(self, meeting: Meeting) -> list[str]:
        return [meeting.organiser, *sorted(self._seen.get(meeting.room_id, ()))]

    async def publish_change(self, meeting: Meeting, change: str) -> None:
        """Let the members' pages ask again; `change` is visitors, links, meeting, breakouts or live."""
        try:
            members = await self.members_of(meeting)
        except HomeserverError as error:
            _log.info("members_not_told", meeting=meeting.id, why=str(error))
            return
        data = {"meeting_id": meeting.id, "room_id": meeting.room_id, "change": change}
        for user_id in members:
            self._audience.publish("meetings", data, user_id)
