"""What can be done with a call on a page: by pointer, by thumb and by keyboard, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.web_client import together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, PHONE_HZ, CARRIER_HZ = 700, 900, 1400, 440
TONE = "+390698765402"
TONE_AS_SHOWN = "06 9876 5402"
#: What a thumb needs, in CSS pixels.
THUMB = 44

_OUT_OF_REACH = """(place, least) => [...place.querySelectorAll('button, input')].filter((button) => {
  const { width, height, left, right } = (button.closest('label') ?? button).getBoundingClientRect();
  if (left < 0 || right > innerWidth) return true;
  return width < least || height < least - 4 * (button.tagName === 'INPUT');
}).map((button) => button.getAttribute('aria-label') ?? button.textContent)"""


#: Whether nothing is drawn over it. While a menu is open all else is out of the pointer's reach.
_IS_ON_TOP = """(item) => {
  const { left, top, width, height } = item.getBoundingClientRect();
  const before = document.body.style.pointerEvents;
  document.body.style.pointerEvents = 'auto';
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  document.body.style.pointerEvents = before;
  return item.contains(there);
}"""


def named(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


async def fits_thumbs(place: Locator) -> None:
    """No button within `place` is smaller than what a thumb needs, or beyond the edge of the screen."""
    await expect(place).to_be_visible()
    assert await place.evaluate(_OUT_OF_REACH, THUMB) == []


async def test_everything_fits_a_thumb(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ, viewport=PHONE) as anna:
        page = anna.page
        await anna.dial(TONE)
        await anna.wait_in_call()
        stage = page.get_by_test_id("call-stage")
        await fits_thumbs(stage)
        await no_faults(page)
        for opened in ("Transfer", "Add somebody", "Keypad"):
            await named(stage, opened).click()
            await fits_thumbs(page.get_by_test_id("call-panel"))
            await no_faults(page)
            await named(stage, "Close").click()
        # What is refused is said over the call, and covers none of its controls.
        await office.wait_offline(CHIARA)
        await named(stage, "Transfer").click()
        row = stage.get_by_role("listitem").filter(has_text=CHIARA.name)
        await row.get_by_role("button", name="Transfer").click()
        await anna.wait_words("Nobody answered: the call has stayed with you.")
        await fits_thumbs(stage)
        await named(stage, "Mute microphone").click()
        await expect(page.get_by_role("button", name="Dismiss")).to_have_count(0)  # by itself, after a while
        await named(stage, "Close").click()
        await named(stage, "More").click()
        assert await page.get_by_role("menuitem", name="Park").evaluate(_IS_ON_TOP)
        # It has the stage's colours, and nothing that has a button there.
        await expect(page.get_by_role("menu")).to_contain_class("cpd-theme-dark")
        await expect(page.get_by_role("menuitem", name="Add somebody")).to_have_count(0)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menu")).to_have_count(0)
        call_id = await office.carrier.call_in(ANNA.number)
        await fits_thumbs(anna.incoming)
        await named(stage, "Back to the page").click()
        await fits_thumbs(page.get_by_test_id("call-bar"))
        await no_faults(page)
        await office.carrier.hang_up(call_id)
        await anna.wait_not_ringing()
        await anna.hang_up()
        await fits_thumbs(page.get_by_test_id("call-receipt"))


async def test_a_transfer_is_announced_and_given_up_by_keyboard(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        page = anna.page
        await anna.dial(TONE)
        await anna.wait_hears(CARRIER_HZ)
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered" and call["to"] == TONE)
        bar = page.get_by_test_id("call-bar")
        await named(bar, "Transfer").focus()
        await page.keyboard.press("Enter")
        panel = page.get_by_role("region", name=f"Transfer {TONE_AS_SHOWN} to…")
        await expect(panel.get_by_role("searchbox")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(panel).to_have_count(0)
        await expect(named(bar, "Transfer")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.type("bian")
        row = panel.get_by_role("listitem").filter(has_text=BRUNO.name)
        await expect(panel.get_by_role("listitem")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(row.get_by_role("button", name="Talk first")).to_be_focused()
        await no_faults(page)
        await page.keyboard.press("Enter")
        await bruno.wait_ringing(ANNA.name)
        await expect(panel).to_have_count(0)
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await anna.wait_hears(BRUNO_HZ)
        await page.wait_for_function("hz => !unisonoTest.hears(hz)", arg=CARRIER_HZ, polling=100)
        consult = page.get_by_test_id("consult")
        await expect(consult).to_contain_text(f"{TONE_AS_SHOWN} is waiting to be transferred.")
        await expect(named(consult, f"Put {TONE_AS_SHOWN} through to {BRUNO.name}")).to_be_enabled()
        await no_faults(page)
        await named(consult, f"Back to {TONE_AS_SHOWN}").focus()
        await page.keyboard.press("Enter")
        await bruno.wait_no_call()
        await expect(consult).to_have_count(0)
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call["id"], ANNA_HZ)
        await anna.hang_up()
        await anna.wait_no_call()


async def test_a_call_on_the_desk_phone_is_shown_held_and_ended_on_the_page(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
    ):
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await phone.wait_ringing()
        await phone.answer()
        await phone.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, PHONE_HZ)
        bar = anna.page.get_by_test_id("elsewhere-bar")
        await expect(bar).to_contain_text("06 9876 5432")
        await expect(bar).to_contain_text("On your desk phone")
        await expect(named(bar, "Continue here")).to_be_enabled()
        await named(bar, "Put the call with 06 9876 5432 on hold").click()
        await expect(bar).to_contain_text("On hold")
        await office.carrier.wait_call(
            lambda call: call["id"] == call_id and abs((call["heard"]["tone_hz"] or 0) - PHONE_HZ) > 5
        )
        await no_faults(anna.page)
        await named(bar, "Resume the call with 06 9876 5432").click()
        await expect(bar).not_to_contain_text("On hold")
        await office.carrier.wait_hears(call_id, PHONE_HZ)
        await phone.wait_hears(CARRIER_HZ)
        await named(bar, "Hang up the call with 06 9876 5432").click()
        await phone.wait_closed()
        await expect(bar).to_have_count(0)
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")


async def test_the_quality_of_a_call_is_told_by_bars_and_words(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        await anna.dial(TONE)
        await anna.wait_in_call()
        bar = anna.page.get_by_test_id("call-bar")
        await expect(bar.get_by_role("img", name="Good connection")).to_be_visible()
        await no_faults(anna.page)
        await anna.hang_up()
        await anna.wait_no_call()


async def test_two_calls_on_a_telephone_are_switched_by_one_press(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ, viewport=PHONE),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        stage = anna.page.get_by_test_id("call-stage")
        await anna.dial(TONE)
        await anna.wait_hears(CARRIER_HZ)
        await bruno.dial(ANNA.extension)
        await anna.wait_ringing(BRUNO.name)
        await anna.incoming.get_by_role("button", name="Answer", exact=True).click()
        await anna.wait_hears(BRUNO_HZ)
        await expect(anna.page.get_by_role("region", name=f"Call with {BRUNO.name}")).to_be_focused()
        await fits_thumbs(stage)
        await no_faults(anna.page)
        await stage.get_by_role("button", name=f"Switch to {TONE_AS_SHOWN}").click()
        await anna.wait_hears(CARRIER_HZ)
        await bruno.wait_words("put the call on hold")
        await expect(stage).to_contain_text(TONE_AS_SHOWN)
        await named(stage, "Hang up").click()
        await named(anna.page.get_by_test_id("call-bar"), "Resume").click()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hang_up()
        await anna.wait_no_call()
