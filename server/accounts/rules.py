"""What a password must be, how long a guesser waits, and which requests come from our own pages."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.accounts.strength import is_common, strength
from server.addresses import origin_of
from server.edge.refusals import Refusal

PASSWORD_MIN = 8
PASSWORD_MAX = 256
_DISTINCT_MIN = 4
#: Of zxcvbn's 0 to 4: "safely unguessable: moderate protection from offline slow-hash scenario".
_STRENGTH_MIN = 3
#: Letters of a name that are more than chance in a password.
_WORD_MIN = 3

#: Seconds that a session lives after its sign-in.
SESSION_SECONDS = 30 * 24 * 3600


class AccountError(Refusal):
    """A refusal of the accounts."""

    code = "account"


class WeakPassword(AccountError):
    """A password has 8 to 256 characters, not all alike, and is not the person's name or e-mail address."""

    code, field = "weak_password", "password"


class CommonPassword(WeakPassword):
    """This password is on every list of common passwords."""

    code = "common_password"


class GuessablePassword(WeakPassword):
    """This password can be guessed too easily; a few words that do not belong together are better."""

    code = "guessable_password"


class BadCredentials(AccountError):
    """The e-mail address or the password is wrong."""

    code, status, logged = "bad_credentials", 401, "sign_in_failed"


class WrongPassword(AccountError):
    """This is not your password."""

    code, status, field, logged = "wrong_password", 403, "password", "wrong_password"


class TooManyAttempts(AccountError):
    """Too many attempts; wait before the next."""

    code, status, logged = "too_many_attempts", 429, "too_many_attempts"

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait

    @property
    def retry_after(self) -> float:
        return self.wait


class TooBusy(AccountError):
    """Too many people are signing in at this moment; try again in a few seconds."""

    code, status, logged = "busy", 503, "sign_in_queue_full"

    @property
    def retry_after(self) -> float:
        return 5


def check_password(password: str, email: str, name: str) -> str:
    """`password` in the form that is hashed. Raises `WeakPassword`.

    Length, and no trivial guess: rules about kinds of characters make passwords worse
    (NIST SP 800-63B, Section 5.1.1.2).
    """
    prepared = prepare_password(password)
    guesses = {g.casefold() for g in (email, email.partition("@")[0], name, name.replace(" ", ""))}
    if not PASSWORD_MIN <= len(prepared) <= PASSWORD_MAX or prepared.casefold() in guesses:
        raise WeakPassword
    if len(set(prepared)) < _DISTINCT_MIN:
        raise WeakPassword
    return prepared


def check_chosen_password(password: str, email: str, name: str, organisation: str = "") -> str:
    """The same for what people choose themselves, with the strength they will be guessed by.

    Raises `WeakPassword`, `CommonPassword`, `GuessablePassword`.
    """
    prepared = check_password(password, email, name)
    if is_common(prepared):
        raise CommonPassword
    if strength(prepared) < _STRENGTH_MIN:
        raise GuessablePassword
    # zxcvbn gives a row of known words far too much: what everybody knows of the person must not count.
    words = {w for text in (email, name, organisation, "unisono") for w in re.split(r"\W+", text.casefold())}
    rest = prepared.casefold()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "") if len(word) >= _WORD_MIN else rest
    if strength(rest) < _STRENGTH_MIN:
        raise GuessablePassword
    return prepared


def prepare_password(password: str) -> str:
    """The same password whatever keyboard composed its accents (RFC 8265, Section 4.2)."""
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed sign-ins of one account or from one address. `last_at` in seconds since the epoch."""

    count: int
    last_at: float


@dataclass(frozen=True, slots=True)
class Throttle:
    """`free` failures cost nothing; each further one doubles the wait, from `first` seconds to `longest`.

    All is forgotten `memory` seconds after the last failure.
    """

    free: int
    longest: float
    memory: float = 3600.0
    first: float = 1.0

    def wait(self, seen: Failures | None, now: float) -> float:
        """Seconds until the next attempt may be made; 0 when it may be made now."""
        if seen is None or seen.count < self.free or now - seen.last_at > self.memory:
            return 0.0
        if seen.last_at > now:
            # Counted by a clock that was ahead: until it is that late nobody could be made to wait rightly.
            return 0.0
        delay = min(self.longest, self.first * 2.0 ** min(seen.count - self.free, 30))
        return max(0.0, seen.last_at + delay - now)

    def failed(self, seen: Failures | None, now: float) -> Failures:
        forgotten = seen is None or now - seen.last_at > self.memory
        return Failures(1 if seen is None or forgotten else seen.count + 1, now)


#: A person mistypes; an address may be a whole office behind one router. Of one account: guesses from one
#: network, or from a browser that the person once signed in with, and those from everywhere together.
ACCOUNT_THROTTLE = Throttle(free=5, longest=300.0)
ACCOUNT_THROTTLE_ANYWHERE = Throttle(free=100, longest=300.0)
ADDRESS_THROTTLE = Throttle(free=20, longest=900.0)
#: Six digits: a guesser who knows the password must not get far in the life of a code.
CODE_THROTTLE = Throttle(free=5, longest=900.0)
#: Passwords that somebody chooses, good ones and bad ones: each is judged by what takes a core.
CHOICE_THROTTLE = Throttle(free=20, longest=300.0)
#: Text messages and mails that anybody can make us send: each costs money or patience.
SMS_THROTTLE = Throttle(free=3, longest=3600.0, first=30.0)
SMS_THROTTLE_ADDRESS = Throttle(free=15, longest=3600.0, first=30.0)
SMS_HOUSE_MEMORY = 24 * 3600.0
MAIL_THROTTLE = Throttle(free=3, longest=3600.0, first=60.0)
MAIL_THROTTLE_ANYWHERE = Throttle(free=12, longest=3600.0, first=60.0)
LINK_THROTTLE = Throttle(free=60, longest=900.0)
LONGEST_MEMORY = max(
    SMS_HOUSE_MEMORY,
    *(throttle.memory for throttle in (ACCOUNT_THROTTLE, ADDRESS_THROTTLE, CODE_THROTTLE, SMS_THROTTLE)),
)


#: Who is slowed down, and how much.
Limit = tuple[str, Throttle]


def guesses(email_key: str, address: str, browser: str | None) -> list[Limit]:
    """By what the guesses at one account's password are counted; the first is cleared by a success.

    Strangers share the account's limits, and whoever knows its e-mail address can use them up. So a `browser`
    that the person once signed in with (its nonce) is counted by itself: nobody else can lock it out ("device
    cookies" of OWASP's Authentication Cheat Sheet).
    """
    if browser is not None:
        return [(subject("browser", f"{browser}:{email_key}"), ACCOUNT_THROTTLE)]
    return [
        (subject("account-from", f"{email_key} {network_of(address)}"), ACCOUNT_THROTTLE),
        (account_subject(email_key), ACCOUNT_THROTTLE_ANYWHERE),
        (address_subject(address), ADDRESS_THROTTLE),
    ]


def account_subject(email_key: str) -> str:
    return subject("account", email_key)


def address_subject(address: str) -> str:
    return from_subject("address", address)


def subject(kind: str, of: str) -> str:
    """What is throttled besides passwords: codes, text messages, mails."""
    return hashlib.sha256(f"{kind}:{of}".encode()).hexdigest()


_PORTED = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")


def texts_of_the_day(most: int, now: float) -> list[Limit]:
    """All text messages of the house in one day (UTC): `most`, and then one an hour; 0 is no limit."""
    if not most:
        return []
    throttle = Throttle(free=most, longest=3600.0, memory=SMS_HOUSE_MEMORY, first=3600.0)
    return [(subject("sms-day", str(int(now // 86_400))), throttle)]


def from_subject(kind: str, address: str) -> str:
    """What is throttled by where it comes from."""
    return subject(kind, network_of(address))


def network_of(address: str) -> str:
    """What one subscriber is counted under (`addresses.origin_of`); some proxies write the port behind it."""
    ported = _PORTED.fullmatch(address)
    return origin_of((ported[1] or ported[2]) if ported else address)


def token_hash(token: str) -> str:
    """What is kept of a session's cookie, a ticket or a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def from_our_pages(header: str | None, origin: str | None, host: str, public_origin: str) -> bool:
    """Whether a state-changing request may come from a page of ours.

    No other site's page can send the header `X-Unisono` (it would need CORS, which we never grant), nor
    forge `Origin`. Arguments: the values of `X-Unisono`, `Origin` and `Host`, and our configured origin.
    """
    if header == "1":
        return True
    if not origin:
        return False
    return origin == public_origin or (bool(host) and urlsplit(origin).netloc == host)
