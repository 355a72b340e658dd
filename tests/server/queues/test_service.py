"""Queues at work: faults of callers, agents and processes; and fifty callers for half an hour."""

import asyncio
from datetime import date
from random import Random

import pytest

from server.forwarding.rules import ToColleague
from server.groups.rules import Waiting
from server.queues.agents import AWAY, MISSED_MOST, REST, State
from server.queues.refusals import NotAnAgent, NotOnDuty, UnknownWaitingCall
from server.queues.rules import AGAIN, TRIES, figures
from server.queues.service import LOST
from tests.server.queues.house import House, person, replace_group
from wire.record import Transfer
from wire.route import QUEUE_AGENTS, QUEUE_ELSEWHERE

A, B, C = "@a:x", "@b:x", "@c:x"


async def house(*on_duty: str, **waiting: object) -> House:
    """Of A, B and C these are on duty."""
    found = House((A, B, C), **waiting)
    for user_id in on_duty:
        await found.queues.sign_in(person(user_id))
    return found


async def test_a_call_is_offered_answered_and_wrapped_up() -> None:
    home = await house(A, wrap_up=10)
    assert await home.comes("w1") == "waits"
    await home.queues.step()
    assert (home.sent, home.state(A)) == ([("w1", "agents")], State.RINGING)
    record = await home.rings("w1")
    await home.pass_(5)
    await home.answers(record, A)
    assert home.state(A) is State.TALKING
    await home.pass_(60)
    await home.ends(record)
    assert home.state(A) is State.WRAPPING_UP
    await home.pass_(11)
    assert home.state(A) is State.READY
    (call,) = home.store.calls.values()
    assert (call.outcome, call.agent, call.waited, call.ended_at) == ("answered", A, 5_000, home.now - 11_000)
    assert not await home.queues.step()


async def test_who_may_wait() -> None:
    home = await house()
    assert await home.comes("nobody is there") == "nobody"
    await home.queues.sign_in(person(A))
    await home.queues.pause(person(A), "coffee")
    home.queue = home.all_groups[0] = replace_group(home.queue, waiting=Waiting(most=2))
    assert [await home.comes(one) for one in ("1", "2", "3")] == ["waits", "waits", "full"]
    assert await home.comes("2") == "waits"  # asked again
    assert home.outcomes() == {"nobody is there:q": "turned_away", "1": None, "2": None, "3:q": "turned_away"}


async def test_whom_one_queue_turns_away_waits_in_another_in_which_they_are_taken() -> None:
    home = await house()
    assert await home.comes("w1") == "nobody"
    full = home.queue
    home.queue = replace_group(full, id="other")
    home.all_groups.append(home.queue)
    await home.queues.sign_in(person(A))
    assert await home.comes("w1") == "waits"
    await home.queues.step()
    assert home.sent == [("w1", "agents")]
    await home.answers(await home.rings("w1"), A)
    assert home.outcomes() == {"w1:q": "turned_away", "w1": "answered"}
    assert {one.queue_id for one in home.store.calls.values()} == {"q", "other"}


async def test_who_was_turned_away_waits_when_the_route_is_asked_again_and_somebody_is_there() -> None:
    home = await house()
    assert await home.comes("w1") == "nobody"
    await home.queues.sign_in(person(A))
    assert await home.comes("w1") == "waits"
    await home.queues.step()
    assert home.sent == [("w1", "agents")]


async def test_two_calls_in_the_same_instant_ring_two_agents_or_wait() -> None:
    home = await house(A, B)
    await asyncio.gather(*(home.comes(str(number)) for number in range(4)))
    await asyncio.gather(*(home.queues.step() for _ in range(5)))
    assert home.sent == [("0", "agents"), ("1", "agents")]
    assert {agent.call for agent in home.store.kept.values()} == {"0", "1"}


async def test_who_does_not_answer_is_passed_over_and_at_last_thought_away() -> None:
    home = await house(A)
    await home.comes("w1")
    for _ in range(3):
        await home.pass_(REST / 1000 + 1)
        await home.ends(await home.rings("w1"), "missed", reason="no_answer")
    assert (home.state(A), home.store.kept[A].reason) == (State.PAUSED, AWAY)
    assert len(home.sent) == 3
    await home.queues.sign_in(person(A))
    await home.queues.step()
    assert len(home.sent) == 4


@pytest.mark.parametrize("when", ["waits", "is sent on", "rings", "talks"])
async def test_a_caller_hangs_up_in_each_state(when: str) -> None:
    home = await house(A, wrap_up=0)
    await home.comes("w1")
    record = None
    if when != "waits":
        await home.queues.step()
    if when in {"rings", "talks"}:
        record = await home.rings("w1")
    if when == "talks" and record:
        await home.answers(record, A)
        await home.ends(record)
    else:
        await home.ends("w1")
        if record:
            await home.ends(record, "cancelled")
    await home.pass_(LOST / 1000 + 10)
    assert (home.state(A), home.store.kept[A].missed, home.store.kept[A].call) == (State.READY, 0, None)
    assert home.outcomes() == {"w1": "answered" if when == "talks" else "abandoned"}


async def test_a_bridge_that_cannot_send_on_leaves_nobody_busy() -> None:
    home = await house(A)
    home.accepts = False
    await home.comes("w1")
    await home.queues.step()
    assert (home.state(A), home.store.kept[A].call) == (State.READY, None)
    home.accepts = True
    await home.pass_(3)
    assert home.sent[-1] == ("w1", "agents")
    assert home.state(A) is State.RINGING


async def test_behind_a_call_that_is_on_its_way_elsewhere_others_are_taken() -> None:
    home = await house(A)
    home.accepts = False
    await home.comes("w1")
    await home.comes("w2")
    await home.queues.step()
    home.accepts = True
    await home.pass_(1)
    assert home.sent == [("w1", "agents"), ("w2", "agents")]
    assert home.state(A) is State.RINGING


async def test_a_caller_whom_an_agent_has_blocked_rings_for_others_and_holds_up_nobody() -> None:
    home = await house(A)
    home.blocked = {(A, "+39061")}
    await home.comes("w1", "+39061")
    await home.comes("w2", "+39062")
    await home.queues.step()
    assert home.sent == [("w2", "agents")]
    await home.queues.sign_in(person(B))
    await home.queues.step()
    assert home.sent[1:] == [("w1", "agents")]
    assert (home.store.kept[A].call, home.store.kept[B].call) == ("w2", "w1")


async def test_whom_a_busy_house_could_not_ring_rests_and_stays_on_duty() -> None:
    home = await house(A)
    await home.comes("w1")
    for _ in range(4):
        await home.pass_(REST / 1000 + 1)
        await home.ends(await home.rings("w1"), "failed", reason="unknown_error")
        assert (home.state(A), home.store.kept[A].missed) == (State.READY, 0)
    await home.queues.step()
    assert home.sent == [("w1", "agents")] * 4  # not at once
    await home.pass_(REST / 1000 + 1)
    await home.queues.step()
    assert home.sent == [("w1", "agents")] * 5


async def test_whose_own_phone_can_take_no_call_is_off_duty_in_the_end() -> None:
    home = await house(A)
    await home.comes("w1")
    for _ in range(MISSED_MOST):
        await home.pass_(REST / 1000 + 1)
        await home.ends(await home.rings("w1"), "failed", reason="user_media_failed")
    assert home.state(A) is State.PAUSED


async def test_who_was_rung_by_a_bridge_that_died_has_missed_nothing() -> None:
    home = await house(A)
    await home.comes("w1")
    await home.queues.step()
    await home.ends(await home.rings("w1"), "interrupted")
    assert (home.state(A), home.store.kept[A].missed) == (State.READY, 0)
    await home.queues.step()
    assert home.sent == [("w1", "agents"), ("w1", "agents")]


async def test_an_agent_who_leaves_while_it_rings_is_not_called_and_nobody_else_for_nothing() -> None:
    home = await house(A)
    await home.comes("w1")
    await home.queues.step()
    await home.queues.sign_out(person(A))
    record = await home.rings("w1")  # the bridge asks too late: their telephone rings all the same
    await home.answers(record, A)
    assert home.state(A) is State.LEAVING
    await home.ends(record)
    assert A not in home.store.kept


async def test_of_several_who_ring_the_others_have_missed_nothing() -> None:
    home = await house(A, B)
    home.queue = home.all_groups[0] = replace_group(home.queue, strategy="all")
    await home.comes("w1")
    await home.queues.step()
    record = await home.rings("w1")
    assert home.rung == [("w1", record, (A, B))]
    await home.answers(record, B)
    assert (home.state(A), home.state(B), home.store.kept[A].missed) == (State.READY, State.TALKING, 0)


async def test_a_place_that_was_never_taken_and_a_call_of_which_nobody_tells_are_given_up() -> None:
    home = await house(A)
    await home.queues.admit(home.queue, "never came", home.queue.party)
    await home.comes("w1")
    await home.queues.step()
    await home.rings("w1")
    home.records.clear()  # nothing of it was ever delivered
    await home.pass_(LOST / 1000 + 6)
    assert home.state(A) is State.READY
    assert home.outcomes()["never came"] == "abandoned"


async def test_what_ended_unheard_is_read_in_its_record() -> None:
    home = await house(A, wrap_up=0)
    await home.comes("w1")
    await home.queues.step()
    record = await home.rings("w1")
    await home.answers(record, A)
    home.heard = False
    await home.ends(record, "interrupted")
    assert home.state(A) is State.TALKING
    await home.pass_(6)
    assert home.state(A) is State.READY


async def test_who_talks_on_at_another_device_is_busy_until_that_is_over() -> None:
    home = await house(A, wrap_up=0)
    await home.comes("w1")
    await home.queues.step()
    record = await home.rings("w1")
    await home.answers(record, A)
    moved = await home.rings(record, "own:any")
    callee = home.records[record].callee
    await home.ends(record, transfer=Transfer(previous="w1", to=callee, next=moved))
    assert home.state(A) is State.TALKING
    await home.ends(moved, answered_at=home.now, callee=callee)
    assert home.state(A) is State.READY


async def test_too_long_goes_elsewhere_or_away_and_is_tried_again() -> None:
    home = await house(A, longest=30)
    await home.queues.pause(person(A), "")
    await home.comes("w1")
    await home.pass_(31)
    assert home.sent == [("w1", "away")]
    home.queue = home.all_groups[0] = replace_group(home.queue, otherwise=ToColleague(B))
    await home.pass_(30)
    assert home.sent[1:] == [("w1", "elsewhere")]
    record = await home.rings("w1", QUEUE_ELSEWHERE)
    await home.answers(record, B)
    assert home.outcomes() == {"w1": "elsewhere"}
    assert home.state(B) is State.OFF


async def test_a_queue_that_is_removed_lets_its_callers_go() -> None:
    home = await house(A)
    await home.queues.pause(person(A), "")
    await home.comes("w1")
    home.all_groups.clear()
    await home.pass_(15)
    assert home.sent == [("w1", "away")]
    with pytest.raises(UnknownWaitingCall):
        await home.queues.place("w1")
    await home.ends("w1")
    assert home.outcomes() == {"w1": "closed"}


async def test_who_is_in_a_call_or_not_to_be_disturbed_is_not_called() -> None:
    home = await house(A)
    home.elsewhere.add(A)
    await home.comes("w1")
    await home.pass_(3)
    home.elsewhere.clear()
    home.undisturbed.add(A)
    await home.pass_(3)
    assert home.sent == []
    home.undisturbed.clear()
    await home.pass_(1)
    assert home.sent == [("w1", "agents")]


async def test_who_is_in_no_queue_any_more_is_off_duty() -> None:
    home = await house(A, B)
    home.queue = home.all_groups[0] = replace_group(home.queue, members=home.queue.members[1:])
    await home.queues.purge()
    assert (home.state(A), home.state(B)) == (State.OFF, State.READY)


async def test_only_agents_have_duty() -> None:
    home = await house()
    with pytest.raises(NotAnAgent):
        await home.queues.sign_in(person("@somebody:x"))
    with pytest.raises(NotOnDuty):
        await home.queues.pause(person(A), "")
    assert (await home.queues.sign_out(person("@somebody:x"))).state is State.OFF


async def test_a_record_that_is_delivered_twice_changes_nothing_the_second_time() -> None:
    home = await house(A, wrap_up=0)
    await home.comes("w1")
    await home.queues.step()
    record = await home.rings("w1")
    await home.answers(record, A)
    await home.ends(record)
    before = home.store.calls, home.store.kept
    for kept in list(home.records.values()):
        await home.queues.follow([kept, kept])
    assert (home.store.calls, home.store.kept) == before


class Day:
    """Callers come, wait and lose patience, agents do not answer, have breaks and talk, at chance."""

    def __init__(self, agents: int, callers: int, seconds: int) -> None:
        self.chance = Random(11)  # noqa: S311 -- not for secrets
        self.agents = [f"@agent{number}:x" for number in range(agents)]
        self.home = House(self.agents, wrap_up=10, longest=seconds)
        self.comes = sorted((self.chance.uniform(0, seconds / 2), f"w{one:02}") for one in range(callers))
        self.patience = {call_id: self.chance.choice((90, seconds, seconds)) for _, call_id in self.comes}
        #: Until when a call rings, in which record, for whom, and what they do then; until when one lasts;
        #: since when one waits.
        self.ringing: dict[str, tuple[float, str, str, str]] = {}
        self.talking: dict[str, float] = {}
        self.waiting: dict[str, float] = {}
        self._seen = 0

    async def second(self, now: int) -> None:
        while self.comes and self.comes[0][0] <= now:
            _, call_id = self.comes.pop(0)
            assert await self.home.comes(call_id) == "waits"
            self.waiting[call_id] = now
        await self.home.pass_(1)
        await self._ring(now)
        await self._answer(now)
        await self._end(now)
        await self._have_breaks(now)

    async def _ring(self, now: int) -> None:
        for call_id, to in self.home.sent[self._seen :]:
            first = min(since for one, since in self.waiting.items() if one not in self.ringing)
            assert (to, self.waiting[call_id]) == ("agents", first), "nobody overtakes"
            record = await self.home.rings(call_id)
            (user_id,) = self.home.rung[-1][2]
            assert user_id not in {one for _, _, one, _ in self.ringing.values()}, "never two for one"
            fate = self.chance.choice(("answers", "answers", "answers", "missed", "rejected"))
            self.ringing[call_id] = now + self.chance.uniform(1, 20), record, user_id, fate
        self._seen = len(self.home.sent)

    async def _answer(self, now: int) -> None:
        for call_id, (until, record, user_id, fate) in list(self.ringing.items()):
            if now < until:
                continue
            del self.ringing[call_id]
            if fate == "answers":
                del self.waiting[call_id]
                await self.home.answers(record, user_id)
                self.talking[record] = now + self.chance.uniform(20, 120)
            else:
                await self.home.ends(record, "missed" if fate == "missed" else "rejected")

    async def _end(self, now: int) -> None:
        for record in [one for one, until in self.talking.items() if now >= until]:
            del self.talking[record]
            await self.home.ends(record)
        for call_id, since in list(self.waiting.items()):
            if now - since > self.patience[call_id] and call_id not in self.ringing:
                del self.waiting[call_id]
                await self.home.ends(call_id)

    async def _have_breaks(self, now: int) -> None:
        for user_id in self.agents:
            if self.home.state(user_id) in {State.OFF, State.PAUSED} and now % 30 == 0:
                await self.home.queues.sign_in(person(user_id))
            elif self.home.state(user_id) is State.READY and self.chance.random() < 0.002:
                await self.home.queues.pause(person(user_id), "coffee")


async def test_fifty_callers_and_five_agents_for_half_an_hour() -> None:
    """The order is kept, nobody is lost, and the figures are those of the records."""
    day = Day(5, 50, 1800)
    home = day.home
    for user_id in day.agents:
        await home.queues.sign_in(person(user_id))
    for second in range(1800):
        await day.second(second)
    assert not (day.waiting or day.ringing or day.talking)
    assert {home.state(one) for one in day.agents} <= {State.READY, State.PAUSED}
    waits = [one for one in home.records.values() if one.answered_on == "queue"]
    answered = [one for one in home.records.values() if one.dialled == QUEUE_AGENTS and one.answered_at]
    (found,) = figures(home.store.calls.values(), 20, lambda _: date(2026, 11, 30))
    assert (found.calls, len(waits), found.answered) == (50, 50, len(answered))
    assert found.abandoned == sum(one.transfer.next is None for one in waits) > 0
    assert found.calls == found.answered + found.abandoned
    waited = [(one.ended_at or 0) - one.started_at for one in waits]
    assert found.mean_wait == round(sum(waited) / len(waited) / 1000)
    assert found.longest_wait == round(max(waited) / 1000)
    talked = [(one.ended_at or 0) - (one.answered_at or 0) for one in answered]
    assert found.mean_talk == round(sum(talked) / len(talked) / 1000)


async def test_whoever_was_given_up_too_early_waits_on() -> None:
    home = await house(A)
    home.heard = False
    await home.comes("w1")
    record = home.records.pop("w1")  # the bridge could not deliver it
    await home.queues.admit(home.queue, "w2", home.queue.party)
    await home.pass_(LOST / 1000 + 6)
    assert home.outcomes() == {"w1": "abandoned", "w2": "abandoned"}
    home.heard = True
    await home.tell(record)
    assert home.outcomes()["w1"] is None
    await home.queues.step()
    assert home.sent == [("w1", "agents")]
    # What comes late of a call that is over changes nothing.
    await home.ends("w1")
    await home.queues.follow([record])
    assert home.outcomes()["w1"] == "abandoned"


async def test_where_nobody_is_reached_a_caller_is_told_so_after_a_few_tries() -> None:
    home = await house(A, longest=10)
    await home.queues.pause(person(A), "")
    home.queue = home.all_groups[0] = replace_group(home.queue, otherwise=ToColleague(B))
    await home.comes("w1")
    home.accepts = False
    await home.pass_(60)
    assert set(home.sent) == {("w1", "elsewhere")}  # a bridge that is away is no answer
    home.accepts = True
    home.sent.clear()
    await home.pass_(AGAIN * (TRIES + 1) / 1000)
    assert home.sent == [("w1", "elsewhere")] * TRIES + [("w1", "away")]
    await home.ends("w1")
    assert home.outcomes() == {"w1": "closed"}


async def test_who_rests_by_the_clock_is_not_called() -> None:
    home = await house(A)
    home.resting.add(A)
    await home.comes("w1")
    await home.pass_(3)
    assert home.sent == []


async def test_the_duty_of_who_is_gone_ends_with_their_call() -> None:
    home = await house(A, B)
    await home.comes("w1")
    await home.queues.step()
    await home.answers(await home.rings("w1"), A)
    for one in (A, B):
        await home.queues.gone(None, person(one))
    assert (home.state(A), home.state(B)) == (State.LEAVING, State.OFF)
    await home.ends("r1")
    assert home.store.kept == {}
