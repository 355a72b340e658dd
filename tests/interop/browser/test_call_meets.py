"""A call of several goes on as a meeting with pictures: two browsers go over, a desk phone stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.interop.browser.test_meeting_room import _PICTURES, SEEN
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.recording import wait_tones
from tests.support.web_client import WebClient, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ = 600, 900, 1300
#: Seconds; more than it takes, on a machine with other things to do.
_GAP = 2.5


async def picture(client: WebClient, name: str) -> None:
    """For whoever looks: where the folder is named by the environment."""
    if folder := os.environ.get("UNISONO_SCREENSHOTS"):
        await client.page.screenshot(path=f"{folder}/meets-{name}.png")


async def hears(client: WebClient, *tones: int) -> None:
    for hz in tones:
        await client.page.wait_for_function(
            "hz => unisonoTest.hears(hz, 0.15)", arg=hz, polling=100, timeout=SEEN
        )


async def test_browsers_go_over_to_a_meeting_and_a_desk_phone_stays_in_the_call(
    browser: Browser, house: Office, tmp_path: Path
) -> None:
    async with (
        together(
            web_client(browser, house, ANNA, tone_hz=ANNA_HZ, small_camera=True),
            web_client(browser, house, BRUNO, tone_hz=BRUNO_HZ, small_camera=True, viewport=PHONE),
        ) as (anna, bruno),
        house.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        house.api(ANNA) as api,
    ):
        await anna.dial(BRUNO.extension)
        await expect(bruno.incoming).to_be_visible()
        await bruno.answer()
        await anna.wait_in_call()
        await anna.wait_hears(BRUNO_HZ)
        call = await api.latest_call(lambda call: call["answered_at"] is not None)
        command = {"action": "add", "to": CHIARA.extension}
        status, answer = await api.ask("POST", f"/calls/{call['id']}/commands", command)
        assert status == 200, answer
        await chiara.wait_ringing()
        await chiara.answer()
        await wait_tones(chiara.heard, [ANNA_HZ, BRUNO_HZ], "Chiara")
        for client in (anna, bruno):
            await client.watch_ringing()

        meet = anna.page.get_by_role("button", name="Continue as a meeting", exact=True)
        await expect(meet.first).to_be_enabled()
        await picture(anna, "before")
        async with anna.ears.longest_gap(CHIARA_HZ) as gap:
            await meet.first.click()
            await expect(anna.page.get_by_test_id("call-bar")).to_have_count(0, timeout=SEEN)
            await hears(anna, CHIARA_HZ, BRUNO_HZ)
        assert gap.seconds < _GAP
        await wait_tones(chiara.heard, [ANNA_HZ, BRUNO_HZ], "Chiara, with Anna in the meeting")
        offer = bruno.page.get_by_test_id("meets")
        await expect(offer).to_contain_text(f"{ANNA.name} continues this as a meeting")
        await picture(anna, "meeting")
        await picture(bruno, "offer")

        await offer.get_by_role("button", name="Join with picture").click()
        for client in (anna, bruno):
            await client.page.wait_for_function(_PICTURES, arg=2, timeout=SEEN)
        await picture(bruno, "joined")
        await hears(bruno, CHIARA_HZ, ANNA_HZ)
        await hears(anna, CHIARA_HZ, BRUNO_HZ)
        await wait_tones(chiara.heard, [ANNA_HZ, BRUNO_HZ], "Chiara, with both in the meeting")
        for client in (anna, bruno):
            assert not await client.rang()
        await chiara.hang_up()
        for client in (anna, bruno):
            await client.page.get_by_role("button", name="Leave meeting", exact=True).first.click()
