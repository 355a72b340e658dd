"""A call of several goes on as a meeting: all are in it, or the call is what it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bridges.sip.b2bua import together as together_module
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Gone, Post
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.call_control.commands import CallCommands, Report
from bridges.sip.conference import focus as focus_module
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import BRUNO, HUNG_UP, FakeMeetings, House, until
from tests.bridges.sip.b2bua.test_conference import ANNA_PARTY, CARLA, Port, Talk
from wire.commands import Add, CommandAnswer, CommandRequest, Meet
from wire.record import AnsweredOn
from wire.route import CallMeeting, Party

MEETING = CallMeeting(id="m1", room_id="!m1:localhost", title="Anna, Bruno, Carla", by=ANNA_PARTY)


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(focus_module, "AudioPort", Port)
    yield


class Visitor(HouseLeg):
    """A meeting, for one who was brought there."""

    answered_on: AnsweredOn = "meeting"

    def __init__(self, name: str, who: Party, post: Post, there: asyncio.Event) -> None:
        super().__init__(name, post)
        self.who, self.left, self._there = who, list[Cause](), there
        self.reached = True

    async def inside(self) -> None:
        await self._there.wait()
        if not self.reached:
            raise OSError("the room was not reached")

    async def reoffer(self, sdp: str) -> str:
        return "visitor"

    def drop(self, cause: Cause) -> None:
        self.left.append(cause)

    def snapshot(self) -> dict[str, Any] | None:
        return None


class MeetingRooms(FakeMeetings):
    """One room, which those who are brought reach when it is `open`."""

    def __init__(self) -> None:
        super().__init__()
        self.visitors: list[Visitor] = []
        self.open = asyncio.Event()
        self.takes, self.first_is_late = 9, False

    async def bring(self, name: str, call_id: str, meeting: CallMeeting, who: Party, post: Post) -> Visitor:
        if len(self.visitors) >= self.takes:
            raise OSError("the meeting is full")
        assert meeting == MEETING
        late = self.first_is_late and not self.visitors
        self.visitors.append(Visitor(name, who, post, asyncio.Event() if late else self.open))
        return self.visitors[-1]


class Meeting(Talk):
    """Anna, Bruno and Carla talk, by telephone."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = MeetingRooms()
        self.house = House(meetings=self.rooms, conferences=self.focus)
        self.focus.calls = self.house.exchange.conferences
        self.house.endpoint.phones = {"202": 1, "203": 1, "204": 1}

    async def several(self) -> Meeting:
        await self.begin()
        self.carla = await self.conference()
        return self

    def meets(self, user_id: str = ANNA) -> asyncio.Task[CommandAnswer]:
        call_id = self.house.exchange.live_calls()[user_id][0].call_id
        request = CommandRequest(user_id, Meet(), meeting=MEETING)
        return asyncio.create_task(CallCommands(self.house.exchange).command(call_id, request))

    def gone_over(self) -> list[str]:
        """The visitors that somebody talks through."""
        connected = [one for one, _, what in self.house.gateway.joined if what == "connected"]
        return [one for one in connected if one.startswith("meeting-")]

    @property
    def phones(self) -> list[Any]:
        return [self.anna, self.bruno, self.carla]


async def test_all_who_take_part_are_in_the_meeting_at_once_and_nobody_hangs_up() -> None:
    talk = await Meeting().several()
    before = {one["caller"]["user_id"]: one["id"] for one in talk.open_records()}
    asked = talk.meets()
    await until(lambda: len(talk.rooms.visitors) == 3, "all are brought")
    assert {one.who.user_id for one in talk.rooms.visitors} == {ANNA, BRUNO, CARLA}
    assert len(talk.seats) == 3 and not talk.gone_over()
    talk.look(later=60)
    assert not asked.done()
    talk.rooms.open.set()
    assert (await asked).meeting == MEETING
    await until(lambda: not talk.seats, "no seats")
    assert len(talk.gone_over()) == 3
    assert not any(phone.ended for phone in talk.phones)
    live = talk.house.exchange.live_calls()
    for user in (ANNA, BRUNO, CARLA):
        (call,) = live[user]
        assert (call.meeting, call.state, call.peer.name) == (MEETING, "talking", MEETING.title)
        (record,) = [one for one in talk.open_records() if one["caller"]["user_id"] == user]
        assert record["answered_on"] == "meeting" and record["callee"]["name"] == MEETING.title
        # Carla's seat was the caller of the call to her.
        assert record["transfer"]["previous"] == before.get(user, record["transfer"]["previous"])
    talk.anna.happen(HUNG_UP)
    await until(lambda: [one.left for one in talk.rooms.visitors].count([Cause.NORMAL]) == 1, "one left")
    assert not talk.bruno.ended and not talk.carla.ended
    for visitor in talk.rooms.visitors:
        if not visitor.left:
            visitor._post(Gone(visitor.name, Cause.NORMAL))
    await talk.house.did(talk.bruno, "bye")
    await talk.house.did(talk.carla, "bye")
    await talk.over()


@pytest.mark.parametrize("why", ["full", "away", "late", "never"])
async def test_if_one_cannot_come_the_call_is_what_it_was(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await Meeting().several()
    records = [one["id"] for one in talk.open_records()]
    if why == "full":
        talk.rooms.takes = 2
    elif why == "late":
        talk.rooms.first_is_late = True
        monkeypatch.setattr(together_module, "WITHIN", 0.0)
    elif why == "never":
        monkeypatch.setattr(together_module, "READY", 0.0)
    asked = talk.meets()
    await until(lambda: len(talk.rooms.visitors) >= 2, "they are brought")
    talk.rooms.visitors[0].reached = why != "away"
    if why != "never":
        talk.rooms.open.set()
    assert (await asked).refused == "meeting_not_possible"
    await talk.are(3)
    await until(lambda: all(one.left for one in talk.rooms.visitors), "the visitors have gone")
    assert [one["id"] for one in talk.open_records()] == records
    assert not any(phone.ended for phone in talk.phones)
    assert all(call.meeting is None for calls in talk.house.exchange.live_calls().values() for call in calls)
    talk.anna.happen(HUNG_UP)
    await talk.are(2)
    await until(lambda: not talk.seats, "a call of two")


async def test_who_hangs_up_on_the_way_is_waited_for_by_nobody() -> None:
    talk = await Meeting().several()
    asked = talk.meets()
    await until(lambda: len(talk.rooms.visitors) == 3, "all are brought")
    talk.carla.happen(HUNG_UP)
    await until(lambda: len(talk.house.exchange.live_calls()) == 2, "Carla has gone")
    talk.rooms.open.set()
    assert (await asked).meeting == MEETING
    await until(lambda: not talk.seats, "no seats")
    assert not talk.anna.ended and not talk.bruno.ended
    live = talk.house.exchange.live_calls()
    assert [live[user][0].meeting for user in (ANNA, BRUNO)] == [MEETING, MEETING]
    (carlas,) = [one for one in talk.rooms.visitors if one.who.user_id == CARLA]
    await until(lambda: carlas.left, "Carla's visitor has gone")


async def test_who_has_hung_up_before_hearing_of_it_is_waited_for_by_nobody() -> None:
    talk = await Meeting().several()
    talk.rooms.open.set()
    call_id = talk.house.exchange.live_calls()[ANNA][0].call_id
    reports: list[Report] = []

    def report() -> Report:
        reports.append(Report())
        return reports[-1]

    talk.carla.happen(HUNG_UP)
    assert talk.house.exchange.meet(call_id, MEETING, report)
    async with asyncio.timeout(5):
        causes = [await one.known for one in reports]
    assert sorted(str(cause) for cause in causes) == sorted(["None", "None", str(Cause.NORMAL)])
    assert len(talk.rooms.visitors) == 2 and not talk.anna.ended and not talk.bruno.ended


async def test_who_leaves_while_waiting_for_the_others_is_counted_once() -> None:
    together = together_module.Together(3)
    first = asyncio.create_task(together.come())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    together.gone()
    second = asyncio.create_task(together.come())
    await asyncio.sleep(0)
    assert not second.done()
    third = asyncio.create_task(together.come())
    await asyncio.gather(second, third)


async def test_two_who_want_it_at_once_get_one_meeting() -> None:
    talk = await Meeting().several()
    talk.rooms.open.set()
    first, second = talk.meets(ANNA), talk.meets(BRUNO)
    answers = [await first, await second]
    assert [one.refused for one in answers] == [None, "not_possible_now"]
    assert len(talk.rooms.visitors) == 3


async def test_a_call_of_two_and_one_to_which_somebody_is_called_do_not_meet() -> None:
    talk = Meeting()
    await talk.begin()
    assert (await talk.meets()).refused == "not_possible_now"
    await talk.conference()
    (call,) = [one for one in talk.open_records() if one["caller"]["user_id"] == BRUNO]
    talk.house.plan([{"kind": "sip", "extension": "204"}], callee={"user_id": "@dora:localhost"})
    going = asyncio.create_task(talk.command(BRUNO, Add("204"), call["id"]))
    (await talk.house.forks(3))[-1].rings()
    assert await going is None
    assert (await talk.meets()).refused == "not_possible_now"
    assert not talk.rooms.visitors
