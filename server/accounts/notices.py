"""Mails that tell a person what happened to their account, so that they notice what was not their doing."""

from typing import Literal

from server.accounts.settings import Settings
from server.directory.service import Person
from server.notifications import texts
from server.notifications.service import Mailer

What = Literal[
    "password", "factor", "recovery", "address", "voicemail_pin", "no_voicemail_pin", "signing_keys"
]
#: A notice is worth delivering for a day. Milliseconds.
_LIVES = 24 * 3_600_000


class Notices:
    """`mailer` is None where no mail can be sent: nobody is told then."""

    def __init__(self, mailer: Mailer | None, settings: Settings, organisation: str) -> None:
        self._mailer = mailer
        self._settings = settings
        self._organisation = organisation

    async def named_delegate(self, person: Person, by: Person) -> None:
        """Somebody else has named this person to answer for them."""
        if self._mailer is None:
            return
        language = (await self._settings.of(person.id)).language
        mail = texts.named_delegate(language, self._organisation, person.name, by.name)
        await self._mailer.send(person.email, mail, _LIVES)

    async def tell(self, person: Person, what: What) -> None:
        """What was changed or used; of a changed e-mail address the one before is told."""
        if self._mailer is None:
            return
        language = (await self._settings.of(person.id)).language
        mail = texts.notice(language, self._organisation, person.name, what)
        await self._mailer.send(person.email, mail, _LIVES)
