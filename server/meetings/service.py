"""Who may enter which call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from server.meetings import rules


class NotAllowed(Exception):
    """The OpenID token is not good, or its person is not in the room."""


class Homeserver(Protocol):
    """What is asked of Synapse; both raise `HomeserverUnreachable`."""

    async def openid_user(self, token: str) -> str | None:
        """Whose the token is; None for a token that is not good."""

    async def is_member(self, room_id: str, user_id: str) -> bool: ...


@dataclass(frozen=True)
class Ticket:
    """Where to connect, and the token for it."""

    url: str
    jwt: str


class Meetings:
    """Args: url, of the SFU as people's browsers see it (ws or wss); mint, signs claims; now, in seconds."""

    def __init__(
        self,
        homeserver: Homeserver,
        domain: str,
        url: str,
        mint: Callable[[Any], str],
        now: Callable[[], int],
    ) -> None:
        self._homeserver = homeserver
        self._domain = domain
        self._url = url
        self._mint = mint
        self._now = now

    async def ticket(
        self, server_name: str, token: str, room_id: str, identity: Callable[[str], str], slot_id: str
    ) -> Ticket:
        """A ticket for the call of a room.

        Args:
            server_name, token: Matrix's OpenID token, which proves who asks.
            identity: the SFU's name of the person, made of the proven user id.

        Raises:
            NotAllowed: see there.
        """
        if server_name != self._domain:
            raise NotAllowed("a token of another homeserver")
        user_id = await self._homeserver.openid_user(token)
        if user_id is None:
            raise NotAllowed("the OpenID token is not good")
        if not await self._homeserver.is_member(room_id, user_id):
            raise NotAllowed("only members of the room may join its call")
        claims = rules.claims(identity(user_id), rules.room_name(room_id, slot_id), self._now())
        return Ticket(self._url, self._mint(claims))
