"""What the media server tells of its rooms, and what follows: visitors in the call, the removed kept out."""

from collections.abc import Awaitable
from typing import Protocol

from server import log
from server.homeserver.errors import HomeserverError
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.bell import Bell
from server.meetings.live import Live, Participant
from server.meetings.meeting import Meeting
from server.meetings.refusals import MediaUnavailable, MeetingError
from server.meetings.visitor import Visitor

_log = log.get(__name__)
#: A call that was found empty so many times in a row is over.
_LOOKS = 3


class FindMeetings(Protocol):
    async def of_call(self, sfu_room: str) -> Meeting | None: ...


class FindVisitors(Protocol):
    async def by_user(self, user_id: str) -> Visitor | None: ...


class Removals(Protocol):
    async def barred(self, sfu_room: str, user_id: str) -> bool: ...

    async def forget_removals(self, sfu_room: str) -> None: ...

    async def rooms_with_removals(self) -> list[str]: ...

    async def user_of(self, sfu_room: str, identity: str) -> str | None: ...


class Media(Protocol):
    """Raises `MediaUnavailable`."""

    async def rooms(self) -> list[str]: ...

    async def participants(self, sfu_room: str) -> list[Participant]: ...

    async def remove(self, sfu_room: str, identity: str) -> None: ...


class Visitors(Protocol):
    async def connected(self, visitor: Visitor, meeting: Meeting) -> None: ...

    async def disconnected(self, visitor: Visitor, meeting: Meeting) -> None: ...


class Calls:
    """`live` is kept in step with the media server: told by its webhooks, healed by its lists."""

    def __init__(
        self,
        live: Live,
        media: Media,
        meetings: FindMeetings,
        found: FindVisitors,
        visitors: Visitors,
        removals: Removals,
        access: Access,
        bell: Bell,
    ) -> None:
        self._live = live
        self._media = media
        self._meetings = meetings
        self._found = found
        self._visitors = visitors
        self._removals = removals
        self._access = access
        self._bell = bell
        self._empty: dict[str, int] = {}

    # Told

    async def joined(self, sfu_room: str, participant: Participant) -> None:
        self._live.joined(sfu_room, participant)
        await self._came(sfu_room, participant.identity)
        await self._changed(sfu_room)

    async def left(self, sfu_room: str, participant: Participant) -> None:
        if self._live.left(sfu_room, participant):
            await self._went(sfu_room, participant.identity)
            await self._changed(sfu_room)

    async def finished(self, sfu_room: str) -> None:
        await self._replace(sfu_room, [])
        await self._removals.forget_removals(sfu_room)

    # Healed

    async def heal(self) -> None:
        """Compare with what the media server has, as webhooks may be lost. Raises `MediaUnavailable`."""
        listed = await self._media.rooms()
        for sfu_room in {*listed, *self._live.rooms()}:
            now = await self._media.participants(sfu_room) if sfu_room in listed else []
            await self._replace(sfu_room, now)
        await self._forget_removals()

    async def _forget_removals(self) -> None:
        """Of calls that are over. A media server that was killed is empty for a while, too."""
        removed = await self._removals.rooms_with_removals()
        self._empty = {
            sfu_room: self._empty.get(sfu_room, 0) + 1 for sfu_room in removed if not self._live.of(sfu_room)
        }
        for sfu_room, looks in self._empty.items():
            if looks > _LOOKS:
                await self._removals.forget_removals(sfu_room)

    async def _replace(self, sfu_room: str, now: list[Participant]) -> None:
        came, went = self._live.listed(sfu_room, now)
        for identity in went:
            await self._went(sfu_room, identity)
        for identity in came:
            await self._came(sfu_room, identity)
        if came or went:
            await self._changed(sfu_room)

    async def keep_out(self) -> None:
        """Whoever left the Matrix room, or was put out of it, has no place in its call either."""
        for sfu_room in self._live.rooms():
            meeting = await self._meetings.of_call(sfu_room)
            if meeting is None:
                continue
            try:
                members = await self._access.members_of(meeting)
            except HomeserverError:
                continue
            for identity in [one for one in self._live.of(sfu_room) if rules.kind_of(one) == "member"]:
                user_id = await self.user_of(sfu_room, identity)
                if members and user_id is not None and user_id not in members:
                    _log.info("left_the_room", meeting=meeting.id, user_id=user_id)
                    await self.put_out(sfu_room, identity)

    # What follows

    async def user_of(self, sfu_room: str, identity: str) -> str | None:
        """Whose an identity is, a hashed one too."""
        return rules.user_of(identity) or await self._removals.user_of(sfu_room, identity)

    async def put_out(self, sfu_room: str, identity: str) -> None:
        try:
            await self._media.remove(sfu_room, identity)
        except MediaUnavailable:
            _log.warning("not_put_out", identity=identity)

    async def keeps_out(self, sfu_room: str, identity: str) -> bool:
        """Whether whoever comes has lost the right that their token still speaks of."""
        if rules.kind_of(identity) == "member":
            user_id = await self.user_of(sfu_room, identity)
            return user_id is not None and await self._removals.barred(sfu_room, user_id)
        known = await self._visit(sfu_room, identity)
        return known is None or not known[0].inside

    async def _came(self, sfu_room: str, identity: str) -> None:
        if await self.keeps_out(sfu_room, identity):
            await self.put_out(sfu_room, identity)
        elif (known := await self._visit(sfu_room, identity)) is not None:
            await self._safely(self._visitors.connected(*known))

    async def _went(self, sfu_room: str, identity: str) -> None:
        known = await self._visit(sfu_room, identity) if rules.kind_of(identity) != "member" else None
        if known is not None and known[0].active:
            await self._safely(self._visitors.disconnected(*known))

    async def _visit(self, sfu_room: str, identity: str) -> tuple[Visitor, Meeting] | None:
        """Whose visit to this very meeting the identity is of."""
        meeting = await self._meetings.of_call(sfu_room)
        visitor = await self._found.by_user(rules.user_of(identity) or "")
        if visitor is None or meeting is None or visitor.meeting_id != meeting.id:
            return None
        return visitor, meeting

    async def _safely(self, step: Awaitable[None]) -> None:
        """What could not be said in Matrix now is said again by the keeper."""
        try:
            await step
        except (HomeserverError, MeetingError) as error:
            _log.warning("visitor_not_in_step", why=str(error))

    async def _changed(self, sfu_room: str) -> None:
        meeting = await self._meetings.of_call(sfu_room)
        if meeting is not None:
            inside = [rules.user_of(identity) for identity in self._live.of(sfu_room)]
            self._access.likely(meeting, [user_id for user_id in inside if user_id is not None])
            self._bell.ring(meeting.id)
            await self._access.tell(meeting, "live")
