"""Hold between a page and a real desk phone, from either side: music, words, and sound again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.hold import wait_music
from tests.support.office import ANNA, BRUNO, Office
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_HZ, PHONE_HZ = 700, 1400


async def test_a_page_and_a_desk_phone_hold_each_other(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        await anna.dial("202")
        ringing = await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await bruno.hold()
        await anna.ears.wait_music()
        await anna.wait_words("Bruno Bianchi put the call on hold")
        await bruno.resume(ringing["id"])
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await anna.page.get_by_role("button", name="Put on hold", exact=True).first.click()
        await wait_music(bruno.heard)
        await anna.page.get_by_role("button", name="Resume", exact=True).first.click()
        await bruno.wait_hears(PAGE_HZ)
        await anna.wait_hears(PHONE_HZ)
        await bruno.hang_up()
        await anna.wait_no_call()
