"""The tables of the two sides."""

import pytest

from bridges.sip.session.states import UAC_TRANSITIONS, UAS_TRANSITIONS, State, Transitions, Trigger

TABLES = pytest.mark.parametrize("table", [UAC_TRANSITIONS, UAS_TRANSITIONS], ids=["uac", "uas"])


@TABLES
def test_rfc3261_15_every_state_can_reach_the_end_and_nothing_leaves_it(table: Transitions) -> None:
    reached = {State.DISCONNECTED}
    for _ in State:
        reached |= {start for (start, _), end in table.items() if end in reached}
    assert reached == {start for start, _ in table} | {State.DISCONNECTED}
    assert not [start for start, _ in table if start is State.DISCONNECTED]


@TABLES
def test_rfc3261_15_no_bye_of_ours_before_the_answer(table: Transitions) -> None:
    starts = {start for start, trigger in table if trigger is Trigger.SEND_BYE}
    assert starts == {State.CONNECTING, State.CONFIRMED}


def test_every_trigger_and_every_state_is_in_a_table() -> None:
    both = [*UAC_TRANSITIONS, *UAS_TRANSITIONS]
    assert {trigger for _, trigger in both} == set(Trigger)
    assert {state for state, _ in both} | {State.DISCONNECTED} == set(State)
