"""The page before a meeting in a real browser: what is chosen there is what the meeting gets.

One person, one page, one room: whoever else is in a meeting is tried elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.interop.browser.test_devices import DARK, FRAMES, WATCH
from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import ANNA, BRUNO, Office
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

_SLOW = 60_000  # milliseconds
#: Where the picture of one's own camera is, before the meeting and in it.
_PREVIEW, _OWN_TILE = "[data-testid=camera-preview]", "[data-testid=camera-tile] video"
_MAKE_ROOM = """
(user_id) => fetch('/api/v1/rooms/direct', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Unisono': '1' },
  body: JSON.stringify({ user_id }),
}).then((answer) => answer.json()).then(({ room_id }) => '/meetings/room/' + encodeURIComponent(room_id))
"""
#: How sharp a picture on the page is: the mean difference of two pixels that lie four apart, 0 to 255.
_SHARPNESS = """
(where) => {
  const video = document.querySelector(where);
  if (!video?.videoWidth) return null;
  const [width, height] = [video.videoWidth, video.videoHeight];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let [sum, count] = [0, 0];
  for (let at = 0; at + 16 < data.length; at += 64, count++) sum += Math.abs(data[at + 1] - data[at + 17]);
  return sum / count;
}
"""


class GreenRoom:
    """Anna on her page, before the meeting, in it, or after it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    async def open(self, *, on: bool = True) -> None:
        """The page before the meeting of somebody who had both devices on, or both off, the last time."""
        await self.page.evaluate("location.hash = '/settings/language'")
        last = f'{{"microphone":{str(on).lower()},"camera":{str(on).lower()}}}'
        await self.page.evaluate("(last) => localStorage.setItem('unisono.join', last)", last)
        await self.page.reload()
        await self.page.evaluate(WATCH)
        await self.page.evaluate("(address) => { location.hash = address; }", self.address)
        await expect(self.page.get_by_test_id("prejoin")).to_be_visible(timeout=_SLOW)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def preview(self) -> Locator:
        return self.page.locator(_PREVIEW)

    @property
    def own_tile(self) -> Locator:
        return self.page.locator(_OWN_TILE)

    async def wait_frames(self) -> None:
        """Wait until the preview has shown some frames."""
        await expect(self.preview).to_be_visible(timeout=_SLOW)
        await self.page.wait_for_function(FRAMES, timeout=_SLOW)

    async def sharpness(self) -> float:
        return float(await self.page.evaluate(_SHARPNESS, _PREVIEW))

    async def wait_sharpness(self, where: str, holds: str) -> None:
        """Wait until the sharpness of the picture there is, for example, ``< 2``."""
        await self.page.wait_for_function(
            f"(where) => {{ const sharp = ({_SHARPNESS})(where); return sharp !== null && sharp {holds}; }}",
            arg=where,
            timeout=_SLOW,
            polling=200,
        )

    async def wait_inside(self) -> None:
        await expect(self.button("Leave meeting")).to_be_visible(timeout=_SLOW)

    async def choose_inside(self, background: str) -> None:
        """Choose a background in the meeting."""
        await self.button("More").click()
        await self.page.get_by_role("menuitem", name="Devices and background").click()
        await self.page.get_by_role("radio", name=background).check(force=True)
        await self.page.keyboard.press("Escape")
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def leave(self) -> None:
        await self.button("Leave meeting").click()
        await self.wait_dark()

    async def wait_dark(self) -> None:
        """Wait until nothing is open that the page has opened: the lights of the devices are out."""
        await self.page.wait_for_function(DARK, timeout=_SLOW)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def anna(browser: Browser, house: Office) -> AsyncIterator[GreenRoom]:
    async with web_client(browser, house, ANNA, tone_hz=440) as client:
        yield GreenRoom(client.page, await client.page.evaluate(_MAKE_ROOM, BRUNO.user_id))


async def test_nothing_stays_open_after_going_back(anna: GreenRoom) -> None:
    await anna.open()
    await anna.wait_frames()
    meter = anna.page.get_by_role("meter")
    await expect(meter).not_to_have_attribute("aria-valuenow", "0")
    await no_faults(anna.page)
    await anna.button("Back").click()
    await anna.wait_dark()


async def test_a_blurred_background_follows_into_the_meeting_and_comes_off_there(anna: GreenRoom) -> None:
    await anna.open()
    await anna.wait_frames()
    sharp = await anna.sharpness()
    await anna.page.get_by_role("radio", name="Strong blur").check(force=True)
    await anna.wait_sharpness(_PREVIEW, f"< {sharp / 2}")
    await anna.button("Join now").click()
    await anna.wait_inside()
    await anna.wait_sharpness(_OWN_TILE, f"< {sharp / 2}")
    await anna.choose_inside("As it is")
    await anna.wait_sharpness(_OWN_TILE, f"> {sharp / 2}")
    await anna.leave()


async def test_a_background_chosen_while_the_camera_is_off_is_there_when_it_comes_on(anna: GreenRoom) -> None:
    await anna.open()
    await anna.wait_frames()
    sharp = await anna.sharpness()
    await anna.button("Join now").click()
    await anna.wait_inside()
    await anna.wait_sharpness(_OWN_TILE, f"> {sharp / 2}")
    await anna.button("Turn camera off").click()
    await expect(anna.own_tile).to_have_count(0, timeout=_SLOW)
    await anna.choose_inside("Strong blur")
    for _ in range(2):
        await anna.button("Turn camera on").click()
        await anna.wait_sharpness(_OWN_TILE, f"< {sharp / 2}")
        await anna.button("Turn camera off").click()
        await expect(anna.own_tile).to_have_count(0, timeout=_SLOW)
    await anna.leave()


async def test_who_switches_off_by_keyboard_joins_so_by_keyboard(anna: GreenRoom) -> None:
    await anna.open()
    await anna.wait_frames()
    keyboard = anna.page.keyboard
    await expect(anna.page.get_by_role("heading", level=1)).to_be_focused()
    for device in ("microphone", "camera"):
        await keyboard.press("Tab")
        await expect(anna.button(f"Turn the {device} off")).to_be_focused()
        await keyboard.press("Space")
        await expect(anna.button(f"Turn the {device} on")).to_be_focused()
    await anna.wait_dark()
    await expect(anna.button("Join now")).to_be_enabled()
    for _ in range(20):
        await keyboard.press("Tab")
        if await anna.button("Join now").evaluate("(button) => button === document.activeElement"):
            break
    await keyboard.press("Enter")
    await anna.wait_inside()
    await expect(anna.button("Unmute microphone")).to_be_visible()
    await expect(anna.button("Turn camera on")).to_be_visible()
    await anna.wait_dark()
    await anna.leave()


@pytest.mark.parametrize(
    ("error", "words"),
    [("NotFoundError", "No camera was found"), ("NotAllowedError", "The camera is blocked for this page")],
)
async def test_a_meeting_needs_no_devices(anna: GreenRoom, error: str, words: str) -> None:
    await anna.open(on=False)
    await anna.page.evaluate("(error) => { refused = { camera: error, microphone: error }; }", error)
    for device in ("microphone", "camera"):
        await anna.button(f"Turn the {device} on").click()
    await expect(anna.page.get_by_text(words)).to_be_visible(timeout=_SLOW)
    await no_faults(anna.page)
    await anna.button("Join now").click()
    await anna.wait_inside()
    await expect(anna.button("Unmute microphone")).to_be_visible()
    await anna.leave()


async def test_trouble_goes_away_by_trying_again(anna: GreenRoom) -> None:
    await anna.open(on=False)
    await anna.page.evaluate("refused = { camera: 'NotReadableError' }")
    await anna.button("Turn the camera on").click()
    await expect(anna.page.get_by_text("Another program has the camera")).to_be_visible(timeout=_SLOW)
    await anna.page.evaluate("refused = {}")
    await anna.button("Try again").click()
    await anna.wait_frames()


async def test_the_page_fits_a_phone_in_italian(anna: GreenRoom) -> None:
    page = anna.page
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await page.evaluate("localStorage.setItem('unisono.language', 'it')")
    await anna.open()
    await expect(anna.button("Entra ora")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await no_faults(page)
    await page.evaluate("localStorage.setItem('unisono.language', 'en')")
    await page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
