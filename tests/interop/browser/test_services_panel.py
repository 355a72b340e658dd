"""What an administrator chooses for everybody's telephone, on the page; checked by what a desk phone does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.axe import no_faults
from tests.support.office import ANNA, BRUNO, Office
from tests.support.web_client import house_takes, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def picture(page: Page, name: str) -> None:
    """For whoever looks: where the folder is named by the environment."""
    if folder := os.environ.get("UNISONO_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/services-{name}.png", full_page=True)


async def test_a_mailbox_for_everybody_and_a_code_of_ones_own_hold_at_once(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with web_client(browser, office, ANNA, tone_hz=700) as anna:
        page = anna.page
        await page.evaluate("location.hash = '#/administration/services'")
        async with office.api(BRUNO) as bruno:
            try:
                everybody = page.get_by_label("Colleagues have a voicemail until they choose otherwise")
                async with house_takes(page, "/voicemail-rules"):
                    await everybody.check()
                await no_faults(page)
                await picture(page, "wide")
                await page.emulate_media(color_scheme="dark")
                await page.set_viewport_size({"width": 390, "height": 844})
                await picture(page, "phone")
                disturb = page.get_by_label("Do not disturb")
                save = page.get_by_role("button", name="Save codes")
                await disturb.fill("45")
                await save.click()
                await expect(page.get_by_text("Two of these codes cannot be told apart")).to_be_visible()
                await disturb.fill("78")
                await save.click()
                await expect(page.get_by_text("The codes are saved")).to_be_visible()
                _, mailbox = await bruno.ask("GET", "/voicemail")
                assert mailbox["on"] is True
                async with office.desk_phone(BRUNO, tmp_path, tone_hz=900) as phone:
                    await phone.dial("*78#")
                    await phone.wait_closed()
                _, services = await bruno.ask("GET", "/services")
                assert services["do_not_disturb"] is True
                await bruno.ask("PATCH", "/services", {"do_not_disturb": False})
            finally:
                await page.get_by_role("button", name="Our own again").click()
                await page.get_by_role("button", name="Save codes").click()
                await expect(page.get_by_role("button", name="Save codes")).to_be_disabled()
                async with house_takes(page, "/voicemail-rules"):
                    await everybody.uncheck()
