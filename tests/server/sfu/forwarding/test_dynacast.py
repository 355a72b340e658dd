"""What publishers need not send, and what there is to choose from."""

import pytest

from server.sfu.forwarding.dynacast import PATIENCE, REMIND, SELDOM, STARTING, Dynacast
from server.sfu.forwarding.layers import costs
from server.sfu.forwarding.stream import Stream


def test_what_nobody_looks_at_is_given_up_after_a_while() -> None:
    cast = Dynacast()
    assert not cast.update(2, 0.0)
    assert not cast.update(None, 1.0)
    assert not cast.update(None, PATIENCE)
    assert cast.update(None, 1.0 + PATIENCE)
    assert cast.told is None


def test_a_moment_of_interest_begins_the_wait_anew() -> None:
    cast = Dynacast()
    cast.update(0, 0.0)
    cast.update(2, 4.0)
    assert not cast.update(0, 6.0)
    assert not cast.update(0, 6.0 + PATIENCE - 0.1)
    assert cast.update(0, 6.0 + PATIENCE)


def test_who_wanted_less_for_long_and_then_nothing_is_waited_for() -> None:
    cast = Dynacast()
    for now in (0.0, 4.9):
        assert not cast.update(1, now)
    assert not cast.update(None, 5.1)
    assert not cast.update(1, 6.0)
    assert cast.update(1, 6.0 + PATIENCE)
    assert cast.told == 1


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_what_somebody_looks_at_is_asked_for_at_once(wanted: int) -> None:
    cast = Dynacast()
    cast.update(None, 0.0)
    assert cast.update(None, PATIENCE)
    assert cast.update(wanted, PATIENCE + 0.1)
    assert cast.told == wanted


def test_of_what_does_not_come_its_publisher_is_reminded_ever_more_seldom() -> None:
    cast = Dynacast()
    told = [now for now in range(60) if cast.update(2, float(now), coming=False)]
    assert told == [REMIND, 3 * REMIND, 3 * REMIND + SELDOM, *range(33, 60, int(SELDOM))]
    assert not cast.update(2, 60.0, coming=True)
    assert not cast.update(2, 61.0, coming=False)
    assert cast.update(2, 61.0 + REMIND, coming=False)


def test_of_what_is_not_wanted_nobody_is_reminded() -> None:
    cast = Dynacast()
    cast.update(None, 0.0)
    assert cast.update(None, PATIENCE)
    assert not any(cast.update(None, PATIENCE + now, coming=False) for now in range(60))


def test_who_may_not_have_heard_is_told_once_more() -> None:
    cast = Dynacast()
    cast.forget()
    assert [cast.update(2, now) for now in (0.0, 1.0)] == [True, False]
    cast.forget()
    assert cast.update(None, 2.0)
    assert cast.told == 2
    assert not cast.update(None, 3.0)


def test_a_silent_layer_may_come_when_we_silenced_it_or_just_asked_for_it() -> None:
    cast = Dynacast()
    assert not cast.may_come(2, 100.0)
    cast.update(0, 100.0)
    cast.update(0, 100.0 + PATIENCE)
    assert [cast.may_come(quality, 110.0) for quality in (0, 1, 2)] == [False, True, True]
    cast.update(1, 120.0)
    assert cast.may_come(1, 120.0 + STARTING / 2)
    assert not cast.may_come(1, 120.0 + STARTING)


def layer(quality: int, *, rate: float = 0.0, at: float = 10.0) -> Stream:
    made = Stream(quality, 90_000, quality, repairable=True)
    made.rate, made.last_at = rate, at
    return made


def test_layers_cost_what_they_were_measured_at_or_what_is_usual() -> None:
    streams = {0: layer(0, rate=100_000), 1: layer(1), 2: layer(2, rate=2_000_000, at=0.0)}
    found = costs(streams, 2, lambda quality: quality == 2, 10.0)
    assert found == pytest.approx({0: 105_000, 1: 472_500, 2: 2_100_000})
    assert set(costs(streams, 2, lambda _: False, 10.0)) == {0, 1}
    assert set(costs(streams, 0, lambda _: False, 10.0)) == {0}


def test_the_lowest_layer_that_comes_is_offered_even_above_the_ceiling() -> None:
    assert set(costs({1: layer(1), 2: layer(2)}, 0, lambda _: False, 10.0)) == {1}
    assert set(costs({2: layer(2, at=0.0)}, 0, lambda _: False, 10.0)) == {2}
    assert costs({}, 2, lambda _: True, 10.0) == {}
