"""What a publisher need not send, as nobody looks at it (LiveKit: "dynacast"). Pure."""

#: Layers that are wanted are asked for at once; others are given up after so long. Seconds.
PATIENCE = 5.0
#: A layer that was asked for may take so long to come. Seconds.
STARTING = 3.0


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

    def update(self, wanted: int | None, now: float) -> bool:
        """`wanted`: by anybody. Whether the publisher has to be told `told` anew."""
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
