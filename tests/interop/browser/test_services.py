"""Services as a person sets them on the page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Api, Office
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ = 700, 1400
ALWAYS = "Always"

NOTHING_SET = {
    **{
        situation: {"on": False, "target": None}
        for situation in ("always", "busy", "no_answer", "unreachable")
    },
    "do_not_disturb": False,
    "rings": {"desk_phone": True, "clients": True},
}


@pytest_asyncio.fixture(loop_scope="session")
async def api(office: Office) -> AsyncIterator[Api]:
    """Anna on another device; what she has set is gone afterwards."""
    async with office.api(ANNA) as api:
        await put(api, NOTHING_SET)
        yield api
        await put(api, NOTHING_SET)


async def put(api: Api, change: object) -> None:
    status, answer = await api.ask("PATCH", "/services", change)
    assert status == 200, answer


async def open_services(page: Page) -> Locator:
    """The page of services; what it says of a call now."""
    await page.evaluate("location.hash = '#/settings/services'")
    summary = page.get_by_test_id("where-i-ring")
    await expect(summary).to_be_visible()
    return summary


def switch(page: Page, name: str) -> Locator:
    return page.get_by_role("switch", name=name, exact=True)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_what_is_changed_elsewhere_is_seen_at_once(
    browser: Browser, office: Office, viewport: dict[str, int]
) -> None:
    async with (
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ, viewport=viewport) as bruno,
        office.api(BRUNO, layout="desktop" if viewport is PHONE else "phone") as elsewhere,
    ):
        summary = await open_services(bruno.page)
        await no_faults(bruno.page)
        to_chiara = {"on": True, "target": {"kind": "number", "number": CHIARA.extension}}
        await put(elsewhere, {"busy": to_chiara, "do_not_disturb": True})
        await expect(switch(bruno.page, "Do not disturb")).to_be_checked()
        await expect(summary).to_contain_text(f"Do not disturb is on: calls go straight to {CHIARA.name}")
        await no_faults(bruno.page)
        await put(elsewhere, NOTHING_SET)
        await expect(summary).to_contain_text("Calls ring here.")


async def test_a_target_that_is_refused_is_said_and_changes_nothing(
    browser: Browser, office: Office, api: Api
) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        summary = await open_services(anna.page)
        await switch(anna.page, ALWAYS).click()
        dialog = anna.page.get_by_role("dialog")
        await dialog.get_by_role("searchbox").fill(ANNA.number)
        await dialog.get_by_role("button", name="Forward here").click()
        await expect(dialog.get_by_text("This is your own number.")).to_be_visible()
        await no_faults(anna.page)
        await dialog.get_by_role("button", name="Close").click()
        await expect(switch(anna.page, ALWAYS)).not_to_be_checked()
        await expect(summary).to_contain_text("Calls ring here.")
