"""Invitations that take the place of a call, or were asked for on one device (docs/decisions/0040)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.support.matrix_client import MatrixClient, signed_in
from tests.support.office import ANNA, BRUNO, Colleague, Office
from tests.support.web_client import web_client
from tests.support.webrtc_peer import WebRtcPeer

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, FIRST_HZ, SECOND_HZ = 700, 1000, 1500


async def direct_room(office: Office, who: Colleague, other: Colleague) -> str:
    """The room of two colleagues, as the server makes it."""
    async with office.api(who, layout="phone") as api:
        status, body = await api.ask("POST", "/rooms/direct", {"user_id": other.user_id})
    assert status == 200, body
    return str(body["room_id"])


class Caller:
    """Calls from a Matrix client as the house does, one in a room at a time."""

    def __init__(self, client: MatrixClient, room_id: str) -> None:
        self.client, self.room_id = client, room_id

    @asynccontextmanager
    async def calling(self, call_id: str, hz: float, **wish: str) -> AsyncIterator[WebRtcPeer]:
        """Invites Anna with a tone; what `wish` says stands in the invitation."""
        async with WebRtcPeer(tone_hz=hz) as peer:
            invite: dict[str, object] = {
                "call_id": call_id,
                "party_id": "HOUSE",
                "version": "1",
                "lifetime": 60_000,
                "invitee": ANNA.user_id,
                "offer": {"type": "offer", "sdp": await peer.offer()},
            }
            fields = {f"org.unisono.{key}": value for key, value in wish.items()}
            await self.client.send(self.room_id, "m.call.invite", {**invite, **fields})
            yield peer

    async def answered(self, call_id: str, peer: WebRtcPeer) -> None:
        """Wait until a client has answered, and take the first that did."""
        answer = await self.client.events.wait(
            "m.call.answer", where=lambda event: event["content"]["call_id"] == call_id
        )
        await peer.take_answer(answer["content"]["answer"]["sdp"])
        chosen: dict[str, object] = {
            "call_id": call_id,
            "party_id": "HOUSE",
            "version": "1",
            "selected_party_id": answer["content"]["party_id"],
        }
        await self.client.send(self.room_id, "m.call.select_answer", chosen)

    async def hang_up(self, call_id: str) -> None:
        content: dict[str, object] = {"call_id": call_id, "party_id": "HOUSE", "version": "1"}
        await self.client.send(self.room_id, "m.call.hangup", {**content, "reason": "user_hangup"})


async def test_a_call_goes_on_by_the_one_that_takes_its_place_without_ringing(
    browser: Browser, office: Office
) -> None:
    room = await direct_room(office, BRUNO, ANNA)
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        signed_in(office.stack.url, BRUNO.email, BRUNO.password) as client,
    ):
        caller, bars = Caller(client, room), anna.page.get_by_test_id("call-bar")
        async with caller.calling("first", FIRST_HZ) as first:
            await anna.wait_ringing(BRUNO.name)
            await anna.incoming.get_by_role("button", name="Answer", exact=True).click()
            await caller.answered("first", first)
            await anna.wait_hears(FIRST_HZ)
            await bars.get_by_role("button", name="Mute microphone").click()
            async with caller.calling("second", SECOND_HZ, replaces="first") as second:
                await caller.answered("second", second)
                await anna.wait_hears(SECOND_HZ)
                ended = await client.events.wait("m.call.hangup")
                assert (ended["content"]["call_id"], ended["content"]["reason"]) == ("first", "replaced")
                await expect(bars).to_have_count(1)
                await expect(bars.get_by_role("button", name="Unmute microphone")).to_be_visible()
                await expect(anna.page.get_by_test_id("call-receipt")).to_have_count(0)
                await anna.wait_not_ringing()
                await caller.hang_up("second")
                await expect(anna.page.get_by_test_id("call-receipt")).to_contain_text("hung up")
                await anna.wait_no_call()


async def test_a_call_that_is_for_another_device_does_not_ring_and_one_for_this_is_answered(
    browser: Browser, office: Office
) -> None:
    room = await direct_room(office, BRUNO, ANNA)
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        signed_in(office.stack.url, BRUNO.email, BRUNO.password) as client,
    ):
        mine = await anna.page.evaluate("JSON.parse(localStorage['unisono.session']).matrix.device_id")
        caller = Caller(client, room)
        async with (
            caller.calling("elsewhere", FIRST_HZ, device="ANOTHER"),
            caller.calling("nowhere", FIRST_HZ, replaces="unknown"),
            caller.calling("here", SECOND_HZ, device=mine) as here,
        ):
            await caller.answered("here", here)
            await anna.wait_hears(SECOND_HZ)
            await expect(anna.page.get_by_test_id("call-bar")).to_have_count(1)
            await anna.wait_not_ringing()
            for call_id in ("elsewhere", "nowhere", "here"):
                await caller.hang_up(call_id)
            await anna.wait_no_call()
