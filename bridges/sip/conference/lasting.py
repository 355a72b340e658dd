"""Whether a call of several still is one. Pure; `now` is in seconds on one clock."""

from enum import Enum

#: Seconds in which those who are to be in it come together: until then fewer than three are no end.
COMING_TOGETHER = 5.0
#: Seconds between two tries to make it a call of two again.
AGAIN = 2.0


class Step(Enum):
    """What is to be done."""

    #: Two are left: they are one call again.
    UNITE = "unite"
    #: One is left, with nobody to talk to.
    END = "end"


class Lasting:
    """Of one conference, which began at `now`."""

    def __init__(self, now: float) -> None:
        self._born, self._not_before = now, 0.0
        self._formed = False

    def look(self, now: float, seats: int, talking: int, calling: int) -> Step | None:
        """`seats`: how many take part, or are about to; those `talking` are there and not being replaced;
        `calling` are called, and have not answered."""
        self._formed = self._formed or talking >= 3
        waits = calling or seats != talking or now < self._not_before
        if waits or not (self._formed or now - self._born >= COMING_TOGETHER):
            return None
        if seats > 2 or not seats:
            return None
        self._not_before = now + AGAIN
        return Step.UNITE if seats == 2 else Step.END
