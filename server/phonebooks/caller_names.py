"""What an outside number is called on somebody's display."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from server.directory.ports import PersonByNumber, PersonByUserId
from server.phonebooks.service import Phonebooks


class CallerLookup(PersonByUserId, PersonByNumber, Protocol):
    """By what is known of a caller."""

    async def names_of(self, numbers: Sequence[str]) -> Mapping[str, str]:
        """The names of those who have these numbers (E.164)."""


class CallerNames:
    """`telephony.service.Names`.

    A name is a courtesy to whoever reads it, never a proof: carriers pass on whatever number a caller claims.
    """

    def __init__(self, phonebooks: Phonebooks, people: CallerLookup) -> None:
        self._phonebooks = phonebooks
        self._people = people

    async def name_for(self, user_id: str | None, number: str) -> str | None:
        """In the phonebook of `user_id`, else in the company's, else the colleague who has that number."""
        reader = await self._people.by_user_id(user_id) if user_id else None
        if found := await self._phonebooks.name_of(number, reader.id if reader else None):
            return found
        colleague = await self._people.by_number(number)
        return colleague.name if colleague else None

    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        """The same of many numbers (E.164 or short); unknown ones are left out."""
        reader = await self._people.by_user_id(user_id) if user_id else None
        found = dict(await self._people.names_of(numbers))
        return found | await self._phonebooks.names_of(numbers, reader.id if reader else None)

    async def known_to_all(self, number: str) -> str | None:
        """The name in the company's phonebook: what everybody may see, whoever's conversation it is."""
        return await self._phonebooks.name_of(number, None)
