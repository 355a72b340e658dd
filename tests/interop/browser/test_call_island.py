"""What a page shows of its calls: bars, cards, receipts, records, and that one never hides another."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.web_client import WebClient, press_over, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CARRIER_HZ = 700, 900, 440
TONE = "+390698765402"
TONE_AS_SHOWN = "06 9876 5402"
LENGTH = re.compile(r"\d+:\d\d")

#: The buttons within an element that a press would not reach, by name.
_COVERED = """place => [...place.querySelectorAll('button')].filter((button) => {
  const { x, y, width, height } = button.getBoundingClientRect();
  return !button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}).map((button) => button.getAttribute('aria-label') ?? button.textContent)"""


async def none_covered(place: Locator) -> None:
    """A press reaches each button within `place`."""
    assert await place.evaluate(_COVERED) == []


async def length_in(place: Locator) -> str:
    """The one duration that is written there."""
    await expect(place).to_have_text(LENGTH)
    found: list[str] = LENGTH.findall(await place.inner_text())
    return found[-1]


async def go(client: WebClient, section: str) -> None:
    await client.page.get_by_role("navigation").get_by_role("link", name=section).first.click()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_what_rings_covers_no_control_of_the_call_that_stands(
    browser: Browser, office: Office, viewport: dict[str, int]
) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ, viewport=viewport) as anna:
        await anna.dial(TONE)
        await anna.wait_in_call()
        if viewport is PHONE:
            await none_covered(anna.page.get_by_test_id("call-stage"))
            await anna.page.keyboard.press("Escape")
        else:
            await anna.page.get_by_role("button", name="Keypad", exact=True).click()
        call_id = await office.carrier.call_in(ANNA.number)
        await expect(anna.incoming).to_be_visible()
        await none_covered(anna.page.get_by_test_id("call-bar"))
        await none_covered(anna.incoming)
        await no_faults(anna.page)
        if viewport is DESKTOP:
            await none_covered(anna.page.get_by_test_id("call-panel"))
            await anna.page.keyboard.press("Escape")
            await expect(anna.page.get_by_test_id("call-panel")).to_have_count(0)
        await (
            anna.page.get_by_test_id("call-bar")
            .get_by_role("button", name="Show call at full size", exact=True)
            .click()
        )
        await expect(anna.page.get_by_test_id("call-stage")).to_be_visible()
        await none_covered(anna.page.get_by_test_id("call-stage"))
        await none_covered(anna.incoming)
        await office.carrier.hang_up(call_id)
        await anna.wait_not_ringing()
        await anna.hang_up()
        await anna.wait_no_call()


async def test_the_other_hangs_up_and_one_length_is_told_everywhere(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await expect(anna.page.get_by_test_id("call-log").get_by_role("listitem").first).to_contain_text(
            "Ringing"
        )
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.hang_up()
        receipt = anna.page.get_by_test_id("call-receipt")
        await expect(receipt).to_contain_text(f"{BRUNO.name} hung up")
        # It stays while one is at it.
        await receipt.get_by_role("button", name="Call back").focus()
        await no_faults(anna.page)
        row = anna.page.get_by_test_id("call-log").get_by_role("listitem").first
        await expect(row).to_have_attribute("data-outcome", "answered")
        length = await length_in(row)
        await expect(receipt).to_contain_text(length)
        await receipt.get_by_role("button", name="Call back").click()
        await bruno.wait_ringing(ANNA.name)
        await expect(receipt).to_have_count(0)
        await bruno.decline()
        await anna.wait_no_call()
        await go(anna, "Chat")
        await anna.page.get_by_role("listitem").filter(has_text=BRUNO.name).first.click()
        told = anna.page.get_by_text(re.compile("^You called · "))
        await expect(told.last).to_have_text(f"You called · {length}")


async def test_a_receipt_goes_by_itself(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        await anna.dial(TONE)
        await anna.wait_in_call()
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered" and call["to"] == TONE)
        await office.carrier.hang_up(call["id"])
        receipt = anna.page.get_by_test_id("call-receipt")
        await expect(receipt).to_contain_text(f"{TONE_AS_SHOWN} hung up")
        await expect(receipt).to_have_count(0)


async def test_a_number_is_written_one_way_wherever_it_stands(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        page = anna.page
        shown = page.locator("body")
        await anna.dial(TONE)
        await anna.wait_in_call()
        await expect(page.get_by_test_id("call-bar")).to_contain_text(TONE_AS_SHOWN)
        await anna.hang_up()
        await anna.wait_no_call()
        await go(anna, "Calls")
        await expect(page.get_by_test_id("call-log")).to_contain_text(TONE_AS_SHOWN)
        await expect(shown).not_to_contain_text("+39")
        await go(anna, "Chat")
        room = page.get_by_role("listitem").filter(has_text=TONE_AS_SHOWN).first
        await room.click()
        await expect(page.get_by_role("heading", name=TONE_AS_SHOWN)).to_be_visible()
        await expect(shown).not_to_contain_text("+39")
        await page.get_by_role("button", name=ANNA.name).first.click()
        menu = page.get_by_role("menu")
        await expect(menu).to_contain_text(ANNA.extension)
        await expect(menu).not_to_contain_text("+39")
        await menu.get_by_role("menuitem", name="Settings").click()
        await expect(page.get_by_text(ANNA.email).first).to_be_visible()
        await expect(shown).not_to_contain_text("+39")


async def test_the_card_of_a_contact_shows_calls_as_they_happen(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await go(bruno, "Contacts")
        await bruno.page.get_by_test_id("entries").get_by_text(ANNA.name).click()
        card = bruno.page.get_by_test_id("contact-card")
        newest = card.get_by_role("listitem").first
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await expect(newest).to_contain_text("Ringing")
        await expect(newest.get_by_role("img", name="Audio")).to_be_visible()
        await bruno.answer()
        await expect(newest).to_contain_text("In progress")
        await bruno.hang_up()
        await expect(newest).not_to_contain_text("In progress")
        await expect(newest).to_contain_text(re.compile(r"Received.*Today.*· \d:\d\d", re.DOTALL))
        await no_faults(bruno.page)


async def test_who_calls_is_on_the_phone_and_who_is_called_once_they_speak(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        web_client(browser, office, CHIARA, tone_hz=BRUNO_HZ),
    ) as (anna, bruno, watcher):
        rows = watcher.page.get_by_test_id("colleagues").get_by_role("listitem")
        row, called = rows.filter(has_text=ANNA.name), rows.filter(has_text=BRUNO.name)
        await expect(row).to_contain_text("Available")
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await expect(anna.page.get_by_test_id("call-log").get_by_role("listitem").first).to_contain_text(
            "Ringing"
        )
        await expect(row).to_contain_text("On the phone")
        await expect(called).to_contain_text("Phone ringing")
        await bruno.answer()
        await expect(called).to_contain_text("On the phone")
        await anna.hang_up()
        await expect(row).to_contain_text("Available")


async def test_off_is_red_and_on_is_quiet_and_the_title_stands_beside_the_picture(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ, small_camera=True),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ, small_camera=True),
    ) as (anna, bruno):
        call = anna.page.get_by_role("button", name=f"Video call {BRUNO.name}").first
        await press_over(anna.page.get_by_test_id("colleagues").get_by_text(BRUNO.name), call)
        await bruno.wait_ringing("Incoming video call")
        await bruno.incoming.get_by_role("button", name="Answer with video").click()
        picture = anna.page.get_by_test_id("remote-video")
        await expect(picture).to_be_visible()
        stage = anna.page.get_by_test_id("call-stage")
        for off, on in (
            ("Mute microphone", "Unmute microphone"),
            ("Turn camera off", "Turn camera on"),
        ):
            quiet = stage.get_by_role("button", name=off, exact=True)
            await expect(quiet).to_have_attribute("data-kind", "plain")
            await quiet.click()
            red = stage.get_by_role("button", name=on, exact=True)
            await expect(red).to_have_attribute("data-kind", "off")
            await expect(red).not_to_have_attribute("aria-pressed", re.compile("."))
        title, shown = await stage.get_by_text(BRUNO.name).bounding_box(), await picture.bounding_box()
        assert title is not None
        assert shown is not None
        assert title["y"] + title["height"] <= shown["y"]
        await no_faults(anna.page)
        await anna.hang_up()
        await bruno.wait_no_call()
