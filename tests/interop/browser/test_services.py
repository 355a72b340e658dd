"""Services as a person sets them on the page, checked by which telephone rings and what is heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Api, Colleague, Office
from tests.support.web_client import WebClient, house_takes, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, CARRIER_HZ = 700, 1400, 1000, 440
OUTSIDE_AS_SHOWN = "06 9876 5432"
#: A number of the carrier that answers with a tone.
MOBILE, MOBILE_AS_SHOWN = "+390698765402", "06 9876 5402"
ALWAYS, NO_ANSWER, OUTSIDE_HOURS = "Always", "When you do not answer", "Outside my hours"
DO_NOT_DISTURB = "Do not disturb"

NOTHING_SET = {
    **{
        situation: {"on": False, "target": None}
        for situation in ("always", "outside_hours", "busy", "no_answer", "unreachable")
    },
    "do_not_disturb": False,
    "hours": [],
    "quiet": {"on": False, "times": []},
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


async def forward(page: Page, situation: str, to: Colleague) -> None:
    """Switch a situation on that has no target, and choose one in the search that opens."""
    await switch(page, situation).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("searchbox").fill(to.name)
    row = dialog.get_by_role("listitem").filter(has_text=to.name)
    await row.get_by_role("button", name="Forward here").click()
    await expect(dialog).to_have_count(0)
    await expect(switch(page, situation)).to_be_checked()


async def home(page: Page) -> Locator:
    """The home page, and the line that tells there of rules that keep it from ringing."""
    await page.evaluate("location.hash = '#/'")
    return page.get_by_test_id("services-line")


async def test_a_forward_set_on_the_page_leads_calls_to_another_phone_until_it_is_switched_off(
    browser: Browser, office: Office, api: Api, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        summary = await open_services(anna.page)
        await expect(summary).to_contain_text("Calls ring here.")
        await forward(anna.page, ALWAYS, BRUNO)
        await expect(summary).to_contain_text(f"Calls go straight to {BRUNO.name}")
        line = await home(anna.page)
        await expect(line).to_contain_text(f"Your calls go to {BRUNO.name}")
        await anna.watch_ringing()
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        assert not await anna.rang()
        await bruno.hang_up()
        await line.get_by_role("button", name="Switch off").click()
        await expect(line).to_have_count(0)
        await anna.wait_words("Your phone rings as usual again.")
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await anna.wait_ringing(OUTSIDE_AS_SHOWN)
        await anna.answer()
        await anna.wait_hears(CARRIER_HZ)
        await anna.hang_up()
        await anna.wait_no_call()


async def test_a_call_that_is_not_answered_goes_on_after_the_seconds_that_were_chosen(
    browser: Browser, office: Office, api: Api, tmp_path: Path
) -> None:
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
        ) as (anna, chiara),
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        summary = await open_services(anna.page)
        await forward(anna.page, NO_ANSWER, BRUNO)
        async with house_takes(anna.page, "/services"):
            await anna.page.get_by_label("After", exact=True).select_option("10 seconds")
        await expect(summary).to_contain_text(f"after 10 seconds they go to {BRUNO.name}")
        await chiara.dial(ANNA.extension)
        await anna.wait_ringing(CHIARA.name)
        await bruno.wait_ringing()
        await anna.wait_not_ringing()
        await bruno.answer()
        await bruno.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(BRUNO_HZ)
        await chiara.hang_up()
        await chiara.wait_no_call()


async def test_outside_ones_hours_calls_go_to_another_phone_until_they_are_other_hours(
    browser: Browser, office: Office, api: Api, tmp_path: Path
) -> None:
    today = datetime.now(ZoneInfo("Europe/Rome"))
    other_day = {"day": (today.weekday() + 3) % 7, "opens": "09:00", "closes": "18:00"}
    await put(api, {"hours": [other_day]})
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        page = anna.page
        summary = await open_services(page)
        await forward(page, OUTSIDE_HOURS, BRUNO)
        await expect(summary).to_contain_text("It is outside your hours (until ")
        await expect(summary).to_contain_text(f"calls go straight to {BRUNO.name}")
        await no_faults(page)
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await bruno.hang_up()
        # The whole of today is one of them.
        await page.get_by_role("button", name="Change my hours").click()
        dialog = page.get_by_role("dialog")
        await no_faults(page)
        row = dialog.get_by_role("group", name=f"{today:%A}", exact=True)
        await row.get_by_role("button", name=f"{today:%A}: add a time").click()
        for side in ("opens", "closes"):
            await row.get_by_label(f"{today:%A}: {side}, time 1").fill("00:00")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_have_count(0)
        await expect(summary).to_contain_text("Calls ring here.")
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await anna.wait_ringing(OUTSIDE_AS_SHOWN)
        await anna.answer()
        await anna.wait_hears(CARRIER_HZ)
        await anna.hang_up()
        await anna.wait_no_call()
        await switch(page, DO_NOT_DISTURB).click()
        await page.get_by_label("Ends", exact=True).select_option("at …")
        await page.get_by_label("Ends at this time").fill("23:59")
        await page.keyboard.press("Enter")
        await expect(summary).to_contain_text("Do not disturb is on (until 23:59)")


async def test_nothing_rings_while_nobody_is_to_be_disturbed(
    browser: Browser, office: Office, api: Api
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
    ) as (anna, chiara):
        await press_do_not_disturb(anna)
        line = await home(anna.page)
        await expect(line).to_contain_text("Do not disturb")
        await anna.watch_ringing()
        await chiara.dial(ANNA.extension)
        await chiara.wait_words(f"{ANNA.name} is busy")
        await chiara.wait_no_call()
        assert not await anna.rang()
        await press_do_not_disturb(anna)
        await expect(line).to_have_count(0)
        await chiara.dial(ANNA.extension)
        await anna.wait_ringing(CHIARA.name)
        await anna.decline()
        await chiara.wait_no_call()


async def press_do_not_disturb(client: WebClient) -> None:
    """In the menu behind one's own name."""
    await client.page.get_by_role("button", name="presence and settings").click()
    async with house_takes(client.page, "/services"):
        await client.page.get_by_role("menuitemcheckbox", name="Do not disturb").click()
    await client.page.keyboard.press("Escape")


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


async def test_a_code_that_is_dialled_at_the_desk_phone_moves_the_switch(
    browser: Browser, office: Office, api: Api, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(ANNA, tmp_path, tone_hz=BRUNO_HZ) as phone,
    ):
        summary = await open_services(anna.page)
        await expect(summary).to_contain_text("Calls ring here and on your desk phone.")
        await phone.dial(f"*21*{CHIARA.extension}")
        await expect(switch(anna.page, ALWAYS)).to_be_checked()
        await expect(summary).to_contain_text(f"Calls go straight to {CHIARA.name}")
        await phone.wait_closed()


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


async def test_a_mobile_phone_that_is_added_on_the_page_rings_beside_it(
    browser: Browser, office: Office, api: Api
) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        page = anna.page
        summary = await open_services(page)
        await page.get_by_role("button", name="Add my mobile phone").click()
        dialog = page.get_by_role("dialog")
        number = dialog.get_by_role("searchbox")
        await number.fill("203")
        await dialog.get_by_role("button", name="Let it ring").click()
        await expect(dialog.get_by_text("has to be a telephone number outside")).to_be_visible()
        await number.fill(MOBILE)
        await no_faults(page)
        await dialog.get_by_role("button", name="Let it ring").click()
        await expect(dialog).to_have_count(0)
        await expect(summary).to_contain_text(f"{MOBILE_AS_SHOWN} rings, too.")
        await page.get_by_label(f"{MOBILE_AS_SHOWN}: when it rings").select_option(
            label="Rings after 5 seconds"
        )
        await expect(summary).to_contain_text("after 5 seconds")
        await page.get_by_label(f"{MOBILE_AS_SHOWN}: at which hours").select_option(label="At certain hours")
        await expect(page.get_by_role("button", name="Saturday")).to_have_attribute("aria-pressed", "false")
        await expect(summary).to_contain_text("in its hours")
        await no_faults(page)
        await page.get_by_label(f"{MOBILE_AS_SHOWN}: at which hours").select_option(label="At any time")
        await expect(summary).not_to_contain_text("in its hours")
        # She tries it: the page rings, then the mobile phone, and she answers here.
        await page.get_by_role("button", name="Ring me now").click()
        rung = page.get_by_role("list", name="Ring me now").get_by_role("listitem")
        here, there = rung.filter(has_text="Browsers and apps"), rung.filter(has_text=MOBILE_AS_SHOWN)
        await expect(here).to_contain_text("Rings")
        await expect(there).to_contain_text("waits for key 1")
        await no_faults(page)
        await anna.answer()
        await expect(here).to_contain_text("Answered")
        await expect(there).to_contain_text("Rings no more")
        await anna.wait_no_call()
        assert (await api.ask("DELETE", f"/services/mobiles/{MOBILE.replace('+', '%2B')}"))[0] == 200
        await expect(summary).not_to_contain_text(MOBILE_AS_SHOWN)
