"""When a telephone is told that its breakout room closes."""

from __future__ import annotations

import pytest

from bridges.sip.meeting.closing import Closing
from bridges.sip.voice.prompts import Prompt

IN_30, SOON = (Prompt.CLOSING_IN_30,), (Prompt.CLOSING_SOON,)
#: When it is looked, when the rooms close as far as is known then, and what is said.
Look = tuple[float, float | None, tuple[Prompt, ...]]


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param([(0, None, ()), (900, None, ())], id="no end"),
        pytest.param(
            [(0, 100, ()), (69.9, 100, ()), (70, 100, IN_30), (71, 100, ()), (99, 100, ())], id="once"
        ),
        pytest.param([(0, None, ()), (50, 80, IN_30)], id="closed by a moderator"),
        pytest.param([(50, 76, IN_30)], id="the news was slow"),
        pytest.param([(50, 70, SOON), (51, 70, ())], id="at short notice"),
        pytest.param([(50, 52, ()), (51, 52, ())], id="nobody would hear it"),
        pytest.param([(60, 50, ())], id="over"),
        pytest.param([(70, 100, IN_30), (71, 100.4, ()), (72, 99.7, ())], id="read from another clock"),
        pytest.param([(70, 100, IN_30), (75, 400, ()), (369, 400, ()), (370, 400, IN_30)], id="put off"),
        pytest.param([(70, 100, IN_30), (75, None, ()), (80, 110, IN_30)], id="called off"),
        pytest.param([(70, 100, IN_30), (75, 90, ())], id="even earlier"),
    ],
)
def test_it_is_told_once_of_each_end(looks: list[Look]) -> None:
    closing = Closing()
    for now, closes_at, said in looks:
        closing.seen(closes_at, now)
        assert closing.warning(now) == said, now


def test_time_alone_brings_the_warning() -> None:
    closing = Closing()
    closing.seen(100.3, 0)
    due = closing.due
    assert due == pytest.approx(70.3)
    assert due is not None and closing.warning(due) == IN_30
    assert closing.due is None
