"""Phonebooks and administration, as people use them in real browsers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.axe import no_faults
from tests.support.baresip import Baresip, Line
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Api, Office
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_HZ, CARRIER_HZ = 700, 440
#: A number of the demo's carrier that answers with a tone.
SHOP = "+390698765402"
EXTENSION = "273"

CONTACTS = """Name,Organisation,Phone,E-mail
Ferramenta Sala,Sala Snc,06 9876 5402,info@sala.example
,,call me,
Nicolò Neri,,333 123 4567,nicolo@neri.example
"""


async def forget_contacts(api: Api) -> None:
    """Leave nothing that another test would take for a caller's name."""
    _, page = await api.ask("GET", "/contacts?tab=personal&limit=200")
    for entry in page["entries"]:
        status, _ = await api.ask("DELETE", f"/contacts/{entry['contact']['id']}")
        assert status == 204


async def import_contacts(page: Page, folder: Path) -> None:
    """Through the dialog of the phonebook page, which names what is wrong on which line."""
    file = folder / "contacts.csv"
    file.write_text(CONTACTS, "utf-8")
    await page.get_by_role("link", name="Phonebook").click()
    await page.get_by_role("button", name="Import and export").click()
    await page.get_by_role("menuitem", name="Import from a file").click()
    await page.get_by_label("Choose a file").set_input_files(file)
    faults = page.get_by_test_id("import-faults").get_by_role("listitem")
    await expect(faults).to_have_count(1)
    await expect(faults).to_contain_text("Line 3")
    await expect(faults).to_contain_text("call me")
    await page.get_by_role("button", name="Import 2 contacts").click()
    await expect(page.get_by_text("2 contacts were imported.")).to_be_visible()


async def test_imported_contacts_are_found_called_and_recognised(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, CHIARA, tone_hz=PAGE_HZ) as chiara,
        office.api(CHIARA) as api,
    ):
        page = chiara.page
        try:
            await import_contacts(page, tmp_path)
            entries = page.get_by_test_id("entries").get_by_role("listitem")
            await expect(entries).to_have_count(2)
            await no_faults(page)

            search = page.get_by_role("combobox")
            await search.fill("ferram")
            row = page.get_by_role("row", name=re.compile("Ferramenta Sala"))
            await expect(row).to_be_visible()
            await search.press("Enter")
            await chiara.wait_in_call()
            await expect(page.get_by_test_id("call-bar")).to_contain_text("Ferramenta Sala")
            await chiara.wait_hears(CARRIER_HZ)
            await chiara.hang_up()
            await chiara.wait_no_call()

            call_id = await office.carrier.call_in(CHIARA.number, caller=SHOP)
            await chiara.wait_ringing("Ferramenta Sala")
            await chiara.decline()
            await chiara.wait_no_call()
            await office.carrier.wait_call(lambda call: call["id"] == call_id)

            await page.get_by_role("link", name="Contacts", exact=True).click()
            await page.get_by_label("Search all contacts").fill("nicolo neri")
            await expect(entries).to_have_count(1)
            await page.get_by_label("Search all contacts").fill("9876 5402")
            await entries.get_by_text("Ferramenta Sala").click()
            card = page.get_by_test_id("contact-card")
            await expect(card.get_by_text("Made")).to_be_visible()
            await expect(card.get_by_text("Received")).to_be_visible()
            await no_faults(page)
        finally:
            await forget_contacts(api)


async def test_a_contact_is_written_starred_deleted_and_brought_back(
    browser: Browser, office: Office
) -> None:
    async with (
        web_client(browser, office, CHIARA, tone_hz=PAGE_HZ, viewport=PHONE) as chiara,
        office.api(CHIARA, layout="desktop") as api,
    ):
        page = chiara.page
        try:
            await page.get_by_role("link", name="Contacts", exact=True).click()
            await page.get_by_role("button", name="Personal", exact=True).click()
            await page.get_by_role("button", name="Add", exact=True).click()
            await page.get_by_label("Name", exact=True).fill("Zia Ada")
            await page.get_by_label("Telephone number 1").fill("nonsense")
            await page.get_by_role("button", name="Save").click()
            await chiara.wait_words("One of the numbers is not a telephone number.")
            await page.get_by_label("Telephone number 1").fill("06 9876 5402")
            await page.get_by_role("button", name="Save").click()
            await page.get_by_role("button", name="Make Zia Ada a favourite").click()
            await page.get_by_role("link", name="Favourites").click()
            favourite = page.get_by_test_id("entries").get_by_text("Zia Ada")
            await favourite.click()
            await page.get_by_role("button", name="Delete Zia Ada").click()
            await expect(favourite).to_have_count(0)
            await page.get_by_role("button", name="Undo").click()
            await expect(favourite).to_be_visible()
            await no_faults(page)
        finally:
            await forget_contacts(api)


async def test_a_colleague_on_the_home_page_is_reached_by_the_keyboard(
    browser: Browser, office: Office
) -> None:
    async with web_client(browser, office, CHIARA, tone_hz=PAGE_HZ) as chiara:
        page = chiara.page
        await page.get_by_role("link", name="All contacts").focus()
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        await expect(focused).to_have_accessible_name(re.compile("^Call "))
        await expect(focused).to_be_in_viewport()
        await no_faults(page)


async def test_an_administrator_gives_an_extension_and_its_phone_registers(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna,
    ):
        page = anna.page
        await page.get_by_role("link", name="Admin").click()
        await page.get_by_test_id("admin-people").get_by_role("button", name=CHIARA.name).click()
        field = page.get_by_label("New extension")
        await field.fill(BRUNO.extension)
        await page.get_by_role("button", name="Add extension").click()
        await anna.wait_words("Somebody has this extension already.")
        await field.fill(EXTENSION)
        await page.get_by_role("button", name="Add extension").click()
        secret = page.get_by_test_id("sip-password")
        await expect(secret).to_be_visible()
        await no_faults(page)
        password = await secret.inner_text()
        await page.get_by_role("button", name="Done").click()
        await expect(secret).to_have_count(0)
        assert password not in await page.content()

        line = Line(EXTENSION, password, office.registrar)
        async with Baresip(tmp_path / "phone", line, tone_hz=PAGE_HZ) as phone:
            await phone.wait_registered()

        await page.get_by_role("button", name=f"Remove {EXTENSION}").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        await expect(page.get_by_role("button", name=f"Remove {EXTENSION}")).to_have_count(0)
        await page.get_by_role("button", name="Activity").click()
        newest = page.get_by_test_id("audit").get_by_role("listitem").first
        await expect(newest).to_contain_text("Extension removed")
        await expect(newest).to_contain_text(EXTENSION)


async def test_what_a_provider_asks_for_stands_under_its_heading(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna:
        await anna.page.goto(f"{office.stack.url}/#/administration/lines")
        await anna.page.get_by_role("button", name="Add a line").click()
        heading = anna.page.get_by_text("More, as the provider's sheet says")
        await heading.click()
        above = await heading.bounding_box()
        below = await anna.page.get_by_label("Outbound proxy").bounding_box()
        assert above is not None and below is not None
        assert above["y"] + above["height"] <= below["y"]
        assert abs(above["x"] - below["x"]) < 3
        await no_faults(anna.page)


async def test_a_member_does_not_see_the_administration(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, BRUNO, tone_hz=PAGE_HZ) as bruno:
        page = bruno.page
        await expect(page.get_by_role("link", name="Settings")).to_be_visible()
        await expect(page.get_by_role("link", name="Admin")).to_have_count(0)
        await page.goto(f"{office.stack.url}/#/administration/people")
        await bruno.wait_words("Only administrators see this page.")
        await expect(page.get_by_test_id("admin-people")).to_have_count(0)
    async with office.api(BRUNO) as api:
        status, body = await api.ask("GET", "/admin/people")
        assert (status, body["error"]["code"]) == (403, "administrators_only")


async def test_a_colleague_with_a_desk_phone_only_is_seen_from_ringing_to_do_not_disturb(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, CHIARA, tone_hz=PAGE_HZ) as chiara,
        office.api(BRUNO) as bruno_api,
        office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
    ):
        page = chiara.page
        await page.get_by_role("link", name="Contacts", exact=True).click()
        row = page.get_by_role("main").locator("li[data-availability]").filter(has_text=BRUNO.name)
        await expect(row).to_have_attribute("data-availability", "offline")
        async with office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno:
            await expect(row).to_contain_text("Available")
            await anna.dial(BRUNO.extension)
            await bruno.wait_ringing()
            await expect(row).to_contain_text("Phone ringing")
            await bruno.answer()
            await expect(row).to_contain_text("On the phone")
            await no_faults(page)
            await bruno.hang_up()
            await expect(row).to_contain_text("Available")
            await bruno_api.ask("PATCH", "/services", {"do_not_disturb": True})
            try:
                await expect(row).to_contain_text("Do not disturb")
                if folder := os.environ.get("UNISONO_LOOK"):
                    await page.screenshot(path=f"{folder}/presence.png")
            finally:
                await bruno_api.ask("PATCH", "/services", {"do_not_disturb": False})
            await expect(row).to_contain_text("Available")
        await expect(row).to_have_attribute("data-availability", "offline")
