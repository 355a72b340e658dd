"""Greetings of people's own: for every call that their mailbox takes, or for one occasion."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from logs import log
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge.refusals import Refusal
from server.sounds.ports import Sounds
from server.voicemail.ports import NobodysMailbox
from server.voicemail.rules import UNDO
from wire.voicemail import GREETING_MOST, RATE, KeptSound, Occasion

_log = log.get(__name__)


class UnknownGreeting(Refusal):
    """There is no greeting of yours for this occasion."""

    code, status = "unknown_greeting", 404


@dataclass(frozen=True, slots=True)
class Greeting:
    """One, in the shape of the API."""

    occasion: Occasion
    id: str
    duration_ms: int
    made_at: int


@dataclass(frozen=True, slots=True)
class GreetingsView:
    """Those that a person has, and the seconds that one may last."""

    greetings: tuple[Greeting, ...]
    longest: int


class GreetingStore(Protocol):
    """Owners are people's ids."""

    async def greetings(self, owner: str) -> Sequence[Greeting]: ...

    async def greet_with(self, owner: str, greeting: Greeting) -> None:
        """In place of the one for its occasion."""

    async def greet_no_more(self, owner: str, occasion: Occasion) -> None: ...

    async def known_greetings(self, ids: Sequence[str]) -> set[str]:
        """Which of them somebody has."""


class Greetings:
    """`decode` makes G.711 mu-law of a file of any kind that people have, and raises a `Refusal`; `now_ms` is
    the wall clock."""

    def __init__(
        self,
        store: GreetingStore,
        sounds: Sounds,
        people: PersonByUserId,
        decode: Callable[[bytes], Awaitable[bytes]],
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
    ) -> None:
        self._store, self._sounds, self._people = store, sounds, people
        self._decode, self._now_ms, self._fresh_id = decode, now_ms, fresh_id

    async def of(self, me: Person) -> GreetingsView:
        return GreetingsView(tuple(await self._store.greetings(me.id)), GREETING_MOST)

    async def upload(self, me: Person, occasion: Occasion, content: bytes) -> GreetingsView:
        """Greet with what a file holds. Raises OSError, and what `decode` raises."""
        await self._keep(me, occasion, await self._decode(content))
        return await self.of(me)

    async def sound(self, me: Person, occasion: Occasion) -> tuple[Greeting, bytes]:
        """G.711 mu-law. Raises `UnknownGreeting`, OSError, `sealing.BrokenSeal`."""
        for greeting in await self._store.greetings(me.id):
            if greeting.occasion == occasion:
                return greeting, await self._sounds.get(greeting.id)
        raise UnknownGreeting

    async def remove(self, me: Person, occasion: Occasion) -> GreetingsView:
        """Greet as before. Fine when there is none."""
        await self._store.greet_no_more(me.id, occasion)
        return await self.of(me)

    async def played(self, user_id: str, greeting_id: str) -> KeptSound:
        """For the bridge. Raises `NobodysMailbox`, `UnknownGreeting`, OSError, `sealing.BrokenSeal`."""
        owner = await self._owner(user_id)
        if not any(greeting.id == greeting_id for greeting in await self._store.greetings(owner.id)):
            raise UnknownGreeting
        return KeptSound(await self._sounds.get(greeting_id))

    async def record(self, user_id: str, occasion: Occasion, sound: bytes) -> None:
        """Greet with what the owner said at a telephone. Raises `NobodysMailbox`, OSError."""
        await self._keep(await self._owner(user_id), occasion, sound)

    async def purge(self) -> None:
        """Forget the sound of those that were replaced or taken away a while ago."""
        # A file is there before its row.
        files = await self._sounds.kept_before(self._now_ms() - UNDO)
        gone = set(files) - await self._store.known_greetings(files)
        for greeting_id in gone:
            await self._sounds.drop(greeting_id)
        if gone:
            _log.info("greetings_forgotten", greetings=len(gone))

    async def _owner(self, user_id: str) -> Person:
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise NobodysMailbox
        return person

    async def _keep(self, owner: Person, occasion: Occasion, sound: bytes) -> None:
        # The file first: a row without one would be a greeting that nobody hears.
        greeting = Greeting(occasion, self._fresh_id(), len(sound) * 1000 // RATE, self._now_ms())
        await self._sounds.put(greeting.id, sound)
        await self._store.greet_with(owner.id, greeting)
        _log.info("greeting_kept", id=greeting.id, user_id=owner.user_id, occasion=occasion)
