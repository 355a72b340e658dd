"""A 2xx is repeated until its ACK, whatever the transport (RFC 3261, Section 13.3.1.4)."""

__all__ = ["AnswerRepeater"]


class AnswerRepeater:
    """Tells when to repeat a 2xx: after T1, then doubling up to T2, for 64*T1 in all. Seconds."""

    def __init__(self, t1: float, t2: float, now: float) -> None:
        self._gap = t1
        self._t2 = t2
        self._next = now + t1
        self._end = now + 64 * t1

    def get_timer(self) -> float:
        """When `handle_timer` is due."""
        return min(self._next, self._end)

    def handle_timer(self, now: float) -> bool:
        """True: repeat the answer now. False: the ACK never came, the session is to be ended.

        Raises `ValueError` when called before it is due.
        """
        if now < self.get_timer():
            raise ValueError("not due")
        if now >= self._end:
            return False
        self._gap = min(2 * self._gap, self._t2)
        self._next = now + self._gap
        return True
