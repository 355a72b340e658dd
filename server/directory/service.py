"""The people of the organisation: who they are, how they are dialled, how they are found."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal, Protocol

from server.directory import rules
from server.numbers import numbers
from wire.presence import State

Role = Literal["member", "administrator"]

#: More results than this are scrolled, not read.
SEARCH_LIMIT = 50
_LOCALPARTS_TRIED = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague. `extensions` and `numbers` (E.164) are in the order they were given."""

    id: str
    user_id: str
    name: str
    email: str
    role: str
    extensions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    department: str = ""
    #: Where the photo is served on our own origin; None without one.
    photo: str | None = None
    #: Whether an administrator has disabled the account: then only administrators see the person at all.
    disabled: bool = False
    calls_outside: rules.CallsOutside = "all"


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as colleagues see them, in the shape of the API."""

    user_id: str
    name: str
    email: str
    extensions: tuple[str, ...]
    numbers: tuple[str, ...]
    role: str
    on_the_phone: bool
    desk_phone: bool
    state: State = "offline"
    department: str = ""
    photo: str | None = None


class PhoneStatus(Protocol):
    """What telephony knows of a person right now."""

    def on_the_phone(self, user_id: str) -> bool: ...

    def desk_phone(self, extensions: Sequence[str]) -> bool:
        """Whether a desk phone is registered under one of `extensions`."""


@dataclass(frozen=True, slots=True)
class SipAccount:
    """What the registrar needs to check a desk phone's digest; never the password itself."""

    username: str
    person: Person
    ha1_md5: str
    ha1_sha256: str


@dataclass(frozen=True, slots=True)
class ExtensionRecord:
    number: str
    ha1_md5: str
    ha1_sha256: str


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as the administrator describes them. SIP passwords that are None are made up."""

    email: str
    name: str
    role: Role = "member"
    extensions: Sequence[tuple[str, str | None]] = ()
    numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A new person, checked and ready to be stored."""

    id: str
    localpart: str
    name: str
    email: str
    email_key: str
    search_text: str
    role: Role
    created_at: int
    extensions: tuple[ExtensionRecord, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """`sip_passwords` by extension: shown once, then only their digests are kept."""

    person: Person
    sip_passwords: dict[str, str] = field(default_factory=dict)


#: Told of a person who is removed, by id.
Leaving = Callable[[str], Awaitable[None]]


class LocalpartTaken(Exception):
    """The store's answer to a localpart in use, now or once; the next is tried."""


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What an administrator changes of a person; None stays as it is."""

    name: str | None = None
    email: str | None = None
    department: str | None = None
    role: Role | None = None
    calls_outside: rules.CallsOutside | None = None


class PeopleStore(Protocol):
    """Where people are kept. Removed people are invisible to all but `add`.

    Disabled people are invisible too, unless `disabled` asks for them.
    """

    async def add(self, record: PersonRecord) -> Person:
        """All or nothing. Raises `LocalpartTaken`, `EmailTaken`, `ExtensionTaken`, `NumberTaken`."""

    async def remove(self, person_id: str, now_ms: int) -> None: ...

    async def everyone(self, *, disabled: bool = False) -> list[Person]:
        """Sorted by name."""

    async def page(self, after: tuple[str, str] | None, limit: int) -> list[tuple[str, Person]]:
        """Sorted by (sort key, id), those after `after`; with their sort keys."""

    async def by_id(self, person_id: str, *, disabled: bool = False) -> Person | None: ...

    async def change(self, person_id: str, values: Mapping[str, object]) -> None:
        """Set columns of a living person. Raises `EmailTaken`."""

    async def administrators(self) -> int:
        """How many people that are not disabled are administrators."""

    async def put_extension(self, person_id: str, extension: ExtensionRecord) -> None:
        """Give a person an extension, or one they have new digests. Raises `ExtensionTaken`."""

    async def remove_extension(self, number: str) -> None: ...

    async def add_number(self, person_id: str, e164: str) -> None:
        """Raises `NumberTaken`."""

    async def remove_number(self, e164: str) -> None: ...

    async def by_localpart(self, localpart: str) -> Person | None: ...

    async def living(self, localparts: Sequence[str]) -> frozenset[str]:
        """Those of `localparts` whose people are neither removed nor disabled."""

    async def by_email(self, email_key: str, *, disabled: bool = False) -> Person | None: ...

    async def by_extension(self, extension: str, *, disabled: bool = False) -> Person | None: ...

    async def by_number(self, e164: str, *, disabled: bool = False) -> Person | None: ...

    async def names_of(self, numbers: Sequence[str]) -> dict[str, str]:
        """The names of those who have these numbers; a number that nobody has is left out."""

    async def sip_account(self, extension: str) -> SipAccount | None: ...

    async def search(self, words: Sequence[str], digits: Sequence[str], limit: int) -> list[Person]:
        """People who match all `words`, or any of `digits` in an extension or number; sorted by name."""

    async def former(self) -> list[tuple[str, str]]:
        """User ids and names of all who were removed or disabled."""


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A query that is a telephone number nobody here has: it can be dialled."""

    number: str
    display: str


class Directory:
    """`domain` is the Matrix server name, `realm` that of SIP digests, `region` where numbers are read.

    `leaving` is told the id of whoever is removed; `state` says how somebody is now.
    """

    def __init__(
        self,
        store: PeopleStore,
        phones: PhoneStatus,
        *,
        domain: str,
        realm: str,
        region: str,
        fresh_id: Callable[[], str],
        fresh_password: Callable[[], str],
        now_ms: Callable[[], int],
        leaving: Sequence[Leaving] = (),
        dial_in: str = "",
        state: Callable[[Person], State] = lambda _: "offline",
    ) -> None:
        self._store = store
        self._leaving = tuple(leaving)
        self._phones = phones
        self._domain = domain
        self._realm = realm
        self._region = region
        self._dial_in = dial_in
        self._state = state
        self._fresh_id = fresh_id
        self._fresh_password = fresh_password
        self._now_ms = now_ms

    async def add(self, new: NewPerson) -> Added:
        """Raises one of the named `DirectoryError`s; then nothing was stored."""
        secrets = self._sip_secrets(new)
        checked = self._checked(new, secrets)
        for localpart in islice(rules.localparts(checked.email, checked.name), _LOCALPARTS_TRIED):
            try:
                person = await self._store.add(replace(checked, localpart=localpart))
            except LocalpartTaken:
                continue
            given = dict(new.extensions)
            return Added(person, {e: s for e, s in secrets.items() if given.get(e) is None})
        raise rules.EmailTaken(new.email)

    def _sip_secrets(self, new: NewPerson) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, password in new.extensions:
            extension = rules.check_extension(number.strip(), self._region, self._dial_in)
            if extension in found:
                raise rules.ExtensionTaken(extension)
            found[extension] = (
                self._fresh_password() if password is None else rules.check_sip_password(password)
            )
        return found

    def _checked(self, new: NewPerson, secrets: dict[str, str]) -> PersonRecord:
        name, email = rules.check_name(new.name), rules.check_email(new.email)
        e164 = tuple(dict.fromkeys(rules.check_number(n, self._region) for n in new.numbers))
        return PersonRecord(
            id=self._fresh_id(),
            localpart="",
            name=name,
            email=email,
            email_key=rules.email_key(email),
            search_text=rules.search_text(name, email),
            role=new.role,
            created_at=self._now_ms(),
            extensions=tuple(
                ExtensionRecord(number, *rules.ha1(number, self._realm, secret))
                for number, secret in secrets.items()
            ),
            numbers=e164,
        )

    async def remove(self, email: str) -> Person:
        """Forget the person's e-mail, extensions and numbers, disabled or not. Raises `PersonNotFound`."""
        person = await self._store.by_email(rules.email_key(email), disabled=True)
        if person is None:
            raise rules.PersonNotFound(email)
        await self._store.remove(person.id, self._now_ms())
        for forget in self._leaving:
            await forget(person.id)
        return person

    def view(self, person: Person) -> PersonView:
        return PersonView(
            user_id=person.user_id,
            name=person.name,
            email=person.email,
            extensions=person.extensions,
            numbers=person.numbers,
            role=person.role,
            on_the_phone=self._phones.on_the_phone(person.user_id),
            desk_phone=self._phones.desk_phone(person.extensions),
            state=self._state(person),
            department=person.department,
            photo=person.photo,
        )

    async def everyone(self) -> list[Person]:
        return await self._store.everyone()

    async def page(self, after: tuple[str, str] | None, limit: int) -> list[tuple[str, Person]]:
        """Those after `after` in the order of (sort key, id), with their sort keys."""
        return await self._store.page(after, limit)

    async def by_id(self, person_id: str) -> Person | None:
        return await self._store.by_id(person_id)

    async def by_email(self, email: str) -> Person | None:
        return await self._store.by_email(rules.email_key(email))

    async def by_user_id(self, user_id: str) -> Person | None:
        """The person behind a Matrix user id of this server; None for ghosts and strangers."""
        localpart, _, domain = user_id.removeprefix("@").partition(":")
        if not user_id.startswith("@") or domain != self._domain:
            return None
        return await self._store.by_localpart(localpart)

    async def still_here(self, user_ids: Collection[str]) -> frozenset[str]:
        """Those of these Matrix user ids whose people are neither removed nor disabled, in one question."""
        by_localpart = {
            localpart: user_id
            for user_id in user_ids
            for localpart, _, domain in [user_id.removeprefix("@").partition(":")]
            if user_id.startswith("@") and domain == self._domain
        }
        return frozenset(by_localpart[one] for one in await self._store.living(list(by_localpart)))

    async def by_extension(self, extension: str) -> Person | None:
        return await self._store.by_extension(extension)

    async def by_number(self, e164: str) -> Person | None:
        return await self._store.by_number(e164)

    async def names_of(self, numbers: Sequence[str]) -> dict[str, str]:
        """The names of those who have these numbers (E.164)."""
        return await self._store.names_of(numbers) if numbers else {}

    async def sip_account(self, username: str) -> SipAccount | None:
        return await self._store.sip_account(username)

    async def search(self, query: str) -> list[Person | FoundNumber]:
        """Colleagues by words of their name or e-mail, or by number; then the number itself to dial."""
        words, digits = rules.query_words(query), rules.query_digits(query, self._region)
        if not words:
            return []
        found: list[Person | FoundNumber] = list(await self._store.search(words, digits, SEARCH_LIMIT))
        outside = await self._dialable(query)
        return [*found, outside] if outside else found

    async def former(self, query: str) -> list[str]:
        """User ids of people who are here no more, by words of their name: their calls stay in logs."""
        words = rules.query_words(query)
        if not words:
            return []
        named = [(user_id, rules.search_text(name, "")) for user_id, name in await self._store.former()]
        return [user_id for user_id, text in named if all(f" {word}" in text for word in words)]

    async def set_photo(self, person_id: str, url: str | None) -> None:
        """Where the person's photo is served on our own origin; None when there is none (any more)."""
        await self._store.change(person_id, {"photo": url})

    async def _dialable(self, query: str) -> FoundNumber | None:
        try:
            number = numbers.to_e164(query, self._region)
        except numbers.NotANumber:
            return None
        if await self._store.by_number(number):
            return None
        return FoundNumber(number, numbers.display(number, self._region))
