"""The Matrix user that stands for a visitor: in the room, in its call, and gone for good afterwards."""

from dataclasses import replace
from typing import Any, Protocol

from server.homeserver.room_state import RoomState
from server.homeserver.rooms import News
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.meeting import Meeting
from server.meetings.refusals import MayNotInvite, MeetingNotFound
from server.meetings.visitor import Visitor

#: The homeserver ends a visitor's part in the call when nobody has put that off for so long. Milliseconds.
LEAVE_DELAY = 60_000
#: Longer than any call; the delayed leave ends it before. Milliseconds.
_LASTS = 24 * 3_600_000
#: Behind the name in the room: other clients show nothing else of who it is.
_SUFFIX = {"it": {"guest": "ospite", "phone": "telefono"}, "en": {"guest": "guest", "phone": "telephone"}}


class VisitorUsers(Protocol):
    async def ensure_visitor(self, user_id: str, display_name: str) -> str: ...


class VisitorRooms(Protocol):
    """What is asked of the homeserver; raises `HomeserverError`."""

    async def bring(self, room_id: str, user_id: str, by: str) -> None: ...

    async def leave(self, room_id: str, user_id: str) -> None: ...

    async def deactivate(self, user_id: str) -> None: ...

    async def news(self, room_id: str, user_id: str, since: str | None, wait: int = ...) -> News: ...

    async def enter_call(
        self, room_id: str, user_id: str, device_id: str, content: dict[str, Any], delay: int
    ) -> str: ...

    async def stay_in_call(self, user_id: str, delay_id: str) -> bool: ...

    async def leave_call(self, room_id: str, user_id: str, device_id: str, delay_id: str | None) -> None: ...


class Visits(Protocol):
    async def put(self, visitor: Visitor) -> None: ...


class VisitorAccount:
    """Every method raises `HomeserverError`, after which it may be called again.

    `service_url` is what clients ask for tokens, as in the well-known.
    """

    def __init__(
        self, homeserver: VisitorUsers, rooms: VisitorRooms, store: Visits, access: Access, service_url: str
    ) -> None:
        self._homeserver = homeserver
        self._rooms = rooms
        self._store = store
        self._access = access
        self._service_url = service_url

    async def enter(self, visitor: Visitor, meeting: Meeting) -> Visitor:
        """Into the room, by the hand of whoever vouches for them.

        A colleague's own telephone needs no right to invite: they are in the room already, so the hand of
        another member is lent. A guest comes by nobody's hand but the voucher's. Raises `MeetingNotFound`,
        `MayNotInvite`.
        """
        if visitor.sync_from is not None:
            return visitor
        state = await self._access.of_meeting(meeting)
        if state is None:
            raise MeetingNotFound
        by = _hand(visitor, state)
        if by is None:
            raise MayNotInvite
        # Written first: whatever happens now, the account is known and will be removed.
        visitor = replace(visitor, account_open=True)
        await self._store.put(visitor)
        name = f"{visitor.name} ({_SUFFIX[meeting.language][visitor.kind]})"
        await self._homeserver.ensure_visitor(visitor.user_id, name)
        await self._rooms.bring(meeting.room_id, visitor.user_id, by)
        start = await self._rooms.news(meeting.room_id, visitor.user_id, None)
        visitor = replace(visitor, sync_from=start.next_batch)
        await self._store.put(visitor)
        return visitor

    async def enter_call(self, visitor: Visitor, meeting: Meeting) -> Visitor:
        content = rules.membership(visitor.device_id, self._service_url, meeting.room_id, _LASTS)
        delay_id = await self._rooms.enter_call(
            meeting.room_id, visitor.user_id, visitor.device_id, content, LEAVE_DELAY
        )
        visitor = replace(visitor, delay_id=delay_id)
        await self._store.put(visitor)
        return visitor

    async def stay_in_call(self, visitor: Visitor, meeting: Meeting) -> Visitor:
        """Put the delayed leave off; enter again when it was sent while nobody could."""
        if visitor.delay_id is not None and await self._rooms.stay_in_call(visitor.user_id, visitor.delay_id):
            return visitor
        return await self.enter_call(visitor, meeting)

    async def leave_call(self, visitor: Visitor, meeting: Meeting) -> Visitor:
        if visitor.delay_id is None:
            return visitor
        await self._rooms.leave_call(meeting.room_id, visitor.user_id, visitor.device_id, visitor.delay_id)
        visitor = replace(visitor, delay_id=None)
        await self._store.put(visitor)
        return visitor

    async def leave(self, visitor: Visitor, meeting: Meeting) -> None:
        """Out of the call and the room; the account ends."""
        if not visitor.account_open:
            return
        visitor = await self.leave_call(visitor, meeting)
        await self._rooms.leave(meeting.room_id, visitor.user_id)
        await self._rooms.deactivate(visitor.user_id)
        await self._store.put(replace(visitor, account_open=False))


def _hand(visitor: Visitor, state: RoomState) -> str | None:
    """Who invites a visitor; None when nobody may."""
    voucher = visitor.vouched_by or ""
    if state.may_invite(voucher):
        return voucher
    if visitor.kind == "phone" and voucher in state.members:
        return state.mightiest(state.needed_for("invite"))
    return None
