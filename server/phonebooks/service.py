"""Phonebooks: the company's, and everybody's own.

Everybody reads the company's; administrators change it. A personal phonebook exists for its owner alone:
for all others its contacts are as unknown as those that never were.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.directory.rules import query_digits, query_words
from server.directory.service import Person
from server.phonebooks import rules
from server.phonebooks.rules import Book, Details

#: The owner of the company's phonebook.
COMPANY = ""
#: More results than this are scrolled, not read.
SEARCH_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Contact:
    """`owner` is the id of the person whose phonebook it stands in, `COMPANY` for everybody's."""

    id: str
    owner: str
    details: Details
    updated_at: int

    @property
    def book(self) -> Book:
        return "personal" if self.owner else "company"


class ContactStore(Protocol):
    """Where contacts are kept. `owners` says whose phonebooks may be seen."""

    async def add(self, contacts: Sequence[Contact]) -> None:
        """All or none."""

    async def replace(self, contact: Contact) -> None:
        """Overwrite the contact of this id."""

    async def remove(self, contact_id: str) -> None:
        """And with it everybody's marks as a favourite."""

    async def get(self, contact_id: str) -> Contact | None: ...

    async def count(self, owner: str) -> int: ...

    async def all_of(self, owner: str) -> list[Contact]:
        """Sorted by name."""

    async def fingerprints(self, owner: str) -> set[str]:
        """Of all contacts of one phonebook (`rules.fingerprint`)."""

    async def page(
        self, owners: Sequence[str], after: tuple[str, str] | None, limit: int
    ) -> list[tuple[str, Contact]]:
        """Sorted by (sort key, id), those after `after`; with their sort keys."""

    async def search(
        self, owners: Sequence[str], words: Sequence[str], digits: Sequence[str], limit: int
    ) -> list[Contact]:
        """Those who match all `words`, or any of `digits` in a number; sorted by name."""

    async def by_number(self, number: str, owners: Sequence[str]) -> list[Contact]:
        """Those with exactly this number, sorted by name."""

    async def names_of(self, numbers: Sequence[str], owners: Sequence[str]) -> dict[str, str]:
        """What these numbers are called, by the first of `owners` who has noted one."""

    async def forget_owner(self, owner: str) -> None:
        """Remove a person's phonebook and favourites, and every mark on that person."""


class Phonebooks:
    """`region` is where numbers are read; `now_ms` the wall clock."""

    def __init__(
        self, store: ContactStore, *, region: str, fresh_id: Callable[[], str], now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._region = region
        self._fresh_id = fresh_id
        self._now_ms = now_ms

    # Reading

    async def get(self, me: Person, contact_id: str) -> Contact:
        """Raises `UnknownContact`, also for what stands in somebody else's phonebook."""
        contact = await self._store.get(contact_id)
        if contact is None or contact.owner not in visible(me):
            raise rules.UnknownContact
        return contact

    async def all_of(self, me: Person, book: Book) -> list[Contact]:
        return await self._store.all_of(_owner(me, book))

    async def search(self, me: Person, query: str, limit: int = SEARCH_LIMIT) -> list[Contact]:
        """By words of name, organisation or e-mail, or by number in any spelling."""
        words, digits = query_words(query), query_digits(query, self._region)
        if not words:
            return []
        return await self._store.search(visible(me), words, digits, limit)

    async def with_number(self, me: Person, number: str) -> Contact | None:
        """Whom a number belongs to: my own phonebook knows better than the company's."""
        found = await self._store.by_number(number, visible(me))
        return min(found, key=lambda contact: contact.owner == COMPANY, default=None)

    # The name of a caller (telephony.service.Names)

    async def name_of(self, number: str, person_id: str | None) -> str | None:
        """What `number` is called in the phonebook of `person_id`, else in the company's."""
        key = rules.number_key(number, self._region)
        owners = [person_id, COMPANY] if person_id else [COMPANY]
        found = await self._store.by_number(key, owners) if key else []
        best = min(found, key=lambda contact: contact.owner == COMPANY, default=None)
        return best.details.name if best else None

    async def names_of(self, numbers: Sequence[str], person_id: str | None) -> dict[str, str]:
        """The same of many numbers (E.164 or short); those that nobody has noted are left out."""
        owners = [person_id, COMPANY] if person_id else [COMPANY]
        return await self._store.names_of(numbers, owners) if numbers else {}

    async def numbers_of(self, me: Person, query: str, limit: int) -> list[str]:
        """The numbers of the contacts that a query finds (`telephony.log.service.ContactSearch`)."""
        found = await self.search(me, query, limit)
        return [number.number for contact in found for number in contact.details.numbers]

    # Writing

    async def add(self, me: Person, book: Book, details: Details) -> Contact:
        """Raises a `PhonebookError`; then nothing was stored."""
        owner = may_write(me, book)
        checked = rules.check(details, self._region)
        await self._room_for(owner, 1)
        contact = self._made(owner, checked)
        await self._store.add([contact])
        return contact

    async def replace(self, me: Person, contact_id: str, details: Details) -> Contact:
        """Raises a `PhonebookError`; then nothing changed."""
        old = await self._writable(me, contact_id)
        new = Contact(old.id, old.owner, rules.check(details, self._region), self._now_ms())
        await self._store.replace(new)
        return new

    async def remove(self, me: Person, contact_id: str) -> Contact:
        """Raises a `PhonebookError`."""
        contact = await self._writable(me, contact_id)
        await self._store.remove(contact.id)
        return contact

    async def fingerprints(self, me: Person, book: Book) -> set[str]:
        return await self._store.fingerprints(_owner(me, book))

    async def add_checked(self, me: Person, book: Book, many: Sequence[Details]) -> int:
        """Add contacts that `rules.check` gave back, all or none; how many. Raises `PhonebookFull`."""
        owner = may_write(me, book)
        await self._room_for(owner, len(many))
        await self._store.add([self._made(owner, details) for details in many])
        return len(many)

    def _made(self, owner: str, details: Details) -> Contact:
        return Contact(self._fresh_id(), owner, details, self._now_ms())

    async def _writable(self, me: Person, contact_id: str) -> Contact:
        contact = await self.get(me, contact_id)
        may_write(me, contact.book)
        return contact

    async def _room_for(self, owner: str, more: int) -> None:
        most = rules.PERSONAL_MAX if owner else rules.COMPANY_MAX
        if await self._store.count(owner) + more > most:
            raise rules.PhonebookFull(str(most))


def visible(me: Person) -> tuple[str, str]:
    """The owners of the phonebooks that `me` may read."""
    return (me.id, COMPANY)


def may_write(me: Person, book: Book) -> str:
    """The owner of the phonebook, if `me` may change it. Raises `NotAnAdministrator`."""
    if book == "company" and me.role != "administrator":
        raise rules.NotAnAdministrator
    return _owner(me, book)


def _owner(me: Person, book: Book) -> str:
    return me.id if book == "personal" else COMPANY
