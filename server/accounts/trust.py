"""Trusted browsers: a signed cookie that stands for the second factor for thirty days."""

from typing import Protocol

from server.accounts.codes import same

LIVES_SECONDS = 30 * 24 * 3600


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
