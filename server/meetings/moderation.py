"""What moderators do to those who are in the call."""

from typing import Protocol

from server.meetings import rules
from server.meetings.access import Access
from server.meetings.call_roster import CallRoster
from server.meetings.media import Source
from server.meetings.ports import IdentityReader, ParticipantRemover, VisitorByUser
from server.meetings.refusals import ModeratorsOnly, ParticipantNotFound
from server.meetings.visitor import Visitor


class MediaModeration(ParticipantRemover, Protocol):
    """Raises `MediaUnavailable`."""

    async def mute(self, sfu_room: str, identity: str, source: Source) -> None: ...


class VisitorRemover(Protocol):
    async def remove(self, visitor: Visitor) -> None: ...


class RemovalWriter(Protocol):
    async def bar(self, sfu_room: str, user_id: str) -> None: ...


class Moderation:
    """Every method raises `MeetingNotFound`, `ModeratorsOnly`, `ParticipantNotFound`, `MediaUnavailable`."""

    def __init__(
        self,
        access: Access,
        media: MediaModeration,
        roster: CallRoster,
        found: VisitorByUser,
        visitors: VisitorRemover,
        removals: RemovalWriter,
        identities: IdentityReader,
    ) -> None:
        self._access = access
        self._media = media
        self._roster = roster
        self._found = found
        self._visitors = visitors
        self._removals = removals
        self._identities = identities

    async def mute(self, user_id: str, meeting_id: str, identity: str, source: Source) -> None:
        """Stop what a participant sends; they may send again when they choose to."""
        meeting, _ = await self._access.moderator(meeting_id, user_id)
        # In two rooms for a moment while they change.
        there = self._roster.where(meeting.sfu_room, identity) or [meeting.sfu_room]
        missed = 0
        for sfu_room in there:
            try:
                await self._media.mute(sfu_room, identity, source)
            except ParticipantNotFound:
                missed += 1
        if missed == len(there):
            raise ParticipantNotFound

    async def remove(self, user_id: str, meeting_id: str, identity: str) -> None:
        """Out of the call, on all devices, until it ends; nobody removes their like or better."""
        meeting, room = await self._access.moderator(meeting_id, user_id)
        if rules.kind_of(identity) != "member":
            await self._remove_visitor(meeting.id, identity)
            return
        where = self._roster.where(meeting.sfu_room, identity) or [meeting.sfu_room]
        removed = await self._identities.user_of(where[0], identity)
        if removed is None:
            raise ParticipantNotFound
        if room.level(removed) >= room.level(user_id):
            raise ModeratorsOnly
        await self._removals.bar(meeting.sfu_room, removed)
        for sfu_room in self._roster.rooms_of(meeting.sfu_room):
            for other in list(self._roster.of(sfu_room)):
                if other == identity or await self._identities.user_of(sfu_room, other) == removed:
                    await self._media.remove(sfu_room, other)

    async def _remove_visitor(self, meeting_id: str, identity: str) -> None:
        visitor = await self._found.by_user(rules.user_of(identity) or "")
        if visitor is None or visitor.meeting_id != meeting_id or not visitor.inside:
            raise ParticipantNotFound
        await self._visitors.remove(visitor)
