"""The log of calls as people use it: the badge on all devices, search, filters, what is done from a row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import CHIARA, Office
from tests.support.web_client import WebClient, house_takes, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: Who calls, and how it is written.
CALLER, CALLER_SHOWN = "+390698765477", "06 9876 5477"


async def missed_call(office: Office, client: WebClient) -> None:
    """Somebody outside calls and gives up."""
    call_id = await office.carrier.call_in(CHIARA.number, caller=CALLER)
    await expect(client.incoming).to_be_visible()
    await office.carrier.hang_up(call_id)
    await client.wait_no_call()


async def refused_call(office: Office) -> int:
    """The status with which a call from there is refused."""
    call_id = await office.carrier.call_in(CHIARA.number, caller=CALLER)
    ended = await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")
    return int(ended["status"])


#: Leaves no contact and nobody blocked.
_FORGET = """async (number) => {
  const ask = (method, path) => fetch('/api/v1' + path, { method });
  const page = await (await ask('GET', '/contacts?tab=personal&limit=200')).json();
  for (const { contact } of page.entries) await ask('DELETE', '/contacts/' + contact.id);
  await ask('DELETE', '/blocked/numbers/' + encodeURIComponent(number));
}"""


async def test_missed_calls_are_seen_everywhere_found_named_saved_and_blocked(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, CHIARA, tone_hz=700) as desktop,
        web_client(browser, office, CHIARA, tone_hz=700, viewport=PHONE) as phone,
    ):
        page = desktop.page
        await missed_call(office, desktop)
        badge = phone.page.locator("a[data-section=calls]")
        await expect(badge).to_contain_text("missed call")
        # Each layout begins with what concerns one now, and the press that settles it.
        for client in (desktop, phone):
            today = client.page.get_by_test_id("today")
            await expect(today).to_contain_text(f"{CALLER_SHOWN}Missed call, ")
            await expect(today.get_by_role("button", name=f"Call {CALLER_SHOWN} back")).to_be_enabled()
            await no_faults(client.page)
        await phone.page.get_by_test_id("today").get_by_role("button", name="Seen").click()
        # Seen on one device is seen on all.
        await expect(badge).not_to_contain_text("missed call")
        await expect(page.get_by_test_id("today").get_by_text("Missed call")).to_have_count(0)
        await page.get_by_role("link", name="Calls").first.click()

        row = page.get_by_test_id("call-log").get_by_role("listitem")
        await page.get_by_label("Search name or number").fill(CALLER_SHOWN)
        await expect(row.first).to_contain_text(CALLER_SHOWN)
        await page.get_by_role("button", name="Filters").click()
        await page.get_by_label("With").select_option("inside")
        await expect(page.get_by_text("No call matches")).to_be_visible()
        await page.get_by_label("With").select_option("outside")
        await page.get_by_label("When").select_option("today")
        await expect(row.first).to_contain_text(CALLER_SHOWN)
        await no_faults(page)
        await saved(page, tmp_path)

        await row.first.get_by_role("button", name=f"More for {CALLER_SHOWN}").click()
        await page.get_by_role("menuitem", name="Add to my phonebook").click()
        await page.get_by_label("Name", exact=True).fill("Vivaio Prato")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("Vivaio Prato is in your phonebook.")).to_be_visible()
        await page.get_by_label("Search name or number").fill("prato")
        await expect(row.first).to_contain_text("Vivaio Prato")

        await row.first.get_by_role("button", name="More for Vivaio Prato").click()
        await page.get_by_role("menuitem", name="Block this number").click()
        await expect(page.get_by_text("Vivaio Prato no longer rings you.")).to_be_visible()
        await desktop.watch_ringing()
        assert await refused_call(office) == 486
        assert not await desktop.rang()

        await page.goto(office.stack.url + "/#/settings/blocked")
        await expect(page.get_by_role("button", name="Unblock Vivaio Prato")).to_be_visible()
        await no_faults(page)
        # The page shows it at once; calls come when the server has it.
        async with house_takes(page, "/blocked/numbers"):
            await page.get_by_role("button", name="Unblock Vivaio Prato").click()
        await expect(page.get_by_text("No number is blocked.")).to_be_visible()
        await missed_call(office, desktop)
        await page.evaluate(_FORGET, CALLER)


async def saved(page: Page, folder: Path) -> None:
    """The list as a file, in the language of the account."""
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Save these calls as a file (CSV)").click()
    file = await download.value
    target = folder / file.suggested_filename
    await file.save_as(target)
    text = target.read_text("utf-8")
    assert text.startswith("\ufeff")
    delimiter = ";" if target.name == "chiamate.csv" else ","
    rows = list(csv.reader(io.StringIO(text[1:]), delimiter=delimiter))
    assert len(rows) > 1
    assert {row[5] for row in rows[1:]} == {CALLER}
