"""How much a publisher is told that it may send, when it does not estimate by itself (REMB)."""

#: More lost than this lowers the rate, less than that raises it (as draft-ietf-rmcat-gcc-02, Section 6).
_HEAVY, _LIGHT = 0.10, 0.02
_RAISE = 1.08
_MIN_BITRATE = 150_000.0


class RembController:
    """Args: bound: bit/s that one participant may send at most."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self._bitrate = float(bound)
        self._octets = 0
        self._at: float | None = None

    @property
    def bitrate(self) -> int:
        return int(self._bitrate)

    def observe(self, octets: int, lost: float, now: float) -> None:
        """Once a second: all bytes received so far, and the share of packets lost since the last time."""
        former, at, self._octets, self._at = self._octets, self._at, octets, now
        if at is None or now <= at:
            return
        received = max(0.0, (octets - former) * 8 / (now - at))
        if lost > _HEAVY:
            # What came through is what the line carries.
            self._bitrate = max(_MIN_BITRATE, min(self._bitrate, received) * (1 - lost / 2))
        elif lost < _LIGHT:
            self._bitrate = min(float(self.bound), self._bitrate * _RAISE)
