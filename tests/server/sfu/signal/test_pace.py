"""How fast a participant's messages are read."""

import pytest

from server.sfu.signal.pace import AT_ONCE, SHARE, Pace, Paces


def test_who_takes_little_never_waits() -> None:
    pace = Pace()
    for second in range(100):
        pace.spent(SHARE, float(second))
        assert pace.wait(float(second)) == 0


def test_a_burst_is_borne_and_what_is_beyond_it_is_waited_for() -> None:
    pace = Pace()
    pace.spent(AT_ONCE, 10.0)
    assert pace.wait(10.0) == 0
    pace.spent(0.05, 10.0)
    assert pace.wait(10.0) == pytest.approx(0.05 / SHARE)
    assert pace.wait(10.0 + 0.05 / SHARE) == pytest.approx(0)


def test_in_a_minute_nobody_takes_more_than_its_share() -> None:
    pace, now, spent = Pace(), 0.0, 0.0
    while now < 60:
        pace.spent(0.05, now)
        spent += 0.05
        now += pace.wait(now)
    assert spent <= 60 * SHARE + AT_ONCE + 0.05


def test_who_comes_anew_has_no_more_time_than_before() -> None:
    paces = Paces(most=2)
    paces.of("anna").spent(AT_ONCE + 1, 5.0)
    assert paces.of("anna").wait(5.0) == pytest.approx(1 / SHARE)
    assert paces.of("bruno").wait(5.0) == 0
    assert paces.of("anna").wait(5.0) > 0
    paces.of("carla")  # of three the one that was not asked for longest is forgotten
    assert paces.of("anna").wait(5.0) > 0
