"""Voice messages by mail, for whoever wants that: that there is one, or its sound as well."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from server.directory.service import Person
from server.meetings.local_time import written
from server.notifications.service import Language, Mail, Mailer, SoundType
from server.notifications.texts import with_link
from server.sounds.wave import wave
from server.voicemail.rules import MailKind, Message
from wire.route import Party
from wire.voicemail import RATE

#: The longest sound that is sent as a WAV file, in seconds: some servers take no more than 10 MB. A longer
#: one is made small.
ATTACHED_MOST = 300
#: Milliseconds for which a mail is worth delivering: a week.
_LIVES = 7 * 86_400_000
#: Subject, words, what the button says, and what stands below it.
_WORDS: dict[Language, tuple[str, str, str, str]] = {
    "it": (
        "Messaggio in segreteria da {caller}",
        "Ciao {name},\n\n{caller} ti ha lasciato un messaggio vocale.\n{at}, durata {length}.{sound}",
        "Apri la segreteria",
        "Ricevi questa mail perché l'hai chiesta nella pagina della segreteria di {organisation}."
        " Lì puoi anche disattivarla.",
    ),
    "en": (
        "Voicemail from {caller}",
        "Hello {name},\n\n{caller} left you a voice message.\n{at}, length {length}.{sound}",
        "Open your voicemail",
        "You receive this mail because you asked for it on the voicemail page of {organisation}."
        " You can switch it off there.",
    ),
}
_HIDDEN: dict[Language, str] = {"it": "un numero nascosto", "en": "a hidden number"}
_ATTACHED: dict[Language, str] = {"it": "\n\nIl messaggio è allegato.", "en": "\n\nThe message is attached."}
_TOO_LONG: dict[Language, str] = {
    "it": "\n\nÈ troppo lungo per essere allegato.",
    "en": "\n\nIt is too long to be attached.",
}


class SoundMaker(Protocol):
    """`sounds.small.OpusMaker`, seen from here."""

    async def ogg(self, sound: bytes) -> bytes:
        """Ogg Opus; nothing where it cannot be made now."""


class MessageMails:
    """`mailer` is None where no mail can be sent; `page` is the address of the page with the messages."""

    def __init__(
        self,
        mailer: Mailer | None,
        language: Callable[[Person], Awaitable[Language]],
        organisation: str,
        region: str,
        page: str,
        small: SoundMaker,
    ) -> None:
        self._mailer, self._language = mailer, language
        self._organisation, self._region, self._page = organisation, region, page
        self._small = small

    def reaches(self, owner: Person) -> bool:
        """Whether somebody can be sent mails at all."""
        return self._mailer is not None and bool(owner.email)

    async def tell(self, owner: Person, message: Message, sound: bytes, kind: MailKind) -> None:
        """Accept a mail about a message, which is delivered at last, if its owner wants one."""
        if self._mailer is None or not owner.email or kind == "none":
            return
        language = await self._language(owner)
        content, sound_type = await self._attached(sound, kind)
        extra = "" if kind == "notice" else _ATTACHED[language] if content else _TOO_LONG[language]
        seconds = message.duration_ms // 1000
        mail = with_link(
            language,
            _WORDS[language],
            self._page,
            caller=_shown(message.caller, language),
            name=owner.name,
            at=written(message.left_at, self._region, language),
            length=f"{seconds // 60}:{seconds % 60:02}",
            sound=extra,
            organisation=self._organisation,
        )
        told = Mail(mail.subject, mail.text, mail.html, sound=content, sound_type=sound_type)
        await self._mailer.send(owner.email, told, _LIVES)

    async def _attached(self, sound: bytes, kind: MailKind) -> tuple[bytes, SoundType]:
        """The file that comes with the mail, if any: a large one rather than none."""
        fits = len(sound) <= ATTACHED_MOST * RATE
        if kind == "notice":
            return b"", "audio/wav"
        if (kind == "opus" or not fits) and (made := await self._small.ogg(sound)):
            return made, "audio/ogg"
        return wave(sound) if fits else b"", "audio/wav"


def _shown(caller: Party, language: Language) -> str:
    """As the owner of the mailbox sees the caller."""
    if not caller.number:
        return caller.name or _HIDDEN[language]
    return f"{caller.name} ({caller.number})" if caller.name else caller.number
