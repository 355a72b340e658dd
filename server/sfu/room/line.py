"""How good a participant's connection is, in LiveKit's words. Pure."""

from dataclasses import dataclass

from livekit.protocol import models

#: Nothing was heard for so long: the connection is lost. Seconds.
LOST_AFTER = 8.0
_GOOD, _POOR = 80.0, 60.0


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
    """LiveKit's ConnectionQuality, and a score from 1 to 5.

    After the E-model (ITU-T G.107; its usual simplification for VoIP monitoring): delay costs little below
    160 ms and more above, each percent of loss costs 2.5 of about 93 points.
    """
    if line.silent > LOST_AFTER:
        return models.LOST, 1.0
    delay = line.rtt * 1000 / 2 + 10
    rating = 93.2 - (delay / 40 if delay < 160 else (delay - 120) / 10)
    rating = max(0.0, rating - 250 * max(line.up, line.down))
    quality = models.EXCELLENT if rating >= _GOOD else models.GOOD if rating >= _POOR else models.POOR
    return quality, round(_opinion(rating), 1)


def _opinion(rating: float) -> float:
    """Mean opinion score (ITU-T G.107, Annex B)."""
    score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
    return max(1.0, min(score, 5.0))
