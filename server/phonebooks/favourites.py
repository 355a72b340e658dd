"""Favourites: colleagues and contacts that a person wants at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.phonebooks import rules
from server.phonebooks.service import Phonebooks

#: More marks than this are a second phonebook, not favourites.
MOST = 500


@dataclass(frozen=True, slots=True)
class Favourite:
    """`target` is the id of a person or of a contact."""

    kind: Literal["person", "contact"]
    target: str


class FavouriteStore(Protocol):
    async def add(self, person_id: str, favourite: Favourite, now_ms: int) -> None:
        """Idempotent."""

    async def remove(self, person_id: str, target: str) -> None:
        """Idempotent."""

    async def of(self, person_id: str) -> list[Favourite]: ...


class Favourites:
    def __init__(
        self,
        store: FavouriteStore,
        colleagues: PersonByUserId,
        phonebooks: Phonebooks,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._colleagues = colleagues
        self._phonebooks = phonebooks
        self._now_ms = now_ms

    async def of(self, me: Person) -> list[Favourite]:
        return await self._store.of(me.id)

    async def targets(self, me: Person) -> frozenset[str]:
        return frozenset(favourite.target for favourite in await self._store.of(me.id))

    async def mark_person(self, me: Person, user_id: str, marked: bool) -> None:
        """Raises `UnknownPerson`, `PhonebookFull`."""
        person = await self._colleagues.by_user_id(user_id)
        if person is None:
            raise rules.UnknownPerson
        await self._mark(me, Favourite("person", person.id), marked)

    async def mark_contact(self, me: Person, contact_id: str, marked: bool) -> None:
        """Raises `UnknownContact`, `PhonebookFull`."""
        contact = await self._phonebooks.get(me, contact_id)
        await self._mark(me, Favourite("contact", contact.id), marked)

    async def _mark(self, me: Person, favourite: Favourite, marked: bool) -> None:
        if not marked:
            await self._store.remove(me.id, favourite.target)
            return
        if len(await self._store.of(me.id)) >= MOST:
            raise rules.PhonebookFull(str(MOST))
        await self._store.add(me.id, favourite, self._now_ms())
