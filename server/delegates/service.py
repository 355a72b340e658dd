"""Delegates as people name them."""

from collections.abc import Sequence
from typing import Protocol

from server.audit.service import Audit
from server.delegates import rules
from server.delegates.rules import Delegate
from server.directory.access import Actor
from server.directory.ports import PersonByUserId
from server.directory.service import Person


class DelegateReader(Protocol):
    async def delegates_of(self, person_id: str) -> Sequence[Delegate]:
        """Whom a person has named, in their order; who has left or is disabled is left out."""

    async def principals_of(self, person_id: str) -> Sequence[str]:
        """The user ids of those who have named this person."""


class DelegateStore(DelegateReader, Protocol):
    async def put(self, person_id: str, wanted: Sequence[tuple[str, Delegate]]) -> None:
        """These in place of all others, durably; each with the id of that person."""


class Delegates:
    def __init__(self, store: DelegateStore, people: PersonByUserId, audit: Audit) -> None:
        self._store, self._people, self._audit = store, people, audit

    async def of(self, me: Person) -> Sequence[Delegate]:
        return await self._store.delegates_of(me.id)

    async def principals(self, me: Person) -> list[Person]:
        """For whom I am one."""
        found = [await self._people.by_user_id(one) for one in await self._store.principals_of(me.id)]
        return [person for person in found if person is not None]

    async def put(self, actor: Actor, me: Person, wanted: Sequence[Delegate]) -> Sequence[Delegate]:
        """These in place of all others. Raises a `DelegateRefusal`; then nothing has changed."""
        if len({one.user_id for one in wanted}) < len(wanted):
            raise rules.DelegateTwice
        found = []
        for one in wanted:
            person = await self._people.by_user_id(one.user_id)
            if person is None or person.id == me.id:
                raise rules.NotADelegate
            found.append((person.id, one))
        await self._store.put(me.id, found)
        named = ", ".join(f"{one.user_id} ({one.rings})" for one in wanted)
        await self._audit.record(
            "delegates.changed",
            actor=actor.name,
            subject=me.name,
            address=actor.address,
            details={"delegates": named},
        )
        return await self._store.delegates_of(me.id)
