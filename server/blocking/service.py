"""Blocked callers: whom a person has blocked, and whether a call is refused because of that."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from server.blocking import rules
from server.blocking.rules import WITHHELD, Blocked
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from server.numbers import numbers


class BlockedReader(Protocol):
    async def blocked_by(self, person_id: str) -> Sequence[Blocked]:
        """Whom a person has blocked, the latest first."""


class BlockedStore(BlockedReader, Protocol):
    async def add(self, person_id: str, blocked: Blocked, most: int) -> bool:
        """Durably; what is there stays. False where there are `most` already."""

    async def remove(self, person_id: str, number: str) -> None: ...


class NumberNames(Protocol):
    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        """What numbers are called on the display of `user_id`; unknown ones are left out."""


class ShortNumbersCalled(Protocol):
    async def short_numbers_called(self, since: int) -> Sequence[str]:
        """Short numbers outside that anybody of the house has called since then (milliseconds)."""


class BlockedNumber(msgspec.Struct, frozen=True):
    """`name` is from my phonebook or the company's; `since` in milliseconds since 1970."""

    number: str
    name: str | None
    since: int


class BlockedCallers(msgspec.Struct, frozen=True):
    """`withheld`: also callers who withhold their number are blocked."""

    withheld: bool
    numbers: tuple[BlockedNumber, ...]


class BlockList:
    """`region` is where numbers are read; `now_ms` the wall clock."""

    def __init__(
        self,
        store: BlockedStore,
        names: NumberNames,
        audience: Audience,
        *,
        region: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._names, self._audience = store, names, audience
        self._region, self._now_ms = region, now_ms

    async def of(self, me: Person) -> BlockedCallers:
        blocked = await self._store.blocked_by(me.id)
        known = [one.number for one in blocked if one.number != WITHHELD]
        names = await self._names.names_for(me.user_id, known)
        listed = (
            BlockedNumber(b.number, names.get(b.number), b.since) for b in blocked if b.number != WITHHELD
        )
        return BlockedCallers(len(known) < len(blocked), tuple(listed))

    async def block(self, me: Person, typed: str | None) -> BlockedCallers:
        """A number in any spelling, or None for all who withhold theirs. Raises a `BlockingError`."""
        blocked = Blocked(rules.key(typed, self._region), self._now_ms())
        if not await self._store.add(me.id, blocked, rules.BLOCKED_MAX):
            raise rules.TooManyBlocked
        return await self._tell(me)

    async def unblock(self, me: Person, typed: str | None) -> BlockedCallers:
        """What is not blocked stays so. Raises NotANumber."""
        await self._store.remove(me.id, rules.key(typed, self._region))
        return await self._tell(me)

    async def _tell(self, me: Person) -> BlockedCallers:
        blocked = await self.of(me)
        self._audience.publish("blocked", blocked, to=me.user_id)
        return blocked


class BlockedCalls:
    """Whether calls from outside are refused. `region` is the house's, `now_ms` the wall clock."""

    def __init__(
        self,
        people: PersonByUserId,
        blocked: BlockedReader,
        called: ShortNumbersCalled,
        *,
        region: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._people, self._blocked, self._called = people, blocked, called
        self._region, self._now_ms = region, now_ms

    async def refuses(self, user_id: str, number: str | None) -> bool:
        """Whether this person does not want a call from outside, of `number`, or of who withholds it."""
        person = await self._people.by_user_id(user_id)
        if person is None:
            return False
        blocked = {one.number for one in await self._blocked.blocked_by(person.id)}
        if (number or WITHHELD) not in blocked:
            return False
        return not await self.after_emergency()

    async def after_emergency(self) -> bool:
        """Whether somebody of the house has called for help, and those who help may call back."""
        called = await self._called.short_numbers_called(self._now_ms() - rules.AFTER_EMERGENCY)
        return any(numbers.is_emergency(one, self._region) for one in called)
