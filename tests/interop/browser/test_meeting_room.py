"""Two members of a room meet in our own client: ringing, pictures and sound, and what one does inside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE, listener
from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.web_client import WebClient, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, GUEST_HZ = 600, 1000, 1400
#: Milliseconds within which a page follows, on a busy machine.
SEEN = 60_000
_MAKE = """
([title, people, encrypted]) => fetch('/api/v1/meetings', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Unisono': '1' },
  body: JSON.stringify({ title, people, invite: [], encrypted }),
}).then((answer) => answer.json()).then(({ room_id }) => room_id)
"""
#: All pictures of tiles move: frames were decoded.
_PICTURES = """
(count) => [...document.querySelectorAll('[data-testid=camera-picture]')]
  .filter((video) => video.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 5)
  .length >= count
"""

#: The picture in the small window moves: within a second there is another frame.
_SMALL_MOVES = """
async () => {
  const video = documentPictureInPicture.window?.document.querySelector('video');
  if (!video?.videoWidth) return false;
  const frames = () => video.getVideoPlaybackQuality().totalVideoFrames;
  const before = frames();
  await new Promise((done) => setTimeout(done, 1000));
  return frames() > before;
}
"""
#: The page's device has told the others its keys.
_HAS_KEYS = """() => performance.getEntriesByType('resource').some(
  ({ name, responseEnd }) => name.includes('/keys/upload') && responseEnd > 0
)"""
_PRESS_IN_SMALL = """
(name) => documentPictureInPicture.window.document.querySelector(`button[aria-label="${name}"]`).click()
"""


class Person:
    """Somebody before, in or after a meeting of ours."""

    def __init__(self, client: WebClient, title: str) -> None:
        self.client = client
        self.page = client.page
        self.title = title

    @property
    def meeting(self) -> Locator:
        return self.page.get_by_test_id("meeting")

    @property
    def card(self) -> Locator:
        """The card of a meeting that rings here."""
        return self.page.get_by_test_id("incoming-meeting").filter(has_text=self.title)

    def control(self, name: str) -> Locator:
        return self.page.get_by_role("toolbar").get_by_role("button", name=name, exact=True)

    def tile(self, name: str) -> Locator:
        """The tile of a participant; what it shows is in its accessible name."""
        return self.page.get_by_role("group", name=re.compile(f"^{name}(,|$)"))

    async def open_room(self) -> None:
        """The room's chat."""
        await self.page.evaluate("location.hash = '/chat'")
        await self.page.get_by_role("link", name=self.title).first.click(timeout=SEEN)

    async def join(self, button: str | re.Pattern[str]) -> None:
        """From the room's chat through the page before joining into the meeting."""
        await self.page.get_by_role("button", name=button).click(timeout=SEEN)
        await expect(self.page.get_by_test_id("prejoin")).to_be_visible(timeout=SEEN)
        await self.page.get_by_test_id("prejoin").get_by_role("button", name=re.compile("^Join")).click()
        await self.wait_inside()

    async def wait_inside(self) -> None:
        await expect(self.page.get_by_test_id("meeting-clock")).to_be_visible(timeout=SEEN)

    async def wait_people(self, count: int) -> None:
        await expect(self.page.get_by_test_id("camera-tile")).to_have_count(count, timeout=SEEN)

    async def wait_pictures(self, count: int) -> None:
        await self.page.wait_for_function(_PICTURES, arg=count, timeout=SEEN, polling=200)


@asynccontextmanager
async def colleagues(
    browser: Browser,
    house: Office,
    *,
    phone: bool = False,
    encrypted: bool = False,
    small_camera: bool = True,
) -> AsyncIterator[tuple[Person, Person]]:
    """Anna at her desk and Bruno, in a room that is new; both look at its chat."""
    title = f"Team {uuid4().hex[:6]}"
    size = PHONE if phone else DESKTOP
    async with together(
        web_client(browser, house, ANNA, tone_hz=ANNA_HZ, small_camera=small_camera),
        web_client(browser, house, BRUNO, tone_hz=BRUNO_HZ, viewport=size, small_camera=small_camera),
    ) as (anna, bruno):
        await anna.page.evaluate(_MAKE, [title, [BRUNO.user_id], encrypted])
        people = Person(anna, title), Person(bruno, title)
        for person in people:
            await person.open_room()
        yield people


@asynccontextmanager
async def inside(
    browser: Browser, house: Office, *, phone: bool = False
) -> AsyncIterator[tuple[Person, Person]]:
    """The two in their meeting."""
    async with colleagues(browser, house, phone=phone) as (anna, bruno):
        await anna.join(re.compile("^Start a meeting"))
        await bruno.card.get_by_role("button", name="Join with video").click(timeout=SEEN)
        await bruno.wait_inside()
        await anna.wait_people(2)
        yield anna, bruno


async def test_a_meeting_rings_and_its_people_hear_and_see_each_other(
    browser: Browser, house: Office
) -> None:
    async with colleagues(browser, house, small_camera=False) as (anna, bruno):
        await anna.join(re.compile("^Start a meeting"))
        await expect(bruno.card).to_contain_text("Anna Rossi", timeout=SEEN)
        await expect(bruno.page.get_by_role("button", name="Join, 1 person")).to_be_visible(timeout=SEEN)
        await expect(bruno.page.get_by_role("img", name="Meeting, 1 person")).to_be_visible()
        await bruno.card.get_by_role("button", name="Join with video").click()
        await bruno.wait_inside()
        await expect(bruno.card).to_have_count(0)
        for person in (anna, bruno):
            await person.wait_people(2)
            await person.wait_pictures(2)
        await expect(anna.tile("Bruno Bianchi")).to_be_visible()
        await expect(bruno.tile("Anna Rossi")).to_be_visible()
        await anna.client.ears.wait_hears(BRUNO_HZ)
        await bruno.client.ears.wait_hears(ANNA_HZ)


async def test_what_one_does_the_other_sees(browser: Browser, house: Office) -> None:
    async with inside(browser, house) as (anna, bruno):
        await bruno.control("Raise hand").click()
        await expect(anna.tile("Bruno Bianchi")).to_have_accessible_name(
            re.compile("hand raised"), timeout=SEEN
        )
        await bruno.control("Mute microphone").click()
        await expect(anna.tile("Bruno Bianchi")).to_have_accessible_name(
            re.compile("microphone off"), timeout=SEEN
        )
        await bruno.control("Send a reaction").click()
        await bruno.page.get_by_role("button", name="🎉").click()
        await expect(anna.page.get_by_text("🎉")).to_be_visible(timeout=SEEN)
        await chat(anna, "The figures are in the second sheet")
        await expect(bruno.page.get_by_role("toolbar")).to_contain_text("1", timeout=SEEN)
        await bruno.control("Chat").click()
        words = bruno.page.get_by_test_id("chat-panel").get_by_text("The figures are in the second sheet")
        await expect(words).to_be_visible(timeout=SEEN)


async def chat(person: Person, words: str) -> None:
    """Say something beside the pictures."""
    await person.control("Chat").click()
    panel = person.page.get_by_test_id("chat-panel")
    await panel.get_by_role("textbox", name=re.compile("^Write in ")).fill(words, timeout=SEEN)
    await panel.get_by_role("button", name="Send", exact=True).click()


async def test_the_meeting_goes_on_while_one_is_elsewhere(browser: Browser, house: Office) -> None:
    async with inside(browser, house) as (anna, bruno):
        await anna.page.get_by_role("link", name="Contacts").first.click()
        bar = anna.page.get_by_test_id("meeting-bar")
        await expect(bar).to_contain_text(anna.title)
        await expect(anna.page.get_by_test_id("meeting-tile")).to_be_visible(timeout=SEEN)
        await anna.client.ears.wait_hears(BRUNO_HZ)
        await bruno.client.ears.wait_hears(ANNA_HZ)
        await bar.get_by_role("button", name="Mute microphone").click()
        await expect(bruno.tile("Anna Rossi")).to_have_accessible_name(
            re.compile("microphone off"), timeout=SEEN
        )
        await bar.get_by_role("button", name=re.compile("Back to the meeting")).click()
        await expect(anna.meeting).to_be_visible()
        await expect(bar).to_have_count(0)
        await anna.wait_pictures(2)


async def test_the_meeting_is_in_a_small_window_over_all_others(browser: Browser, house: Office) -> None:
    async with inside(browser, house) as (anna, bruno):
        await anna.control("More").click()
        await anna.page.get_by_role("menuitem", name="Small window").click()
        await anna.page.wait_for_function(_SMALL_MOVES, timeout=SEEN)
        # It stays while one is elsewhere, in the place of the picture in the corner.
        await anna.page.get_by_role("link", name="Contacts").first.click()
        await expect(anna.page.get_by_test_id("meeting-bar")).to_be_visible(timeout=SEEN)
        await expect(anna.page.get_by_test_id("meeting-tile")).to_have_count(0)
        await anna.page.wait_for_function(_SMALL_MOVES, timeout=SEEN)
        await anna.page.evaluate(_PRESS_IN_SMALL, "Mute microphone")
        await expect(bruno.tile("Anna Rossi")).to_have_accessible_name(
            re.compile("microphone off"), timeout=SEEN
        )
        await anna.page.evaluate("documentPictureInPicture.window.close()")
        await expect(anna.page.get_by_test_id("meeting-tile")).to_be_visible(timeout=SEEN)
        await anna.page.get_by_role("button", name="Back to the meeting").first.click()
        await anna.control("More").click()
        await anna.page.get_by_role("menuitem", name="Small window").click()
        await anna.page.wait_for_function(_SMALL_MOVES, timeout=SEEN)
        await anna.page.evaluate(_PRESS_IN_SMALL, "Leave meeting")
        await bruno.wait_people(1)
        await anna.page.wait_for_function("() => documentPictureInPicture.window === null", timeout=SEEN)


async def test_a_video_call_starts_from_the_account_page_of_the_telephone(
    browser: Browser, house: Office
) -> None:
    async with together(
        web_client(browser, house, ANNA, tone_hz=ANNA_HZ, viewport=PHONE, small_camera=True),
        web_client(browser, house, BRUNO, tone_hz=BRUNO_HZ, small_camera=True),
    ) as (anna, bruno):
        page = anna.page
        await page.get_by_role("button", name=re.compile("presence and settings")).click()
        await page.get_by_role("menuitem", name="Settings").click()
        await page.get_by_role("button", name="Start a video call").click()
        dialog = page.get_by_role("dialog", name="New meeting")
        await dialog.get_by_label("Title").fill("On the way")
        await dialog.get_by_role("checkbox", name=re.compile("Bruno Bianchi")).click()
        await dialog.get_by_role("button", name="Start and ring").click()
        await page.get_by_test_id("prejoin").get_by_role("button", name="Join now").click(timeout=SEEN)
        called = Person(bruno, "On the way")
        await called.card.get_by_role("button", name="Join with video").click(timeout=SEEN)
        await called.wait_inside()
        for person in (Person(anna, "On the way"), called):
            await person.wait_people(2)
            await person.wait_pictures(2)


async def test_who_leaves_is_gone_and_may_come_back(browser: Browser, house: Office) -> None:
    async with inside(browser, house) as (anna, bruno):
        await bruno.control("Leave meeting").click()
        await expect(bruno.page.get_by_test_id("meeting-over")).to_be_visible(timeout=SEEN)
        await anna.wait_people(1)
        await bruno.page.get_by_role("button", name="Open chat").click()
        await bruno.join(re.compile("^Join, 1 person"))
        await anna.wait_people(2)
        await expect(bruno.card).to_have_count(0)


async def test_a_moderator_mutes_and_removes(browser: Browser, house: Office) -> None:
    async with inside(browser, house) as (anna, bruno):
        await anna.control("People: 2").click()
        options = anna.page.get_by_test_id("people-panel").get_by_role(
            "button", name="Options for Bruno Bianchi"
        )
        await options.click(timeout=SEEN)
        await anna.page.get_by_role("menuitem", name="Mute microphone").click()
        await expect(bruno.control("Unmute microphone")).to_be_visible(timeout=SEEN)
        await options.click()
        await anna.page.get_by_role("menuitem", name="Remove from the meeting").click()
        await expect(bruno.page.get_by_text("You were removed from the meeting")).to_be_visible(timeout=SEEN)
        await anna.wait_people(1)


async def test_a_declined_meeting_is_told_to_who_called(browser: Browser, house: Office) -> None:
    async with colleagues(browser, house, phone=True) as (anna, bruno):
        await anna.join(re.compile("^Start a meeting"))
        await bruno.card.get_by_role("button", name="Decline").click(timeout=SEEN)
        await expect(bruno.card).to_have_count(0)
        declined = anna.page.get_by_text("Bruno Bianchi declined.")
        await expect(declined).to_be_visible(timeout=SEEN)
        await anna.page.get_by_role("button", name="Ring again").first.click()
        await expect(bruno.card).to_be_visible(timeout=SEEN)
        await expect(declined).to_have_count(0)
        await anna.control("Leave meeting").click()
        await expect(bruno.card).to_have_count(0, timeout=SEEN)


async def test_an_encrypted_meeting_is_heard_seen_and_read_by_its_people(
    browser: Browser, house: Office
) -> None:
    async with colleagues(browser, house, encrypted=True) as (anna, bruno):
        await anna.join(re.compile("^Start a meeting"))
        await bruno.card.get_by_role("button", name="Join with video").click(timeout=SEEN)
        await bruno.wait_inside()
        for person in (anna, bruno):
            await person.wait_people(2)
            await expect(person.meeting.get_by_text("End-to-end encrypted")).to_be_visible()
            await person.wait_pictures(2)
        await anna.client.ears.wait_hears(BRUNO_HZ)
        await bruno.client.ears.wait_hears(ANNA_HZ)
        await chat(anna, "Between us")
        await bruno.control("Chat").click()
        words = bruno.page.get_by_test_id("chat-panel").get_by_text("Between us")
        await expect(words).to_be_visible(timeout=SEEN)


async def test_a_guest_hears_an_encrypted_meeting_by_the_secret_in_the_link(
    browser: Browser, house: Office
) -> None:
    async with (
        colleagues(browser, house, encrypted=True) as (anna, bruno),
        listener(browser, tone_hz=GUEST_HZ, viewport=PHONE) as guest,
    ):
        await anna.join(re.compile("^Start a meeting"))
        await bruno.card.get_by_role("button", name="Join with video").click(timeout=SEEN)
        await bruno.wait_inside()
        await guest.page.goto(await link(anna))
        await guest.page.get_by_role("textbox").fill("Gina", timeout=SEEN)
        await guest.page.keyboard.press("Enter")
        await guest.page.get_by_test_id("prejoin").get_by_role("button", name=re.compile("^Join")).click()
        await anna.page.get_by_role("button", name="Let in Gina").first.click(timeout=SEEN)
        await expect(guest.page.get_by_text("End-to-end encrypted")).to_be_visible(timeout=SEEN)
        for person in (anna, bruno):
            await person.wait_people(3)
            await person.client.ears.wait_hears(GUEST_HZ)
        for hz in (ANNA_HZ, BRUNO_HZ):
            await guest.wait_hears(hz)


async def link(person: Person) -> str:
    """A link for guests, as it stands in the dialog: with the secret that the server never sees."""
    await person.control("More").click()
    await person.page.get_by_role("menuitem", name=re.compile("^Share link")).click()
    dialog = person.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Make link", exact=True).click(timeout=SEEN)
    address = dialog.locator("input[value*='/join/']")
    await expect(address).to_be_visible(timeout=SEEN)
    url = await address.input_value()
    await person.page.keyboard.press("Escape")
    assert re.search("/#/join/[^/]+/[^/]{43}$", url), url
    return url


async def test_a_call_holds_the_meeting(browser: Browser, house: Office) -> None:
    async with (
        inside(browser, house) as (anna, bruno),
        web_client(browser, house, CHIARA, tone_hz=GUEST_HZ) as chiara,
    ):
        await chiara.dial(ANNA.extension)
        await anna.client.answer()
        await anna.client.ears.wait_hears(GUEST_HZ)
        await chiara.ears.wait_hears(ANNA_HZ)
        await expect(anna.page.get_by_text("The meeting waits while you are on a call.")).to_be_visible()
        await expect(bruno.tile("Anna Rossi")).to_have_accessible_name(
            re.compile("microphone off"), timeout=SEEN
        )
        await anna.client.hang_up()
        await anna.control("Unmute microphone").click(timeout=SEEN)
        await bruno.client.ears.wait_hears(ANNA_HZ)


async def test_a_call_that_rings_while_the_device_gets_its_keys_is_answered(
    browser: Browser, house: Office
) -> None:
    async with (
        together(
            web_client(browser, house, CHIARA, tone_hz=GUEST_HZ),
            web_client(browser, house, BRUNO, tone_hz=ANNA_HZ, viewport=PHONE),
        ) as (chiara, pocket),
        listener(browser, tone_hz=BRUNO_HZ) as ears,
    ):
        await chiara.page.evaluate(_MAKE, ["Behind closed doors", [BRUNO.user_id], True])
        await chiara.dial(BRUNO.extension)
        await pocket.wait_ringing(CHIARA.name)
        # A device is new, and is started once more when it learns of the first encrypted room.
        desk = WebClient(ears)
        await desk.sign_in(house.stack.url, BRUNO)
        await desk.page.wait_for_function(_HAS_KEYS, polling=100)
        await desk.answer()
        await chiara.wait_hears(BRUNO_HZ)
        await desk.wait_hears(GUEST_HZ)
        await desk.hang_up()
        await chiara.wait_no_call()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_axe_finds_nothing_in_a_meeting(browser: Browser, house: Office, phone: bool) -> None:
    async with inside(browser, house, phone=phone) as (_, bruno):
        await no_faults(bruno.page)
        for panel in ("People: 2", "Chat"):
            await bruno.control(panel).click()
            await expect(bruno.page.get_by_test_id(f"{panel.split(':')[0].lower()}-panel")).to_be_visible()
            await no_faults(bruno.page)
            if phone:
                await bruno.page.get_by_role("button", name="Close").click()
