"""What a signed cookie says of a browser: that it is trusted, or that a person once signed in with it.

Trust stands for the second factor for thirty days. Being known means nothing but a count of failed passwords
of its own (`rules.guesses`).
"""

from typing import Protocol

from server.accounts.codes import same

LIVES_SECONDS = 30 * 24 * 3600
KNOWN_SECONDS = 365 * 24 * 3600
#: People whom one browser is kept for: a desk that several share.
_KNOWN_MAX = 5


class Tagger(Protocol):
    def tag(self, purpose: str, *parts: str) -> str: ...


def trust_value(tagger: Tagger, person_id: str, epoch: int, now_ms: int) -> str:
    """The cookie's value: "person.expiry.tag". All of a person's lose their trust when `epoch` changes."""
    expires = str(now_ms // 1000 + LIVES_SECONDS)
    return f"{person_id}.{expires}.{tagger.tag('trust', person_id, expires, str(epoch))}"


def trusted(tagger: Tagger, value: str, person_id: str, epoch: int, now_ms: int) -> bool:
    """Whether the cookie `value` lets this person in without a code."""
    whose, _, rest = value.partition(".")
    expires, _, tag = rest.partition(".")
    if not same(tag, tagger.tag("trust", whose, expires, str(epoch))):
        return False
    return whose == person_id and expires.isdigit() and int(expires) > now_ms // 1000


def known_browser(tagger: Tagger, value: str | None, account: str, now_ms: int) -> str | None:
    """The nonce of a browser that signed in to `account` (its e-mail key) before; None for all others.

    `value` is the cookie's: up to five "nonce.expiry.tag" with "~" between them, newest first.
    """
    for entry in (value or "").split("~")[:_KNOWN_MAX]:
        nonce, _, rest = entry.partition(".")
        expires, _, tag = rest.partition(".")
        if same(tag, tagger.tag("browser", account, nonce, expires)):
            return nonce if int(expires) > now_ms // 1000 else None
    return None


def remembered(tagger: Tagger, value: str | None, account: str, nonce: str, now_ms: int) -> str:
    """The cookie's value after a sign-in to `account`; a browser that was known keeps its nonce."""
    known = known_browser(tagger, value, account, now_ms)
    expires = str(now_ms // 1000 + KNOWN_SECONDS)
    others = [entry for entry in (value or "").split("~") if entry and entry.partition(".")[0] != known]
    entry = f"{known or nonce}.{expires}.{tagger.tag('browser', account, known or nonce, expires)}"
    return "~".join([entry, *others][:_KNOWN_MAX])
