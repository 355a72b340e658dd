"""The settings page "Audio and video" in a real browser: every device can be chosen and tried there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import CHIARA, Office
from tests.support.web_client import WebClient, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

VOICE_HZ = 440
_SLOW = 60_000  # milliseconds
#: Remembers the tracks that the page has opened, and refuses the kinds that a test names.
WATCH = """
() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.opened = [];
  window.refused = {};
  window.wishes = [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    wishes.push(wanted);
    const kind = wanted.video ? 'camera' : 'microphone';
    if (refused[kind]) throw new DOMException('as the test wants it', refused[kind]);
    const stream = await open(wanted);
    opened.push(...stream.getTracks());
    return stream;
  };
}
"""
#: Nothing is open any more. (A function: the page's policy forbids expressions that are tried again.)
DARK = "() => !opened.some((track) => track.readyState === 'live')"
#: The preview on the page has moved on by some frames.
FRAMES = """() => document.querySelector('[data-testid=camera-preview]')
  ?.getVideoPlaybackQuality().totalVideoFrames > 5"""
#: The meter is past its middle.
LOUD = "() => Number(document.querySelector('[role=meter]')?.getAttribute('aria-valuenow')) >= 50"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chiara(browser: Browser, office: Office) -> AsyncIterator[WebClient]:
    """Chiara's settings, once for all tests here."""
    async with web_client(browser, office, CHIARA, tone_hz=VOICE_HZ) as chiara:
        await chiara.page.evaluate(WATCH)
        await chiara.page.evaluate("location.hash = '/settings/devices'")
        await expect(chiara.page.get_by_role("heading", name="Audio and video")).to_be_visible(timeout=_SLOW)
        yield chiara


async def devices_in(select: Locator) -> list[str]:
    """What there is to choose, once the browser has told: the first is its own choice."""
    await expect(select.locator("option").nth(1)).to_be_attached()
    return await select.locator("option").all_inner_texts()


@pytest.fixture
def page(chiara: WebClient) -> Page:
    return chiara.page


async def test_the_meter_moves_with_the_voice_and_the_microphone_is_let_go(page: Page) -> None:
    await page.get_by_role("button", name="Test the microphone").click()
    meter = page.get_by_role("meter", name="Level of the microphone")
    await page.wait_for_function(LOUD)
    await no_faults(page)
    await page.get_by_role("button", name="End the test").click()
    await expect(meter).to_have_count(0)
    await page.wait_for_function(DARK)


async def test_the_preview_shows_frames_until_the_camera_is_switched_off(page: Page) -> None:
    await page.get_by_role("button", name="Show my picture").click()
    await page.wait_for_function(FRAMES)
    await page.get_by_role("button", name="Switch the camera off").click()
    await page.wait_for_function(DARK)


async def test_a_chosen_camera_is_remembered_by_the_browser(page: Page) -> None:
    select = page.get_by_label("Camera", exact=True)
    names = await devices_in(select)
    await select.select_option(label=names[1])
    await page.reload()
    await expect(select.locator("option:checked")).to_have_text(names[1], timeout=_SLOW)
    await page.evaluate(WATCH)
    await select.select_option(label=names[0])


async def test_the_test_tone_says_when_it_is_over(page: Page) -> None:
    await page.get_by_role("button", name="Play a test tone").click()
    await expect(page.get_by_text("You should hear four notes now.")).to_be_visible()
    await expect(page.get_by_role("button", name="Play a test tone")).to_be_enabled(timeout=_SLOW)
    await expect(page.get_by_text("The loudspeaker does not play")).to_have_count(0)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "The camera is blocked for this page"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "Another program has the camera"),
    ],
)
async def test_what_keeps_the_camera_dark_is_said(page: Page, error: str, words: str) -> None:
    await page.evaluate("(error) => { refused.camera = error; }", error)
    await page.get_by_role("button", name="Show my picture").click()
    await expect(page.get_by_text(words)).to_be_visible(timeout=_SLOW)
    await page.evaluate("refused = {}")
    await page.get_by_role("button", name="Switch the camera off").click()


async def test_a_call_uses_the_chosen_microphone_and_the_echo_comes_back(chiara: WebClient) -> None:
    page = chiara.page
    select = page.get_by_label("Microphone", exact=True)
    name = (await devices_in(select))[-1]
    await select.select_option(label=name)
    chosen = await select.input_value()
    await page.get_by_role("button", name="Call the echo number").click()
    await chiara.wait_in_call()
    assert await page.evaluate("wishes.at(-1).audio.deviceId.exact") == chosen
    # First comes an announcement.
    await chiara.ears.wait_hears(VOICE_HZ, timeout=60)
    await chiara.hang_up()
    await chiara.wait_no_call()


async def test_the_page_fits_a_phone_in_italian(page: Page) -> None:
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await page.evaluate("localStorage.setItem('unisono.language', 'it')")
    await page.reload()
    await expect(page.get_by_role("heading", name="Audio e video")).to_be_visible(timeout=_SLOW)
    await expect(page.get_by_label("Riduzione del rumore")).to_be_checked()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await no_faults(page)
