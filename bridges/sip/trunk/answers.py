"""How soon and how late a call through a line may be answered: pure.

A call that rings or plays early media (RFC 3960) costs a channel and is not billed; Timer C of a proxy
(RFC 3261, Section 16.6) bounds it in general, a provider's sheet more tightly. An answer that comes before
anybody can have picked up is a machine of the provider's: "false answer supervision", which is billed.
"""

from dataclasses import dataclass

__all__ = ["AnswerLimits", "AnswerWatch"]


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Seconds from the INVITE. `not_before` 0 takes every answer; `within` None waits for ever."""

    not_before: float = 0.0
    within: float | None = None


class AnswerWatch:
    """One call that is not answered yet. `now` is a monotonic clock, seconds."""

    def __init__(self, limits: AnswerLimits, now: float) -> None:
        self._earliest = now + limits.not_before
        self._latest = None if limits.within is None else now + limits.within

    def answered(self, now: float) -> bool:
        """Whether an answer counts: it does not come too early. It ends the waiting either way."""
        self._latest = None
        return now >= self._earliest

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None when nothing is waited for."""
        return self._latest

    def handle_timer(self, now: float) -> bool:
        """Whether the call has gone without an answer for too long; says so once."""
        if self._latest is None or now < self._latest:
            return False
        self._latest = None
        return True
