"""A sign-in (or a change of the second factor) that is under way: what has been proved, what is asked next.

Pure: a ticket is a value, each step makes a new one. Its key is held by the cookie
of one browser (or one session) alone; a code that was sent belongs to one ticket and is worthless elsewhere.
"""

from dataclasses import dataclass, replace
from typing import Literal

from server.accounts import codes
from server.accounts.rules import AccountError

Method = Literal["totp", "sms"]
Layout = Literal["desktop", "phone"]
#: What is asked next. "proved": a first factor was added, and its recovery codes are being written down.
#: "consent": another client's request is agreed to. "account" is a change made by somebody who is signed in.
StepName = Literal["code", "enrol", "proved", "elsewhere", "consent", "account"]

#: Milliseconds from the password to the end of the sign-in.
LIVES = 10 * 60 * 1000


class TicketGone(AccountError):
    """This sign-in has expired or was completed; begin again."""

    code, status = "sign_in_over", 401


class WrongStep(AccountError):
    """This is not what the sign-in asks for now."""

    code, status = "wrong_step", 409


class WrongCode(AccountError):
    """The code is wrong, was used already, or has expired."""

    code, status, field, logged = "wrong_code", 403, "code", "wrong_code"


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code in a text message. `tag` is its keyed hash, `number` where it went, sealed."""

    tag: str
    number: str
    expires_at: int
    guesses: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is not proved yet; `secret` is an authenticator's, sealed, "" for SMS."""

    method: Method
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Times in milliseconds since the epoch. `oidc` is the request of another client that waits for us."""

    person_id: str
    step: StepName
    expires_at: int
    layout: Layout = "desktop"
    browser: str = ""
    oidc: str | None = None
    sent: SentCode | None = None
    enrolment: Enrolment | None = None

    def at(self, *steps: StepName) -> "Ticket":
        """This ticket, when it stands at one of `steps`. Raises `WrongStep`."""
        if self.step not in steps:
            raise WrongStep
        return self

    def with_code(self, tag: str, number: str, now: int) -> "Ticket":
        """A new code was sent; the one before is worthless."""
        return replace(self, sent=SentCode(tag, number, now + codes.SMS_LIVES))

    def guessed(self, now: int) -> "Ticket":
        """One guess at the code that was sent. Raises `WrongCode` when there is nothing left to guess."""
        if self.sent is None or now >= self.sent.expires_at or self.sent.guesses >= codes.SMS_GUESSES:
            raise WrongCode
        return replace(self, sent=replace(self.sent, guesses=self.sent.guesses + 1))

    def without_code(self) -> "Ticket":
        """The code has done its work."""
        return replace(self, sent=None)
