"""Links for guests: 256 random bits of which the server keeps the hash, good for many at once.

A link is worth what whoever made it is worth when it is used: one who was disabled, who left the room, or who
may not invite any more lets nobody in.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from server.accounts.rules import token_hash
from server.audit.service import Audit
from server.directory.ports import StandingReader
from server.homeserver.room_state import RoomState
from server.meetings.access import Access
from server.meetings.meeting import Meeting
from server.meetings.refusals import (
    LinkExpired,
    LinkRevoked,
    LinkTooLong,
    LinkUnknown,
    LobbyRequired,
    MayNotInvite,
)

_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Link:
    """With `lobby`, somebody must let its guests in. Times in milliseconds since the epoch."""

    id: str
    meeting_id: str
    lobby: bool
    created_by: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None

    def checked(self, now_ms: int) -> "Link":
        """This link, if it works. Raises `LinkRevoked`, `LinkExpired`."""
        if self.revoked_at is not None:
            raise LinkRevoked
        if now_ms >= self.expires_at:
            raise LinkExpired
        return self


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as members see it; how to open it was said once, to whoever made it."""

    id: str
    expires_at: int
    lobby: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class NewLink:
    id: str
    url: str
    expires_at: int
    lobby: bool
    created_at: int


class MeetingLinkStore(Protocol):
    async def add(self, link: Link, token_hash: str) -> None: ...

    async def by_token(self, token_hash: str) -> Link | None: ...

    async def of_meeting(self, meeting_id: str, now_ms: int) -> Sequence[Link]:
        """Those that work, the newest first."""

    async def revoke(self, meeting_id: str, link_id: str | None, now_ms: int) -> bool:
        """All of the meeting's when no id is given; False when none worked."""

    async def postpone(self, link_id: str, expires_at: int) -> None: ...


class Links:
    """`origin` is the configured public address; `longest` in hours.

    `lobby_optional`: whether there may be links without a lobby at all. Where not, those that were made
    before lead to the lobby.
    """

    def __init__(
        self,
        store: MeetingLinkStore,
        access: Access,
        people: StandingReader,
        audit: Audit,
        *,
        origin: str,
        longest: int,
        lobby_optional: bool,
        now_ms: Callable[[], int],
        fresh_token: Callable[[], str],
        fresh_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._access = access
        self._people = people
        self._audit = audit
        self._lobby_optional = lobby_optional
        self._origin = origin
        self._longest = longest
        self._now_ms = now_ms
        self._fresh_token = fresh_token
        self._fresh_id = fresh_id

    async def make(self, user_id: str, meeting_id: str, hours: float, *, lobby: bool) -> NewLink:
        """Raises `MeetingNotFound`, `LinkTooLong`; without a lobby `LobbyRequired`, `MayNotInvite`."""
        meeting, room = await self._access.member(meeting_id, user_id)
        if hours > self._longest:
            raise LinkTooLong
        if not lobby and not self._lobby_optional:
            raise LobbyRequired
        if not lobby and not room.may_invite(user_id):
            raise MayNotInvite
        token, link = await self.issue(meeting, user_id, self._now_ms() + int(hours * _HOUR), lobby=lobby)
        await self._access.publish_change(meeting, "links")
        return NewLink(link.id, self.url(token), link.expires_at, link.lobby, link.created_at)

    async def issue(self, meeting: Meeting, by: str, expires_at: int, *, lobby: bool) -> tuple[str, Link]:
        """A fresh link, and the token that opens it."""
        token = self._fresh_token()
        link = Link(self._fresh_id(), meeting.id, lobby, by, self._now_ms(), expires_at)
        await self._store.add(link, token_hash(token))
        await self._write_down("meeting.link_made", by, meeting, link.id, lobby="yes" if lobby else "no")
        return token, link

    async def _write_down(
        self, action: str, actor: str, meeting: Meeting, link_id: str, **details: str
    ) -> None:
        about = {"room": meeting.room_id, "link": link_id, **details}
        await self._audit.record(action, actor=actor, subject=meeting.title, details=about)

    async def works_until(self, token: str, expires_at: int) -> Link | None:
        """A link that works, and is to work until then; None for one that does not work any more."""
        try:
            link = await self.look(token)
        except (LinkUnknown, LinkExpired, LinkRevoked):
            return None
        await self._store.postpone(link.id, expires_at)
        return replace(link, expires_at=expires_at)

    def url(self, token: str) -> str:
        """What stands behind the `#` is sent neither to servers nor to pages that the guest goes to next."""
        return f"{self._origin}/#/join/{token}"

    async def of_meeting(self, user_id: str, meeting_id: str) -> list[LinkView]:
        """Those that work. Raises `MeetingNotFound`."""
        _, room = await self._access.member(meeting_id, user_id)
        found = [self._as_of_now(one) for one in await self._store.of_meeting(meeting_id, self._now_ms())]
        here = await self._people.still_here({link.created_by for link in found})
        good = [link for link in found if _is_backed(link, room, here)]
        return [LinkView(link.id, link.expires_at, link.lobby, link.created_at) for link in good]

    async def revoke(self, user_id: str, meeting_id: str, link_id: str) -> None:
        """Whoever is inside already stays. Raises `MeetingNotFound`, `LinkUnknown`."""
        meeting, _ = await self._access.member(meeting_id, user_id)
        if not await self._store.revoke(meeting_id, link_id, self._now_ms()):
            raise LinkUnknown
        await self._write_down("meeting.link_revoked", user_id, meeting, link_id)
        await self._access.publish_change(meeting, "links")

    async def end(self, meeting: Meeting) -> None:
        """The meeting is cancelled."""
        await self._store.revoke(meeting.id, None, self._now_ms())

    async def look(self, token: str) -> Link:
        """Raises `LinkUnknown`, `LinkExpired`, `LinkRevoked`, `HomeserverError`."""
        link = await self._store.by_token(token_hash(token))
        if link is None:
            raise LinkUnknown
        link = self._as_of_now(link.checked(self._now_ms()))
        here = await self._people.still_here([link.created_by])
        room = await self._access.room_of(link.meeting_id, link.created_by)
        if room is None or not _is_backed(link, room, here):
            raise LinkRevoked
        return link

    def _as_of_now(self, link: Link) -> Link:
        return replace(link, lobby=link.lobby or not self._lobby_optional)


def _is_backed(link: Link, room: RoomState, here: Collection[str]) -> bool:
    """Whether whoever made the link could let its guests in today."""
    maker = link.created_by
    return maker in here and maker in room.members and (link.lobby or room.may_invite(maker))
