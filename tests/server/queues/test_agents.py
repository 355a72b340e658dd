"""What agents do: each row of the table, what it forbids, and calls that come too late."""

from dataclasses import replace

import pytest

from server.queues.agents import AWAY, MISSED_MOST, ON_DUTY, REST, TRANSITIONS, Agent, State, Trigger
from server.queues.refusals import NotOnDuty

NOW = 1_000_000


def in_state(state: State) -> Agent:
    call = "w1" if state in {State.RINGING, State.TALKING, State.PAUSING, State.LEAVING} else None
    until = NOW + 1000 if state is State.WRAPPING_UP else None
    return Agent("@anna:localhost", state, NOW - 5000, call=call, record="r1" if call else None, until=until)


def take(agent: Agent, trigger: Trigger) -> Agent:
    ringing = replace(agent, call="w1", record="r1")
    return {
        Trigger.SIGN_IN: lambda: agent.sign_in(NOW),
        Trigger.SIGN_OUT: lambda: agent.sign_out(NOW),
        Trigger.PAUSE: lambda: agent.pause("lunch", NOW),
        Trigger.OFFER: lambda: agent.offer("w1", "q1", NOW),
        Trigger.ANSWER: lambda: ringing.answered(NOW),
        Trigger.RELEASE: lambda: ringing.released(NOW, missed=False),
        Trigger.END: lambda: agent.ended(10, NOW),
        Trigger.WRAPPED: lambda: agent.wrapped(NOW + 2000),
    }[trigger]()


@pytest.mark.parametrize(("state", "trigger"), TRANSITIONS, ids=lambda one: one.value)
def test_each_row_is_taken(state: State, trigger: Trigger) -> None:
    after = take(in_state(state), trigger)
    assert after.state is TRANSITIONS[state, trigger]
    if after.state is not state:
        assert after.since in {NOW, NOW + 2000}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("trigger", Trigger)
def test_what_a_state_forbids_changes_nothing(state: State, trigger: Trigger) -> None:
    if (state, trigger) in TRANSITIONS:
        return
    agent = in_state(state)
    if trigger is Trigger.PAUSE:
        with pytest.raises(NotOnDuty):
            take(agent, trigger)
    elif trigger is Trigger.OFFER:
        with pytest.raises(ValueError, match=state.value):
            take(agent, trigger)
    else:
        assert take(agent, trigger).state is state


def test_every_state_is_reached_and_can_be_left() -> None:
    assert set(TRANSITIONS.values()) == set(State)
    assert {state for (state, _), after in TRANSITIONS.items() if after is not state} == set(State)
    assert set(State) - ON_DUTY == {State.OFF, State.LEAVING}


def test_who_is_back_while_it_still_rings_is_offered_no_other_call() -> None:
    ringing = Agent("@anna:localhost", State.READY).offer("w1", "q1", NOW).rings_in("r1")
    back = ringing.pause("coffee", NOW).sign_in(NOW)
    assert (back.state, back.call, back.free(NOW)) == (State.READY, "w1", False)
    assert back.answered(NOW).state is State.TALKING
    assert back.released(NOW, missed=False).free(NOW)


def test_who_takes_no_calls_rests_and_is_then_thought_to_be_away() -> None:
    agent = Agent("@anna:localhost", State.READY)
    at = NOW
    for _ in range(MISSED_MOST - 1):
        agent = agent.offer("w1", "q1", at).released(at, missed=True)
        assert (agent.state, agent.free(at), agent.free(at + REST)) == (State.READY, False, True)
        at += REST
    away = agent.offer("w1", "q1", at).released(at, missed=True)
    assert (away.state, away.reason, away.call) == (State.PAUSED, AWAY, None)
    assert away.sign_in(at).free(at)


def test_one_call_that_is_taken_forgives_those_that_were_not() -> None:
    agent = Agent("@anna:localhost", State.READY, missed=2)
    assert agent.offer("w1", "q1", NOW).answered(NOW).missed == 0


def test_wrapping_up_ends_by_itself_and_at_once_where_there_is_none() -> None:
    talking = in_state(State.TALKING)
    wrapping = talking.ended(10, NOW)
    assert (wrapping.state, wrapping.until, wrapping.call) == (State.WRAPPING_UP, NOW + 10_000, None)
    assert wrapping.wrapped(NOW + 9_999).state is State.WRAPPING_UP
    assert wrapping.wrapped(NOW + 10_000).state is State.READY
    assert talking.ended(0, NOW).state is State.READY


def test_the_reason_of_a_break_stays_from_the_call_before_it() -> None:
    pausing = in_state(State.TALKING).pause("lunch", NOW)
    assert (pausing.state, pausing.reason) == (State.PAUSING, "lunch")
    paused = pausing.ended(10, NOW)
    assert (paused.state, paused.reason, paused.until) == (State.PAUSED, "lunch", None)
    assert paused.pause("coffee", NOW).reason == "coffee"
    assert paused.sign_in(NOW).reason == ""


def test_what_becomes_of_a_call_that_is_theirs_no_more_is_ignored() -> None:
    ready = Agent("@anna:localhost", State.READY)
    assert ready.answered(NOW) == ready.released(NOW, missed=True) == ready.rings_in("r9") == ready
