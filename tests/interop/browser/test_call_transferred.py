"""Calls of real browsers that a desk phone transfers: the page keeps its call, and hears another person."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.web_client import together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ = 600, 1400, 2000


async def test_a_browser_is_given_to_another_by_a_phone(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    """A blind transfer: the one that stays renegotiates, the other one is called."""
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
        ) as (anna, chiara),
    ):
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.command("transfer", f"sip:203@{bruno.line.registrar}")
        await expect(chiara.incoming).to_contain_text(ANNA.name)
        await chiara.answer()
        await bruno.wait_closed()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await chiara.wait_no_call()


async def test_two_browsers_with_whom_a_phone_has_talked_are_joined(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    """An attended transfer: both keep their ICE and DTLS, and hear each other."""
    async with (
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
        ) as (anna, chiara),
    ):
        await anna.dial(BRUNO.extension)
        first = str((await bruno.wait_ringing())["id"])
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.hold()
        second = await bruno.dial(CHIARA.extension)
        await expect(chiara.incoming).to_be_visible()
        await chiara.answer()
        await chiara.wait_hears(BRUNO_HZ)
        await bruno.transfer_to_call(first, second)
        await bruno.wait_closed()
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        await chiara.hang_up()
        await anna.wait_no_call()
