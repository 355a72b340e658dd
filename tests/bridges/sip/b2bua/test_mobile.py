"""A phone outside that is one of somebody's devices: who answers it is asked before they have the call."""

import asyncio
import json
from typing import Any

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Asked, Post, Verdict
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.transport.api import Dtmf, Ended, EndedBy, Reinvite
from bridges.sip.voice.announcer import Announcer
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.calling_voice import CallingVoice
from tests.bridges.sip.b2bua.fake_sip import FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import BRUNO, NOW, PHONE_LEG, House, until
from tests.support.clock import let_pass
from wire.commands import RingMeRequest
from wire.record import AnsweredOn
from wire.route import MobileLeg, Party

LINE = {"trunk": "carrier", "number": "+393331234567", "from_number": "+390612345"}
MOBILE_LEG = {"kind": "mobile", "line": LINE, "language": "it", "digits": "201"}
HUNG_UP = Ended(EndedBy.BYE)


class FakeVoice(HouseLeg):
    """A voice that asks, and what was done with it."""

    answered_on: AnsweredOn = "announcement"

    def __init__(self, name: str, fork: str, post: Post) -> None:
        super().__init__(name, post)
        self.fork, self.description = fork, "v=0 voice"
        self.keys, self.dropped = "", False

    def says(self, verdict: Verdict) -> None:
        self._post(Asked(self.fork, verdict))

    def press(self, key: str) -> None:
        self.keys += key

    def drop(self, cause: Cause) -> None:
        self.dropped = True

    async def reoffer(self, sdp: str) -> str:
        raise ReofferRefused

    def snapshot(self) -> dict[str, Any] | None:
        return None


class FakeScreening:
    def __init__(self) -> None:
        self.asked: list[FakeVoice] = []
        self.fails = False

    async def ask(self, name: str, fork: str, planned: MobileLeg, sdp: str, post: Post) -> FakeVoice:
        if self.fails:
            raise OSError("no port")
        assert planned.digits == "201"
        self.asked.append(FakeVoice(name, fork, post))
        return self.asked[-1]


def house_that_asks() -> tuple[House, FakeScreening]:
    screening = FakeScreening()
    house = House(screening=screening)
    house.endpoint.phones = {"202": 1}
    return house, screening


async def asked(
    *legs: dict[str, Any], **more: Any
) -> tuple[House, FakeIncoming, FakeOutgoing, FakeOutgoing, FakeVoice]:
    """Anna calls, Bruno's desk phone rings, and somebody, or something, has answered his mobile phone."""
    house, screening = house_that_asks()
    house.plan([PHONE_LEG, MOBILE_LEG, *legs], rings_elsewhere=False, room_id=None, **more)
    caller = await house.phone_calls()
    desk, mobile = await house.forks(2)
    desk.rings()
    mobile.answers("v=0 mobile")
    (voice,) = await until(lambda: screening.asked, "asked")
    await until(
        lambda: ("mobile-2.voice", "mobile-2", "v=0 voice") in house.gateway.joined, "hears the voice"
    )
    return house, caller, desk, mobile, voice


async def passes(seconds: float) -> None:
    """What is due by then has happened."""
    let_pass(seconds)
    for _ in range(50):
        await asyncio.sleep(0)


def was_answered(caller: FakeIncoming) -> bool:
    return any(entry[0] == "answer" for entry in caller.log)


async def talks(house: House) -> None:
    await until(lambda: [call["bridge_state"] for call in house.exchange.calls()] == ["talking"], "talking")


async def test_who_answers_has_the_call_only_once_they_want_it() -> None:
    house, caller, desk, mobile, voice = await asked()
    assert not was_answered(caller) and not desk.ended
    assert house.exchange.calls()[0]["answered_at"] is None
    voice.says(Verdict.TAKE)
    await house.did(caller, "answer")
    assert (await house.did(desk, "cancel"))[1] == 200
    await talks(house)
    # The voice was heard at first, now the caller is.
    assert [one for one in house.gateway.joined if one[0] == "mobile-2"] == [
        ("mobile-2", "caller", "v=0 mobile")
    ]
    assert house.gateway.offered[-1][:2] == ("caller", "mobile-2")
    assert voice.dropped and "mobile-2.voice" in house.gateway.deleted
    # A rule for recordings may be about the line.
    call = house.exchange.bridged(house.exchange.calls()[0]["id"])
    assert call is not None and call.trunk == "carrier"
    mobile.happen(HUNG_UP)
    await house.did(caller, "bye")
    record = await house.ended()
    assert (record["answered_on"], record["callee"]["number"]) == ("mobile", "202")
    # The line was paid for before anybody talked.
    (paid,) = record["asked"]
    assert (paid["leg"], paid["by"], paid["until"]) == ("mobile-2", BRUNO, record["answered_at"])


async def test_a_mailbox_that_answers_at_once_does_not_win() -> None:
    house, caller, desk, mobile, voice = await asked()
    voice.says(Verdict.NOTHING)
    await house.did(mobile, "bye")
    assert not was_answered(caller) and not desk.ended and voice.dropped
    desk.answers()
    await house.did(caller, "answer")
    await talks(house)
    caller.happen(HUNG_UP)
    record = await house.ended()
    assert record["answered_on"] == "desk_phone"
    assert [(one["by"], one["until"] is not None) for one in record["asked"]] == [(BRUNO, True)]


async def test_the_desk_phone_answers_while_the_other_one_listens_to_the_voice() -> None:
    house, caller, desk, mobile, voice = await asked()
    desk.answers()
    await house.did(caller, "answer")
    await house.did(mobile, "bye")
    assert voice.dropped
    voice.says(Verdict.TAKE)  # too late
    await talks(house)
    desk.happen(HUNG_UP)
    assert (await house.ended())["answered_on"] == "desk_phone"


async def test_the_caller_hangs_up_while_they_listen_to_the_voice() -> None:
    house, caller, desk, mobile, voice = await asked()
    caller.cancelled()
    await house.did(mobile, "bye")
    await house.did(desk, "cancel")
    record = await house.ended()
    assert (record["outcome"], record["answered_at"], voice.dropped) == ("cancelled", None, True)


async def test_who_declines_there_declines_on_all_devices() -> None:
    house, caller, desk, mobile, voice = await asked()
    voice.says(Verdict.DECLINE)
    await house.did(desk, "cancel")
    await house.did(mobile, "bye")
    assert (await house.did(caller, "reject"))[1] == 603
    assert (await house.ended())["outcome"] == "rejected"


@pytest.mark.parametrize("status", [486, 480, 603, 404, 503])
async def test_what_the_network_of_a_mobile_phone_says_is_no_word_of_its_owner(status: int) -> None:
    house, _ = house_that_asks()
    house.plan([PHONE_LEG, MOBILE_LEG], rings_elsewhere=False, room_id=None)
    caller = await house.phone_calls()
    desk, mobile = await house.forks(2)
    mobile.refuses(status)
    await passes(1)
    assert not desk.ended and not caller.ended
    desk.refuses(486)
    assert (await house.did(caller, "reject"))[1] == 486


async def test_where_only_the_mobile_phone_rings_its_word_is_told() -> None:
    house, _ = house_that_asks()
    house.plan([MOBILE_LEG], rings_elsewhere=False, room_id=None)
    caller = await house.phone_calls()
    (mobile,) = await house.forks(1)
    mobile.refuses(486)
    assert (await house.did(caller, "reject"))[1] == 486


async def test_early_media_of_a_mobile_network_is_not_heard_but_its_ringing_is() -> None:
    house, _ = house_that_asks()
    house.plan([MOBILE_LEG], rings_elsewhere=False, room_id=None)
    caller = await house.phone_calls()
    (mobile,) = await house.forks(1)
    mobile.rings(183, "v=0 the person you have called")
    mobile.rings()
    assert (await house.did(caller, "ring"))[1:] == (180, None)


async def test_a_key_that_comes_by_signalling_is_the_voices_and_a_new_offer_nobodys() -> None:
    house, caller, _, mobile, voice = await asked()
    mobile.happen(Dtmf("1", 160))
    await until(lambda: voice.keys == "1", "pressed")
    mobile.happen(Reinvite("v=0 held"))
    await house.did(mobile, "refuse_reinvite")
    assert house.gateway.keys == [] and not any(entry[0] == "reinvite" for entry in caller.log)
    voice.says(Verdict.TAKE)
    await talks(house)
    mobile.happen(Dtmf("5", 160))
    await until(lambda: house.gateway.keys == [("caller", "5")], "the key goes on")


async def test_a_voice_that_cannot_speak_leaves_the_call_to_the_others() -> None:
    house, screening = house_that_asks()
    screening.fails = True
    house.plan([PHONE_LEG, MOBILE_LEG], rings_elsewhere=False, room_id=None)
    caller = await house.phone_calls()
    desk, mobile = await house.forks(2)
    mobile.answers()
    await house.did(mobile, "bye")
    assert not was_answered(caller) and not desk.ended


async def test_it_rings_some_seconds_after_the_others_or_at_once_where_there_are_none() -> None:
    house, _ = house_that_asks()
    house.plan([PHONE_LEG, MOBILE_LEG | {"delay": 10}], rings_elsewhere=False, room_id=None)
    await house.phone_calls()
    await house.forks(1)
    await passes(9)
    assert len(house.endpoint.calls) == 1
    await passes(2)
    await house.forks(2)
    alone, _ = house_that_asks()
    alone.endpoint.phones = {}
    alone.plan([PHONE_LEG, MOBILE_LEG | {"delay": 10}], rings_elsewhere=False, room_id=None)
    await alone.phone_calls()
    await alone.forks(1)


async def test_the_others_ring_on_for_as_long_as_somebody_is_asked() -> None:
    house, caller, desk, _, _ = await asked()
    await passes(44)
    assert not desk.ended
    await passes(2)
    assert (await house.did(caller, "reject"))[1] == 480
    late, screening = house_that_asks()
    late.plan([PHONE_LEG, MOBILE_LEG], rings_elsewhere=False, room_id=None)
    caller = await late.phone_calls()
    desk, mobile = await late.forks(2)
    await passes(44)
    mobile.answers()
    await until(lambda: screening.asked, "asked")
    await passes(20)
    assert not desk.ended
    screening.asked[0].says(Verdict.TAKE)
    await late.did(caller, "answer")


def killed(house: House) -> tuple[House, FakeScreening]:
    """The process after this one, which was killed."""
    again, screening = house_that_asks()
    again.gateway.legs, again.router.plan = house.gateway.legs, house.router.plan
    again.records.live = json.loads(json.dumps(house.records.live))
    for call_id, (kind, snapshot) in again.records.live.items():
        assert again.recovery.restore(call_id, kind, snapshot, NOW)
    return again, screening


async def test_after_a_kill_who_was_asked_is_asked_again() -> None:
    house, _, _, _, _ = await asked()
    again, screening = killed(house)
    (voice,) = await until(lambda: screening.asked, "asked again")
    voice.says(Verdict.TAKE)
    await talks(again)
    caller = again.endpoint.received
    assert caller is not None
    await again.did(caller, "answer")
    caller.happen(HUNG_UP)
    mobile = again.endpoint.calls[1]
    await again.did(mobile, "bye")
    assert (await again.ended())["answered_on"] == "mobile"


async def test_after_a_kill_nobody_is_left_hanging_when_the_caller_has_gone() -> None:
    house, _, _, _, _ = await asked()
    again, screening = killed(house)
    await until(lambda: screening.asked, "asked again")
    caller = again.endpoint.received
    assert caller is not None
    caller.cancelled()
    mobile = again.endpoint.calls[1]
    await again.did(mobile, "bye")
    assert (await again.ended())["outcome"] == "cancelled"


async def test_after_a_kill_a_phone_that_was_to_ring_later_still_does() -> None:
    house, _ = house_that_asks()
    house.plan([PHONE_LEG, MOBILE_LEG | {"delay": 10}], rings_elsewhere=False, room_id=None)
    await house.phone_calls()
    (desk,) = await house.forks(1)
    desk.rings()
    await until(lambda: house.records.live, "kept")
    again, _ = killed(house)
    await again.forks(1)
    await passes(11)
    await again.forks(2)


async def test_a_browser_that_rings_by_itself_has_a_mobile_phone_beside_it() -> None:
    house, screening = house_that_asks()
    house.endpoint.phones = {}
    house.plan([MOBILE_LEG | {"delay": 5}], rings_elsewhere=True)
    house.browser_calls()
    await until(lambda: [call["bridge_state"] for call in house.exchange.calls()] == ["ringing"], "ringing")
    await passes(4)
    assert house.endpoint.calls == []
    await passes(2)
    (mobile,) = await house.forks(1)
    mobile.answers()
    (voice,) = await until(lambda: screening.asked, "asked")
    voice.says(Verdict.TAKE)
    await house.sent("m.call.answer")


class TryingVoices(Announcer):
    """Speaks when it is told to."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.made: list[CallingVoice] = []

    async def testing(self, language: Any, post: Post) -> CallingVoice:
        self.made.append(await super().testing(language, post))
        return self.made[-1]


async def test_one_tries_which_devices_ring_and_sees_what_becomes_of_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The gateway of the tests writes no descriptions that could be read.
    monkeypatch.setattr(AudioPort, "accept", lambda _port, _sdp: None)
    voice, screening = TryingVoices(), FakeScreening()
    house = House(announcements=voice, screening=screening)
    house.endpoint.phones = {"202": 1}
    later = MOBILE_LEG | {"delay": 10, "digits": "201", "line": LINE | {"number": "+39066"}}
    house.plan([PHONE_LEG, MOBILE_LEG, later], rings_elsewhere=False, room_id=None)
    assert house.router.plan is not None
    house.router.plan["caller"] = {}
    me = Party(BRUNO, "Bruno Bianchi", "202")
    await house.exchange.ring_me(RingMeRequest("01TRY", me, "it"))
    desk, mobile = await house.forks(2)
    desk.rings()
    mobile.answers()
    await until(lambda: screening.asked, "asked")

    def states() -> list[tuple[str, str]]:
        return [(one.number, one.state) for one in house.exchange.rung("01TRY").devices]

    assert states() == [("202", "rings"), (LINE["number"], "asks"), ("+39066", "waits")]
    asked = house.router.asked[0]
    assert (asked.via, asked.caller.user_id, asked.transferred) == ("ring-me", BRUNO, None)
    desk.answers()
    await house.did(mobile, "bye")
    await until(lambda: house.records.last["answered_at"], "answered")
    assert states() == [("202", "answered"), (LINE["number"], "ended")]
    for _ in range(1000):
        voice.made[-1].tick()
    await house.did(desk, "bye")
    await house.ended()
    await until(lambda: house.exchange.rung("01TRY").over, "over")
    assert states() == [("202", "answered"), (LINE["number"], "ended")]
    assert house.exchange.live_calls() == {}
