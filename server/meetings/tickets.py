"""Who may enter which call: tickets for members by OpenID tokens, for visitors by their admission."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from logs import log
from server.homeserver.errors import MatrixRefusal
from server.meetings import rules
from server.meetings.rules import Holder

_log = log.get(__name__)


class NotAllowed(Exception):
    """The OpenID token is not good, its person is gone or not in the room, or was removed from its call."""


class OpenIdReader(Protocol):
    """What is asked of Synapse; raises `HomeserverUnreachable`."""

    async def openid_user(self, token: str) -> str | None:
        """Whose the token is; None for a token that is not good."""

    async def is_member(self, room_id: str, user_id: str) -> bool: ...

    async def devices(self, user_id: str) -> list[str]: ...


class CallPermission(Protocol):
    """Raises `HomeserverError`."""

    async def allow_calls(self, room_id: str, as_user: str) -> bool: ...


class Calls(Protocol):
    """What is kept of calls."""

    async def barred(self, sfu_room: str, user_id: str) -> bool: ...

    async def remember_identity(self, sfu_room: str, identity: str, holder: Holder) -> None: ...


class BreakoutRooms(Protocol):
    async def room_for(self, room_id: str, breakout_id: str, user_id: str) -> str | None:
        """The SFU's name of a breakout; None for whoever has no place there. Raises `BreakoutNotFound`."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


class NamedByUserId(Protocol):
    async def by_user_id(self, user_id: str) -> Named | None:
        """None for whoever is disabled or was removed."""


@dataclass(frozen=True)
class Ticket:
    """Where to connect, and the token for it."""

    url: str
    jwt: str


class Tickets:
    """Args: url, of the SFU as people's browsers see it (ws or wss); mint, signs claims; now, in seconds."""

    def __init__(
        self,
        homeserver: OpenIdReader,
        rooms: CallPermission,
        people: NamedByUserId,
        calls: Calls,
        breakouts: BreakoutRooms,
        domain: str,
        url: str,
        mint: Callable[[Any], str],
        now: Callable[[], int],
    ) -> None:
        self._homeserver = homeserver
        self._rooms = rooms
        self._people = people
        self._calls = calls
        self._breakouts = breakouts
        self._domain = domain
        self._url = url
        self._mint = mint
        self._now = now
        self._opened: set[str] = set()

    async def ticket(
        self,
        server_name: str,
        token: str,
        room_id: str,
        device_id: str,
        identity: Callable[[str], str],
        slot_id: str,
    ) -> Ticket:
        """A ticket for the call of a room.

        Args:
            server_name, token: Matrix's OpenID token, which proves who asks.
            device_id: of which device of theirs the asker says that it is.
            identity: the SFU's name of the person, made of the proven user id.
            slot_id: which call of the room, or which breakout of it.

        Raises:
            NotAllowed, BreakoutNotFound: see there.
        """
        if server_name != self._domain:
            raise NotAllowed("a token of another homeserver")
        user_id = await self._homeserver.openid_user(token)
        if user_id is None:
            raise NotAllowed("the OpenID token is not good")
        person = await self._people.by_user_id(user_id)
        if person is None:
            # The homeserver's OpenID tokens work for an hour, whatever becomes of their person.
            raise NotAllowed("nobody here is of this name")
        # Nothing in an OpenID token says whose device asked for it.
        if device_id not in await self._homeserver.devices(user_id):
            raise NotAllowed("this device is signed out")
        if not await self._homeserver.is_member(room_id, user_id):
            raise NotAllowed("only members of the room may join its call")
        # Whoever is removed from the room's call has no other call of the room either.
        if await self._calls.barred(rules.room_name(room_id), user_id):
            raise NotAllowed("removed from this call by a moderator")
        sfu_room = await self._sfu_room(room_id, slot_id, user_id)
        await self._open(room_id, user_id)
        holder = Holder(user_id, device_id)
        return await self._member_ticket(holder, person.name, identity(user_id), sfu_room)

    async def _sfu_room(self, room_id: str, slot_id: str, user_id: str) -> str:
        breakout_id = rules.breakout_of(slot_id)
        if breakout_id is None:
            # The media server makes a room for each name, and no meeting would know of any other.
            if slot_id != rules.ROOM_CALL:
                raise NotAllowed("a room has one call, and its breakouts")
            return rules.room_name(room_id)
        sfu_room = await self._breakouts.room_for(room_id, breakout_id, user_id)
        if sfu_room is None:
            raise NotAllowed("assigned to another breakout, or to none")
        return sfu_room

    async def _member_ticket(self, holder: Holder, name: str, identity: str, sfu_room: str) -> Ticket:
        if rules.holder_of(identity) is None:
            await self._calls.remember_identity(sfu_room, identity, holder)
        return self.issue(identity, sfu_room, name, "member")

    def issue(self, identity: str, sfu_room: str, name: str, kind: rules.Kind, **attributes: str) -> Ticket:
        """A ticket for somebody whose right to it is known."""
        claims = rules.claims(identity, sfu_room, self._now(), name, {"kind": kind, **attributes})
        return Ticket(self._url, self._mint(claims))

    async def _open(self, room_id: str, user_id: str) -> None:
        """Clients that made the room may have forgotten to let its members say that they are in a call."""
        if room_id in self._opened:
            return
        try:
            allowed = await self._rooms.allow_calls(room_id, user_id)
        except MatrixRefusal as refusal:
            _log.warning("call_not_opened", room=room_id, why=str(refusal))
            return
        if allowed:
            self._opened.add(room_id)
        else:
            _log.warning(
                "call_not_opened", room=room_id, why="nobody may change who may call, or somebody has"
            )
