"""One box finds people and what was said, and leads to the message, however old it is."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, Office
from tests.support.patience import PATIENCE_MS
from tests.support.stack import homeserver_client
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: More than what is loaded when a room is opened.
_AFTER = 150


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name=re.compile("^Search people and messages"))


async def test_a_message_of_long_ago_is_found_and_read_where_it_stands(
    office: Office, browser: Browser
) -> None:
    async with homeserver_client(office.stack) as homeserver:
        room = await homeserver.direct_room(ANNA.user_id, BRUNO.user_id)
        say = homeserver.rooms_of_meetings.say
        await say(room, BRUNO.user_id, "Il preventivo per la caldaia è pronto", "caldaia")
        for n in range(_AFTER):
            await say(room, BRUNO.user_id, f"dopo {n}", f"after-{n}")
    async with web_client(browser, office, ANNA, tone_hz=700) as anna:
        page = anna.page
        await box(page).fill("preventivi caldaia")
        row = page.get_by_role("row").filter(has_text="Il preventivo per la caldaia")
        await expect(row.locator("mark").first).to_have_text("preventivo", timeout=PATIENCE_MS)
        await expect(page.get_by_text("Nobody found")).to_be_visible()
        # The first row leads to all of them.
        await box(page).press("Enter")
        await expect(page.get_by_role("heading", name="Search messages")).to_be_visible()
        hit = page.get_by_role("link").filter(has_text="Il preventivo per la caldaia")
        await expect(hit).to_be_visible(timeout=PATIENCE_MS)
        await no_faults(page)
        await page.get_by_role("button", name="Filters").click()
        await page.get_by_role("combobox", name="From", exact=True).select_option(label=ANNA.name)
        await expect(page.get_by_text("Nothing found")).to_be_visible(timeout=PATIENCE_MS)
        await page.get_by_role("button", name="Show all").click()
        await hit.click()
        message = page.get_by_role("article").filter(has_text="Il preventivo per la caldaia")
        await expect(message).to_be_in_viewport(timeout=PATIENCE_MS)
        # What came after it stands below, down to the latest.
        await expect(page.get_by_text("dopo 0", exact=True)).to_be_visible()
        latest = page.get_by_role("article").filter(has_text=f"dopo {_AFTER - 1}")
        await expect(latest).to_have_count(0)
        await page.get_by_role("button", name="To the latest messages").click()
        await expect(latest).to_be_in_viewport(timeout=PATIENCE_MS)


async def test_on_a_telephone_the_same(office: Office, browser: Browser) -> None:
    async with homeserver_client(office.stack) as homeserver:
        room = await homeserver.direct_room(ANNA.user_id, BRUNO.user_id)
        await homeserver.rooms_of_meetings.say(room, BRUNO.user_id, "Codice del cancello 4711", "cancello")
    async with web_client(browser, office, ANNA, tone_hz=700, viewport=PHONE) as anna:
        page = anna.page
        await page.goto(f"{office.stack.url}/#/search/cancelli")
        hit = page.get_by_role("link").filter(has_text="Codice del cancello")
        await expect(hit).to_be_visible(timeout=PATIENCE_MS)
        await no_faults(page)
        await hit.click()
        message = page.get_by_role("article").filter(has_text="Codice del cancello")
        await expect(message).to_be_in_viewport(timeout=PATIENCE_MS)
