"""How long a call of a line may go without an answer, and which answers come too early."""

import pytest

from bridges.sip.trunk import AnswerLimits, AnswerWatch


@pytest.mark.parametrize(("after", "counts"), [(0.0, False), (1.9, False), (2.0, True), (60.0, True)])
def test_an_answer_counts_from_the_earliest_moment_on(after: float, counts: bool) -> None:
    assert AnswerWatch(AnswerLimits(not_before=2.0), 100.0).answered(100.0 + after) is counts


def test_every_answer_counts_where_nothing_is_said() -> None:
    watch = AnswerWatch(AnswerLimits(), 100.0)
    assert watch.get_timer() is None
    assert watch.answered(100.0)


def test_a_call_without_an_answer_is_over_once_when_its_time_is() -> None:
    watch = AnswerWatch(AnswerLimits(within=180.0), 100.0)
    assert watch.get_timer() == 280.0
    assert not watch.handle_timer(279.9)
    assert watch.handle_timer(280.0)
    assert watch.get_timer() is None
    assert not watch.handle_timer(281.0)


def test_an_answered_call_may_last() -> None:
    watch = AnswerWatch(AnswerLimits(within=180.0), 100.0)
    watch.answered(279.0)
    assert watch.get_timer() is None
    assert not watch.handle_timer(1_000.0)
