"""Who was put out for sending far too much, and may not come back for a while. Pure."""

from typing import NamedTuple

#: Seconds of the first time; each further time takes twice as long as the one before, up to the longest.
FIRST, LONGEST = 60.0, 600.0
#: Seconds after which it is forgotten that somebody had to stay away.
REMEMBERED = 600.0
#: How many are remembered; of more, those who may come back soonest are let back at once.
MOST = 4096


class _Bar(NamedTuple):
    until: float
    seconds: float


class Barred:
    """By room and identity; times are seconds of one clock."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._bars: dict[tuple[str, str], _Bar] = {}

    def put_out(self, room: str, identity: str, now: float) -> float:
        """Somebody has to stay out of a room: for so many seconds."""
        self._bars = {who: bar for who, bar in self._bars.items() if bar.until + REMEMBERED > now}
        former = self._bars.pop((room, identity), None)
        seconds = FIRST if former is None else min(2 * former.seconds, LONGEST)
        if len(self._bars) >= self._most:
            del self._bars[min(self._bars, key=lambda who: self._bars[who].until)]
        self._bars[room, identity] = _Bar(now + seconds, seconds)
        return seconds

    def wait(self, room: str, identity: str, now: float) -> float:
        """Seconds until somebody may come back; 0 for whoever may come."""
        bar = self._bars.get((room, identity))
        return max(0.0, bar.until - now) if bar is not None else 0.0
