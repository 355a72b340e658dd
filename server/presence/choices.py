"""What people say of themselves: how they are, a few words beside it, and until when those hold."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from logs import log
from server.directory.ports import PersonById
from server.directory.service import Person
from server.edge.refusals import Refusal
from server.events.hub import Audience
from server.homeserver.client import PresenceState
from server.homeserver.errors import MatrixRefusal
from server.telephony.on_the_phone import SavedPresence

_log = log.get(__name__)
Chosen = Literal["available", "away", "busy", "offline"]
IN_MATRIX: dict[Chosen, PresenceState] = {
    "available": "online",
    "away": "unavailable",
    "busy": "busy",
    "offline": "offline",
}


class UntilIsPast(Refusal):
    """The moment at which the text ends lies in the past."""

    code, field = "until_is_past", "until"


@dataclass(frozen=True, slots=True)
class Choice:
    """`until` ends the words, in milliseconds since the epoch; None: they stay."""

    state: Chosen = "available"
    status_text: str = ""
    until: int | None = None


class ChoiceStore(Protocol):
    async def of(self, person_id: str) -> Choice: ...

    async def put(self, person_id: str, choice: Choice) -> None: ...

    async def due(self, now_ms: int) -> list[str]: ...


#: Says it in Matrix. Raises `HomeserverError`.
Say = Callable[[str, SavedPresence], Awaitable[None]]


class Choices:
    """`now_ms` in milliseconds since the epoch."""

    def __init__(
        self, store: ChoiceStore, people: PersonById, say: Say, audience: Audience, now_ms: Callable[[], int]
    ) -> None:
        self._store, self._people, self._say = store, people, say
        self._audience, self._now_ms = audience, now_ms
        #: Of each person: what they choose while their words are taken back is not to be written over.
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def of(self, me: Person) -> Choice:
        choice = await self._store.of(me.id)
        return ended(choice) if choice.until is not None and choice.until <= self._now_ms() else choice

    async def choose(self, me: Person, choice: Choice) -> Choice:
        """Raises `UntilIsPast`, and `HomeserverError`: then nothing has changed."""
        if not choice.status_text:
            choice = replace(choice, until=None)
        if choice.until is not None and choice.until <= self._now_ms():
            raise UntilIsPast
        async with self._lock(me.id):
            await self._keep(me, choice)
        return choice

    async def end_due(self) -> None:
        """Take back what is over; to be called every few seconds. Raises `HomeserverError`."""
        for person_id in await self._store.due(self._now_ms()):
            async with self._lock(person_id):
                await self._end(person_id)

    async def _end(self, person_id: str) -> None:
        choice = await self._store.of(person_id)
        if choice.until is None or choice.until > self._now_ms():
            return
        person, choice = await self._people.by_id(person_id), ended(choice)
        if person is None:
            # Disabled: nobody sees it.
            await self._store.put(person_id, choice)
        else:
            try:
                await self._keep(person, choice)
            except MatrixRefusal as error:
                # Nobody else waits for what is refused to one.
                _log.warning("words_not_taken_back", user_id=person.user_id, why=str(error))

    def _lock(self, person_id: str) -> asyncio.Lock:
        return self._locks.setdefault(person_id, asyncio.Lock())

    async def _keep(self, person: Person, choice: Choice) -> None:
        await self._say(person.user_id, SavedPresence(IN_MATRIX[choice.state], choice.status_text))
        await self._store.put(person.id, choice)
        self._audience.publish("own_presence", choice, to=person.user_id)


def ended(choice: Choice) -> Choice:
    """Without its words."""
    return replace(choice, status_text="", until=None)
