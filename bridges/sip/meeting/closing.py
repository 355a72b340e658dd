"""When a telephone in a breakout room is told that the rooms close. Pure."""

from bridges.sip.voice.prompts import Prompt

#: Seconds before the end at which it is told, and those from which on that number would be wrong.
WARN_BEFORE, ABOUT_THAT = 30.0, 25.0
#: Seconds in which it could not be said any more.
TOO_LATE = 3.0


class Closing:
    """Told once of each end; times are seconds on one clock."""

    def __init__(self) -> None:
        self._warn_at: float | None = None
        self._told = False

    def seen(self, closes_at: float | None, now: float) -> None:
        """What is known by now of when the rooms close; None: they do not, or it is none of them."""
        self._warn_at = None if closes_at is None else closes_at - WARN_BEFORE
        # An end that is put off is another one; a second more is not, it was read from another clock.
        if self._warn_at is None or now < self._warn_at - 1:
            self._told = False

    @property
    def due(self) -> float | None:
        """When there is something to be said."""
        return None if self._told else self._warn_at

    def warning(self, now: float) -> tuple[Prompt, ...]:
        """What is to be said now."""
        if self._told or self._warn_at is None or now < self._warn_at:
            return ()
        self._told = True
        left = self._warn_at + WARN_BEFORE - now
        if left < TOO_LATE:
            return ()
        return (Prompt.CLOSING_SOON if left < ABOUT_THAT else Prompt.CLOSING_IN_30,)
