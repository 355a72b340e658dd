"""What people look through: the tabs of the contact list, and one search over everybody."""

import asyncio
import base64
import binascii
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from server.directory.service import FoundNumber, Person
from server.phonebooks import rules
from server.phonebooks.favourites import Favourites
from server.phonebooks.service import COMPANY, Contact, ContactStore, Phonebooks, visible

Tab = Literal["all", "internal", "company", "personal", "favourites"]
#: Of a cursor: a longer one was never given out.
CURSOR_MAX = 2000


class PersonPages(Protocol):
    """The directory, as the list needs it."""

    async def page(self, after: tuple[str, str] | None, limit: int) -> list[tuple[str, Person]]:
        """Sorted by (sort key, id), those after `after`; with their sort keys."""

    async def search(self, query: str) -> list[Person | FoundNumber]: ...

    async def by_id(self, person_id: str) -> Person | None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    who: Person | Contact
    favourite: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the cursor of the following page; None when there is none."""

    entries: tuple[Entry, ...]
    next: str | None


class Listing:
    def __init__(
        self, people: PersonPages, contacts: ContactStore, phonebooks: Phonebooks, favourites: Favourites
    ) -> None:
        self._people = people
        self._contacts = contacts
        self._phonebooks = phonebooks
        self._favourites = favourites

    async def tab(self, me: Person, tab: Tab, cursor: str | None, limit: int) -> Page:
        """A page of a tab, sorted by name. Raises `InvalidCursor`."""
        after = _read_cursor(cursor) if cursor else None
        marked = await self._favourites.targets(me)
        if tab == "favourites":
            keyed = [line for line in await self._marked(me) if after is None or line[0] > after]
        else:
            keyed = await self._keyed(me, tab, after, limit + 1)
        keyed.sort(key=lambda line: line[0])
        page = keyed[:limit]
        following = _cursor(page[-1][0]) if len(keyed) > limit else None
        return Page(tuple(Entry(who, who.id in marked) for _, who in page), following)

    async def _keyed(
        self, me: Person, tab: Tab, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[tuple[str, str], Person | Contact]]:
        found: list[tuple[tuple[str, str], Person | Contact]] = []
        if tab in {"all", "internal"}:
            found += [((key, p.id), p) for key, p in await self._people.page(after, limit)]
        owners = {"all": visible(me), "company": (COMPANY,), "personal": (me.id,)}.get(tab)
        if owners:
            found += [((key, c.id), c) for key, c in await self._contacts.page(owners, after, limit)]
        return found

    async def _marked(self, me: Person) -> list[tuple[tuple[str, str], Person | Contact]]:
        """Few enough to be read one by one; what is gone or hidden meanwhile is left out."""
        found: list[tuple[tuple[str, str], Person | Contact]] = []
        for favourite in await self._favourites.of(me):
            if favourite.kind == "person":
                person = await self._people.by_id(favourite.target)
                if person is not None:
                    found.append(((rules.sort_key(rules.Details(person.name)), person.id), person))
            else:
                contact = await self._contacts.get(favourite.target)
                if contact is not None and contact.owner in visible(me):
                    found.append(((rules.sort_key(contact.details), contact.id), contact))
        return found

    async def search(self, me: Person, query: str) -> list[Entry | FoundNumber]:
        """Colleagues, then my own contacts, then the company's, then the number itself to dial."""
        people, contacts, marked = await asyncio.gather(
            self._people.search(query), self._phonebooks.search(me, query), self._favourites.targets(me)
        )
        found: list[Entry | FoundNumber] = [
            Entry(who, who.id in marked) for who in people if isinstance(who, Person)
        ]
        mine_first = sorted(contacts, key=lambda contact: contact.owner == COMPANY)
        found += [Entry(contact, contact.id in marked) for contact in mine_first]
        held = {number.number for contact in contacts for number in contact.details.numbers}
        found += [one for one in people if isinstance(one, FoundNumber) and one.number not in held]
        return found


def _cursor(key: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = msgspec.json.decode(raw, type=tuple[str, str])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise rules.InvalidCursor from error
    if "\0" in key[0] + key[1]:
        raise rules.InvalidCursor
    return key
