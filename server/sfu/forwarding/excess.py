"""Somebody who goes on sending far more than allowed. Pure."""


class Excess:
    """What is too much is refused at once; who does not stop is put out.

    A second with too much is forgiven by a second without.

    Args:
        allowed: bytes a second; as many again have to be refused to count, as estimates of a line overshoot.
        patience: seconds of too much that are borne.
    """

    def __init__(self, allowed: float, patience: float) -> None:
        self._allowed = allowed
        self._patience = patience
        self._seen: tuple[int, float] | None = None
        self._seconds = 0.0

    def look(self, refused: int, now: float) -> bool:
        """Whether it has gone on for too long; to be called about once a second.

        Args:
            refused: bytes, all so far.
        """
        former, self._seen = self._seen, (refused, now)
        if former is None:
            return False
        elapsed = now - former[1]
        if refused - former[0] > self._allowed * elapsed:
            self._seconds += elapsed
        else:
            self._seconds = max(0.0, self._seconds - elapsed)
        return self._seconds >= self._patience
