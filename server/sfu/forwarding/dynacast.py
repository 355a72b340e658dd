"""What a publisher need not send, as nobody looks at it (LiveKit: "dynacast"). Pure."""

#: Layers that are wanted are asked for at once; others are given up after so long. Seconds.
PATIENCE = 5.0
#: A layer that was asked for may take so long to come. Seconds.
STARTING = 3.0
#: When nothing comes of what was asked for it is asked for again, ever more seldom. Seconds.
REMIND, SELDOM = 3.0, 12.0


class Dynacast:
    """Of one video.

    Attributes:
        told: the highest quality that its publisher was asked for; None: nothing.
    """

    def __init__(self) -> None:
        self.told: int | None = 2
        self._raised_at = -1e9
        self._less: int | None = None
        self._less_since: float | None = None
        self._heard = True
        self._silent_since: float | None = None
        self._wait = REMIND

    def update(self, wanted: int | None, now: float, *, coming: bool = True) -> bool:
        """Whether the publisher has to be told `told` anew.

        Args:
            wanted: by anybody.
            coming: whether it sends anything, or cannot as it is muted.
        """
        due = self._due(wanted, now)
        again = self._remind(now) if self.told is not None and not coming else self._calm()
        heard, self._heard = self._heard, True
        return due or again or not heard

    def forget(self) -> None:
        """The publisher's connection broke: what it was told last may not have reached it."""
        self._heard = False

    def _calm(self) -> bool:
        self._silent_since, self._wait = None, REMIND
        return False

    def _remind(self, now: float) -> bool:
        """Clients pass over words about a track that they have just begun to publish."""
        if self._silent_since is None or self._raised_at > self._silent_since:
            self._silent_since = now
        if now - self._silent_since < self._wait:
            return False
        self._silent_since, self._wait = now, min(SELDOM, 2 * self._wait)
        return True

    def _due(self, wanted: int | None, now: float) -> bool:
        if wanted == self.told:
            self._less_since = None
            return False
        if self.told is None or (wanted is not None and wanted > self.told):
            self.told, self._raised_at, self._less_since = wanted, now, None
            return True
        if self._less_since is None or self._less != wanted:
            self._less, self._less_since = wanted, now
        if now - self._less_since < PATIENCE:
            return False
        self.told, self._less_since = wanted, None
        return True

    def may_come(self, quality: int, now: float) -> bool:
        """Whether a layer that is silent is so by our wish, or was asked for a moment ago."""
        return self.told is None or quality > self.told or now - self._raised_at < STARTING
