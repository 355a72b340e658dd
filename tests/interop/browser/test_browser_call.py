"""Calls between the pages of real browsers, by what is clicked, heard and read there."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.browser import PHONE, listener
from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.web_client import WebClient, press_over, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, BRUNO_PHONE_HZ = 600, 900, 1300, 1700
_SECOND = 1000  # milliseconds
#: Microphones that a person, or the machine, refuses.
_NO_MICROPHONE = """
name => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Permission denied", name));
}
"""


def button(client: WebClient, name: str) -> Locator:
    return client.page.get_by_role("button", name=name, exact=True).first


def newest_call(client: WebClient) -> Locator:
    """The first row of the recent calls on the home page."""
    return client.page.get_by_test_id("call-log").get_by_role("listitem").first


async def wait_silent(client: WebClient, hz: int) -> None:
    """Wait until it no longer hears this tone."""
    await client.page.wait_for_function("hz => !unisonoTest.hears(hz)", arg=hz, polling=100)


async def stands_between(caller: WebClient, callee: WebClient, extension: str) -> None:
    """The caller dials, the callee answers, and both are in the call."""
    await caller.dial(extension)
    await expect(callee.incoming).to_be_visible()
    await callee.answer()
    await caller.wait_in_call()


async def test_a_call_is_muted_hung_up_by_the_callee_and_found_in_both_lists(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await stands_between(anna, bruno, BRUNO.extension)
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await button(anna, "Mute microphone").click()
        await wait_silent(bruno, ANNA_HZ)
        await anna.wait_hears(BRUNO_HZ)
        await button(anna, "Unmute microphone").click()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hang_up()
        await anna.wait_no_call()
        for client, peer, direction in ((anna, BRUNO, "outbound"), (bruno, ANNA, "inbound")):
            row = newest_call(client)
            await expect(row).to_contain_text(peer.name)
            await expect(row).to_have_attribute("data-direction", direction)
            await expect(row).to_have_attribute("data-outcome", "answered")


async def test_a_video_call_shows_the_peer(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        row = anna.page.get_by_test_id("colleagues").get_by_text(BRUNO.name)
        await press_over(row, button(anna, f"Video call {BRUNO.name}"))
        await bruno.wait_ringing("Incoming video call")
        await bruno.incoming.get_by_role("button", name="Answer with video").click()
        for client in (anna, bruno):
            picture = client.page.get_by_test_id("remote-video")
            await expect(picture).to_be_visible()
            await client.page.wait_for_function(
                "() => document.querySelector('[data-testid=remote-video]')?.videoWidth > 0"
            )
        await anna.wait_hears(BRUNO_HZ)
        await button(bruno, "Turn camera off").click()
        await expect(anna.page.get_by_test_id("remote-video")).to_have_count(0)
        await bruno.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await bruno.wait_no_call()


async def test_a_declined_call_says_so_on_both_sides(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await bruno.decline()
        await anna.wait_words(f"{BRUNO.name} declined the call")
        await anna.wait_no_call()
        await expect(newest_call(anna)).to_contain_text("Was declined")
        await expect(newest_call(bruno)).to_contain_text("Declined")


async def test_a_call_that_nobody_answers_is_missed(browser: Browser, office: Office) -> None:
    async with (
        listener(browser, tone_hz=ANNA_HZ) as ears,
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ) as bruno,
    ):
        anna = WebClient(ears)
        await anna.page.clock.install()
        await anna.sign_in(office.stack.url, ANNA)
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await expect(anna.page.get_by_test_id("call-bar")).to_contain_text("Ringing")
        await anna.page.clock.fast_forward(61 * _SECOND)
        await anna.wait_words(f"{BRUNO.name} does not answer")
        await bruno.wait_words(f"Missed call from {ANNA.name}")
        await bruno.wait_not_ringing()
        await expect(newest_call(bruno)).to_have_attribute("data-missed", "true")
        await expect(newest_call(anna)).to_contain_text("No answer")
        calls = bruno.page.get_by_role("navigation").get_by_role("link", name="Calls")
        await expect(calls).to_contain_text("missed")
        await calls.click()
        await expect(calls).not_to_contain_text("missed")


async def test_a_second_call_waits_and_is_answered_by_holding_the_first(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
    ) as (anna, bruno, chiara):
        await stands_between(bruno, anna, ANNA.extension)
        await bruno.wait_hears(ANNA_HZ)
        await chiara.dial(ANNA.extension)
        await anna.wait_ringing(CHIARA.name)
        await expect(anna.incoming).to_contain_text("puts the current call on hold")
        await anna.incoming.get_by_role("button", name="Answer", exact=True).click()
        await bruno.wait_words("put the call on hold")
        await wait_silent(bruno, ANNA_HZ)
        await anna.wait_hears(CHIARA_HZ)
        await chiara.wait_hears(ANNA_HZ)
        bars = anna.page.get_by_test_id("call-bar")
        await expect(bars).to_have_count(2)
        await bars.filter(has_text=CHIARA.name).get_by_role("button", name="Hang up").click()
        await chiara.wait_no_call()
        await bars.filter(has_text=BRUNO.name).get_by_role("button", name="Resume").click()
        await bruno.wait_hears(ANNA_HZ)
        await anna.wait_hears(BRUNO_HZ)


async def test_both_layouts_of_a_person_ring_and_one_answers(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_PHONE_HZ, viewport=PHONE),
    ) as (anna, desk, pocket):
        await anna.dial(BRUNO.extension)
        await desk.wait_ringing(ANNA.name)
        await pocket.wait_ringing(ANNA.name)
        # The word is gone again after six seconds: answering may take longer on a busy machine.
        await asyncio.gather(pocket.answer(), desk.wait_words("Answered on another of your devices"))
        await desk.wait_not_ringing()
        await anna.wait_hears(BRUNO_PHONE_HZ)
        await pocket.wait_hears(ANNA_HZ)
        await expect(pocket.page.get_by_test_id("call-stage")).to_be_visible()
        await pocket.hang_up()
        await anna.wait_no_call()


async def test_a_call_leaves_the_focus_alone_and_the_keyboard_answers_it(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        search = bruno.page.get_by_role("combobox")
        await bruno.page.keyboard.press("/")
        await bruno.page.keyboard.type("I was wri")
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await expect(bruno.page.get_by_role("alert").filter(has_text="Incoming call")).to_have_count(1)
        await bruno.page.keyboard.type("ting")
        await expect(search).to_have_value("I was writing")
        await bruno.page.keyboard.press("Control+Enter")
        await bruno.wait_in_call()
        await bruno.page.keyboard.press("Escape")
        await anna.wait_hears(BRUNO_HZ)
        await anna.hang_up()
        await bruno.wait_no_call()


async def test_the_search_calls_a_colleague_by_name(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await anna.page.keyboard.press("/")
        await anna.page.keyboard.type("bianchi")
        await expect(anna.page.get_by_role("row").filter(has_text=BRUNO.name)).to_be_visible()
        await anna.page.keyboard.press("Enter")
        await bruno.wait_ringing(ANNA.name)
        await anna.hang_up()
        await bruno.wait_words(f"Missed call from {ANNA.name}")


async def test_a_call_rings_again_after_a_reload_and_closing_the_page_ends_it(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await bruno.page.reload()
        await bruno.wait_ringing(ANNA.name)
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await anna.page.close()
        await bruno.wait_no_call()


async def test_signing_in_elsewhere_hangs_up_the_call_of_the_page_that_is_left(
    browser: Browser, office: Office
) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await stands_between(anna, bruno, BRUNO.extension)
        await bruno.wait_hears(ANNA_HZ)
        async with listener(browser, tone_hz=ANNA_HZ) as elsewhere:
            await WebClient(elsewhere).sign_in(office.stack.url, ANNA)
        await anna.wait_words("You signed in with")
        # The ordinary end of a conversation is not worth a word; a lost connection is.
        await bruno.wait_no_call()
        await expect(bruno.page.get_by_text("was lost")).to_have_count(0)
        await expect(newest_call(bruno)).to_have_attribute("data-outcome", "answered")


@pytest.mark.parametrize(
    ("error", "words"),
    [("NotAllowedError", "The microphone is blocked"), ("NotFoundError", "No microphone was found")],
)
async def test_a_missing_microphone_is_said(browser: Browser, office: Office, error: str, words: str) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        await anna.page.evaluate(_NO_MICROPHONE, error)
        await anna.dial(BRUNO.extension)
        await anna.wait_words(words)
        await anna.wait_no_call()


async def test_colleagues_see_who_is_on_the_phone(browser: Browser, office: Office) -> None:
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
    ) as (anna, bruno, watcher):
        row = watcher.page.get_by_test_id("colleagues").get_by_role("listitem").filter(has_text=BRUNO.name)
        await expect(row).to_contain_text("Available")
        await stands_between(anna, bruno, BRUNO.extension)
        await expect(row).to_contain_text("On the phone")
        await anna.hang_up()
        await expect(row).to_contain_text("Available")
