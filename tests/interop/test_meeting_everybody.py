"""One meeting of a page of ours, a program with LiveKit's SDK and a desk phone that dialled in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browser import listener
from tests.support.meeting_page import SMALL_CAMERA, MeetingPage
from tests.support.meeting_phones import bruno_speaks, enter
from tests.support.office import ANNA, CHIARA, Office, office_of
from tests.support.stack import Stack
from tests.support.web_client import WebClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ = 600, 1000, 1500


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(dial_in_stack: Stack) -> AsyncIterator[Office]:
    async with office_of(dial_in_stack) as office:
        yield office


async def test_a_page_a_program_and_a_telephone_meet(browser: Browser, house: Office, tmp_path: Path) -> None:
    async with (
        listener(browser, tone_hz=ANNA_HZ) as ears,
        house.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as phone,
        bruno_speaks(house, BRUNO_HZ) as meeting,
    ):
        await meeting.bruno.show(1280, 720, simulcast=True)
        speaking, _ = meeting.bruno.tasks
        await ears.context.add_init_script(SMALL_CAMERA)
        anna = WebClient(ears)
        await anna.sign_in(house.stack.url, ANNA)
        inside = MeetingPage(anna.page)
        await inside.enter(meeting.room_id)

        # The page and the program.
        await inside.wait_sees(1)
        await anna.wait_hears(BRUNO_HZ)
        await meeting.bruno_hears(ANNA_HZ)

        # The telephone is let in, and both hear it.
        await enter(phone, meeting.pin)
        waiting = await meeting.visitor(lambda one: one["state"] == "waiting")
        door = f"/meetings/{meeting.id}/visitors/{waiting['id']}"
        assert (await meeting.api.ask("POST", door, {"decision": "admit"}))[0] == 204
        await meeting.telephone(CHIARA.name)
        await asyncio.gather(meeting.bruno_hears(CHIARA_HZ), anna.wait_hears(CHIARA_HZ))
        await anna.wait_words(CHIARA.name)

        # It hears one after the other: of two tones at once neither would be most of the sound.
        await anna.page.get_by_role("button", name="Mute microphone", exact=True).click()
        await phone.wait_hears(BRUNO_HZ)
        speaking.cancel()
        await anna.page.get_by_role("button", name="Unmute microphone", exact=True).click()
        await phone.wait_hears(ANNA_HZ)
        await phone.hang_up()
        await meeting.empty()
