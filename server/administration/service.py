"""What administrators do with people, their extensions and their numbers.

Every change is written down with who made it. Disabling ends everything a person could act by: web sessions,
every Matrix device, the desk phones' registrations, their place in calls.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from logs import log
from server.administration import rules
from server.administration.provisioning import Account
from server.audit.service import Audit
from server.directory import rules as directory_rules
from server.directory.access import Actor
from server.directory.service import ExtensionRecord, PeopleStore, Person, PersonChange
from server.homeserver.errors import HomeserverError

_log = log.get(__name__)


class AccountEnding(Protocol):
    """The accounts, as the administration needs them."""

    async def end_all(self, person: Person, reason: str) -> None: ...

    async def remove(self, email: str) -> Person: ...


class DeviceAdministration(Protocol):
    """What is used of `HomeserverClient`; every method raises `HomeserverError`."""

    async def ensure_user(self, localpart: str, display_name: str) -> str: ...

    async def devices(self, user_id: str) -> list[str]: ...

    async def delete_device(self, user_id: str, device_id: str) -> None: ...


class Phones(Protocol):
    """The SIP bridge. Does not raise: what it cannot be told now it asks for within seconds."""

    async def forget_phone(self, extension: str) -> None:
        """Drop what it knows of an extension's password and the phones registered with it."""


class AddressNotice(Protocol):
    async def tell(self, person: Person, what: Literal["address"]) -> None:
        """Mail the person, at the address that they have in `person`."""


#: Told who ends whom.
Ending = Callable[[Actor, Person], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SipServer:
    """Where desk phones register."""

    domain: str
    realm: str
    host: str
    port: int
    tls_port: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """An extension's new password, which nobody will see again."""

    person: Person
    account: Account = field(repr=False)


class Administration:
    """`region` is where numbers are read; `fresh_password` makes SIP passwords; `dial_in` is nobody's."""

    def __init__(
        self,
        people: PeopleStore,
        sessions: AccountEnding,
        homeserver: DeviceAdministration,
        phones: Phones,
        notices: AddressNotice,
        audit: Audit,
        server: SipServer,
        *,
        region: str,
        fresh_password: Callable[[], str],
        now_ms: Callable[[], int],
        dial_in: str = "",
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._homeserver = homeserver
        self._phones = phones
        self._notices = notices
        self._audit = audit
        self._server = server
        self._region = region
        self._dial_in = dial_in
        self._fresh_password = fresh_password
        self._now_ms = now_ms
        #: Told of whoever is disabled or removed, before their sessions end.
        self.ending: list[Ending] = []
        # Two administrators who disable each other at once would leave none.
        self._one_at_a_time = asyncio.Lock()

    # People

    async def people(self) -> list[Person]:
        """Everybody who was not removed, the disabled too; sorted by name."""
        return await self._people.everyone(disabled=True)

    async def person(self, person_id: str) -> Person:
        """Raises `UnknownPerson`."""
        person = await self._people.by_id(person_id, disabled=True)
        if person is None:
            raise rules.UnknownPerson
        return person

    async def by_email(self, email: str) -> Person:
        """Raises `directory.rules.PersonNotFound`."""
        person = await self._people.by_email(directory_rules.email_key(email), disabled=True)
        if person is None:
            raise directory_rules.PersonNotFound(email)
        return person

    async def opens_account(self, person_id: str, wanted: PersonChange) -> bool:
        """Whether a change decides who gets into an account, or what it may do. Raises `UnknownPerson`."""
        person = await self.person(person_id)
        moved = wanted.email is not None and not _same_address(wanted.email, person.email)
        return moved or wanted.role not in {None, person.role}

    async def change(self, actor: Actor, person_id: str, wanted: PersonChange) -> Person:
        """Raises an `AdministrationError` or a `DirectoryError`; then nothing changed."""
        async with self._one_at_a_time:
            person = await self._changed(actor, person_id, wanted)
        if wanted.name is not None:
            await self._rename(person)
        return person

    async def _changed(self, actor: Actor, person_id: str, wanted: PersonChange) -> Person:
        person = await self.person(person_id)
        if wanted.role == "member" and person.role == "administrator":
            await self._spare(actor, person)
        name = person.name if wanted.name is None else directory_rules.check_name(wanted.name)
        email = person.email if wanted.email is None else directory_rules.check_email(wanted.email)
        department = (
            person.department if wanted.department is None else rules.check_department(wanted.department)
        )
        values = {
            "name": name,
            "email": email,
            "email_key": directory_rules.email_key(email),
            "search_text": directory_rules.search_text(name, email),
            "department": department,
            "role": wanted.role or person.role,
            "calls_outside": wanted.calls_outside or person.calls_outside,
        }
        await self._people.change(person.id, values)
        await self._write_down(actor, "person.changed", person, _differences(person, values))
        if not _same_address(email, person.email):
            await self._notices.tell(person, "address")
        return await self.person(person_id)

    async def disable(self, actor: Actor, person_id: str) -> Person:
        """Idempotent. Raises `UnknownPerson`, `OwnAccount`, `LastAdministrator`."""
        async with self._one_at_a_time:
            person = await self.person(person_id)
            await self._spare(actor, person)
            await self._people.change(person.id, {"disabled_at": self._now_ms()})
        await self._write_down(actor, "person.disabled", person)
        await self._end_everything(actor, person, "disabled")
        return await self.person(person_id)

    async def enable(self, actor: Actor, person_id: str) -> Person:
        """Idempotent. Raises `UnknownPerson`."""
        person = await self.person(person_id)
        await self._people.change(person.id, {"disabled_at": None})
        await self._write_down(actor, "person.enabled", person)
        return await self.person(person_id)

    async def remove(self, actor: Actor, person_id: str) -> Person:
        """Raises `UnknownPerson`, `OwnAccount`, `LastAdministrator`."""
        async with self._one_at_a_time:
            person = await self.person(person_id)
            await self._spare(actor, person)
            await self._sessions.remove(person.email)
        await self._write_down(actor, "person.removed", person, {"name": person.name})
        await self._end_everything(actor, person, "removed")
        return person

    async def _spare(self, actor: Actor, person: Person) -> None:
        """Nobody locks themselves out, and somebody is left to administer."""
        if actor.person_id == person.id:
            raise rules.OwnAccount
        if person.role == "administrator" and not person.disabled and await self._people.administrators() < 2:
            raise rules.LastAdministrator

    async def _end_everything(self, actor: Actor, person: Person, reason: str) -> None:
        for end in self.ending:
            await end(actor, person)
        await self._sessions.end_all(person, reason)
        for extension in person.extensions:
            await self._phones.forget_phone(extension)
        try:
            for device_id in await self._homeserver.devices(person.user_id):
                await self._homeserver.delete_device(person.user_id, device_id)
        except HomeserverError as error:
            _log.warning("devices_not_deleted", user_id=person.user_id, why=str(error))

    async def _rename(self, person: Person) -> None:
        """Now if the homeserver answers; else at the next sign-in."""
        try:
            await self._homeserver.ensure_user(person.user_id[1:].partition(":")[0], person.name)
        except HomeserverError as error:
            _log.warning("name_not_told", user_id=person.user_id, why=str(error))

    # Extensions and their phones

    async def add_extension(self, actor: Actor, person_id: str, extension: str) -> Device:
        """Raises `UnknownPerson` or a `DirectoryError`."""
        person = await self.person(person_id)
        number = directory_rules.check_extension(extension.strip(), self._region, self._dial_in)
        if await self._people.by_extension(number, disabled=True):
            raise directory_rules.ExtensionTaken(number)
        device = await self._put(person, number)
        await self._write_down(actor, "extension.added", person, {"extension": number})
        return device

    async def new_password(self, actor: Actor, extension: str) -> Device:
        """The old password ends at once. Raises `UnknownExtension`."""
        person = await self._owner_of(extension)
        device = await self._put(person, extension)
        await self._phones.forget_phone(extension)
        await self._write_down(actor, "extension.password", person, {"extension": extension})
        return device

    async def remove_extension(self, actor: Actor, extension: str) -> Person:
        """Raises `UnknownExtension`."""
        person = await self._owner_of(extension)
        await self._people.remove_extension(extension)
        await self._phones.forget_phone(extension)
        await self._write_down(actor, "extension.removed", person, {"extension": extension})
        return await self.person(person.id)

    async def _owner_of(self, extension: str) -> Person:
        person = await self._people.by_extension(extension, disabled=True)
        if person is None:
            raise rules.UnknownExtension
        return person

    async def _put(self, person: Person, extension: str) -> Device:
        password, server = self._fresh_password(), self._server
        digests = directory_rules.ha1(extension, server.realm, password)
        await self._people.put_extension(person.id, ExtensionRecord(extension, *digests))
        account = Account(
            extension,
            person.name,
            password,
            server.domain,
            server.host,
            server.port,
            tls_port=server.tls_port,
        )
        return Device(await self.person(person.id), account)

    # Numbers

    async def add_number(self, actor: Actor, person_id: str, number: str) -> Person:
        """Raises `UnknownPerson` or a `DirectoryError`."""
        person = await self.person(person_id)
        e164 = directory_rules.check_number(number, self._region)
        await self._people.add_number(person.id, e164)
        await self._write_down(actor, "number.added", person, {"number": e164})
        return await self.person(person_id)

    async def remove_number(self, actor: Actor, number: str) -> Person:
        """Raises `UnknownNumber` or `InvalidNumber`."""
        e164 = directory_rules.check_number(number, self._region)
        person = await self._people.by_number(e164, disabled=True)
        if person is None:
            raise rules.UnknownNumber
        await self._people.remove_number(e164)
        await self._write_down(actor, "number.removed", person, {"number": e164})
        return await self.person(person.id)

    async def _write_down(
        self, actor: Actor, action: str, person: Person, details: dict[str, str] | None = None
    ) -> None:
        await self._audit.record(
            action, actor=actor.name, subject=person.user_id, address=actor.address, details=details
        )


def _same_address(one: str, other: str) -> bool:
    return directory_rules.email_key(one) == directory_rules.email_key(other)


def _differences(person: Person, values: dict[str, str]) -> dict[str, str]:
    before = {
        "name": person.name,
        "email": person.email,
        "department": person.department,
        "role": person.role,
        "calls_outside": person.calls_outside,
    }
    return {name: f"{old} -> {values[name]}" for name, old in before.items() if values[name] != old}
