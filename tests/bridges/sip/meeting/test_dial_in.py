"""A telephone and meetings, through a whole bridge: real SIP, RTP and HTTP; only the SFU is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import time

import pytest

from bridges.sip.meeting import link, visit
from bridges.sip.transport.api import Answered, Ended, EndedBy, OutgoingCall
from bridges.sip.voice.prompts import Language, Prompt, Words
from tests.bridges.sip.meeting.surroundings import PIN, ROOM_HZ, VISITOR, DialIn, brief, dial_in
from tests.bridges.sip.test_app import invite, room_event
from tests.support.audio import decode_g711, tone_share
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import target_of
from tests.support.webrtc_peer import WebRtcPeer

PCMU = ("PCMU", 8000)
GHOST = "@_tel_800:localhost"


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DialIn]:
    monkeypatch.setattr(visit, "spoken", brief)
    async with dial_in(tmp_path) as everything:
        yield everything


class Caller:
    """The phone in its call to the dial-in."""

    def __init__(self, desk: DialIn, call: OutgoingCall, sdp: str) -> None:
        self.desk, self.call, self._target = desk, call, target_of(sdp)

    async def press(self, keys: str) -> None:
        await self.desk.phone.rtp.press(self._target, keys)

    async def hears_voice(self) -> None:
        """Until something is said: a quarter second that is neither silence nor one tone."""
        async with asyncio.timeout(PATIENCE):
            while max(map(abs, self.desk.phone.rtp.heard()[-2000:]), default=0) < 1000:
                await self.desk.phone.rtp.wait_packets(1)

    async def hears_room(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while tone_share(self.desk.phone.rtp.heard()[-2000:], 8000, ROOM_HZ) < 0.9:
                await self.desk.phone.rtp.wait_packets(5)

    async def ended(self) -> Ended:
        event: Ended = await asyncio.wait_for(self.desk.phone.hears_of(Ended), PATIENCE)
        return event


async def dial(desk: DialIn) -> Caller:
    call = await desk.phone.call("800")
    answered = await desk.phone.hears_of(Answered)
    caller = Caller(desk, call, answered.sdp)
    desk.phone.rtp.talk_to(answered.sdp)
    await caller.hears_voice()
    return caller


async def tried(desk: DialIn, count: int) -> None:
    """Until the web has seen so many PINs."""
    await desk.around.until(lambda: len(desk.meeting.pins) >= count, "the PIN")


async def enter(desk: DialIn) -> tuple[Caller, int]:
    """Into the meeting; the caller, and its number there."""
    caller = await dial(desk)
    await caller.press(PIN + "#")
    entered = await desk.rooms.order(link.Enter)
    await caller.press("#")  # the greeting need not be heard out
    return caller, entered.phone


async def spoken(desk: DialIn, phone: int) -> list[int]:
    """A quarter second of what a telephone says in the meeting, from now on."""
    begun = len(desk.rooms.said.get(phone, []))
    async with asyncio.timeout(PATIENCE):
        while len(desk.rooms.said.get(phone, [])) < begun + 13:
            await desk.phone.rtp.wait_packets(1)
    return decode_g711(b"".join(desk.rooms.said[phone][begun:]), PCMU)


async def test_a_pin_leads_into_the_meeting_and_both_sides_hear_each_other(desk: DialIn) -> None:
    caller, number = await enter(desk)
    assert desk.meeting.pins[0]["via"] == "sip"
    assert desk.meeting.pins[0]["caller"] == {
        "user_id": "@anna:localhost", "number": "201", "name": "Anna Rossi",
    }  # fmt: skip
    await caller.hears_room()
    assert tone_share(await spoken(desk, number), 8000, 440) > 0.9
    caller.call.bye()
    assert (await desk.rooms.order(link.Leave)).phone == number
    record = await desk.around.record()
    assert (record["via"], record["outcome"], record["answered_on"]) == ("sip", "answered", "meeting")
    assert record["callee"] == {"user_id": None, "name": "Weekly", "number": "800"}
    assert record["audio"] == {"caller_to_callee": True, "callee_to_caller": True}
    await desk.around.until(lambda: desk.meeting.gone, "the visitor's end")
    assert desk.meeting.gone == [(VISITOR, "normal")]


async def test_a_browser_that_calls_the_dial_ins_ghost_hears_the_voice(desk: DialIn) -> None:
    desk.around.members = ["@anna:localhost", GHOST]
    control = f"http://127.0.0.1:{desk.bridge.control_port}"
    async with WebRtcPeer(tone_hz=600) as browser:
        assert await desk.around.push(control, "t1", invite(await browser.offer())) == 200
        answer = await desk.around.event("m.call.answer")
        assert answer["sender"] == GHOST
        selected = {"selected_party_id": answer["content"]["party_id"]}
        await desk.around.push(
            control, "t2", room_event("@anna:localhost", "m.call.select_answer", selected, "$2")
        )
        await browser.take_answer(answer["content"]["answer"]["sdp"])
        async with asyncio.timeout(PATIENCE):
            while max(map(abs, browser.samples[-2000:]), default=0) < 1000:
                await browser.more()
        await desk.around.push(
            control, "t3", room_event("@anna:localhost", "m.call.hangup", {"reason": "user_hangup"}, "$3")
        )
    record = await desk.around.record()
    assert (record["via"], record["outcome"], record["answered_on"]) == ("matrix", "answered", "meeting")


async def test_three_wrong_pins_end_the_call(desk: DialIn) -> None:
    caller = await dial(desk)
    for attempt in range(1, 4):
        await caller.press("111#")
        await tried(desk, attempt)
    assert (await caller.ended()).by is EndedBy.BYE
    assert not desk.meeting.gone


@pytest.mark.parametrize("status", [429, 503])
async def test_a_web_that_takes_no_pins_ends_the_call(desk: DialIn, status: int) -> None:
    desk.meeting.refuse_with = status
    caller = await dial(desk)
    await caller.press(PIN + "#")
    assert (await caller.ended()).by is EndedBy.BYE
    assert len(desk.meeting.pins) == 1


async def test_a_telephone_waits_until_it_is_let_in(desk: DialIn) -> None:
    desk.meeting.state = "waiting"
    caller = await dial(desk)
    await caller.press(PIN + "#")
    await desk.around.until(lambda: desk.meeting.pins, "the PIN")
    assert not desk.rooms.orders
    desk.meeting.tell(state="admitted")
    await desk.rooms.order(link.Enter)


async def test_a_telephone_waits_until_the_meeting_starts(desk: DialIn) -> None:
    desk.meeting.started = False
    caller = await dial(desk)
    await caller.press(PIN + "#")
    await desk.around.until(lambda: desk.meeting.pins, "the PIN")
    assert not desk.rooms.orders
    desk.meeting.tell(started=True)
    await desk.rooms.order(link.Enter)


async def test_a_refused_telephone_is_told_and_hung_up(desk: DialIn) -> None:
    desk.meeting.state = "waiting"
    caller = await dial(desk)
    await caller.press(PIN + "#")
    await desk.around.until(lambda: desk.meeting.pins, "the PIN")
    desk.meeting.tell(state="refused")
    assert (await caller.ended()).by is EndedBy.BYE
    assert not desk.rooms.orders
    await desk.around.until(lambda: desk.meeting.gone, "the visitor's end")


async def test_hanging_up_while_waiting_leaves_nothing_behind(desk: DialIn) -> None:
    desk.meeting.state = "waiting"
    caller = await dial(desk)
    await caller.press(PIN + "#")
    await desk.around.until(lambda: desk.meeting.pins, "the PIN")
    caller.call.bye()
    await desk.around.until(lambda: desk.meeting.gone, "the visitor's end")
    assert desk.meeting.gone == [(VISITOR, "normal")]
    desk.meeting.tell(state="admitted")
    assert not desk.rooms.orders


async def test_star_six_and_star_nine_reach_the_room(desk: DialIn) -> None:
    caller, number = await enter(desk)
    await caller.press("*6")
    assert await desk.rooms.order(link.SetMuted) == link.SetMuted(number, True)
    await caller.press("*6")
    assert await desk.rooms.order(link.SetMuted) == link.SetMuted(number, False)
    await caller.press("*9")
    assert (await desk.rooms.order(link.SetHand)).at_ms > 0
    await caller.press("*9")
    assert (await desk.rooms.order(link.SetHand)).at_ms == 0


async def test_a_telephone_muted_by_others_unmutes_itself(desk: DialIn) -> None:
    caller, number = await enter(desk)
    await caller.hears_room()
    desk.rooms.report(link.Muted(number, True))
    await caller.press("*6")
    assert await desk.rooms.order(link.SetMuted) == link.SetMuted(number, False)


async def test_a_telephone_on_hold_is_not_heard(desk: DialIn) -> None:
    caller, number = await enter(desk)
    await spoken(desk, number)
    await caller.call.reinvite(desk.phone.rtp.sdp("sendonly"))
    # What was on its way when the hold was agreed may still arrive.
    before = len(desk.rooms.said[number])
    await caller.call.reinvite(desk.phone.rtp.sdp("sendrecv"))
    await spoken(desk, number)
    assert len(desk.rooms.said[number]) - before < 200


async def test_dead_rooms_are_entered_again_as_before(desk: DialIn) -> None:
    caller, first = await enter(desk)
    await caller.press("*6")
    await desk.rooms.order(link.SetMuted)
    desk.rooms.inside.clear()
    desk.rooms.die()
    again = await desk.rooms.order(link.Enter)
    assert again.phone != first
    assert await desk.rooms.order(link.SetMuted) == link.SetMuted(again.phone, True)
    await caller.press("#")
    await caller.hears_room()


async def test_a_lost_connection_is_made_again_with_a_new_ticket(desk: DialIn) -> None:
    _, first = await enter(desk)
    desk.rooms.inside.remove(first)
    desk.rooms.report(link.Lost(first, "not_mended"))
    assert (await desk.rooms.order(link.Enter)).phone != first


async def test_a_telephone_goes_to_a_breakout_room_and_back_as_it_was(desk: DialIn) -> None:
    caller, main = await enter(desk)
    await caller.press("*6*9")
    await desk.rooms.order(link.SetMuted)
    raised = (await desk.rooms.order(link.SetHand)).at_ms
    for place, left in ((2, main), (None, main + 1)):
        desk.meeting.tell(place=place)
        assert (await desk.rooms.order(link.Leave)).phone == left
        entered = await desk.rooms.order(link.Enter)
        assert (entered.phone, entered.room) == (left + 1, f"r+{place or 'main'}/=")
        assert await desk.rooms.order(link.SetMuted) == link.SetMuted(left + 1, True)
        assert await desk.rooms.order(link.SetHand) == link.SetHand(left + 1, raised)
        await caller.hears_voice()
        await caller.hears_room()
    assert len(desk.meeting.pins) == 1
    assert not desk.meeting.gone


async def test_a_telephone_hears_that_its_breakout_room_closes(
    desk: DialIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = asyncio.Event()

    def heard(words: Words, language: Language) -> bytes:
        if words in {Prompt.CLOSING_IN_30, Prompt.CLOSING_SOON}:
            warned.set()
        return brief(words, language)

    monkeypatch.setattr(visit, "spoken", heard)
    desk.meeting.place = 1
    caller, _ = await enter(desk)
    await caller.hears_room()
    assert not warned.is_set()
    desk.meeting.tell(closes_at=int((time() + 30) * 1000))
    await asyncio.wait_for(warned.wait(), PATIENCE)
    await caller.hears_room()


async def test_who_is_put_out_of_a_closed_breakout_room_is_in_the_main_room(desk: DialIn) -> None:
    desk.meeting.place = 1
    _, first = await enter(desk)
    desk.meeting.place = None  # and nobody has told yet
    desk.rooms.inside.remove(first)
    desk.rooms.report(link.Lost(first, "removed"))
    assert (await desk.rooms.order(link.Enter)).room == "r+main/="
    assert not desk.meeting.gone


@pytest.mark.parametrize("why", ["removed", "ended"])
async def test_who_is_put_out_of_the_room_is_told_and_hung_up(desk: DialIn, why: str) -> None:
    caller, number = await enter(desk)
    desk.rooms.report(link.Lost(number, why))
    assert (await caller.ended()).by is EndedBy.BYE
    await desk.around.until(lambda: desk.meeting.gone, "the visitor's end")
    assert desk.meeting.gone == [(VISITOR, why)]


async def test_the_bridge_ends_its_meetings_when_it_stops(desk: DialIn) -> None:
    caller, _ = await enter(desk)
    await desk.bridge.exchange.shutdown()
    assert (await caller.ended()).by is EndedBy.BYE
    await desk.around.until(lambda: desk.meeting.gone, "the visitor's end")
    assert desk.meeting.gone == [(VISITOR, "interrupted")]
