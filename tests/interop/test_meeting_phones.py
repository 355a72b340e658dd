"""Real telephones in real meetings: baresip and the carrier, the bridge, the SFU, the web, an SDK member."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import rtc

from tests.support.audio import tone_share
from tests.support.matrix_client import signed_in
from tests.support.meeting_phones import (
    DIAL_IN,
    Meeting,
    bruno_speaks,
    enter,
    sitting_in,
    ticket,
)
from tests.support.office import ANNA, BRUNO, CHIARA, DIAL_IN_NUMBER, OUTSIDE, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, connected
from tests.support.stack import Stack, children_of
from tests.support.webrtc_peer import WebRtcPeer

pytestmark = pytest.mark.asyncio(loop_scope="module")

BRUNO_HZ, ANNA_HZ, CHIARA_HZ = 1000, 600, 1500
#: A number of the carrier that answers with 440 Hz.
TONE, TONE_HZ = "+390698765402", 440


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(dial_in_stack: Stack) -> AsyncIterator[Office]:
    async with office_of(dial_in_stack) as office:
        yield office


async def test_a_desk_phone_dials_in_hears_and_is_heard(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        office.api(ANNA) as api,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await enter(phone, meeting.pin)
        anna = await meeting.telephone(ANNA.name)
        assert anna.identity.startswith("@_tel_meeting_")
        await meeting.bruno_hears(ANNA_HZ)
        await phone.wait_hears(BRUNO_HZ)

        (track,) = anna.track_publications.values()
        await phone.send_dtmf("*6")
        await meeting.until(lambda: track.muted, "muted by its own keys")
        await phone.send_dtmf("*6")
        await meeting.until(lambda: not track.muted, "unmuted by its own keys")
        await phone.send_dtmf("*9")
        await meeting.until(lambda: anna.attributes.get("hand"), "a raised hand")
        await phone.send_dtmf("*9")
        await meeting.until(lambda: not anna.attributes.get("hand"), "a lowered hand")

        await phone.hang_up()
        await meeting.empty()
        record = await api.ended_call()
        assert (record["direction"], record["outcome"], record["answered_on"]) == (
            "outbound", "answered", "meeting",
        )  # fmt: skip
        assert (record["peer"]["name"], record["peer"]["number"]) == ("Weekly", DIAL_IN)
        assert record["audio"] == {"sent": True, "received": True}
        assert (await meeting.visitor(lambda one: one["state"] == "left"))["name"] == ANNA.name


async def test_phones_in_one_meeting_hear_each_other_and_the_lobby_holds(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ, codecs="pcma", transport="tcp") as stranger,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await enter(stranger, meeting.pin)
        waiting = await meeting.visitor(lambda one: one["state"] == "waiting")
        assert (waiting["kind"], waiting["name"]) == ("phone", CHIARA.name)
        assert not meeting.phones()
        await enter(phone, meeting.pin)
        await meeting.telephone(ANNA.name)
        assert await meeting.decides(waiting, decision="admit") == (204, None)
        chiara = await meeting.telephone(CHIARA.name)
        # Bruno falls silent, and only the two are left.
        for task in meeting.bruno.tasks:
            task.cancel()
        await phone.wait_hears(CHIARA_HZ)
        await stranger.wait_hears(ANNA_HZ)

        path = f"/meetings/{meeting.id}/participants/{chiara.identity}"
        status, body = await meeting.api.ask("POST", f"{path}/mute", {"source": "microphone"})
        assert status == 204, body
        (track,) = chiara.track_publications.values()
        await meeting.until(lambda: track.muted, "muted by the moderator")
        await stranger.send_dtmf("*6")
        await meeting.until(lambda: not track.muted, "unmuted by its own keys")

        status, body = await meeting.api.ask("DELETE", path)
        assert status == 204, body
        await stranger.wait_closed()
        await meeting.until(lambda: not meeting.called(CHIARA.name), "the removed one has gone")
        await phone.hang_up()
        await meeting.empty()


async def test_a_phone_is_brought_to_a_breakout_room_and_back_in_the_same_call(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        office.api(ANNA) as api,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await enter(phone, meeting.pin)
        anna = await meeting.telephone(ANNA.name)
        await meeting.bruno_hears(ANNA_HZ)
        await phone.send_dtmf("*9")
        raised = await meeting.until(lambda: anna.attributes.get("hand"), "a raised hand")
        call_id = (await api.latest_call(lambda call: call["answered_at"] is not None))["id"]

        user_id = anna.identity.rpartition(":")[0]
        red = await meeting.open_breakout(user_id, ANNA.user_id)
        async with sitting_in(office, meeting, red, ANNA, CHIARA_HZ) as there:
            moved = await there.telephone(ANNA.name)
            await there.bruno_hears(ANNA_HZ)
            await phone.wait_hears(CHIARA_HZ)
            await meeting.empty()
            await there.until(lambda: moved.attributes.get("hand") == raised, "the hand as it was")
            await phone.send_dtmf("*6")
            (track,) = moved.track_publications.values()
            await there.until(lambda: track.muted, "muted by its own keys")

            await meeting.close_breakouts()
            back = await meeting.telephone(ANNA.name)
            await there.empty()
        (track,) = back.track_publications.values()
        await meeting.until(lambda: track.muted, "muted as it was")
        await meeting.until(lambda: back.attributes.get("hand") == raised, "the hand as it was")
        await phone.wait_hears(BRUNO_HZ)
        await phone.send_dtmf("*6")
        await meeting.bruno_hears(ANNA_HZ)
        await phone.hang_up()
        await meeting.empty()
        assert (await api.ended_call())["id"] == call_id


async def test_an_encrypted_meeting_takes_a_phone_only_knowingly_and_all_see_it(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        bruno_speaks(office, BRUNO_HZ, encrypted=True) as meeting,
    ):
        await enter(phone, meeting.pin)
        # Not even a member's telephone comes in unasked.
        waiting = await meeting.visitor(lambda one: one["state"] == "waiting")
        assert await meeting.decides(waiting, decision="admit") == (409, "encrypted_meeting")
        assert await meeting.decides(waiting, decision="admit", allow_unencrypted=True) == (204, None)
        anna = await meeting.telephone(ANNA.name)
        assert anna.attributes["unencrypted"] == "1"
        await meeting.bruno_hears(ANNA_HZ)
        await phone.hang_up()
        await meeting.empty()


async def test_three_wrong_pins_end_the_call(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone:
        await phone.dial(DIAL_IN)
        await phone.wait_established()
        for _ in range(3):
            await phone.wait_loud()
            await phone.send_dtmf("111#")
            await phone.wait_quiet()  # the voice stops with the first key, and speaks again
        await phone.wait_closed()


async def test_a_meeting_calls_a_desk_phone_and_a_number_outside(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await meeting.call(ANNA.extension)
        ringing = await phone.wait_ringing()
        assert "202" in ringing["peeruri"]
        await phone.answer()
        await meeting.telephone(ANNA.name)
        await meeting.bruno_hears(ANNA_HZ)
        await phone.wait_hears(BRUNO_HZ)

        visitor = await meeting.call(TONE)
        assert visitor["state"] == "calling"
        await meeting.bruno_hears(TONE_HZ)
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered")
        await office.carrier.hang_up(call["id"])
        await meeting.until(lambda: len(meeting.phones()) == 1, "the one outside has gone")
        await phone.hang_up()
        await meeting.empty()
        record = await meeting.api.latest_call(
            lambda call: call["peer"]["number"] == TONE and call["ended_at"] is not None
        )
        assert (record["direction"], record["outcome"]) == ("outbound", "answered")


async def test_a_meeting_rings_a_matrix_client_too_which_answers(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=CHIARA_HZ) as phone,
        signed_in(office.stack.url, ANNA.email, ANNA.password) as client,
        WebRtcPeer(tone_hz=ANNA_HZ) as browser,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await office.wait_online(ANNA)
        await meeting.call(ANNA.extension)
        invite = await client.events.wait("m.call.invite")
        assert invite["sender"] == BRUNO.user_id
        await phone.wait_ringing()
        room_id, content = invite["room_id"], invite["content"]
        sdp = await browser.answer(content["offer"]["sdp"])
        party = {"call_id": content["call_id"], "party_id": "NIO", "version": "1"}
        await client.send(room_id, "m.call.answer", {**party, "answer": {"type": "answer", "sdp": sdp}})
        await phone.wait_closed()
        await meeting.telephone(ANNA.name)
        await meeting.bruno_hears(ANNA_HZ)
        async with asyncio.timeout(PATIENCE):
            while tone_share(browser.samples[-2000:], 8000, BRUNO_HZ) < 0.9:
                await browser.more()
        await client.send(room_id, "m.call.hangup", {**party, "reason": "user_hangup"})
        await meeting.empty()
        record = await meeting.api.ended_call()
        assert (record["peer"]["name"], record["answered_on"]) == (ANNA.name, "matrix")


async def test_a_matrix_client_dials_the_meetings_voice(office: Office) -> None:
    async with (
        office.api(ANNA, layout="desktop") as api,
        signed_in(office.stack.url, ANNA.email, ANNA.password) as client,
        WebRtcPeer(tone_hz=ANNA_HZ) as browser,
    ):
        status, dialled = await api.ask("POST", "/dial", {"number": DIAL_IN})
        assert (status, dialled["display"]) == (200, "Riunioni"), dialled
        party = {"call_id": "dial-in", "party_id": "NIO", "version": "1"}
        offer = {"type": "offer", "sdp": await browser.offer()}
        room_id = dialled["room_id"]
        await client.send(room_id, "m.call.invite", {**party, "lifetime": 60_000, "offer": offer})
        answer = await client.events.wait("m.call.answer")
        assert answer["sender"] == dialled["user_id"]
        selected = {"selected_party_id": answer["content"]["party_id"]}
        await client.send(room_id, "m.call.select_answer", {**party, **selected})
        await browser.take_answer(answer["content"]["answer"]["sdp"])
        async with asyncio.timeout(PATIENCE):
            while max(map(abs, browser.samples[-2000:]), default=0) < 1000:
                await browser.more()
        await client.send(room_id, "m.call.hangup", {**party, "reason": "user_hangup"})
        record = await api.ended_call()
        assert (record["peer"]["name"], record["answered_on"]) == ("Riunioni", "meeting")


async def test_somebody_outside_dials_in_waits_and_is_let_in_by_a_masked_number(office: Office) -> None:
    async with bruno_speaks(office, BRUNO_HZ) as meeting:
        words = ("demo", "call-in", "--tone", str(TONE_HZ), "--from", OUTSIDE, "--pin", meeting.pin)
        command = await asyncio.to_thread(office.stack.cli, *words)
        assert (command.returncode, command.stderr) == (0, "")
        call_id = (await office.carrier.wait_call(lambda call: call["to"] == DIAL_IN_NUMBER))["id"]
        waiting = await meeting.visitor(lambda one: one["state"] == "waiting")
        assert waiting["name"] == waiting["number"] == "+39 06 ••• 5432"
        assert await meeting.decides(waiting, decision="admit") == (204, None)
        caller = await meeting.telephone(waiting["name"])
        assert OUTSIDE not in caller.identity
        await office.carrier.press(call_id, "#")
        await meeting.bruno_hears(TONE_HZ)
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await office.carrier.press(call_id, "*6")
        (track,) = caller.track_publications.values()
        await meeting.until(lambda: track.muted, "muted by its own keys")
        await office.carrier.hang_up(call_id)
        await meeting.empty()


async def test_phones_are_back_soon_after_the_sfu_was_killed(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await enter(phone, meeting.pin)
        await meeting.telephone(ANNA.name)
        # Of two tones at once neither would be most of the sound.
        meeting.bruno.tasks[0].cancel()
        os.kill(office.stack.children()["sfu"], signal.SIGKILL)
        # Bruno's SDK comes back in its own time: another member looks who is there.
        async with comes_again(office, meeting) as anna:
            await anna.hears(ANNA_HZ)
            await anna.speak(CHIARA_HZ)
            await phone.wait_hears(CHIARA_HZ)
        await phone.hang_up()


async def test_phones_are_back_after_the_process_in_the_rooms_was_killed(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await enter(phone, meeting.pin)
        first = (await meeting.telephone(ANNA.name)).sid
        os.kill(process_in_rooms(office), signal.SIGKILL)
        await meeting.until(
            lambda: [one for one in meeting.phones() if one.sid != first], "another connection"
        )
        await meeting.bruno_hears(ANNA_HZ)
        await phone.wait_hears(BRUNO_HZ)
        await phone.hang_up()
        await meeting.empty()


async def test_phones_are_back_after_the_bridge_was_killed(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone,
        office.api(ANNA) as api,
        bruno_speaks(office, BRUNO_HZ) as meeting,
    ):
        await enter(phone, meeting.pin)
        first = (await meeting.telephone(ANNA.name)).sid
        os.kill(office.stack.children()["sip"], signal.SIGKILL)
        await meeting.until(
            lambda: [one for one in meeting.phones() if one.sid != first], "another connection"
        )
        await meeting.bruno_hears(ANNA_HZ)
        await phone.wait_hears(BRUNO_HZ)
        await phone.hang_up()
        await meeting.empty()
        record = await api.ended_call()
        assert (record["outcome"], record["answered_on"]) == ("answered", "meeting")


def process_in_rooms(office: Office) -> int:
    """Its process id."""
    for pid in children_of(office.stack.children()["sip"]):
        if b"bridges.sip.meeting" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise AssertionError("there is none")


@asynccontextmanager
async def comes_again(office: Office, meeting: Meeting) -> AsyncIterator[Person]:
    """Anna with the SDK, as soon as the SFU lets her in."""
    url, jwt = await ticket(office.stack, ANNA, meeting.room_id)
    async with AsyncExitStack() as inside:
        async with asyncio.timeout(PATIENCE):
            person = None
            while person is None:
                with suppress(rtc.ConnectError):
                    person = await inside.enter_async_context(connected(url, jwt))
                await asyncio.sleep(0.1)  # a process that is not there tells nobody when it will be
        yield person
