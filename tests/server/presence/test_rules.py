"""One state of a person from all that says something of it."""

from typing import get_args

import pytest

from server.presence.rules import PRECEDENCE, Sources, state_of
from wire.presence import State
from wire.route import Party
from wire.state import LiveCall

PEER = Party("@peer:localhost")
RINGS = LiveCall("01R", "inbound", PEER, "ringing", 1)
CALLS = LiveCall("01C", "outbound", PEER, "ringing", 1)
TALKS = LiveCall("01T", "inbound", PEER, "talking", 1)
HELD = LiveCall("01H", "inbound", PEER, "held", 1, held_by="peer")
PARKED = LiveCall("01P", "outbound", PEER, "parked", 1)
#: All that may be true at once; each row below takes away what was shown before.
ALL = Sources((TALKS, HELD, RINGS), True, True, True, True, True, "busy", False)


@pytest.mark.parametrize(
    ("sources", "state"),
    [
        (Sources(), "offline"),
        (Sources(desk_phone=True), "available"),
        (Sources(desk_phone=True, hidden=True), "offline"),
        (Sources(chosen="online", hidden=True), "available"),
        (Sources(chosen="online"), "available"),
        (Sources(chosen="unavailable", desk_phone=True), "away"),
        (Sources(chosen="busy", desk_phone=True), "busy"),
        (Sources(appointment=True), "in_a_meeting"),
        (Sources(appointment=True, chosen="unavailable"), "in_a_meeting"),
        (Sources(appointment=True, hidden=True), "offline"),
        (Sources(in_meeting=True, chosen="online"), "in_a_meeting"),
        (Sources(in_meeting=True, appointment=True, chosen="busy"), "in_a_meeting"),
        (Sources(do_not_disturb=True), "do_not_disturb"),
        (Sources(do_not_disturb=True, in_meeting=True, appointment=True), "do_not_disturb"),
        (Sources((RINGS,), do_not_disturb=True), "ringing"),
        (Sources((RINGS, HELD)), "held"),
        (Sources((PARKED,)), "held"),
        (Sources((HELD, TALKS)), "on_the_phone"),
        (Sources((RINGS, TALKS)), "on_the_phone"),
        (Sources((CALLS,)), "on_the_phone"),
        # A web process that has just started knows how many calls somebody is in, and no more.
        (Sources(in_call=True), "on_the_phone"),
        (Sources((RINGS,), in_call=True), "on_the_phone"),
        (Sources((HELD,), in_call=True), "held"),
        (ALL, "on_the_phone"),
    ],
)
def test_the_table_of_what_goes_before_what(sources: Sources, state: State) -> None:
    assert state_of(sources) == state


def test_each_state_is_in_the_table() -> None:
    assert {state for state, _ in PRECEDENCE} == set(get_args(State))
