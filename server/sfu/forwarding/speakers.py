"""Who is speaking, from the audio levels that clients write into their packets (RFC 6464)."""

from dataclasses import dataclass

#: Quieter than this is not speech. -dBov, as on the wire: 0 is loudest, 127 silence.
THRESHOLD = 40
#: Loud packets in one interval that make a speaker: 80 ms of the usual packets of 20 ms.
LOUD_PACKETS = 4
#: Short pauses between words do not end it. Seconds.
HOLD = 0.8


@dataclass(frozen=True, slots=True)
class Speaker:
    """`level` from 0 to 1, as LiveKit has it."""

    sid: str
    level: float
    active: bool


class Loudness:
    """What one microphone gave since it was last asked."""

    def __init__(self) -> None:
        self._loud = 0
        self._peak = 127
        self._until = -1.0

    def observe(self, level: int) -> None:
        if level <= THRESHOLD:
            self._loud += 1
            self._peak = min(self._peak, level)

    def measure(self, now: float) -> float:
        """Level from 0 (not speaking) to 1; begins a new interval."""
        if self._loud >= LOUD_PACKETS:
            self._until = now + HOLD
        level = 10 ** (-self._peak / 20) if self._loud else 0.01
        self._loud, self._peak = 0, 127
        return max(level, 0.01) if now <= self._until else 0.0


def changes(before: dict[str, float], after: dict[str, float]) -> list[Speaker]:
    """What to tell clients: everybody who speaks, and whoever has stopped."""
    told = [Speaker(sid, round(level, 4), True) for sid, level in after.items()]
    told += [Speaker(sid, 0.0, False) for sid in before if sid not in after]
    loudest_first = sorted(told, key=lambda speaker: -speaker.level)
    return loudest_first if before != after else []
