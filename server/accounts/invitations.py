"""Invitations: a person is added, gets a link by mail, and chooses a password with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from server.accounts import rules
from server.accounts.choosing import PasswordChoice
from server.accounts.links import LIVES, Link, LinkRevoked, Links
from server.accounts.settings import Settings
from server.audit.service import Audit
from server.directory.ports import PersonByEmail, PersonById
from server.directory.rules import PersonNotFound
from server.directory.service import Added, NewPerson, Person
from server.notifications import texts
from server.notifications.service import Language, Mailer

_HOURS = LIVES["invitation"] // 3_600_000


class MailNotConfigured(rules.AccountError):
    """No mail server is configured: nobody can be invited by mail."""

    code, status = "mail_not_configured", 503


class AlreadyJoined(rules.AccountError):
    """This person has chosen a password already."""

    code, status = "already_joined", 409


class InvitationNotFound(rules.AccountError):
    """There is no such invitation."""

    code, status = "invitation_not_found", 404


class InvitedPeople(PersonById, PersonByEmail, Protocol):
    async def add(self, new: NewPerson) -> Added: ...


class JoiningAccounts(Protocol):
    async def has_password(self, person: Person) -> bool: ...

    async def hashed(self, prepared: str) -> str: ...

    async def remove(self, email: str) -> Person: ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """As an administrator sees it. `state` of the newest link; times in milliseconds since the epoch."""

    id: str
    person: Person
    language: Language
    invited_by: str
    created_at: int
    expires_at: int
    state: Literal["open", "expired", "revoked", "used"]


class Invitations:
    """`mailer` is None where no mail can be sent. `actor` is who invites: a user id, or the command line."""

    def __init__(
        self,
        directory: InvitedPeople,
        accounts: JoiningAccounts,
        choice: PasswordChoice,
        links: Links,
        settings: Settings,
        mailer: Mailer | None,
        audit: Audit,
        *,
        organisation: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._directory = directory
        self._accounts = accounts
        self._choice = choice
        self._links = links
        self._settings = settings
        self._mailer = mailer
        self._audit = audit
        self._organisation = organisation
        self._now_ms = now_ms

    async def invite(
        self, new: NewPerson, language: Language | None, actor: str, address: str = ""
    ) -> tuple[Invitation, dict[str, str]]:
        """Add a person and mail them a link; also the SIP passwords made up by extension, shown once.

        Raises `MailNotConfigured` or a `DirectoryError`; then nobody was added.
        """
        if self._mailer is None:
            raise MailNotConfigured
        added = await self._directory.add(new)
        invitation = await self._mail(added.person, language or self._settings.default, actor)
        await self._audit.record("person.invited", actor=actor, subject=added.person.user_id, address=address)
        return invitation, added.sip_passwords

    async def send_again(self, person_id: str, actor: str, address: str = "") -> Invitation:
        """A fresh link; the one before stops working.

        Raises `InvitationNotFound`, `AlreadyJoined`, `MailNotConfigured`.
        """
        link, person = await self._pending(person_id)
        invitation = await self._mail(person, link.language, actor)
        await self._audit.record(
            "invitation.sent_again", actor=actor, subject=person.user_id, address=address
        )
        return invitation

    async def revoke(self, person_id: str, actor: str, address: str = "") -> None:
        """The link stops working, and the person, who has never been here, is removed.

        Raises `InvitationNotFound`, `AlreadyJoined`.
        """
        _, person = await self._pending(person_id)
        await self._links.revoke(person.id, "invitation")
        await self._accounts.remove(person.email)
        await self._audit.record("invitation.revoked", actor=actor, subject=person.user_id, address=address)

    async def person_id(self, email: str) -> str:
        """Of somebody by e-mail address. Raises `PersonNotFound`."""
        person = await self._directory.by_email(email)
        if person is None:
            raise PersonNotFound(email)
        return person.id

    async def all(self) -> list[Invitation]:
        """Of the people who are still here, newest first."""
        found = [(link, await self._directory.by_id(link.person_id)) for link in await self._newest()]
        return [self._shown(link, person) for link, person in found if person is not None]

    async def look(self, token: str) -> tuple[Person, Link]:
        """What a link stands for. Raises the four refusals of a link."""
        link = await self._links.look("invitation", token)
        person = await self._directory.by_id(link.person_id)
        if person is None:
            raise LinkRevoked
        return person, link

    async def accept(self, token: str, password: str, language: Language | None, address: str) -> Person:
        """Set the first password; who may now sign in.

        Raises the four refusals of a link, and those of `PasswordChoice.check`, which leave the link
        as it was.
        """
        person, link = await self.look(token)
        prepared = await self._choice.check(person, password)
        await self._links.spend("invitation", token, await self._accounts.hashed(prepared))
        await self._settings.speak(person.id, language or link.language)
        await self._audit.record(
            "invitation.accepted", actor=person.user_id, subject=person.user_id, address=address
        )
        return person

    async def _newest(self) -> list[Link]:
        return list(await self._links.of_purpose("invitation"))

    async def _pending(self, person_id: str) -> tuple[Link, Person]:
        link = next((link for link in await self._newest() if link.person_id == person_id), None)
        person = await self._directory.by_id(person_id)
        if link is None or person is None:
            raise InvitationNotFound
        if await self._accounts.has_password(person):
            raise AlreadyJoined
        return link, person

    async def _mail(self, person: Person, language: Language, actor: str) -> Invitation:
        if self._mailer is None:
            raise MailNotConfigured
        address, link = await self._links.issue("invitation", person.id, language, actor)
        mail = texts.invitation(language, self._organisation, person.name, address, _HOURS)
        await self._mailer.send(person.email, mail, LIVES["invitation"])
        return self._shown(link, person)

    def _shown(self, link: Link, person: Person) -> Invitation:
        state: Literal["open", "expired", "revoked", "used"] = "open"
        if link.used_at is not None:
            state = "used"
        elif link.revoked_at is not None:
            state = "revoked"
        elif self._now_ms() >= link.expires_at:
            state = "expired"
        return Invitation(
            person.id, person, link.language, link.created_by, link.created_at, link.expires_at, state
        )
