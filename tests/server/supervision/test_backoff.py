import pytest

from server.supervision.backoff import Backoff, State, UnexpectedEvent


def crash(backoff: Backoff, began: float, ran: float) -> float:
    """Run for `ran` seconds and end; returns the wait that follows."""
    backoff.started(began)
    return backoff.ended(began + ran) - (began + ran)


def test_the_first_crash_is_healed_at_once() -> None:
    assert crash(Backoff(), 100.0, 0.1) == 0.0


def test_a_process_that_keeps_crashing_waits_twice_as_long_each_time() -> None:
    backoff = Backoff(first=0.5, ceiling=4.0)
    assert [crash(backoff, 10.0 * n, 0.1) for n in range(6)] == pytest.approx([0, 0.5, 1, 2, 4, 4])


def test_a_stable_run_forgets_the_crashes_before_it() -> None:
    backoff = Backoff(stable=20.0)
    for n in range(5):
        crash(backoff, 100.0 * n, 0.1)
    assert crash(backoff, 1000.0, 20.0) == 0.0
    assert crash(backoff, 2000.0, 1.0) == 0.5


def test_a_process_that_cannot_be_spawned_waits_like_one_that_crashes() -> None:
    backoff = Backoff()
    assert backoff.ended(5.0) == 5.0
    assert backoff.state is State.WAITING


def test_failing_for_ever_stays_at_the_ceiling() -> None:
    backoff = Backoff(ceiling=30.0)
    assert [crash(backoff, float(n), 0.0) for n in range(2000)][-1] == 30.0


def test_what_cannot_happen_is_refused_and_changes_nothing() -> None:
    backoff = Backoff()
    backoff.started(0.0)
    with pytest.raises(UnexpectedEvent):
        backoff.started(1.0)
    assert backoff.state is State.RUNNING


def test_nothing_ends_twice() -> None:
    backoff = Backoff()
    backoff.ended(1.0)
    with pytest.raises(UnexpectedEvent):
        backoff.ended(2.0)
