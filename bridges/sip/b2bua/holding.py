"""Who lets whom wait in a call, what both are told then, and who hears music meanwhile. Pure.

A leg holds when it does not listen by its own description (RFC 3264, Section 8.4; RFC 6337, Section 5.3), or
by a command of its user, of which its device knows nothing. Whatever the holder wrote, the held side is told
"sendonly" where there is music for it. Names are those of legs.
"""

from bridges.sdp.direction import Direction


class Holding:
    """`music`: whether there is any; without it directions pass as they are written."""

    def __init__(self, *, music: bool) -> None:
        self._music = music
        self._described: set[str] = set()
        self._commanded: set[str] = set()
        #: Lines that send music of their own.
        self._sounding: set[str] = set()

    def describes(self, leg: str, way: Direction, *, line: bool) -> None:
        """A leg says which way its audio goes. An outside `line` that holds and sends plays its own music."""
        before = leg in self._described
        self._described.discard(leg)
        self._sounding.discard(leg)
        if not way.receives:
            self._described.add(leg)
            if line and way.sends:
                self._sounding.add(leg)
        elif before:
            # Who comes back by the device's key is back, whatever was commanded before.
            self._commanded.discard(leg)

    def command(self, leg: str, *, hold: bool) -> bool:
        """Its user lets the other wait, or talks again. False for what only the device itself can end."""
        if hold:
            self._commanded.add(leg)
            return True
        self._commanded.discard(leg)
        return leg not in self._described

    def forget(self, leg: str) -> None:
        """It left the call."""
        for names in (self._described, self._commanded, self._sounding):
            names.discard(leg)

    def holds(self, leg: str) -> bool:
        """Whether it lets the other side wait."""
        return leg in self._described or leg in self._commanded

    def told_by(self, leg: str) -> Direction | None:
        """What the other side is told in place of the direction that `leg` wrote; None: that."""
        if not self.holds(leg) or leg in self._sounding:
            return None
        if self._music:
            return Direction.SENDONLY
        return None if leg in self._described else Direction.INACTIVE

    def told_to(self, leg: str, other: str) -> Direction | None:
        """What `leg` is answered in place of the direction that `other` answered; None: that."""
        return Direction.RECVONLY if leg in self._commanded else self.told_by(other)

    def listeners(self, a: str, b: str) -> set[str]:
        """Who of two that are joined hears music: whoever is held and listens."""
        pairs = ((a, b), (b, a))
        return {
            held
            for held, by in pairs
            if self.told_by(by) is Direction.SENDONLY and held not in self._described
        }
