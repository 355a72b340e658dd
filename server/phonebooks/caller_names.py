"""What an outside number is called on somebody's display."""

from typing import Protocol

from server.directory.ports import PersonByNumber, PersonByUserId
from server.phonebooks.service import Phonebooks


class CallerLookup(PersonByUserId, PersonByNumber, Protocol):
    """By what is known of a caller."""


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

    async def known_to_all(self, number: str) -> str | None:
        """The name in the company's phonebook: what everybody may see, whoever's conversation it is."""
        return await self._phonebooks.name_of(number, None)
