"""Meetings by telephone, without one: a page that calls the dial-in, and a page that a meeting calls."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.support.meeting_phones import DIAL_IN, bruno_speaks
from tests.support.office import ANNA, Office
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_HZ, BRUNO_HZ = 700, 1000


async def test_a_page_comes_into_a_meeting_by_its_pin(browser: Browser, house: Office) -> None:
    async with (
        web_client(browser, house, ANNA, tone_hz=PAGE_HZ) as anna,
        house.api(ANNA) as api,
        bruno_speaks(house, BRUNO_HZ) as meeting,
    ):
        await anna.dial(DIAL_IN)
        await anna.wait_in_call()
        await anna.ears.wait_sound()
        await anna.press(meeting.pin + "#")
        telephone = await meeting.telephone(ANNA.name)
        await meeting.bruno_hears(PAGE_HZ)
        await anna.wait_hears(BRUNO_HZ)
        keypad = anna.page.get_by_test_id("sent-tones").locator("..")
        for key in "*6":
            await keypad.get_by_role("button", name=key, exact=True).click()
        (track,) = telephone.track_publications.values()
        await meeting.until(lambda: track.muted, "muted by its own keys")
        await anna.hang_up()
        await meeting.empty()
        call = await api.ended_call()
        assert (call["peer"]["name"], call["peer"]["number"]) == ("Weekly", DIAL_IN)
        assert (call["outcome"], call["answered_on"]) == ("answered", "meeting")
        await anna.page.get_by_role("link", name="Calls").first.click()
        await anna.wait_words("By telephone into a meeting")


async def test_a_page_that_a_meeting_calls_answers_and_is_inside(browser: Browser, house: Office) -> None:
    async with (
        web_client(browser, house, ANNA, tone_hz=PAGE_HZ) as anna,
        bruno_speaks(house, BRUNO_HZ) as meeting,
    ):
        await meeting.call(ANNA.extension)
        await anna.wait_ringing("Bruno Bianchi")
        await anna.answer()
        await meeting.telephone(ANNA.name)
        await meeting.bruno_hears(PAGE_HZ)
        await anna.wait_hears(BRUNO_HZ)
        await anna.hang_up()
        await meeting.empty()
