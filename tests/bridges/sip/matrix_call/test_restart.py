"""A party that is written down and read back at any step behaves as one that never was."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridges.sip.machine import LocalMisuse
from bridges.sip.matrix_call.callee import CalleeParty
from bridges.sip.matrix_call.caller import CallerParty
from bridges.sip.matrix_call.content import (
    Answer,
    CallEvent,
    Candidate,
    Candidates,
    Hangup,
    Invite,
    Negotiate,
    Reject,
    SelectAnswer,
)
from bridges.sip.matrix_call.machine import BACKLOG
from bridges.sip.matrix_call.observer import Observer

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
PARTIES = ("ours", "web-a", "web-b", "web-c", None)
Machine = CallerParty | CalleeParty | Observer
Step = Callable[[Any, float], object]


def events() -> st.SearchStrategy[Step]:
    """What somebody says in the room."""

    def said(party: str | None, version: str, kind: int) -> CallEvent:
        base: dict[str, Any] = {"call_id": "c", "party_id": party, "version": version}
        found: tuple[CallEvent, ...] = (
            Answer(**base, sdp="v=0"),
            Reject(**base),
            Hangup(**base, reason="user_hangup"),
            Hangup(**base, reason="user_busy"),
            SelectAnswer(**base, selected_party_id="ours"),
            SelectAnswer(**base, selected_party_id="web-b"),
            Candidates(**base, candidates=(Candidate("candidate:1", "0", 0),)),
            Negotiate(**base, kind="offer", sdp="v=0"),
        )
        return found[kind]

    made = st.builds(said, st.sampled_from(PARTIES), st.sampled_from(("0", "1")), st.integers(0, 7))
    senders = st.sampled_from((ANNA, BRUNO, "@carla:localhost"))
    return st.builds(
        lambda sender, event: lambda machine, now: machine.receive(sender, event, now), senders, made
    )


def own() -> st.SearchStrategy[Step]:
    """What our own side wants of a party."""
    steps: tuple[Step, ...] = (
        lambda machine, now: machine.hangup("user_hangup"),
        lambda machine, now: machine.negotiate("offer", "v=0"),
        lambda machine, now: machine.handle_timer(now),
    )
    return st.sampled_from(steps)


def caller() -> tuple[Machine, list[Step]]:
    return CallerParty("c", "ours", BRUNO), [lambda machine, now: machine.invite("v=0", 45.0, now)]


def callee(version: str = "1") -> tuple[Machine, list[Step]]:
    invite = Invite(call_id="c", party_id="web-a", version=version, sdp="v=0", lifetime=60.0)
    party = CalleeParty(invite, ANNA, BRUNO, "ours", 60.0, 100.0)
    return party, [lambda machine, now: machine.answer("v=0", now)]


def observer() -> tuple[Machine, list[Step]]:
    invite = Invite(call_id="c", party_id="web-a", sdp="v=0", lifetime=60.0)
    return Observer(invite, ANNA, BRUNO, 60.0, 100.0), []


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    make=st.sampled_from((caller, callee, lambda: callee("0"), observer)),
    drawn=st.lists(st.tuples(st.floats(0.0, 3.0), st.one_of(events(), events(), own())), max_size=10),
    asleep=st.floats(0.0, BACKLOG),
)
def test_a_machine_that_was_restored_at_every_step_behaves_as_one_never_interrupted(
    make: Callable[[], tuple[Machine, list[Step]]], drawn: list[tuple[float, Step]], asleep: float
) -> None:
    one, first = make()
    other, _ = make()
    now = 100.0
    for pause, step in [*((0.0, each) for each in first), *drawn]:
        now += pause
        assert outcome(one, step, now) == outcome(other, step, now)
        kept = json.loads(json.dumps(other.snapshot(now)))
        other = type(other).restore(kept, now, now + asleep)
        assert one.state is other.state
        ends, later = one.get_timer(), other.get_timer()
        assert (ends is None) is (later is None)
        if ends is not None and later is not None:
            assert abs(later - max(ends, now + asleep + BACKLOG)) < 1e-6
            one._deadline = later


def outcome(machine: Machine, step: Step, now: float) -> object:
    try:
        return step(machine, now)
    except (LocalMisuse, AttributeError) as error:  # an observer says nothing itself
        return type(error)
