"""A meeting divided into breakout rooms, in real browsers.

A moderator, a colleague, and a guest on a telephone's screen hear who is in their room, and nobody else.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE, Listener, chromium, listener
from tests.support.meeting_page import SMALL_CAMERA, MeetingPage
from tests.support.office import ANNA, BRUNO, Office
from tests.support.web_client import WebClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CARLA_HZ = 600, 1000, 1400
TONES = {ANNA_HZ, BRUNO_HZ, CARLA_HZ}
_MAKE = """
([title, people, encrypted]) => fetch('/api/v1/meetings', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Unisono': '1' },
  body: JSON.stringify({ title, people, invite: [], encrypted }),
}).then((answer) => answer.json())
"""
_CLOSE_SOON = """
(id) => fetch(`/api/v1/meetings/${id}/breakouts?in=15`, { method: 'DELETE', headers: { 'X-Unisono': '1' } })
"""
#: From now on, notes whether the page ever shows anything but the meeting.
_WATCH = """
() => {
  window.unisonoOut = [];
  new MutationObserver(() => {
    if (document.querySelector('[data-testid=meeting]') === null)
      window.unisonoOut.push(document.body.innerText.slice(0, 200));
  }).observe(document.body, { childList: true, subtree: true });
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Of these tests alone: several open their camera at nearly the same moment, and Chromium's simulated one
    may give no pictures any more after that, to nobody."""
    async with chromium() as browser:
        yield browser


@dataclass
class Someone:
    """Somebody in the meeting, on a page of theirs."""

    ears: Listener

    @property
    def page(self) -> Page:
        return self.ears.page

    @property
    def bar(self) -> Locator:
        """In which room one is, and the ways out of it."""
        return self.page.get_by_test_id("place-bar")

    @property
    def rooms(self) -> Locator:
        """The moderator's panel."""
        return self.page.get_by_test_id("breakouts-panel")

    async def is_in(self, room: str) -> None:
        await expect(self.bar.get_by_role("strong")).to_have_text(room)
        await expect(self.page.get_by_test_id("moving")).to_have_count(0)

    async def hears_only(self, *tones: int) -> None:
        """Wait until it hears these of the others, and none else."""
        for hz in tones:
            await self.ears.wait_hears(hz)
        for hz in TONES - {*tones, self.ears.tone_hz}:
            await self.page.wait_for_function("hz => !unisonoTest.hears(hz)", arg=hz, polling=100)
        await expect(self.page.get_by_test_id("camera-tile")).to_have_count(1 + len(tones))

    async def cameras(self) -> int:
        """How often their camera has been opened until now, when it is on."""
        await expect(self.page.locator("[data-testid=camera-picture][data-mirrored]")).to_have_count(1)
        return await MeetingPage(self.page).cameras()

    async def menu(self, item: str) -> None:
        await self.page.get_by_role("toolbar").get_by_role("button", name="More", exact=True).click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()


@dataclass
class Meeting:
    """Anna, who moderates, Bruno, and Carla from outside."""

    id: str
    anna: Someone
    bruno: Someone
    carla: Someone

    @property
    def people(self) -> tuple[Someone, Someone, Someone]:
        return self.anna, self.bruno, self.carla

    async def cameras(self) -> list[int]:
        return [await one.cameras() for one in self.people]

    async def all_hear_all(self) -> None:
        for one in self.people:
            await one.hears_only(*(TONES - {one.ears.tone_hz}))


@asynccontextmanager
async def meeting(browser: Browser, house: Office, *, encrypted: bool = False) -> AsyncIterator[Meeting]:
    async with AsyncExitStack() as opened:
        ears = []
        for hz, size in ((ANNA_HZ, DESKTOP), (BRUNO_HZ, DESKTOP), (CARLA_HZ, PHONE)):
            page = await opened.enter_async_context(listener(browser, tone_hz=hz, viewport=size))
            await page.context.add_init_script(SMALL_CAMERA)
            ears.append(page)
        anna, bruno, carla = (Someone(each) for each in ears)
        for one, who in ((anna, ANNA), (bruno, BRUNO)):
            await WebClient(one.ears).sign_in(house.stack.url, who)
        made = await anna.page.evaluate(_MAKE, ["Workshop", [BRUNO.user_id], encrypted])
        for one in (anna, bruno):
            await MeetingPage(one.page).enter(made["room_id"])
        await come_by_link(carla.page, await make_link(anna))
        await anna.press("Let in Carla Verdi")
        found = Meeting(made["id"], anna, bruno, carla)
        await found.all_hear_all()
        for one in found.people:
            await one.page.evaluate(_WATCH)
        yield found
        for one in found.people:
            assert await one.page.evaluate("unisonoOut") == []


async def make_link(anna: Someone) -> str:
    await anna.menu("Share link, call a phone…")
    dialog = anna.page.get_by_role("dialog", name="Invite to the meeting")
    await dialog.get_by_role("button", name="Make link").click()
    link = dialog.get_by_label("The link", exact=True)
    await expect(link).to_have_value(re.compile("/#/join/.+"))
    address = await link.input_value()
    await anna.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    return address


async def come_by_link(page: Page, address: str) -> None:
    await page.goto(address)
    await page.get_by_label("Your name").fill("Carla Verdi")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_test_id("prejoin").get_by_role("button", name="Join now").click()


async def test_people_hear_their_room_alone_and_all_are_back_when_it_closes(
    browser: Browser, house: Office
) -> None:
    async with meeting(browser, house) as divided:
        anna, bruno, carla = divided.people
        cameras = await divided.cameras()
        await anna.menu("Breakout rooms…")
        await expect(anna.rooms.get_by_test_id("planned-room")).to_have_count(2)
        await no_faults(anna.page)
        await anna.rooms.get_by_label("Room of Carla Verdi").select_option("Room 1")
        await anna.rooms.get_by_label("Name of room 2").fill("Side table")
        await anna.rooms.get_by_label("Time").select_option("15 minutes")
        await anna.press("Open 2 rooms")
        for one in (bruno, carla):
            await one.is_in("Room 1")
            await expect(one.bar).to_contain_text(re.compile(r"1[0-5]:\d\d left"))
        await bruno.hears_only(CARLA_HZ)
        await carla.hears_only(BRUNO_HZ)
        await anna.hears_only()
        room = anna.rooms.get_by_role("region", name="Room 1")
        await expect(room.get_by_test_id("breakout-person")).to_have_count(2)
        for one in (anna, bruno, carla):
            await no_faults(one.page)

        # Carla is put into the other room, and Anna looks in there.
        await room.get_by_label("Room of Carla Verdi").select_option("Side table")
        await carla.is_in("Side table")
        await anna.press("Join “Side table”")
        await anna.is_in("Side table")
        await anna.hears_only(CARLA_HZ)
        await carla.hears_only(ANNA_HZ)
        await bruno.hears_only()

        # Carla goes to the main room by herself, and into her room again.
        await carla.press("Back to the main room")
        await carla.is_in("Main room")
        await carla.hears_only()
        await carla.press("Go to “Side table”")
        await carla.is_in("Side table")
        await anna.hears_only(CARLA_HZ)

        # The microphone stays as it is.
        await bruno.press("Mute microphone")
        await anna.press("Close all now")
        for one in divided.people:
            await expect(one.bar).to_have_count(0)
        await bruno.hears_only(ANNA_HZ, CARLA_HZ)
        await bruno.press("Unmute microphone")
        await divided.all_hear_all()
        # So does the camera: it was opened once, for all rooms.
        assert await divided.cameras() == cameras
        for one in divided.people:
            await no_faults(one.page)


async def test_an_encrypted_meeting_is_encrypted_in_its_rooms_which_close_by_themselves(
    browser: Browser, house: Office
) -> None:
    async with meeting(browser, house, encrypted=True) as divided:
        anna, bruno, carla = divided.people
        await anna.menu("Breakout rooms…")
        await anna.rooms.get_by_label("Room of Carla Verdi").select_option("Room 1")
        await anna.press("Open 2 rooms")
        for one in (bruno, carla):
            await one.is_in("Room 1")
            await expect(one.page.get_by_text("End-to-end encrypted")).to_be_visible()
        await bruno.hears_only(CARLA_HZ)
        await carla.hears_only(BRUNO_HZ)
        await anna.page.evaluate(_CLOSE_SOON, divided.id)
        await expect(carla.bar).to_contain_text("The rooms close in 0:")
        for one in divided.people:
            await expect(one.bar).to_have_count(0)
        await divided.all_hear_all()
