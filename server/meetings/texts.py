"""The words of invitations to meetings, in Italian and English."""

from dataclasses import dataclass
from typing import Literal

from server.meetings import rules
from server.meetings.meeting import DialIn
from server.notifications.service import Language, Mail
from server.notifications.texts import button, page, paragraphs
from server.numbers import numbers

What = Literal["invited", "changed", "cancelled"]

_SUBJECT = {
    "it": {"invited": "Invito: {title}", "changed": "Aggiornato: {title}", "cancelled": "Annullato: {title}"},
    "en": {
        "invited": "Invitation: {title}",
        "changed": "Updated: {title}",
        "cancelled": "Cancelled: {title}",
    },
}
_OPENING = {
    "it": {
        "invited": "{organiser} ({organisation}) ti invita a una riunione.",
        "changed": "{organiser} ({organisation}) ha cambiato una riunione a cui sei invitato.",
        "cancelled": "{organiser} ({organisation}) ha annullato una riunione a cui eri invitato.",
    },
    "en": {
        "invited": "{organiser} ({organisation}) invites you to a meeting.",
        "changed": "{organiser} ({organisation}) has changed a meeting that you are invited to.",
        "cancelled": "{organiser} ({organisation}) has cancelled a meeting that you were invited to.",
    },
}
_NOW = {"it": "quando vuoi", "en": "whenever you like"}
_JOIN = {"it": "Entra nella riunione", "en": "Join the meeting"}
_GUEST = {
    "it": "Basta un browser: non serve un account.",
    "en": "A browser is enough: you need no account.",
}
_SENT_APART = {
    "it": "La riunione è cifrata da un capo all’altro. Il link per entrare contiene la chiave, che il server"
    " non deve conoscere: te lo manda {organiser}.",
    "en": "The meeting is encrypted from end to end. The link that opens it holds the key, which the server"
    " must not know: {organiser} sends it to you.",
}
_PHONE = {
    "it": ("Per telefono", "componi {numbers}, poi il PIN {pin} e cancelletto (#)."),
    "en": ("By telephone", "dial {numbers}, then the PIN {pin} and the hash key (#)."),
}
_OR = {"it": " oppure ", "en": " or "}


@dataclass(frozen=True, slots=True)
class Letter:
    """What an invitation says. `when` is written out, "" for a meeting without a plan; `link` is None where
    it would lack the key of an encrypted meeting."""

    what: What
    title: str
    organiser: str
    organisation: str
    when: str
    link: str | None
    guest: bool
    dial_in: DialIn | None
    region: str


def mail(language: Language, letter: Letter, calendar: str = "") -> Mail:
    subject = _SUBJECT[language][letter.what].format(title=letter.title)
    opening = _OPENING[language][letter.what].format(
        organiser=letter.organiser, organisation=letter.organisation
    )
    head = f"{opening}\n\n{letter.title}\n{letter.when or _NOW[language]}"
    if letter.what == "cancelled":
        return Mail(subject, head + "\n", page(language, subject, [paragraphs(head)]), calendar)
    tail = "\n\n".join(_tail(language, letter))
    way = [f"{_JOIN[language]}:\n{letter.link}"] if letter.link else []
    parts = [paragraphs(head), *([button(letter.link, _JOIN[language])] if letter.link else [])]
    html = page(language, subject, [*parts, paragraphs(tail)] if tail else parts)
    return Mail(subject, "\n\n".join([head, *way, tail]).rstrip() + "\n", html, calendar)


def description(language: Language, letter: Letter) -> str:
    """The same for the calendar's entry."""
    way = [f"{_JOIN[language]}: {letter.link}"] if letter.link else []
    return "\n\n".join([*way, *_tail(language, letter)])


def _tail(language: Language, letter: Letter) -> list[str]:
    lines = [] if letter.link else [_SENT_APART[language].format(organiser=letter.organiser)]
    if letter.guest:
        lines.append(_GUEST[language])
    if (phone := _phone(language, letter)) is not None:
        lines.append(phone)
    return lines


def _phone(language: Language, letter: Letter) -> str | None:
    """Guests can dial no extension; colleagues may use either."""
    if letter.dial_in is None:
        return None
    dialled = [numbers.international(number) for number in letter.dial_in.numbers]
    if not letter.guest and letter.dial_in.extension:
        dialled.append(letter.dial_in.extension)
    if not dialled:
        return None
    label, words = _PHONE[language]
    said = words.format(numbers=_OR[language].join(dialled), pin=rules.spoken_pin(letter.dial_in.pin))
    return f"{label}: {said}"
