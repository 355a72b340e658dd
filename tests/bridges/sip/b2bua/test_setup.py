"""Setting calls up, told as stories with an explicit clock."""

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.setup import (
    AskAgain,
    Command,
    DropCaller,
    DropFork,
    Established,
    Finished,
    Join,
    SetupMachine,
    StartStage,
    State,
    TellRinging,
)
from wire.route import (
    Forwarded,
    Leg,
    MalformedPlan,
    Party,
    PhoneLeg,
    Stage,
    TrunkLeg,
    VoicemailLeg,
    parse_plan,
)

PHONES = Stage(timeout=45.0, legs=(PhoneLeg(extension="202"),))
TRUNK_A = Stage(timeout=60.0, legs=(TrunkLeg(trunk="a", number="+39061"),))
TRUNK_B = Stage(timeout=60.0, legs=(TrunkLeg(trunk="b", number="+39061"),), after=("no_trunk",))


def ringing(*forks: str, stages: tuple[Stage, ...] = (PHONES,), lingers: bool = False) -> SetupMachine:
    machine = SetupMachine(lingers=lingers)
    assert machine.ring(stages, 0.0) == [StartStage(stages[0].legs, stages[0].timeout)]
    assert all(machine.add_fork(fork) for fork in forks)
    machine.stage_started(0.0)
    return machine


def answering(*forks: str) -> SetupMachine:
    machine = ringing(*forks)
    machine.fork_answers(forks[0])
    return machine


def test_ringing_is_told_once_however_many_phones_ring() -> None:
    machine = ringing("a", "b")
    assert machine.fork_rings("a") == [TellRinging()]
    assert machine.fork_rings("b") == []


def test_first_answer_wins_and_the_others_learn_that_it_was_answered_elsewhere() -> None:
    machine = ringing("a", "b", "c")
    assert machine.fork_answers("b") == [
        Join("b"),
        DropFork("a", Cause.ANSWERED_ELSEWHERE),
        DropFork("c", Cause.ANSWERED_ELSEWHERE),
    ]
    assert machine.confirmed() == [Established("b")]
    assert machine.state is State.ENDED


def test_two_answers_at_once_leave_one_call() -> None:
    machine = ringing("a", "b")
    machine.fork_answers("a")
    assert machine.fork_answers("b") == [DropFork("b", Cause.ANSWERED_ELSEWHERE)]
    assert machine.fork_answers("a") == []
    assert machine.confirmed() == [Established("a")]


def test_an_answer_that_crosses_the_callers_cancel_is_hung_up() -> None:
    machine = ringing("a")
    assert machine.caller_ends(Cause.CANCELLED) == [DropFork("a", Cause.CANCELLED), Finished(Cause.CANCELLED)]
    assert machine.fork_answers("a") == [DropFork("a", Cause.ANSWERED_ELSEWHERE)]
    assert machine.fork_ends("a", Cause.CANCELLED, 1.0) == []


def test_who_takes_the_call_is_no_device_of_the_callees() -> None:
    machine = ringing("a", lingers=True)
    assert machine.add_taker("t")
    assert machine.fork_rings("t") == []
    assert machine.fork_ends("t", Cause.REJECTED, 1.0) == []
    assert machine.add_taker("u")
    # The stage is over: in browsers it rings on, and so it does for who wants it.
    assert machine.fork_ends("a", Cause.BUSY, 2.0) == []
    assert (machine.state, machine.forks) == (State.LINGERING, ("u",))
    assert machine.add_taker("v")
    assert machine.fork_answers("v") == [Join("v"), DropFork("u", Cause.ANSWERED_ELSEWHERE)]
    assert not machine.add_taker("w")
    assert machine.confirmed() == [Established("v")]


def test_a_taker_outlives_the_stage_and_not_the_call() -> None:
    machine = ringing("a", stages=(PHONES, PHONES))
    machine.add_taker("t")
    assert machine.handle_timer(45.0) == [
        DropFork("a", Cause.NO_ANSWER),
        StartStage(PHONES.legs, PHONES.timeout),
    ]
    again = SetupMachine.restore(machine.snapshot(45.0), 45.0)
    assert again.forks == ("t",)
    assert again.stage_started(45.0) == [
        DropCaller(Cause.NO_ANSWER),
        DropFork("t", Cause.NO_ANSWER),
        Finished(Cause.NO_ANSWER),
    ]


def test_all_busy_is_busy() -> None:
    machine = ringing("a", "b")
    assert machine.fork_ends("a", Cause.BUSY, 1.0) == []
    assert machine.fork_ends("b", Cause.BUSY, 2.0) == [DropCaller(Cause.BUSY), Finished(Cause.BUSY)]


def test_one_person_who_declines_stops_every_device() -> None:
    machine = ringing("a", "b")
    assert machine.fork_ends("a", Cause.REJECTED, 1.0) == [
        DropCaller(Cause.REJECTED),
        DropFork("b", Cause.REJECTED),
        Finished(Cause.REJECTED),
    ]


def test_no_device_at_all_is_unreachable() -> None:
    machine = SetupMachine()
    machine.ring((PHONES,), 0.0)
    assert machine.stage_started(0.0) == [DropCaller(Cause.UNREACHABLE), Finished(Cause.UNREACHABLE)]


def test_a_fork_that_fails_while_the_stage_starts_does_not_end_the_stage() -> None:
    machine = SetupMachine()
    machine.ring((PHONES,), 0.0)
    machine.add_fork("a")
    assert machine.fork_ends("a", Cause.UNREACHABLE, 0.0) == []
    machine.add_fork("b")
    assert machine.stage_started(0.0) == []
    assert machine.fork_rings("b") == [TellRinging()]


def test_stage_times_out_and_nobody_answered() -> None:
    machine = ringing("a")
    assert machine.get_timer() == 45.0
    assert machine.handle_timer(44.9) == []
    assert machine.handle_timer(45.0) == [
        DropFork("a", Cause.NO_ANSWER),
        DropCaller(Cause.NO_ANSWER),
        Finished(Cause.NO_ANSWER),
    ]
    assert machine.get_timer() is None


def test_next_stage_rings_when_the_first_has_rung_long_enough() -> None:
    second = Stage(timeout=20.0, legs=(PhoneLeg(extension="203"),))
    machine = ringing("a", stages=(PHONES, second))
    assert machine.handle_timer(45.0) == [DropFork("a", Cause.NO_ANSWER), StartStage(second.legs, 20.0)]
    machine.add_fork("b")
    assert machine.stage_started(45.0) == []
    assert machine.get_timer() == 65.0
    assert machine.fork_answers("b") == [Join("b")]


def test_a_stage_that_is_not_for_this_end_is_passed_over_and_the_end_stays_what_it_was() -> None:
    """Voicemail, say: after nobody answered, whatever lines stand in between."""
    last = Stage(timeout=20.0, legs=(PhoneLeg(extension="203"),), after=("busy", "no_answer"))
    machine = ringing("a", stages=(TRUNK_A, TRUNK_B, last))
    assert machine.fork_ends("a", Cause.BUSY, 1.0) == [StartStage(last.legs, 20.0)]
    machine = ringing("a", stages=(TRUNK_A, TRUNK_B, last))
    assert machine.fork_ends("a", Cause.NO_TRUNK, 1.0) == [StartStage(TRUNK_B.legs, 60.0)]
    machine.stage_started(1.0)
    assert machine.state is State.ENDED


@pytest.mark.parametrize(
    ("cause", "tries_the_other"),
    [
        (Cause.NO_TRUNK, True),
        (Cause.FAILED, True),
        (Cause.UNREACHABLE, True),
        (Cause.BUSY, False),
        (Cause.NOT_FOUND, False),
    ],
)
def test_the_second_trunk_is_tried_only_when_the_first_is_to_blame(
    cause: Cause, tries_the_other: bool
) -> None:
    machine = ringing("a", stages=(TRUNK_A, TRUNK_B))
    commands = machine.fork_ends("a", cause, 1.0)
    expected: list[Command] = [StartStage(TRUNK_B.legs, 60.0)]
    assert commands == (expected if tries_the_other else [DropCaller(cause), Finished(cause)])


def test_with_matrix_clients_ringing_failed_phones_do_not_end_the_call() -> None:
    machine = ringing("a", lingers=True)
    assert machine.fork_ends("a", Cause.BUSY, 1.0) == []
    assert machine.state is State.LINGERING
    assert machine.get_timer() is None
    assert machine.caller_ends(Cause.ANSWERED_ELSEWHERE) == [Finished(Cause.ANSWERED_ELSEWHERE)]


@pytest.mark.parametrize("legs", [PHONES.legs, ()])
def test_matrix_clients_ring_for_as_long_as_a_stage_takes_before_the_mailbox(legs: tuple[Leg, ...]) -> None:
    """Whatever becomes of the phones beside them."""
    mailbox = Stage(10.0, (VoicemailLeg("@bruno:x", "it"),), after=("no_answer", "busy"))
    machine = SetupMachine(lingers=True)
    machine.ring((Stage(45.0, legs), mailbox), 0.0)
    if legs:
        machine.add_fork("a")
    assert machine.stage_started(0.0) == []
    assert machine.fork_ends("a", Cause.BUSY, 1.0) == []
    assert machine.get_timer() == 45.0
    assert machine.handle_timer(45.0) == [StartStage(mailbox.legs, 10.0)]


def test_with_matrix_clients_ringing_a_declining_phone_ends_the_call() -> None:
    machine = ringing("a", lingers=True)
    assert machine.fork_ends("a", Cause.REJECTED, 1.0) == [
        DropCaller(Cause.REJECTED),
        Finished(Cause.REJECTED),
    ]


def test_browser_answers_and_the_phones_stop() -> None:
    machine = ringing("a", "b", lingers=True)
    assert machine.caller_ends(Cause.ANSWERED_ELSEWHERE) == [
        DropFork("a", Cause.ANSWERED_ELSEWHERE),
        DropFork("b", Cause.ANSWERED_ELSEWHERE),
        Finished(Cause.ANSWERED_ELSEWHERE),
    ]


def test_phone_answered_but_the_caller_selected_the_browser() -> None:
    machine = ringing("a", lingers=True)
    machine.fork_answers("a")
    assert machine.caller_ends(Cause.ANSWERED_ELSEWHERE) == [
        DropFork("a", Cause.ANSWERED_ELSEWHERE),
        Finished(Cause.ANSWERED_ELSEWHERE),
    ]


def test_either_side_hangs_up_before_the_two_are_one_conversation() -> None:
    assert answering("a").caller_ends(Cause.NORMAL) == [DropFork("a", Cause.NORMAL), Finished(Cause.NORMAL)]
    assert answering("a").fork_ends("a", Cause.NORMAL, 9.0) == [
        DropCaller(Cause.NORMAL),
        Finished(Cause.NORMAL),
    ]


def test_callee_hangs_up_before_the_caller_confirmed() -> None:
    machine = ringing("a")
    machine.fork_answers("a")
    assert machine.fork_ends("a", Cause.NORMAL, 1.0) == [DropCaller(Cause.NORMAL), Finished(Cause.NORMAL)]
    assert machine.confirmed() == []


def test_media_failure_ends_both_sides() -> None:
    assert answering("a").abort(Cause.MEDIA_FAILED) == [
        DropCaller(Cause.MEDIA_FAILED),
        DropFork("a", Cause.MEDIA_FAILED),
        Finished(Cause.MEDIA_FAILED),
    ]


def test_caller_gives_up_while_the_route_is_asked() -> None:
    machine = SetupMachine()
    assert machine.caller_ends(Cause.CANCELLED) == [Finished(Cause.CANCELLED)]
    assert machine.ring((PHONES,), 1.0) == []
    assert not machine.add_fork("a")


def test_refused_route() -> None:
    machine = SetupMachine()
    assert machine.refuse(Cause.NOT_FOUND) == [DropCaller(Cause.NOT_FOUND), Finished(Cause.NOT_FOUND)]
    assert machine.abort(Cause.FAILED) == []


def test_with_two_legs_the_set_up_is_over_and_what_they_do_is_none_of_it() -> None:
    machine = answering("a")
    machine.confirmed()
    assert machine.caller_ends(Cause.NORMAL) == []
    assert machine.fork_ends("a", Cause.NORMAL, 2.0) == []
    assert machine.abort(Cause.FAILED) == []
    assert machine.get_timer() is None


def test_plan_is_read_strictly() -> None:
    plan = parse_plan(
        {
            "outcome": "ring",
            "cause": None,
            "caller": {"user_id": "@a:localhost", "name": "Anna", "number": "201"},
            "callee": {"user_id": "@b:localhost", "name": "Bruno", "number": "202"},
            "ghost": None,
            "room_id": "!r:localhost",
            "stages": [
                {
                    "timeout": 45.0,
                    "legs": [
                        {
                            "kind": "matrix",
                            "user_id": "@b:localhost",
                            "as_user": "@a:localhost",
                            "room_id": "!r",
                        },
                        {"kind": "sip", "extension": "202"},
                        {"kind": "trunk", "trunk": "carrier", "number": "+39", "from_number": None},
                    ],
                }
            ],
        }
    )
    assert [type(leg).__name__ for leg in plan.stages[0].legs] == ["MatrixLeg", "PhoneLeg", "TrunkLeg"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"outcome": "maybe"},
        {"outcome": "ring", "stages": [{"timeout": 0, "legs": []}]},
        {"outcome": "ring", "stages": [{"timeout": 1, "legs": [{"kind": "pigeon"}]}]},
    ],
)
def test_what_is_no_plan_is_named(value: object) -> None:
    with pytest.raises(MalformedPlan):
        parse_plan(value)


BRUNO = Forwarded(Party("@bruno:localhost"), "busy")
GOES_ON = Stage(timeout=30.0, after=("busy", "rejected"), forward=(BRUNO,))


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.REJECTED])
def test_a_forward_asks_for_another_plan_and_begins_it(cause: Cause) -> None:
    machine = ringing("a", stages=(PHONES, GOES_ON))
    assert machine.fork_ends("a", cause, 1.0) == [AskAgain((BRUNO,))]
    assert (machine.state, machine.get_timer(), machine.lingers) == (State.ROUTING, None, False)
    later = SetupMachine.restore(machine.snapshot(1.0), 1.0)
    for one in (machine, later):
        assert one.ring((TRUNK_A,), 2.0) == [StartStage(TRUNK_A.legs, TRUNK_A.timeout)]


def test_whoever_declines_speaks_for_all_of_their_devices() -> None:
    machine = ringing("a", "b", stages=(PHONES, GOES_ON))
    assert machine.fork_ends("a", Cause.REJECTED, 1.0) == [DropFork("b", Cause.REJECTED), AskAgain((BRUNO,))]


def test_where_a_call_cannot_go_on_its_caller_hears_what_became_of_it() -> None:
    machine = ringing("a", stages=(PHONES, GOES_ON))
    machine.fork_ends("a", Cause.BUSY, 1.0)
    assert machine.refuse(Cause.MINUTES_USED) == [DropCaller(Cause.BUSY), Finished(Cause.BUSY)]


def test_who_takes_the_call_may_answer_while_it_is_asked_where_it_goes() -> None:
    machine = ringing("a", stages=(PHONES, GOES_ON))
    machine.add_taker("t")
    machine.fork_ends("a", Cause.BUSY, 1.0)
    assert machine.fork_answers("t") == [Join("t")]
    assert machine.ring((TRUNK_A,), 2.0) == machine.refuse(Cause.BUSY) == []


def test_a_caller_who_hangs_up_meanwhile_is_gone() -> None:
    machine = ringing("a", stages=(PHONES, GOES_ON))
    machine.fork_ends("a", Cause.BUSY, 1.0)
    assert machine.caller_ends(Cause.CANCELLED) == [Finished(Cause.CANCELLED)]
