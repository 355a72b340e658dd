"""What is measured of a connection, and what people are told of it."""

import pytest
from livekit.protocol import models

from server.sfu.room.line import Line, rating


@pytest.mark.parametrize(
    ("line", "quality"),
    [
        (Line(), models.EXCELLENT),
        (Line(rtt=0.3), models.EXCELLENT),
        (Line(up=0.02), models.EXCELLENT),
        (Line(up=0.08), models.GOOD),
        (Line(down=0.08), models.GOOD),
        (Line(up=0.05, rtt=0.4), models.GOOD),
        (Line(rtt=1.0), models.GOOD),
        (Line(rtt=1.1), models.POOR),
        (Line(up=0.1), models.GOOD),
        (Line(up=0.12), models.POOR),
        (Line(down=0.2), models.POOR),
        (Line(silent=20), models.LOST),
    ],
)
def test_loss_and_delay_are_rated(line: Line, quality: int) -> None:
    found, score = rating(line)
    assert found == quality
    assert 1 <= score <= 5


def test_the_score_falls_with_loss() -> None:
    scores = [rating(Line(up=loss / 100))[1] for loss in range(0, 40, 4)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 4.3
    assert scores[-1] < 1.8
