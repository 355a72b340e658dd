"""Callers of a queue who hang up and keep their place: in their turn a member is called, then they are."""

from datetime import date

import pytest

from server.queues.agents import State
from server.queues.refusals import NotCalledBack, UnknownWaitingCall
from server.queues.rules import CALLED_AGAIN, CALLED_FOR, CALLS, PROMISED, figures
from server.queues.service import LOST
from tests.server.queues.house import House, person
from tests.server.queues.test_service import A, B, house
from wire.route import Party


async def leaves(*on_duty: str) -> House:
    """One waits on the line; who came before them has hung up to be called."""
    home = await house(*on_duty, call_back="1", wrap_up=10)
    for user_id in on_duty:
        await home.queues.pause(person(user_id), "")
    await home.comes("w1", "+39061")
    await home.comes("w2", "+39062")
    await home.hangs_up("w1")
    return home


async def test_the_place_is_kept_and_the_agent_is_called_first() -> None:
    home = await leaves(A)
    assert (await home.queues.place("w2")).position == 2
    await home.queues.sign_in(person(A))
    await home.queues.step()
    (request,) = home.called
    assert (request.queue, request.wanted.number, request.asker) == ("w1", "+39061", home.queue.party)
    assert home.sent == []
    record = await home.calls_back()
    assert home.rung == [("w1", record, (A,))]
    await home.takes(record, A)
    assert home.state(A) is State.TALKING
    assert await home.queues.called_back("w1") == (home.queue, home.store.calls["w1"].caller)
    home.now += 7_000
    talk = await home.reached(record)
    assert home.state(A) is State.TALKING
    assert home.outcomes() == {"w1": "answered", "w2": None}
    home.now += 60_000
    await home.ends(talk)
    assert home.state(A) is State.WRAPPING_UP
    call = home.store.calls["w1"]
    assert (call.agent, call.ended_at, call.waited) == (A, home.now, 0)
    await home.pass_(11)
    assert home.sent == [("w2", "agents")]


async def test_nobody_is_called_who_is_about_to_hang_up_and_whoever_stays_waits_on() -> None:
    home = await house(A, call_back="1")
    await home.queues.pause(person(A), "")
    await home.comes("w1")
    await home.queues.call_back("w1")
    await home.queues.sign_in(person(A))
    await home.pass_(5)
    assert (home.sent, home.called) == ([], [])
    await home.pass_(PROMISED / 1000)
    assert (home.sent, home.called) == ([("w1", "agents")], [])


async def test_who_is_not_reached_is_called_a_few_times() -> None:
    home = await leaves(A)
    await home.queues.sign_in(person(A))
    await home.ends("w2")
    for number in range(1, CALLS + 1):
        await home.pass_(1 if number == 1 else CALLED_AGAIN / 1000 + 1)
        assert len(home.called) == number
        record = await home.calls_back()
        await home.takes(record, A)
        await home.ends(record)
        assert home.state(A) is State.READY
    assert home.outcomes() == {"w1": "unreached", "w2": "abandoned"}
    await home.pass_(CALLED_AGAIN / 1000 + 1)
    assert len(home.called) == CALLS
    with pytest.raises(UnknownWaitingCall):
        await home.queues.called_back("w1")


async def test_what_agents_do_not_take_and_what_dies_is_no_try() -> None:
    home = await leaves(A, B)
    for user_id in (A, B):
        await home.queues.sign_in(person(user_id))
    await home.ends("w2")
    await home.queues.step()
    await home.ends(await home.calls_back(), "missed", reason="no_answer")
    await home.pass_(1)
    assert [one.call for one in home.store.kept.values()] == [None, "w1"]
    record = await home.calls_back()
    await home.takes(record, B)
    await home.ends(record, "interrupted")
    await home.pass_(6)
    assert (home.store.calls["w1"].calls, home.outcomes()["w1"]) == (0, None)
    assert len(home.called) == 3


async def test_what_was_not_heard_is_read_in_the_records() -> None:
    home = await leaves(A)
    await home.queues.sign_in(person(A))
    await home.queues.step()
    record = await home.calls_back()
    home.heard = False
    await home.takes(record, A)
    talk = await home.reached(record)
    await home.pass_(6)
    assert (home.outcomes()["w1"], home.state(A)) == ("answered", State.TALKING)
    await home.ends(talk)
    await home.pass_(20)
    assert home.state(A) is not State.TALKING


async def test_a_call_that_was_never_made_holds_up_nobody() -> None:
    home = await leaves(A)
    home.accepts = False
    await home.queues.sign_in(person(A))
    await home.pass_(2)
    assert [one.queue for one in home.called] == ["w1"]
    assert home.sent[0] == ("w2", "agents")
    home.accepts = True
    await home.pass_(LOST / 1000)
    assert len(home.called) > 1


async def test_a_place_is_kept_for_a_day_and_no_longer_than_the_queue() -> None:
    home = await leaves(A)
    home.now += CALLED_FOR
    await home.queues.step()
    assert home.outcomes()["w1"] == "unreached"
    home = await leaves(A)
    home.all_groups.clear()
    await home.queues.step()
    assert home.outcomes()["w1"] == "closed"


async def test_who_presses_the_key_once_more_is_called_once() -> None:
    home = await leaves(A)
    await home.comes("w3", "+39061")
    await home.hangs_up("w3")
    assert home.outcomes() == {"w1": None, "w2": None, "w3": "abandoned"}
    assert (await home.queues.place("w2")).position == 2
    await home.hangs_up("w2")
    assert home.outcomes()["w2"] is None


async def test_who_cannot_be_called_waits_on() -> None:
    home = await leaves(A)
    with pytest.raises(UnknownWaitingCall):
        await home.queues.call_back("nobody")
    await home.queues.admit(home.queue, "w3", Party())
    with pytest.raises(NotCalledBack):
        await home.queues.call_back("w3")

    async def forbidden(_queue: object, _number: str) -> bool:
        return False

    home.queues.may_call = forbidden
    with pytest.raises(NotCalledBack):
        await home.queues.call_back("w2")
    plain = await house(A)
    await plain.comes("w1")
    with pytest.raises(NotCalledBack):
        await plain.queues.call_back("w1")


async def test_who_is_taken_while_they_press_the_key_is_answered() -> None:
    home = await house(A, call_back="1")
    await home.comes("w1")
    await home.queues.step()
    record = await home.rings("w1")
    await home.queues.call_back("w1")
    await home.answers(record, A)
    assert home.outcomes() == {"w1": "answered"}


async def test_the_figures_know_them() -> None:
    home = await leaves(A)
    await home.queues.sign_in(person(A))
    await home.queues.step()
    record = await home.calls_back()
    await home.takes(record, A)
    await home.reached(record)
    (day,) = figures(home.store.calls.values(), 20, lambda _: date(2024, 1, 1))
    assert (day.calls, day.answered, day.called_back, day.in_time) == (2, 1, 1, 0)
