"""Forgotten passwords: a link by mail for whoever has an account, the same silence for everybody else."""

import asyncio
from typing import Protocol

from logs import log
from server import background
from server.accounts import rules
from server.accounts.choosing import PasswordChoice
from server.accounts.links import LIVES, LinkRevoked, Links
from server.accounts.notices import Notices
from server.accounts.settings import Settings
from server.accounts.throttling import Attempts
from server.audit.service import NOBODY, Audit
from server.directory.ports import PersonByEmail, PersonById
from server.directory.rules import email_key
from server.directory.service import Person
from server.notifications import texts
from server.notifications.service import Mailer

_MINUTES = LIVES["reset"] // 60_000
#: Requests that wait for their turn; more is a flood, and who floods gets no mails.
_QUEUE = 100
_log = log.get(__name__)


class ResettingPeople(PersonById, PersonByEmail, Protocol):
    """Whose password a mail resets."""


class PasswordReset(Protocol):
    async def hashed(self, prepared: str) -> str: ...

    async def end_all(self, person: Person, reason: str, keep: str | None = None) -> None: ...


class Forgotten:
    """Requests are answered before they are looked at, one after the other.

    So no answer tells, by its words or by its time, whether an account exists.
    """

    def __init__(
        self,
        directory: ResettingPeople,
        accounts: PasswordReset,
        choice: PasswordChoice,
        links: Links,
        settings: Settings,
        mailer: Mailer | None,
        notices: Notices,
        attempts: Attempts,
        audit: Audit,
        *,
        organisation: str,
    ) -> None:
        self._directory = directory
        self._accounts = accounts
        self._choice = choice
        self._links = links
        self._settings = settings
        self._mailer = mailer
        self._notices = notices
        self._attempts = attempts
        self._audit = audit
        self._organisation = organisation
        self._asked: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_QUEUE)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)

    async def ask(self, email: str, address: str) -> None:
        """Ask for a link. Raises `TooManyAttempts` for an address that asks too often, whomever for."""
        await self._attempts.count([(rules.from_subject("forgotten-from", address), rules.ADDRESS_THROTTLE)])
        try:
            self._asked.put_nowait((email, address))
        except asyncio.QueueFull:
            _log.warning("forgotten_flood", address=address)

    async def settled(self) -> None:
        """Return when everything asked so far has been looked at."""
        await self._asked.join()

    async def _run(self) -> None:
        while True:
            email, address = await self._asked.get()
            try:
                await self._answer(email, address)
            except rules.TooManyAttempts:
                _log.info("forgotten_throttled", address=address)
            except Exception as error:
                # Whoever asked asks again; the others behind them must not wait for ever.
                _log.error("forgotten_failed", exc_info=error)
            finally:
                self._asked.task_done()

    async def _answer(self, email: str, address: str) -> None:
        key = email_key(email)
        # Whoever asks in somebody's name uses up their own mails, not the person's.
        asker = rules.from_subject(f"forgotten {key}", address)
        everybody = rules.subject("forgotten", key)
        await self._attempts.count([(asker, rules.MAIL_THROTTLE), (everybody, rules.MAIL_THROTTLE_ANYWHERE)])
        person = await self._directory.by_email(email)
        if person is None or self._mailer is None:
            return
        language = (await self._settings.of(person.id)).language
        link, _ = await self._links.issue("reset", person.id, language, NOBODY)
        mail = texts.password_reset(language, self._organisation, person.name, link, _MINUTES)
        await self._audit.record("password.forgotten", actor=NOBODY, subject=person.user_id, address=address)
        await self._mailer.send(person.email, mail, LIVES["reset"])

    async def look(self, token: str) -> Person:
        """Whose password the link changes. Raises the four refusals of a link."""
        link = await self._links.look("reset", token)
        person = await self._directory.by_id(link.person_id)
        if person is None:
            raise LinkRevoked
        return person

    async def reset(self, token: str, password: str, address: str) -> Person:
        """Set a new password; all sessions end and no browser is trusted any more.

        Raises what `look` and `PasswordChoice.check` raise.
        """
        person = await self.look(token)
        prepared = await self._choice.check(person, password)
        await self._links.spend("reset", token, await self._accounts.hashed(prepared))
        await self._settings.distrust(person.id)
        await self._accounts.end_all(person, "password")
        await self._notices.tell(person, "password")
        await self._audit.record(
            "password.reset", actor=person.user_id, subject=person.user_id, address=address
        )
        return person
