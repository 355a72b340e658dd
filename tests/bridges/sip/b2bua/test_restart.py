"""A set-up or a conversation that is written down and read back at any step behaves as one that never was."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import Conversation
from bridges.sip.b2bua.setup import SetupMachine
from bridges.sip.machine import LocalMisuse
from wire.route import MatrixLeg, PhoneLeg, Stage, TrunkLeg

STAGES = (
    Stage(timeout=20.0, legs=(PhoneLeg("202"), MatrixLeg("@b:x", "@_tel_1:x", "!r:x"))),
    Stage(timeout=30.0, legs=(TrunkLeg("a", "+3906"),), after=("busy", "no_answer")),
    Stage(timeout=30.0, legs=(TrunkLeg("b", "+3906", "+3907"),), after=("no_trunk",)),
)
FORKS = ("phone0", "matrix0", "trunk0")
CAUSES = (Cause.BUSY, Cause.NO_ANSWER, Cause.REJECTED, Cause.NO_TRUNK, Cause.NORMAL)

forks, causes = st.sampled_from(FORKS), st.sampled_from(CAUSES)
SETUP_STEPS = st.one_of(
    st.builds(lambda fork: lambda m, now: m.add_fork(fork), forks),
    st.builds(lambda: lambda m, now: m.stage_started(now)),
    st.builds(lambda fork: lambda m, now: m.fork_rings(fork), forks),
    st.builds(lambda fork: lambda m, now: m.fork_answers(fork), forks),
    st.builds(
        lambda fork, cause, line: lambda m, now: m.fork_ends(fork, cause, now, of_line=line),
        forks,
        causes,
        st.sampled_from((None, True, False)),
    ),
    st.builds(lambda: lambda m, now: m.confirmed()),
    st.builds(lambda: lambda m, now: m.handle_timer(now)),
    st.builds(lambda cause: lambda m, now: m.caller_ends(cause), causes),
    st.builds(lambda cause: lambda m, now: m.abort(cause), causes),
)
legs = st.sampled_from(("a", "b", "c"))
TALK_STEPS = st.one_of(
    st.builds(lambda leg: lambda m: m.hold(leg), legs),
    st.builds(lambda leg: lambda m: m.resume(leg), legs),
    st.builds(lambda leg: lambda m: m.replace(leg), legs),
    st.builds(lambda leg: lambda m: m.transfer(leg, "203"), legs),
    st.builds(lambda leg: lambda m: m.replaced(leg), legs),
    st.builds(lambda cause: lambda m: m.failed(cause), causes),
    st.builds(lambda leg: lambda m: m.give(leg), legs),
    st.builds(lambda leg, cause: lambda m: m.ends(leg, cause), legs, causes),
    st.builds(lambda cause: lambda m: m.abort(cause), causes),
)


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    lingers=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from((0.0, 1.0, 25.0)), SETUP_STEPS), max_size=15),
)
def test_a_set_up_goes_on_in_the_next_process(
    lingers: bool, steps: list[tuple[float, Callable[[Any, float], object]]]
) -> None:
    one, other = SetupMachine(lingers=lingers), SetupMachine(lingers=lingers)
    now = 100.0
    assert one.ring(STAGES, now) == other.ring(STAGES, now)
    for pause, step in steps:
        now += pause
        assert step(one, now) == step(other, now)
        other = SetupMachine.restore(json.loads(json.dumps(other.snapshot(now))), now)
        assert (one.state, one.winner, one.get_timer()) == (other.state, other.winner, other.get_timer())


@settings(deadline=None, max_examples=400, derandomize=True)
@given(steps=st.lists(TALK_STEPS, max_size=12))
def test_a_conversation_goes_on_in_the_next_process(steps: list[Callable[[Any], object]]) -> None:
    one, other = Conversation("a", "b"), Conversation("a", "b")
    for step in steps:
        assert outcome(one, step) == outcome(other, step)
        other = Conversation.restore(json.loads(json.dumps(other.snapshot())))
        assert (one.state, one.legs, one.held_by) == (other.state, other.legs, other.held_by)


def outcome(machine: Conversation, step: Callable[[Any], object]) -> object:
    try:
        return step(machine)
    except LocalMisuse as error:
        return type(error)
