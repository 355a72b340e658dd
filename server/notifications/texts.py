"""The words of mails and text messages, in Italian and English."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from server.notifications.service import Language, Mail

_INVITATION = {
    "it": (
        "Il tuo invito in {organisation}",
        "Ciao {name},\n\nsei stato invitato in {organisation}: telefono, chat e riunioni in un solo posto.\n"
        "Per verificare il tuo indirizzo e scegliere la password, apri questo collegamento:",
        "Verifica l'indirizzo e inizia",
        "Il collegamento vale {hours} ore e funziona una volta sola."
        " Se non ti aspettavi questo messaggio, ignoralo.",
    ),
    "en": (
        "Your invitation to {organisation}",
        "Hello {name},\n\nyou have been invited to {organisation}: telephone, chat and meetings in one place."
        "\nTo verify your address and choose a password, open this link:",
        "Verify your address and start",
        "The link is valid for {hours} hours and works once. If you did not expect this message, ignore it.",
    ),
}
_RESET = {
    "it": (
        "Una nuova password per {organisation}",
        "Ciao {name},\n\nqualcuno, probabilmente tu, ha chiesto una nuova password."
        " Per sceglierla, apri questo collegamento:",
        "Scegli una nuova password",
        "Il collegamento vale {minutes} minuti e funziona una volta sola."
        " Se non sei stato tu, ignora questo messaggio: la tua password resta quella di prima.",
    ),
    "en": (
        "A new password for {organisation}",
        "Hello {name},\n\nsomebody, probably you, asked for a new password. To choose it, open this link:",
        "Choose a new password",
        "The link is valid for {minutes} minutes and works once."
        " If it was not you, ignore this message: your password stays as it was.",
    ),
}
_NOTICE = {
    "it": {
        "password": "la password del tuo account è stata cambiata.",
        "factor": "il secondo fattore del tuo account è stato cambiato.",
        "address": "l'indirizzo e-mail del tuo account è stato cambiato: per accedere questo non vale più.",
        "recovery": "è stato usato un codice di recupero per accedere al tuo account.",
        "voicemail_pin": "è stato scelto un nuovo PIN per ascoltare la tua segreteria da qualsiasi telefono.",
        "no_voicemail_pin": "il PIN della tua segreteria è stato tolto: da altri telefoni non si sente più.",
        "signing_keys": "le chiavi che verificano i tuoi dispositivi sono state sostituite.",
    },
    "en": {
        "password": "the password of your account was changed.",
        "factor": "the second factor of your account was changed.",
        "address": "the e-mail address of your account was changed: this one no longer signs you in.",
        "recovery": "a recovery code was used to sign in to your account.",
        "voicemail_pin": "a new PIN was chosen to listen to your voicemail from any telephone.",
        "no_voicemail_pin": "the PIN of your voicemail was removed: other telephones no longer play it.",
        "signing_keys": "the keys that verify your devices were replaced.",
    },
}
_DELEGATE_FRAME = {
    "it": (
        "{what} ti ha nominato delegato",
        "Ciao {name},\n\n{what} ti ha scelto per rispondere alle sue chiamate in {organisation}.",
        "Se non vuoi, togliti da solo: Impostazioni, Servizi, Delegati.",
    ),
    "en": (
        "{what} has named you as a delegate",
        "Hello {name},\n\n{what} has chosen you to answer their calls at {organisation}.",
        "If you would rather not, take yourself off the list: Settings, Services, Delegates.",
    ),
}
_NOTICE_FRAME = {
    "it": (
        "Il tuo account in {organisation}",
        "Ciao {name},\n\n{what}",
        "Se non sei stato tu, avvisa subito l'amministratore.",
    ),
    "en": (
        "Your account at {organisation}",
        "Hello {name},\n\n{what}",
        "If it was not you, tell your administrator at once.",
    ),
}
_BOUND = {
    "it": {
        "too_many_calls": "{who} ha raggiunto il limite di chiamate esterne contemporanee di una persona.",
        "minutes_used": "{who} ha raggiunto i minuti di chiamate esterne di una persona in un giorno.",
        "lines_busy": "{who} non ha potuto chiamare: le linee esterne hanno raggiunto il limite di chiamate.",
    },
    "en": {
        "too_many_calls": "{who} has reached the limit of calls outside that one person may make at once.",
        "minutes_used": "{who} has reached the minutes that one person may talk outside in a day.",
        "lines_busy": "{who} could not call: the lines to the outside have reached their limit of calls.",
    },
}
_BOUND_FRAME = {
    "it": (
        "Chiamate esterne al limite in {organisation}",
        "Ciao {name},\n\n{what}",
        "Se non è lavoro di questa persona, qualcuno potrebbe usare il suo account o la password di un suo"
        " telefono: disattiva la persona nell'amministrazione o cambia la password del telefono."
        " I limiti stanno nella configurazione, in [telephony].",
        "Su questa persona e questo limite non riceverai altri messaggi per un'ora.",
    ),
    "en": (
        "Calls outside at their limit in {organisation}",
        "Hello {name},\n\n{what}",
        "If this is not the person's own work, somebody may be using their account or the password of a phone"
        " of theirs: disable the person on the administration page, or change the phone's password. The"
        " limits stand in the configuration, under [telephony].",
        "You get no further message about this person and this limit for an hour.",
    ),
}
_CODE = {
    "it": "{code} è il tuo codice per {organisation}. Vale {minutes} minuti. Non darlo a nessuno.",
    "en": "{code} is your code for {organisation}. It is valid for {minutes} minutes. Give it to nobody.",
}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#1b1d22;max-width:36em">
{body}
</body></html>
"""
_BUTTON = (
    '<p><a href="{link}" style="display:inline-block;padding:.6em 1.2em;border-radius:.5em;'
    'background:#0b5cab;color:#ffffff;text-decoration:none">{label}</a></p>\n<p>{link}</p>'
)


def invitation(language: Language, organisation: str, name: str, link: str, hours: int) -> Mail:
    return with_link(language, _INVITATION[language], link, organisation=organisation, name=name, hours=hours)


def password_reset(language: Language, organisation: str, name: str, link: str, minutes: int) -> Mail:
    return with_link(language, _RESET[language], link, organisation=organisation, name=name, minutes=minutes)


def notice(language: Language, organisation: str, name: str, what: str) -> Mail:
    """What happened to an account: "password", "factor", "address", "recovery", "voicemail_pin" or
    "no_voicemail_pin"."""
    return _framed(language, _NOTICE_FRAME[language], organisation, name, _NOTICE[language][what])


def named_delegate(language: Language, organisation: str, name: str, who: str) -> Mail:
    """To a colleague whom `who` has named: their devices may ring for somebody else from now on."""
    return _framed(language, _DELEGATE_FRAME[language], organisation, name, who)


def bound_reached(language: Language, organisation: str, name: str, who: str, what: str) -> Mail:
    """To an administrator: `who` cannot call outside any more, by "too_many_calls", "minutes_used" or
    "lines_busy".
    """
    words = _BOUND[language][what].format(who=who)
    return _framed(language, _BOUND_FRAME[language], organisation, name, words)


def _framed(language: Language, frame: Sequence[str], organisation: str, name: str, what: str) -> Mail:
    subject, *parts = (part.format(organisation=organisation, name=name, what=what) for part in frame)
    return Mail(subject, "\n\n".join(parts) + "\n", page(language, subject, [paragraphs(p) for p in parts]))


def code(language: Language, organisation: str, digits: str, minutes: int, origin: str) -> str:
    """A text message. Its last line lets browsers fill the code in, on our page alone (WebOTP, Section 2)."""
    words = _CODE[language].format(code=digits, organisation=organisation, minutes=minutes)
    return f"{words}\n\n@{urlsplit(origin).hostname} #{digits}"


def button(link: str, label: str) -> str:
    """A link that looks like one can press it, and its address to copy."""
    return _BUTTON.format(link=escape(link), label=escape(label))


def with_link(language: Language, words: tuple[str, ...], link: str, **values: object) -> Mail:
    """Of a subject, what stands above a button, what is on it, and what stands below."""
    subject, before, label, after = (part.format(**values) for part in words)
    html = page(language, subject, [paragraphs(before), button(link, label), paragraphs(after)])
    return Mail(subject, f"{before}\n\n{link}\n\n{after}\n", html)


def paragraphs(text: str) -> str:
    """Text as HTML; an empty line parts paragraphs."""
    parts = (escape(part).replace("\n", "<br>\n") for part in text.split("\n\n"))
    return "\n".join(f"<p>{part}</p>" for part in parts)


def page(language: Language, subject: str, parts: list[str]) -> str:
    """The HTML of a mail, of parts that are HTML already."""
    return _PAGE.format(language=language, subject=escape(subject), body="\n".join(parts))
