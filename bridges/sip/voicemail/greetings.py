"""Greetings of people's own, as the web has them; what was fetched once is kept for the next caller."""

from collections import OrderedDict
from typing import Protocol

from bridges.sip.routing.client import WebRefused, WebUnavailable
from logs import log
from wire.voicemail import GREETING_MOST, RATE

_log = log.get(__name__)
#: Bytes of all that are kept: those of a house that is called much.
_KEPT = 32 * GREETING_MOST * RATE


class GreetingSource(Protocol):
    """The part of `MailboxWeb` that has them."""

    async def greeting(self, user_id: str, greeting_id: str) -> bytes:
        """Raises WebUnavailable, WebRefused."""


class Greetings:
    """What stands under an id never changes."""

    def __init__(self, source: GreetingSource) -> None:
        self._source = source
        self._sounds: OrderedDict[str, bytes] = OrderedDict()

    def at_hand(self, greeting_id: str) -> bytes | None:
        """One that was fetched before."""
        return self._sounds.get(greeting_id)

    async def of(self, user_id: str, greeting_id: str | None) -> bytes:
        """G.711 mu-law; nothing where there is none, or it cannot be had: ours is played then."""
        if greeting_id is None:
            return b""
        if greeting_id in self._sounds:
            self._sounds.move_to_end(greeting_id)
            return self._sounds[greeting_id]
        try:
            sound = await self._source.greeting(user_id, greeting_id)
        except (WebUnavailable, WebRefused) as error:
            _log.warning("greeting_not_fetched", greeting=greeting_id, why=str(error))
            return b""
        self._sounds[greeting_id] = sound
        while sum(map(len, self._sounds.values())) > _KEPT:
            self._sounds.popitem(last=False)
        return sound
