"""Which server takes a call, and when one counts as lost."""

from __future__ import annotations

from bridges.sip.media.servers import MISSED, Change, Choice, ServerState, State


def up(instance: str | None = "a") -> ServerState:
    state = ServerState()
    state.answered(instance)
    return state


def test_a_server_comes_with_its_first_answer() -> None:
    state = ServerState()
    assert state.state is State.UNKNOWN
    assert state.answered("a") is Change.CAME
    assert state.answered("a") is Change.NONE
    assert state.own
    assert not up(None).own


def test_a_server_goes_after_some_silence_and_once() -> None:
    state = up()
    changes = [state.missed() for _ in range(MISSED + 1)]
    assert changes == [*([Change.NONE] * (MISSED - 1)), Change.WENT, Change.NONE]
    assert state.answered("a") is Change.CAME


def test_an_answer_between_makes_the_silence_begin_anew() -> None:
    state = up()
    for _ in range(5):
        assert [state.missed() for _ in range(MISSED - 1)] == [Change.NONE] * (MISSED - 1)
        state.answered("a")


def test_where_nobody_listens_the_server_is_gone_at_once() -> None:
    assert up().missed(refused=True) is Change.WENT


def test_one_that_never_was_there_does_not_go() -> None:
    state = ServerState()
    assert state.missed(refused=True) is Change.NONE
    assert state.state is State.DOWN


def test_another_process_behind_the_port_has_none_of_the_calls() -> None:
    state = up("a")
    assert state.answered("b") is Change.BEGAN_ANEW
    assert state.answered("b") is Change.NONE


def test_calls_go_to_those_that_are_up_in_turn() -> None:
    choice = Choice([up(), up(), up()], 2)
    assert sorted({choice.next() for _ in range(6)}, key=str) == [0, 1]


def test_a_stand_by_takes_calls_only_while_no_other_is_up() -> None:
    first, second, standby = up(), up(), up()
    choice = Choice([first, second, standby], 2)
    first.missed(refused=True)
    assert {choice.next() for _ in range(4)} == {1}
    second.missed(refused=True)
    assert {choice.next() for _ in range(4)} == {2}
    standby.missed(refused=True)
    assert choice.next() is None
    first.answered("c")
    assert choice.next() == 0


def test_one_that_was_not_asked_yet_is_better_than_none() -> None:
    assert Choice([ServerState()], 1).next() == 0
    assert Choice([ServerState(), up()], 1).next() == 1
