"""A meeting of a member and a guest on a telephone's screen, and the mail that invites, in real browsers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Response, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE, Listener, listener
from tests.support.meeting_page import SMALL_CAMERA
from tests.support.office import ANNA, BRUNO, OUTSIDE, Api, Office
from tests.support.web_client import WebClient, press_over

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, CARLA_HZ = 600, 1100
#: Milliseconds within which a page follows, on a busy machine.
SEEN = 60_000
#: Words that matrix-js-sdk has in its code, and that nothing else of ours has.
MATRIX_SDK = "m.room_key_request"

_PICTURES = """
count => [...document.querySelectorAll("video")].filter((each) => each.videoWidth > 0 && each.currentTime > 0)
  .length >= count
"""


class Guest:
    """Somebody without an account, on a telephone's screen, in English."""

    def __init__(self, ears: Listener) -> None:
        self.ears = ears
        self.page = ears.page
        self.scripts: list[Response] = []
        self.page.on("response", self._loaded)

    def _loaded(self, response: Response) -> None:
        if response.url.endswith(".js"):
            self.scripts.append(response)

    async def open(self, url: str) -> None:
        await self.page.goto("about:blank")  # addresses that differ behind the # alone are one page
        self.scripts.clear()  # the browser forgets what a page had that is left
        await self.page.goto(url)

    async def knock(self, name: str) -> None:
        """Through the door and the page before joining."""
        await self.page.get_by_label("Your name").fill(name)
        await no_faults(self.page)
        await self.page.get_by_role("button", name="Continue").click()
        join = self.page.get_by_test_id("prejoin").get_by_role("button", name="Join now")
        await expect(join).to_be_enabled(timeout=SEEN)
        await join.click()

    async def says(self, title: str) -> None:
        """Wait until the page's title says this."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(title, timeout=SEEN)

    async def loads_matrix(self) -> bool:
        return any([MATRIX_SDK in await script.text() for script in self.scripts])


@asynccontextmanager
async def guest(browser: Browser, tone_hz: int = CARLA_HZ) -> AsyncIterator[Guest]:
    async with listener(browser, tone_hz=tone_hz, viewport=PHONE) as ears:
        await ears.context.add_init_script(SMALL_CAMERA)
        yield Guest(ears)


@asynccontextmanager
async def anna_signed_in(browser: Browser, house: Office) -> AsyncIterator[WebClient]:
    async with listener(browser, tone_hz=ANNA_HZ) as ears:
        await ears.context.add_init_script(SMALL_CAMERA)
        anna = WebClient(ears)
        await anna.sign_in(house.stack.url, ANNA)
        yield anna


def inside(page: Page) -> Locator:
    """The meeting, for who is in it."""
    return page.get_by_test_id("meeting")


async def start_meeting(anna: WebClient, title: str, *, encrypted: bool = False) -> None:
    """From the section of meetings into a new one."""
    page = anna.page
    await page.get_by_role("link", name="Meetings", exact=True).click()
    await page.get_by_role("button", name="New meeting").click(timeout=SEEN)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Title").fill(title)
    await dialog.get_by_role("button", name="Start", exact=True).click()
    before = page.get_by_test_id("prejoin")
    if encrypted:
        await before.get_by_role("switch", name="Extra encryption").click(timeout=SEEN)
    await before.get_by_role("button", name="Join now").click(timeout=SEEN)
    await expect(inside(page)).to_be_visible(timeout=SEEN)


async def make_link(anna: WebClient) -> str:
    """A link for guests, from the meeting's own controls."""
    page = anna.page
    await inside(page).get_by_role("button", name="More", exact=True).click(timeout=SEEN)
    await page.get_by_role("menuitem", name="Share link, call a phone…").click()
    dialog = page.get_by_role("dialog", name="Invite to the meeting")
    await dialog.get_by_role("button", name="Make link").click(timeout=SEEN)
    link = dialog.get_by_label("The link", exact=True)
    await expect(link).to_have_value(re.compile("/#/join/.+"), timeout=SEEN)
    await no_faults(page)
    address = await link.input_value()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0, timeout=SEEN)
    return address


async def panel(page: Page, name: str) -> Locator:
    """A panel beside the pictures, opened if need be."""
    shown = page.get_by_test_id(f"{name}-panel")
    if not await shown.is_visible():
        button = inside(page).get_by_role("button", name=re.compile(f"^{name}", re.IGNORECASE))
        await button.first.click()
    await expect(shown).to_be_visible(timeout=SEEN)
    return shown


async def write(page: Page, text: str) -> None:
    chat = await panel(page, "chat")
    await chat.get_by_role("textbox").fill(text)
    await page.keyboard.press("Enter")


async def reads(page: Page, text: str) -> None:
    chat = await panel(page, "chat")
    await expect(chat.get_by_text(text, exact=True)).to_be_visible(timeout=SEEN)


async def meet(anna: WebClient, carla: Guest) -> None:
    """Wait until both hear and see each other."""
    await anna.ears.wait_hears(CARLA_HZ, SEEN / 1000)
    await carla.ears.wait_hears(ANNA_HZ, SEEN / 1000)
    for page in (anna.page, carla.page):
        await page.wait_for_function(_PICTURES, arg=2, timeout=SEEN)


async def test_a_guest_knocks_meets_writes_comes_back_and_is_removed(browser: Browser, house: Office) -> None:
    async with anna_signed_in(browser, house) as anna, guest(browser) as carla:
        await start_meeting(anna, "Budget review")
        link = await make_link(anna)

        await carla.open(link)
        await carla.says("Budget review")
        await carla.knock("Carla Verdi")
        await carla.says("You are in the waiting room")
        await no_faults(carla.page)

        # Anna is told wherever she is.
        await anna.page.get_by_role("link", name="Contacts", exact=True).click()
        await anna.page.get_by_role("button", name="Let in Carla Verdi").click(timeout=SEEN)
        await expect(inside(carla.page)).to_be_visible(timeout=SEEN)
        await anna.page.get_by_role("link", name="Meetings", exact=True).click()
        row = anna.page.get_by_test_id("meetings").get_by_role("listitem").filter(has_text="Budget review")
        await expect(row).to_contain_text("2 people inside", timeout=SEEN)
        await anna.page.get_by_role("button", name="Back to the meeting").first.click()
        await meet(anna, carla)
        await no_faults(carla.page)
        assert not await carla.loads_matrix()

        await write(carla.page, "good morning from outside")
        await reads(anna.page, "good morning from outside")
        await write(anna.page, "welcome in the house")
        await reads(carla.page, "welcome in the house")

        # Loaded again, the page is back in the meeting without asking anybody.
        await carla.page.reload()
        await expect(inside(carla.page)).to_be_visible(timeout=SEEN)
        await meet(anna, carla)
        await reads(carla.page, "good morning from outside")

        people = await panel(anna.page, "people")
        await people.get_by_role("button", name="Options for Carla Verdi").click(timeout=SEEN)
        await anna.page.get_by_role("menuitem", name="Remove from the meeting").click()
        await carla.says("You were removed from the meeting")
        await no_faults(carla.page)
        await expect(people.get_by_text("Carla Verdi")).to_have_count(0, timeout=SEEN)


async def test_a_guest_meets_in_an_encrypted_meeting_by_the_key_in_the_link(
    browser: Browser, house: Office
) -> None:
    async with anna_signed_in(browser, house) as anna, guest(browser) as carla:
        await start_meeting(anna, "Among ourselves", encrypted=True)
        link = await make_link(anna)
        whole = re.fullmatch("(.+/#/join/[^/]+)/[^/]{43}", link)
        assert whole, link
        await carla.open(whole[1])
        await carla.says("This link is not whole")
        await no_faults(carla.page)
        await carla.open(link)
        await carla.knock("Carla Verdi")
        await anna.page.get_by_role("button", name="Let in Carla Verdi").click(timeout=SEEN)
        await meet(anna, carla)

        # Words pass the server sealed; a member's page writes the guest's into the encrypted room.
        await write(carla.page, "good morning from outside")
        await reads(anna.page, "good morning from outside")
        await reads(anna.page, "Carla Verdi (guest, through Anna Rossi)")
        await write(anna.page, "welcome among ourselves")
        await reads(carla.page, "welcome among ourselves")
        await no_faults(carla.page)
        assert not await carla.loads_matrix()

        # No server could say it again to a page that is loaded again.
        await carla.page.reload()
        await expect(inside(carla.page)).to_be_visible(timeout=SEEN)
        await reads(carla.page, "good morning from outside")


async def test_a_telephone_called_into_an_encrypted_meeting_hears_and_is_heard(
    browser: Browser, house: Office
) -> None:
    async with anna_signed_in(browser, house) as anna:
        await start_meeting(anna, "With somebody outside", encrypted=True)
        page = anna.page
        await inside(page).get_by_role("button", name="More", exact=True).click(timeout=SEEN)
        await page.get_by_role("menuitem", name="Share link, call a phone…").click()
        dialog = page.get_by_role("dialog", name="Invite to the meeting")
        await dialog.get_by_role("button", name="By telephone").click(timeout=SEEN)
        await expect(dialog).to_contain_text("The meeting is encrypted, a telephone is not.", timeout=SEEN)
        await no_faults(page)
        await dialog.get_by_role("searchbox", name="Name or number").fill(OUTSIDE)
        await dialog.get_by_role("button", name=re.compile("^Call .* into the meeting$")).first.click(
            timeout=SEEN
        )
        await page.keyboard.press("Escape")
        # The demonstration's number outside gives back what it hears.
        await house.carrier.wait_call(
            lambda call: abs((call["heard"]["tone_hz"] or 0) - ANNA_HZ) <= 5, SEEN / 1000
        )
        await anna.ears.wait_hears(ANNA_HZ, SEEN / 1000)
        people = await panel(page, "people")
        await expect(people.get_by_text("not encrypted")).to_be_visible(timeout=SEEN)


async def made(api: Api, path: str, body: object) -> dict[str, Any]:
    status, answer = await api.ask("POST", path, body)
    assert status == 201, answer
    return answer


async def test_a_guest_is_refused_asks_again_and_gives_up(browser: Browser, house: Office) -> None:
    async with house.api(ANNA) as api, guest(browser) as carla:
        meeting = await made(api, "/meetings", {"title": "Closed circle", "people": [], "invite": []})
        link = await made(api, f"/meetings/{meeting['id']}/links", {"hours": 1, "lobby": True})
        await carla.open(link["url"])
        await carla.knock("Carla Verdi")
        await carla.says("You are in the waiting room")
        _, answer = await api.ask("GET", f"/meetings/{meeting['id']}/visitors")
        path = f"/meetings/{meeting['id']}/visitors/{answer['visitors'][0]['id']}"
        status, _ = await api.ask("POST", path, {"decision": "refuse"})
        assert status == 204
        await carla.says("You were not let in")
        await no_faults(carla.page)
        await carla.page.get_by_role("button", name="Ask again").click()
        await carla.page.get_by_role("button", name="Join now").click(timeout=SEEN)
        await carla.says("You are in the waiting room")
        await carla.page.get_by_role("button", name="Stop waiting").click()
        await carla.says("You left the meeting")


async def test_links_that_open_nothing_say_why(browser: Browser, house: Office) -> None:
    async with house.api(ANNA) as api, guest(browser) as carla:
        meeting = await made(api, "/meetings", {"title": "Budget", "people": [], "invite": []})
        links = f"/meetings/{meeting['id']}/links"
        expired = await made(api, links, {"hours": 0.000_000_1, "lobby": True})
        revoked = await made(api, links, {"hours": 1, "lobby": True})
        assert (await api.ask("DELETE", f"{links}/{revoked['id']}"))[0] == 204
        for url, words in (
            (expired["url"], "This link has expired"),
            (revoked["url"], "This link was withdrawn"),
            (f"{revoked['url']}x", "This link does not open a meeting"),
        ):
            await carla.open(url)
            await carla.says(words)
            await no_faults(carla.page)


async def plan_meeting(anna: WebClient, title: str) -> Locator:
    """The dialog that sets a meeting to a time, filled in as far as everybody's is."""
    page = anna.page
    await page.get_by_role("link", name="Meetings", exact=True).click()
    await page.get_by_role("button", name="Schedule", exact=True).click(timeout=SEEN)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Title").fill(title)
    tomorrow = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86_400))
    await dialog.get_by_label("Date").fill(tomorrow)
    await dialog.get_by_label("Time", exact=True).fill("09:30")
    return dialog


async def test_the_link_to_an_encrypted_meeting_comes_from_the_organiser_not_from_the_server(
    browser: Browser, house: Office
) -> None:
    async with anna_signed_in(browser, house) as anna, guest(browser) as carla:
        page = anna.page
        dialog = await plan_meeting(anna, "Confidential")
        await dialog.get_by_label("Guests from outside").fill("carla@example.net")
        await dialog.get_by_role("switch", name="Extra encryption").click()
        await no_faults(page)
        # What is said is seen, and reached, in front of the dialog, for six seconds: somebody waits for it.
        said = page.get_by_role("status").filter(has_text="“Confidential” is set.")
        await asyncio.gather(
            dialog.get_by_role("button", name="Send invitations").click(),
            said.get_by_role("button", name="Dismiss").click(),
        )
        await expect(said).to_have_count(0)
        dialog = page.get_by_role("dialog", name="Send the link to your guests")
        address = dialog.get_by_label("The link", exact=True)
        await expect(address).to_have_value(re.compile("/#/join/[^/]+/[^/]{43}$"), timeout=SEEN)
        await no_faults(page)
        link = await address.input_value()
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)

        await carla.open(f"{house.stack.url}/#/outbox")
        mail = carla.page.get_by_role("article").filter(has_text="carla@example.net")
        await expect(mail).to_contain_text("Anna Rossi sends it to you", timeout=SEEN)
        await expect(mail.get_by_role("link")).to_have_count(0)
        await carla.open(link)
        await carla.says("Confidential")


async def test_who_cannot_be_reached_by_video_is_sent_a_link(browser: Browser, house: Office) -> None:
    await house.wait_offline(BRUNO)
    async with anna_signed_in(browser, house) as anna:
        page = anna.page
        row = page.get_by_test_id("colleagues").get_by_text(BRUNO.name)
        await press_over(row, page.get_by_role("button", name=f"Video call {BRUNO.name}", exact=True))
        said = page.get_by_role("status").filter(has_text=f"{BRUNO.name} cannot be reached now")
        await said.get_by_role("button", name="Share a meeting link").click()
        dialog = page.get_by_role("dialog", name="Invite to the meeting")
        await dialog.get_by_role("button", name="Make link").click(timeout=SEEN)
        await expect(dialog.get_by_label("The link", exact=True)).to_have_value(re.compile("/#/join/.+"))


async def test_an_invitation_by_mail_has_a_calendar_entry_and_a_link_that_works(
    browser: Browser, house: Office
) -> None:
    async with anna_signed_in(browser, house) as anna, guest(browser) as carla:
        page = anna.page
        dialog = await plan_meeting(anna, "Suppliers")
        await dialog.get_by_label("Guests from outside").fill("carla@")
        await dialog.get_by_role("button", name="Send invitations").click()
        await expect(dialog.get_by_text("Not an e-mail address: carla@")).to_be_visible(timeout=SEEN)
        await dialog.get_by_label("Guests from outside").fill("Carla Verdi <carla@example.org>")
        await dialog.get_by_role("button", name="Send invitations").click()
        row = page.get_by_test_id("meetings").get_by_role("listitem").filter(has_text="Suppliers")
        await expect(row).to_contain_text("09:30", timeout=SEEN)
        await no_faults(page)

        await carla.open(f"{house.stack.url}/#/outbox")
        mail = carla.page.get_by_role("article").filter(has_text="carla@example.org")
        await expect(mail).to_contain_text("Suppliers", timeout=SEEN)
        await mail.get_by_role("link").first.click()
        await carla.says("Suppliers")
        await expect(carla.page.get_by_role("main")).to_contain_text("The meeting begins", timeout=SEEN)

        # Cancelled, the link opens nothing any more.
        await row.get_by_role("button", name=re.compile("Suppliers")).first.click()
        await page.get_by_role("button", name="Cancel meeting").click()
        await (
            page.get_by_role("dialog", name="Cancel “Suppliers”?")
            .get_by_role("button", name="Cancel meeting")
            .click()
        )
        await expect(row).to_have_count(0, timeout=SEEN)
        await carla.page.reload()
        await carla.says("This link was withdrawn")
