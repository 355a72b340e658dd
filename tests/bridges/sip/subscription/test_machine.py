"""A subscription from its SUBSCRIBE to its end, with explicit time."""

import json

import pytest

from bridges.sip.dialog import Dialog
from bridges.sip.subscription import Gone, Lamp, LampState, Notify, Subscription
from bridges.sip.subscription.machine import VERSION_ROOM, State

IDLE, RINGING, TALKING = Lamp(), Lamp(LampState.EARLY, True), Lamp(LampState.CONFIRMED, True)


def subscription() -> Subscription:
    dialog = Dialog("call", "<sip:202@x>;tag=l", "<sip:201@x>;tag=r", "l", "r", "sip:201@192.0.2.1", (), 0, 1)
    return Subscription(dialog, "202", "dialog")


def told(lamp: Lamp = IDLE) -> Subscription:
    """One for ten minutes from 0 that has been told the lamp."""
    found = subscription()
    assert found.receive_subscribe(600, lamp, 0.0) == [Notify("active;expires=600", 0, lamp)]
    assert found.receive_answer(200, 0.1) == []
    return found


def test_a_change_is_told_and_no_change_is_not() -> None:
    machine = told()
    assert machine.show(IDLE, 1.0) == []
    assert machine.show(RINGING, 10.0) == [Notify("active;expires=590", 1, RINGING)]
    assert machine.receive_answer(200, 10.1) == []
    assert machine.show(TALKING, 20.0) == [Notify("active;expires=580", 2, TALKING)]


def test_what_changes_while_a_notify_is_on_its_way_is_told_by_the_next_one_alone() -> None:
    machine = told()
    machine.show(RINGING, 1.0)
    assert machine.show(TALKING, 1.1) == machine.show(RINGING, 1.2) == machine.show(TALKING, 1.3) == []
    assert machine.receive_answer(200, 1.5) == [Notify("active;expires=598", 2, TALKING)]
    assert machine.receive_answer(200, 1.6) == []
    assert machine.state is State.TOLD


def test_what_is_again_as_it_was_told_is_not_told_again() -> None:
    machine = told()
    machine.show(RINGING, 1.0)
    machine.show(TALKING, 1.1)
    machine.show(RINGING, 1.2)
    assert machine.receive_answer(200, 1.5) == []
    assert machine.show(TALKING, 2.0) == [Notify("active;expires=598", 2, TALKING)]


def test_each_subscribe_is_told_the_state_anew() -> None:
    machine = told(TALKING)
    assert machine.receive_subscribe(600, TALKING, 300.0) == [Notify("active;expires=600", 1, TALKING)]
    assert machine.get_timer() == 900.0
    # And when one was on its way, after it.
    assert machine.receive_subscribe(600, TALKING, 301.0) == []
    assert machine.receive_answer(200, 301.1) == [Notify("active;expires=600", 2, TALKING)]


@pytest.mark.parametrize("busy", [False, True])
def test_unsubscribing_ends_it_with_the_last_state(busy: bool) -> None:
    machine = told()
    if busy:
        machine.show(RINGING, 1.0)
    last = Notify("terminated;reason=timeout", 2 if busy else 1, TALKING)
    assert machine.receive_subscribe(0, TALKING, 2.0) == [last, Gone("timeout")]
    assert machine.over
    assert machine.show(IDLE, 3.0) == machine.receive_answer(200, 3.0) == machine.end(3.0) == []
    assert machine.get_timer() is None


def test_a_first_subscribe_without_time_is_one_answer() -> None:
    notify = Notify("terminated;reason=timeout", 0, TALKING)
    assert subscription().receive_subscribe(0, TALKING, 5.0) == [notify, Gone("timeout")]


def test_a_phone_that_does_not_subscribe_again_is_forgotten_in_time() -> None:
    machine = told()
    assert machine.handle_timer(599.9) == []
    assert machine.handle_timer(600.0) == [Notify("terminated;reason=timeout", 1, IDLE), Gone("timeout")]


def test_whoever_may_be_watched_no_more_is_no_resource() -> None:
    assert told().end(1.0) == [Notify("terminated;reason=noresource", 1, IDLE), Gone("noresource")]


@pytest.mark.parametrize("status", [300, 404, 481, 489, 603])
def test_a_phone_that_refuses_a_notify_is_told_nothing_more(status: int) -> None:
    machine = told()
    machine.show(RINGING, 1.0)
    assert machine.receive_answer(status, 1.1) == [Gone(f"NOTIFY answered {status}")]
    assert machine.over


@pytest.mark.parametrize("status", [408, 503])
def test_a_phone_that_is_away_for_a_moment_is_told_again_and_one_that_stays_away_forgotten(
    status: int,
) -> None:
    machine = told()
    machine.show(RINGING, 1.0)
    assert machine.receive_answer(status, 33.0) == []
    assert machine.show(RINGING, 34.0) == [Notify("active;expires=566", 2, RINGING)]
    machine.show(TALKING, 35.0)
    assert machine.receive_answer(status, 66.0) == [Notify("active;expires=534", 3, TALKING)]
    assert machine.receive_answer(200, 67.0) == []
    for lost in range(2):
        machine.show((IDLE, RINGING)[lost], 70.0 + lost)
        assert machine.receive_answer(status, 80.0) == []
    machine.show(TALKING, 90.0)
    assert machine.receive_answer(status, 122.0) == [Gone(f"NOTIFY answered {status}")]


def test_the_next_process_tells_the_phone_the_state_with_a_later_version() -> None:
    machine = told()
    kept = json.loads(json.dumps(machine.snapshot(100.0)))
    again = Subscription.restore(kept, 5.0)
    assert again.get_timer() == 505.0
    assert (again.watched, again.event) == ("202", "dialog")
    assert again.dialog.local_cseq > machine.dialog.local_cseq
    (notify,) = again.show(IDLE, 6.0)
    assert notify == Notify("active;expires=499", VERSION_ROOM + 1, IDLE)


@pytest.mark.parametrize("broken", [{}, {"dialog": {}}, {"dialog": None, "watched": "", "event": ""}])
def test_what_is_no_snapshot_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        Subscription.restore(broken, 0.0)
