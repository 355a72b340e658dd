"""The house calls somebody back, and gives them to whom they wanted to reach."""

from typing import Any

import pytest

from bridges.sip.b2bua.events import Post
from bridges.sip.call_control.commands import CallCommands
from bridges.sip.voice.announcer import Announcer
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.calling_voice import CallingVoice
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import ACKNOWLEDGED, BRUNO, HUNG_UP, House, until
from tests.bridges.sip.b2bua.test_recovery import reborn
from wire.commands import CallBackRequest, CommandRequest, Transfer
from wire.record import CALL_BACK
from wire.route import OWN_ANY, QUEUE_AGENTS, QUEUE_CALLER, Party

ANNA_PARTY, BRUNO_PARTY = Party(ANNA, "Anna Rossi", "201"), Party(BRUNO, "Bruno Bianchi", "202")
WANTED = CallBackRequest("01BACK", ANNA_PARTY, BRUNO_PARTY, "it")
ANNAS_PHONE, BRUNOS_PHONE = {"kind": "sip", "extension": "201"}, {"kind": "sip", "extension": "202"}


class Voices(Announcer):
    """Speaks when it is told to."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.made: list[CallingVoice] = []

    async def calling(self, language: Any, post: Post, to: str = OWN_ANY) -> CallingVoice:
        self.made.append(await super().calling(language, post, to))
        return self.made[-1]

    def speak(self) -> None:
        for _ in range(1000):
            self.made[-1].tick()


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch) -> Voices:
    # The gateway of the tests writes no descriptions that could be read.
    monkeypatch.setattr(AudioPort, "accept", lambda _port, _sdp: None)
    return Voices()


def anna_rings(house: House) -> None:
    house.endpoint.phones = {"201": 1, "202": 1}
    who: dict[str, Any] = {"caller": vars_of(BRUNO_PARTY), "callee": vars_of(ANNA_PARTY)}
    house.plan([ANNAS_PHONE], rings_elsewhere=False, room_id=None, **who)


def bruno_rings(house: House) -> None:
    house.plan([BRUNOS_PHONE], rings_elsewhere=False, room_id=None)


def vars_of(party: Party) -> dict[str, Any]:
    return {"user_id": party.user_id, "name": party.name, "number": party.number}


async def called_back(house: House, voices: Voices) -> FakeOutgoing:
    """Anna has answered the house, and hears why."""
    anna_rings(house)
    await house.exchange.call_back(WANTED)
    (anna,) = await house.forks(1)
    (live,) = house.exchange.live_calls()[ANNA]
    assert (live.call_back, live.state, live.peer.user_id) == (True, "ringing", BRUNO)
    assert BRUNO not in house.exchange.live_calls()
    anna.answers()
    await until(lambda: house.records.last["answered_at"], "answered")
    bruno_rings(house)
    voices.speak()
    return anna


async def test_who_asked_rings_first_and_then_talks_with_whom_they_wanted(voices: Voices) -> None:
    house = House(announcements=voices)
    anna = await called_back(house, voices)
    _, bruno = await house.forks(2)
    first, second = house.router.asked
    assert (first.caller.user_id, first.dialled, first.transferred) == (ANNA, OWN_ANY, BRUNO_PARTY)
    assert (second.caller.user_id, second.dialled, second.transferred) == (BRUNO, OWN_ANY, ANNA_PARTY)
    users = house.exchange.telephony_state().users
    assert set(users) == {ANNA}
    assert len(house.exchange.live_calls()[ANNA]) == 1
    bruno.answers()
    await until(lambda: house.records.last["answered_at"], "they talk")
    record, before = house.records.last, house.records.records["01BACK"][-1]
    assert (record["caller"], record["callee"]) == (vars_of(ANNA_PARTY), vars_of(BRUNO_PARTY))
    assert (record["dialled"], record["transfer"]["by"]) == ("202", None)
    assert (before["via"], before["transfer"]["next"], before["ended_at"] is not None) == (
        CALL_BACK,
        record["id"],
        True,
    )
    anna.happen(HUNG_UP)
    await house.did(bruno, "bye")
    assert (await house.ended())["outcome"] == "answered"


async def test_who_is_wanted_does_not_take_it_and_who_asked_is_let_go(voices: Voices) -> None:
    house = House(announcements=voices)
    anna = await called_back(house, voices)
    _, bruno = await house.forks(2)
    bruno.refuses(486)
    await house.did(anna, "bye")
    await until(lambda: house.records.records["01BACK"][-1]["ended_at"], "it is over")
    assert house.records.records["01BACK"][-1]["transfer"]["next"] is None


async def test_who_asked_does_not_answer_and_nobody_else_rings(voices: Voices) -> None:
    house = House(announcements=voices)
    anna_rings(house)
    await house.exchange.call_back(WANTED)
    (anna,) = await house.forks(1)
    anna.refuses(486)
    record = await house.ended()
    assert (record["answered_at"], record["outcome"]) == (None, "busy")
    assert voices.made[0].snapshot() is None


async def test_it_is_done_once_for_an_id(voices: Voices) -> None:
    house = House(announcements=voices)
    anna_rings(house)
    await house.exchange.call_back(WANTED)
    await house.exchange.call_back(WANTED)
    await house.forks(1)
    assert len(voices.made) == 1


async def test_a_later_process_ends_it_on_record_so_that_it_is_tried_again(voices: Voices) -> None:
    house = House(announcements=voices)
    await called_back(house, voices)
    await house.forks(2)
    later = reborn(house)
    await until(lambda: later.records.records["01BACK"][-1]["ended_at"], "it is over")
    assert later.records.records["01BACK"][-1]["outcome"] == "interrupted"
    assert later.records.records["01BACK"][-1]["transfer"]["next"] is None


async def test_a_member_of_a_queue_is_called_and_then_who_hung_up_there(voices: Voices) -> None:
    house = House(announcements=voices)
    queue = Party(None, "Hotline", "310")
    anna_rings(house)
    await house.exchange.call_back(CallBackRequest("01BACK", queue, BRUNO_PARTY, "it", "01WAIT"))
    (anna,) = await house.forks(1)
    anna.answers()
    await until(lambda: house.records.last["answered_at"], "answered")
    bruno_rings(house)
    voices.speak()
    _, bruno = await house.forks(2)
    first, second = house.router.asked
    assert (first.caller, first.dialled, first.queue, first.transferred) == (
        queue,
        QUEUE_AGENTS,
        "01WAIT",
        BRUNO_PARTY,
    )
    assert (second.dialled, second.queue, second.transferred) == (QUEUE_CALLER, "01WAIT", ANNA_PARTY)
    assert house.records.records["01BACK"][-1]["transfer"]["previous"] == "01WAIT"
    bruno.answers()
    await until(lambda: house.records.last["transfer"]["previous"] == "01BACK", "they talk")


async def test_nobody_dials_what_only_a_queue_says(voices: Voices) -> None:
    house = House(announcements=voices)
    house.endpoint.phones = {"202": 1}
    house.plan([BRUNOS_PHONE], rings_elsewhere=False, room_id=None)
    anna = await house.phone_calls()
    (bruno,) = await house.forks(1)
    bruno.answers()
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    asked = CommandRequest(ANNA, Transfer(to=QUEUE_CALLER))
    answer = await CallCommands(house.exchange).command(house.exchange.calls()[0]["id"], asked)
    assert answer.refused == "not_possible_now"
    assert len(house.router.asked) == 1
