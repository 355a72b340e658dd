"""How good a participant's connection is, in LiveKit's words. Pure."""

from dataclasses import dataclass

from livekit.protocol import models

from webrtc import emodel

#: Nothing was heard for so long: the connection is lost. Seconds.
LOST_AFTER = 8.0


@dataclass(frozen=True)
class Line:
    """What was measured of late.

    Attributes:
        up, down: share of packets lost on the way to us and from us, 0 to 1.
        rtt: there and back, seconds; 0: unknown.
        silent: since the last sign of life, seconds.
    """

    up: float = 0.0
    down: float = 0.0
    rtt: float = 0.0
    silent: float = 0.0


def rating(line: Line) -> tuple[int, float]:
    """LiveKit's ConnectionQuality, and a score from 1 to 4.5 on the scale of all calls (`webrtc.emodel`)."""
    if line.silent > LOST_AFTER:
        return models.LOST, 1.0
    score = emodel.score("opus", max(line.up, line.down), line.rtt, 0.0)
    quality = models.EXCELLENT if score >= emodel.GOOD else models.GOOD if score > emodel.BAD else models.POOR
    return quality, round(score, 1)
