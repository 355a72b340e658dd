"""Whether the process that carries calls hangs without having died. Pure."""

#: Seconds between signs of life, and without one until the process counts as hanging.
BEAT, HANGS_AFTER = 0.15, 0.6
#: Seconds between looks, at least once; who was not looking for longer knows nothing of the silence.
LOOK, BLIND = 0.1, 0.3


class Watch:
    """`heard` at each message, `hangs` every `LOOK` seconds. Times are monotonic seconds.

    A machine that slept, or is too busy to let the stand-by look, has not shown that the other hangs.
    """

    def __init__(self, now: float) -> None:
        self._heard = self._looked = now

    def heard(self, now: float) -> None:
        """It said something."""
        self._heard = now

    def hangs(self, now: float) -> bool:
        """Whether it has been silent for too long while we looked."""
        slept = now - self._looked > BLIND
        self._looked = now
        if slept:
            self._heard = now
        return now - self._heard > HANGS_AFTER
