"""An attendant with opening hours, built on the page; checked by what a caller hears and who rings."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.attendant import COMPANY
from tests.support.axe import no_faults
from tests.support.office import ANNA, BRUNO, Office
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CALLER_HZ = 700, 1400, 440


async def go(page: Page, name: str) -> None:
    await page.evaluate(f"location.hash = '#/administration/{name}'")


async def write_hours(page: Page) -> None:
    """The office's, and an exception by which it is open now."""
    await go(page, "hours")
    await page.get_by_role("button", name="Add opening hours").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Office")
    await dialog.get_by_role("button", name="Add Italy’s public holidays").click()
    await dialog.get_by_role("button", name="Add an exception").click()
    await dialog.get_by_label("What holds then").select_option("Open")
    await dialog.get_by_label("From", exact=True).fill("2000-01-01T00:00")
    await dialog.get_by_label("To", exact=True).fill("2100-01-01T00:00")
    await no_faults(page)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("Open now")).to_be_visible()
    await expect(page.get_by_text("13 holidays")).to_be_visible()


async def build(page: Page) -> None:
    """ "Press 1 for Bruno", and a farewell while the office is closed."""
    await go(page, "attendants")
    await page.get_by_role("button", name="Add an attendant").click()
    await page.get_by_label("Name", exact=True).fill("Front desk")
    await page.get_by_label("Extension", exact=True).fill("401")
    await page.get_by_label("Outside numbers", exact=True).fill(COMPANY)
    await page.get_by_role("combobox", name="Opening hours").select_option("Office")
    opened = page.get_by_role("region", name="While you are open")
    await opened.get_by_role("button", name="Add a key").click()
    await opened.get_by_role("searchbox").fill(BRUNO.name)
    await opened.get_by_role("button", name=f"Choose: {BRUNO.name}").click()
    await opened.get_by_role("button", name="Write it for me").click()
    said = opened.get_by_label("What callers hear")
    await expect(said).to_have_value(f"Welcome. For {BRUNO.name}, press 1.")
    closed = page.get_by_role("region", name="While you are closed")
    await closed.get_by_label("While you are closed", exact=True).select_option("A menu")
    await closed.get_by_label("What callers hear").fill("We are closed.")
    await no_faults(page)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Add an attendant")).to_be_visible()
    await expect(page.get_by_text("Open now")).to_be_visible()


async def test_press_1_for_bruno_is_built_on_the_page_and_heard_by_a_caller(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        page = anna.page
        await write_hours(page)
        await build(page)
        call_id = await office.carrier.call_in(COMPANY, tone_hz=CALLER_HZ)
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "answered")
        await office.carrier.press(call_id, "1")
        await bruno.wait_ringing()
        await bruno.answer()
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await bruno.wait_hears(CALLER_HZ)
        await office.carrier.hang_up(call_id)
        await bruno.wait_closed()
        await page.get_by_role("button", name="Call Front desk to try it").click()
        await anna.wait_in_call()
        await anna.press("1")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await anna.hang_up()
        await bruno.wait_closed()
        for name, what in (("attendants", "Front desk"), ("hours", "Office")):
            await go(page, name)
            await page.get_by_role("button", name=f"Remove {what}").click()
            await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
            await expect(page.get_by_role("dialog")).to_have_count(0)
