"""What is asked of the web about messages, for owners who listen to them by telephone."""

from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from bridges.sip.routing.client import MAKING, WebClient, WebUnavailable
from bridges.sip.voicemail.listening import Waits
from wire.voicemail import AccessGiven, KeptMessage, KeptSound, Opened, PinGiven

_Answer = TypeVar("_Answer")


class MailboxWeb:
    """Each method raises WebUnavailable (try again) and WebRefused (there is no such mailbox or message)."""

    def __init__(self, web: WebClient) -> None:
        self._web = web

    async def messages(self, user_id: str) -> list[Waits]:
        """The newest first."""
        found = _read(await self._web.ask("GET", _path(user_id)), list[KeptMessage])
        return [Waits(one.id, one.seen, one.caller.user_id or one.caller.number) for one in found]

    async def sound(self, user_id: str, message_id: str) -> bytes:
        """G.711 mu-law."""
        answer = await self._web.ask("GET", _path(user_id, message_id), timeout=MAKING)
        return _read(answer, KeptSound).sound

    async def greeting(self, user_id: str, greeting_id: str) -> bytes:
        """G.711 mu-law."""
        path = f"/internal/v1/mailboxes/{quote(user_id, safe='')}/greetings/{greeting_id}"
        return _read(await self._web.ask("GET", path), KeptSound).sound

    async def greet_with(self, user_id: str, sound: bytes) -> None:
        """Greet for every call with this, G.711 mu-law."""
        await self._web.put_greeting(user_id, KeptSound(sound))

    async def open(self, user_id: str, pin: str, caller: str | None) -> None:
        """Whether a PIN is right: refused with 404 where not, with 429 where too many were tried."""
        path = f"/internal/v1/mailboxes/{quote(user_id, safe='')}/open"
        await self._web.ask("POST", path, msgspec.to_builtins(PinGiven(pin, caller)), timeout=MAKING)

    async def enter(self, number: str, pin: str, caller: str | None) -> str:
        """Whose mailbox an extension and its PIN open: refused with 404 where none, with 429 as `open` is."""
        given = msgspec.to_builtins(AccessGiven(pin, caller, number=number))
        answer = await self._web.ask("POST", "/internal/v1/mailbox-access", given, timeout=MAKING)
        return _read(answer, Opened).user_id

    async def mark_seen(self, user_id: str, message_id: str) -> None:
        """It has been heard."""
        await self._web.ask("PUT", f"{_path(user_id, message_id)}/seen")

    async def delete(self, user_id: str, message_id: str) -> None:
        """Its owner wants it no more."""
        await self._web.ask("DELETE", _path(user_id, message_id))


def _path(user_id: str, message_id: str | None = None) -> str:
    rest = f"/{quote(message_id, safe='')}" if message_id is not None else ""
    return f"/internal/v1/mailboxes/{quote(user_id, safe='')}/messages{rest}"


def _read(answer: Any, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise WebUnavailable(f"the answer is malformed: {error}") from error
