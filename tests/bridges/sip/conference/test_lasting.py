"""When a call of several is one of two again, and when it is over."""

import pytest

from bridges.sip.conference.lasting import AGAIN, COMING_TOGETHER, Lasting, Step


def test_three_become_two_become_one() -> None:
    lasting = Lasting(100.0)
    assert lasting.look(100.2, 3, 3, 0) is None
    assert lasting.look(101.0, 2, 2, 0) is Step.UNITE
    assert lasting.look(101.1, 2, 2, 0) is None
    assert lasting.look(101.0 + AGAIN, 2, 2, 0) is Step.UNITE
    assert lasting.look(110.0, 1, 1, 0) is Step.END
    assert lasting.look(120.0, 0, 0, 0) is None


@pytest.mark.parametrize(("seats", "step"), [(2, Step.UNITE), (1, Step.END)])
def test_those_who_come_together_have_their_time(seats: int, step: Step) -> None:
    lasting = Lasting(100.0)
    assert lasting.look(100.0 + COMING_TOGETHER - 0.1, seats, seats, 0) is None
    assert lasting.look(100.0 + COMING_TOGETHER, seats, seats, 0) is step


def test_while_somebody_is_called_or_on_the_way_nothing_is_decided() -> None:
    lasting = Lasting(100.0)
    lasting.look(100.0, 3, 3, 0)
    assert lasting.look(200.0, 2, 2, 1) is None
    assert lasting.look(200.0, 1, 1, 1) is None
    assert lasting.look(200.0, 2, 1, 0) is None
    assert lasting.look(200.0, 2, 2, 0) is Step.UNITE
