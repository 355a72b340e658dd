"""Staying registered with a provider (RFC 3261, Section 10.2)."""

from enum import Enum

__all__ = ["RegistrationState", "TrunkRegistration"]

FIRST_DELAY = 2.0
LONGEST_DELAY = 300.0
#: Answers that another attempt will not change soon: wrong password, unknown user.
REFUSALS = frozenset({401, 403, 404, 407})
REFUSED_DELAY = 120.0


class RegistrationState(Enum):
    """Of a registration."""

    UNREGISTERED = "unregistered"
    REGISTERED = "registered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class TrunkRegistration:
    """Says when to send REGISTER. Call `sent`, then `answered`. Times in seconds.

    A registration that is being refreshed counts as registered until it runs out.
    """

    def __init__(self, expires: int, now: float) -> None:
        self.expires = expires
        self.state = RegistrationState.UNREGISTERED
        self.why: str | None = "not registered yet"
        self._next: float | None = now
        self._until = now
        self._failures = 0

    @property
    def registered(self) -> bool:
        return self.state is RegistrationState.REGISTERED

    def get_timer(self) -> float | None:
        """When `handle_timer` is due; None while an answer is awaited and nothing can run out."""
        if self.registered:
            return self._until if self._next is None else min(self._next, self._until)
        return self._next

    def handle_timer(self, now: float) -> bool:
        """Whether a REGISTER is to be sent now."""
        if self.registered and now >= self._until:
            self.state = RegistrationState.UNREACHABLE
            self.why = "the registration ran out"
        return self._next is not None and now >= self._next

    def sent(self) -> None:
        """A REGISTER is on its way."""
        self._next = None

    def answered(
        self,
        status: int,
        phrase: str,
        now: float,
        *,
        granted: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Its final answer (408 for silence, 503 for what could not be sent).

        `granted` are the seconds granted to our Contact, or Min-Expires of a 423.
        """
        if 200 <= status < 300:
            lifetime = granted or self.expires
            self.state, self.why, self._failures = RegistrationState.REGISTERED, None, 0
            self._until = now + lifetime
            # Early enough for a lost refresh to be repeated: Timer F is 32 s.
            self._next = now + max(lifetime / 2, lifetime - 60)
            return
        if status == 423 and granted and granted > self.expires:
            self.expires = granted
            self._next = now
            return
        self._failed(status, phrase, now, retry_after)

    def _failed(self, status: int, phrase: str, now: float, retry_after: int | None) -> None:
        self.why = f"{status} {phrase}".strip()
        delay = min(FIRST_DELAY * 2 ** min(self._failures, 16), LONGEST_DELAY)
        self._failures += 1
        refused = status in REFUSALS
        if refused:
            delay = max(delay, REFUSED_DELAY)
        if retry_after is not None:
            delay = max(delay, min(retry_after, LONGEST_DELAY))
        self._next = now + delay
        if refused or not self.registered or now >= self._until:
            self.state = RegistrationState.REFUSED if refused else RegistrationState.UNREACHABLE
