"""Timers in order; cancelled ones neither fire nor pile up."""

from bridges.sip.transport.timers import TimerQueue


def test_what_is_due_comes_in_order_and_what_is_cancelled_does_not() -> None:
    queue, happened = TimerQueue(), []
    queue.at(2, lambda: happened.append("b"))
    first = queue.at(1, lambda: happened.append("a"))
    queue.at(1, lambda: happened.append("c"))
    assert queue.get_timer() == 1
    assert queue.due(0.5) == []
    first.cancel()
    for timer in queue.due(2):
        timer.fire()
    assert happened == ["c", "b"]
    assert queue.get_timer() is None


def test_one_that_is_cancelled_by_another_of_the_same_moment_does_not_happen() -> None:
    queue, happened = TimerQueue(), []
    second = queue.at(1.5, lambda: happened.append("second"))
    queue.at(1, second.cancel)
    for timer in queue.due(2):
        timer.fire()
    assert happened == []


def test_cancelled_appointments_do_not_pile_up() -> None:
    queue = TimerQueue()
    kept = queue.at(5, lambda: None)
    for number in range(10_000):
        queue.at(600 + number, lambda: None).cancel()
    assert len(queue) < 2_100
    assert queue.due(5) == [kept]
