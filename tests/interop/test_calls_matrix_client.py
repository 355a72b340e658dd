"""Somebody else's Matrix client (matrix-nio) beside our telephones: messages, presence, call events."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nio
import pytest

from tests.bridges.sdp.fixtures import load
from tests.interop.test_call_commands import live_call
from tests.support.matrix_client import MatrixClient, signed_in
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Colleague, Office
from tests.support.patience import PATIENCE
from tests.support.recording import Sound, wait_tone, wait_tones
from tests.support.webrtc_peer import WebRtcPeer

#: A number of the carrier that answers with 440 Hz.
TONE = "+390698765402"
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def direct_room(office: Office, who: Colleague, other: Colleague) -> str:
    """The room of two colleagues, as the server makes it."""
    async with office.api(who, layout="desktop") as api:
        status, body = await api.ask("POST", "/rooms/direct", {"user_id": other.user_id})
    assert status == 200, body
    return str(body["room_id"])


async def test_messages_come_and_go(office: Office) -> None:
    room = await direct_room(office, ANNA, BRUNO)
    async with (
        signed_in(office.stack.url, ANNA.email, ANNA.password) as anna,
        signed_in(office.stack.url, BRUNO.email, BRUNO.password) as bruno,
    ):
        await anna.send_text(room, "Are you at your desk?")
        message = await bruno.wait_message("Are you at your desk?")
        assert (message["sender"], message["room_id"]) == (ANNA.user_id, room)
        await bruno.send_text(room, "Yes, call me.")
        await anna.wait_message("Yes, call me.")


async def test_a_call_between_desk_phones_shows_as_busy_and_ends_as_online(
    office: Office, tmp_path: Path
) -> None:
    await direct_room(office, ANNA, BRUNO)
    async with (
        signed_in(office.stack.url, ANNA.email, ANNA.password) as anna_client,
        signed_in(office.stack.url, BRUNO.email, BRUNO.password),
        office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna_client.wait_presence(BRUNO.user_id, "busy")
        await anna.hang_up()
        await anna_client.wait_presence(BRUNO.user_id, "online")


async def test_a_client_that_is_signed_out_in_mid_call_leaves_nobody_busy_behind(
    office: Office, tmp_path: Path
) -> None:
    await direct_room(office, ANNA, BRUNO)
    async with (
        signed_in(office.stack.url, ANNA.email, ANNA.password) as anna_client,
        office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
    ):
        async with signed_in(office.stack.url, BRUNO.email, BRUNO.password) as first:
            await anna.dial("202")
            await bruno.wait_ringing()
            await bruno.answer()
            await anna_client.wait_presence(BRUNO.user_id, "busy")
            # A new synchronisation of the client during the call: from now on it says "busy", too.
            await first.client.sync(timeout=0, set_presence="online")
        # The next one of the same layout takes the session over, which deletes the first one's device.
        async with signed_in(office.stack.url, BRUNO.email, BRUNO.password):
            await anna.hang_up()
            await anna_client.wait_presence(BRUNO.user_id, "online")


async def test_it_is_invited_to_a_call_and_told_that_the_desk_phone_answered(
    office: Office, tmp_path: Path
) -> None:
    room = await direct_room(office, ANNA, BRUNO)
    async with (
        signed_in(office.stack.url, BRUNO.email, BRUNO.password) as client,
        office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
    ):
        await office.wait_online(BRUNO)
        await anna.dial("202")
        invite = await client.events.wait("m.call.invite")
        assert (invite["room_id"], invite["sender"]) == (room, ANNA.user_id)
        assert invite["content"]["version"] == "1"
        assert "m=audio" in invite["content"]["offer"]["sdp"]
        await bruno.wait_ringing()
        await bruno.answer()
        end = await client.events.wait("m.call.answer", "m.call.hangup")
        assert end["content"]["call_id"] == invite["content"]["call_id"]
        await anna.wait_hears(1400)
        await anna.hang_up()


async def test_it_declines_and_the_caller_outside_is_told(office: Office) -> None:
    async with signed_in(office.stack.url, BRUNO.email, BRUNO.password) as client:
        await office.wait_online(BRUNO)
        call_id = await office.carrier.call_in(BRUNO.number)
        invite = await client.events.wait("m.call.invite")
        assert OUTSIDE in invite["sender"]
        await _reject(client, invite)
        call = await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")
        assert call["status"] in {486, 603}
    async with office.api(BRUNO) as api:
        assert (await api.ended_call())["outcome"] == "rejected"


async def test_a_missed_call_ends_for_it_when_the_caller_gives_up(office: Office) -> None:
    async with signed_in(office.stack.url, BRUNO.email, BRUNO.password) as client:
        await office.wait_online(BRUNO)
        call_id = await office.carrier.call_in(BRUNO.number)
        invite = await client.events.wait("m.call.invite")
        await office.carrier.hang_up(call_id)
        hangup = await client.events.wait("m.call.hangup")
        assert hangup["content"]["call_id"] == invite["content"]["call_id"]


async def _reject(client: MatrixClient, invite: dict[str, object]) -> None:
    content = invite["content"]
    assert isinstance(content, dict)
    body: dict[str, object] = {"call_id": content["call_id"], "party_id": "NIO", "version": "1"}
    await client.send(str(invite["room_id"]), "m.call.reject", body)


async def test_case_19_a_call_in_a_room_of_three_rings_the_desk_phone_of_the_invitee(
    office: Office, tmp_path: Path
) -> None:
    """Case 19: caller, bot, and a colleague who is named and has not even joined yet."""
    async with (
        signed_in(office.stack.url, ANNA.email, ANNA.password) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
    ):
        made = await anna.client.room_create(
            preset=nio.RoomPreset.private_chat, invite=[BRUNO.user_id, "@chiara:localhost"]
        )
        assert isinstance(made, nio.RoomCreateResponse), made
        call: dict[str, object] = {"call_id": "three", "party_id": "NIO", "version": "1"}
        offer = {"type": "offer", "sdp": load("chromium_audio_offer")}
        invite = call | {"lifetime": 60000, "offer": offer, "invitee": BRUNO.user_id}
        await anna.send(made.room_id, "m.call.invite", invite)
        await bruno.wait_ringing()
        # Case 18: a hang-up with an odd reason stops the desk phone.
        await anna.send(made.room_id, "m.call.hangup", call | {"reason": ""})
        await bruno.wait_closed()


async def test_a_client_that_comes_and_goes_between_calls_is_known_at_the_next(office: Office) -> None:
    """Who can ring is remembered; the homeserver tells the bridge of each change within a moment."""

    async def call() -> int | None:
        """The status with which it ended; None while a client rings."""
        call_id = await office.carrier.call_in(CHIARA.number)
        found = await office.carrier.wait_call(
            lambda call: call["id"] == call_id and call["state"] in {"ended", "ringing"}
        )
        if found["state"] == "ended":
            return int(found["status"])
        await office.carrier.hang_up(call_id)
        return None

    async def calls_until(rings: bool) -> None:
        for _ in range(10):
            if (await call() is None) is rings:
                return
            await asyncio.sleep(0.2)  # far less than an answer that nobody corrects would be kept
        raise AssertionError(rings)

    await office.wait_offline(CHIARA)
    await calls_until(rings=False)
    async with signed_in(office.stack.url, CHIARA.email, CHIARA.password) as client:
        await office.wait_online(CHIARA)
        await calls_until(rings=True)
        first = await client.events.wait("m.call.invite")
        # Nobody rings in a room that they have left: the next call has one that they are in.
        await client.client.room_leave(first["room_id"])
        await calls_until(rings=True)
        await client.events.wait("m.call.invite", where=lambda event: event["room_id"] != first["room_id"])


async def test_somebody_elses_client_stays_in_a_call_to_which_a_number_outside_is_added(
    office: Office, tmp_path: Path
) -> None:
    room = await direct_room(office, ANNA, BRUNO)
    async with (
        office.api(ANNA, layout="desktop") as api,
        signed_in(office.stack.url, ANNA.email, ANNA.password) as client,
        WebRtcPeer(tone_hz=600) as browser,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
    ):

        def heard() -> Sound:
            return Sound(8000, browser.samples)

        party: dict[str, object] = {"call_id": "several", "party_id": "NIO", "version": "1"}
        offer = {"type": "offer", "sdp": await browser.offer()}
        await client.send(room, "m.call.invite", party | {"lifetime": 60_000, "offer": offer})
        await bruno.wait_ringing()
        await bruno.answer()
        answer = await client.events.wait("m.call.answer")
        selected = {"selected_party_id": answer["content"]["party_id"]}
        await client.send(room, "m.call.select_answer", party | selected)
        await browser.take_answer(answer["content"]["answer"]["sdp"])
        await bruno.wait_hears(600)
        talk = await live_call(api, lambda call: call["state"] == "talking")
        path = f"/calls/{talk['call_id']}/commands"
        status, refused = await api.ask("POST", path, {"action": "add", "to": "299"})
        assert (status, refused["error"]["code"]) == (409, "target_not_reachable")
        status, added = await api.ask("POST", path, {"action": "add", "to": TONE})
        assert status == 200, added
        await wait_tones(heard, [1400, 440], "Anna")
        await wait_tones(bruno.heard, [600, 440], "Bruno")
        now = await live_call(api, lambda call: len(call["members"]) == 2)
        assert (now["matrix_call_id"], now["on"]) == ("several", "matrix")
        assert not client.events.seen("m.call.hangup")
        await bruno.hang_up()
        await wait_tone(heard, 440, PATIENCE, "Anna, again")
        now = await live_call(api, lambda call: call["members"] == [])
        assert (now["matrix_call_id"], now["peer"]["number"]) == ("several", TONE)
        await client.send(room, "m.call.hangup", party | {"reason": "user_hangup"})
        await office.carrier.wait_call(lambda call: call["to"] == TONE and call["state"] == "ended")
