"""Two people chat in two browser windows, one of them as wide as a phone."""

from __future__ import annotations

import asyncio
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Colleague, Office
from tests.support.patience import PATIENCE_MS
from tests.support.web_client import press_over, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")


def said(page: Page, words: str) -> Locator:
    """The newest message that holds these words."""
    return page.get_by_role("article").filter(has_text=words).last


def first_said(page: Page, words: str) -> Locator:
    """The oldest: a message, where `said` would find the reply that quotes it."""
    return page.get_by_role("article").filter(has_text=words).first


async def open_chat_with(page: Page, other: Colleague) -> None:
    """Behind the "+": the direct room with a colleague."""
    await page.get_by_role("link", name="Chat").first.click()
    await page.get_by_role("button", name="New conversation").first.click()
    await page.get_by_role("dialog").get_by_role("button", name=other.name).click()
    await expect(composer(page)).to_be_visible()


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Write (to|in) "))


async def write(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


async def type_until(field: Locator, seen: Locator) -> None:
    """Go on writing until it is seen: who pauses does not type any more."""
    seeing = asyncio.ensure_future(expect(seen).to_be_visible())
    while not seeing.done():
        await field.press_sequentially("hello ", delay=100)
    await seeing


async def act(message: Locator, action: str) -> None:
    """Press one of the buttons that a message shows while the pointer is on it."""
    await press_over(message, message.get_by_role("button", name=action, exact=True))


@asynccontextmanager
async def anna_and_bruno(browser: Browser, office: Office) -> AsyncIterator[tuple[Page, Page]]:
    """Anna at her desk and Bruno on his phone, in their direct room."""
    async with together(
        web_client(browser, office, ANNA, tone_hz=700),
        web_client(browser, office, BRUNO, tone_hz=900, viewport=PHONE),
    ) as (anna, bruno):
        await open_chat_with(anna.page, BRUNO)
        await open_chat_with(bruno.page, ANNA)
        yield anna.page, bruno.page


def png(folder: Path, width: int, height: int) -> Path:
    """A green image of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x20\x90\x60" * width) * height)
    path = folder / "drawing.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    return path


async def test_a_conversation(browser: Browser, office: Office, tmp_path: Path) -> None:
    word = uuid4().hex[:8]
    async with anna_and_bruno(browser, office) as (anna, bruno):
        # Typing is seen, then the message, formatted.
        await type_until(composer(anna), bruno.get_by_text("Anna is typing…"))
        await write(anna, f"hello **{word}**")
        await expect(said(bruno, f"hello {word}").locator("strong")).to_have_text(word)

        # It was read: Bruno's picture stands under it.
        await expect(anna.get_by_role("img", name="Read by Bruno Bianchi")).to_be_visible()

        # A reply quotes it.
        await said(bruno, word).locator("[data-kind=text]").tap()
        await bruno.get_by_role("menuitem", name="Reply").click()
        await write(bruno, f"answer {word}")
        answer = said(anna, f"answer {word}")
        await expect(answer.get_by_role("button", name="Go to the message of Anna Rossi")).to_be_visible()

        # A reaction is seen, and taken back.
        await act(said(anna, f"answer {word}"), "React")
        await anna.get_by_role("button", name="🎉", exact=True).click()
        reaction = said(bruno, f"answer {word}").get_by_role("button", name="🎉 from Anna Rossi")
        await expect(reaction).to_be_visible()
        await said(anna, f"answer {word}").get_by_role("button", name="🎉 from Anna Rossi").click()
        await expect(reaction).to_have_count(0)

        # An edit replaces the text, and says so.
        await act(first_said(anna, f"hello {word}"), "More")
        await anna.get_by_role("menuitem", name="Edit").click()
        await write(anna, f"goodbye {word}")
        await expect(first_said(bruno, f"goodbye {word}")).to_contain_text("edited")
        await expect(bruno.get_by_role("article").filter(has_text=f"hello {word}")).to_have_count(0)

        # An image arrives, with its pixels.
        await anna.locator("input[type=file]").set_input_files(png(tmp_path, 300, 200))
        image = bruno.get_by_role("button", name="Open image drawing.png").last
        await expect(image.locator("img")).to_be_visible()
        assert await image.locator("img").evaluate("async i => (await i.decode(), i.naturalWidth)") >= 300

        # A deletion is asked for, and seen.
        await act(first_said(anna, f"goodbye {word}"), "More")
        await anna.get_by_role("menuitem", name="Delete").click()
        await anna.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(bruno.get_by_role("article").filter(has_text=f"goodbye {word}")).to_have_count(0)
        await expect(said(bruno, "Message deleted")).to_be_visible()


async def test_a_group(browser: Browser, office: Office) -> None:
    name = f"Group {uuid4().hex[:8]}"
    async with together(
        web_client(browser, office, ANNA, tone_hz=700),
        web_client(browser, office, CHIARA, tone_hz=900, viewport=PHONE),
    ) as (anna_client, chiara_client):
        anna, chiara = anna_client.page, chiara_client.page
        await anna.get_by_role("link", name="Chat").first.click()
        await anna.get_by_role("button", name="New conversation").first.click()
        await anna.get_by_role("button", name="New group").click()
        await anna.get_by_label("Name of the group").fill(name)
        await anna.get_by_role("checkbox", name=CHIARA.name).click()
        await anna.get_by_role("button", name="Create group").click()
        await expect(composer(anna)).to_be_visible()

        # The invitation is shown, and taken.
        await chiara.get_by_role("link", name="Chat").click()
        await chiara.get_by_role("link", name=name).click()
        await expect(chiara.get_by_text(f"Anna Rossi invites you to “{name}”")).to_be_visible()
        await chiara.get_by_role("button", name="Join").click()
        await expect(anna.get_by_text("Chiara Conti joined")).to_be_visible()

        # A mention stands out in the list of who is elsewhere; opening the room reads it.
        await chiara.get_by_role("button", name="Back to the conversations").click()
        await composer(anna).fill("@Chi")
        await anna.get_by_role("option", name=CHIARA.name).click()
        await composer(anna).press_sequentially("look")
        await composer(anna).press("Enter")
        row = chiara.get_by_role("link", name=name)
        await expect(row).to_contain_text("1 unread message")
        await expect(row.get_by_label("You were mentioned")).to_be_visible()
        await row.click()
        await expect(chiara.get_by_text("New messages")).to_be_visible()
        await expect(said(chiara, "look").locator("[data-me]")).to_have_text("@Chiara Conti")
        await chiara.get_by_role("button", name="Back to the conversations").click()
        await expect(row).not_to_contain_text("unread")

        # A new name reaches all; who leaves is missed.
        await anna.get_by_role("button", name="Details").click()
        await anna.get_by_role("button", name="Rename").click()
        await anna.get_by_label("Name of the group").fill(f"{name} again")
        await anna.get_by_role("button", name="Save").click()
        await chiara.get_by_role("link", name=f"{name} again").click()
        await chiara.get_by_role("button", name="Details").click()
        await chiara.get_by_role("button", name="Leave conversation").click()
        await chiara.get_by_role("dialog").get_by_role("button", name="Leave").click()
        await expect(chiara.get_by_role("link", name=f"{name} again")).to_have_count(0)
        await expect(anna.get_by_text("Chiara Conti left")).to_be_visible()


async def test_a_call_is_no_unread_message(browser: Browser, office: Office) -> None:
    word = uuid4().hex[:8]
    async with together(
        web_client(browser, office, ANNA, tone_hz=700),
        web_client(browser, office, BRUNO, tone_hz=900, viewport=PHONE),
    ) as (anna, bruno):
        await open_chat_with(anna.page, BRUNO)
        await open_chat_with(bruno.page, ANNA)
        await write(anna.page, f"before {word}")
        await expect(said(bruno.page, f"before {word}")).to_be_visible()
        await bruno.page.get_by_role("button", name="Back to the conversations").click()
        row = bruno.page.get_by_role("link", name=ANNA.name)
        await expect(row).not_to_contain_text("unread")

        call = anna.page.get_by_role("button", name=f"Call {BRUNO.name}", exact=True)
        await call.click()
        await bruno.wait_ringing(ANNA.name)
        await bruno.answer()
        await anna.hang_up()
        await bruno.wait_no_call()
        await call.click()
        await bruno.wait_ringing(ANNA.name)
        await anna.hang_up()
        await bruno.wait_not_ringing()

        await write(anna.page, f"after {word}")
        await expect(row).to_contain_text(f"after {word}")
        await expect(row).to_contain_text("1 unread message")


async def test_what_is_written_without_connection_is_sent_when_it_is_back(
    browser: Browser, office: Office
) -> None:
    word = uuid4().hex[:8]
    async with anna_and_bruno(browser, office) as (anna, bruno):
        await anna.context.set_offline(True)
        await write(anna, f"lost {word}")
        await expect(said(anna, f"lost {word}").get_by_role("button", name="Send again")).to_be_visible()
        # Enough for a gap in Anna's sync, which resets her timeline.
        await post(bruno, 25, lambda index: f"meanwhile {index}")
        await anna.context.set_offline(False)
        await expect(said(bruno, f"lost {word}")).to_be_visible()
        await expect(said(anna, f"lost {word}")).to_be_visible()
        await expect(anna.get_by_text("Not sent")).to_have_count(0)


async def test_scrolling_back_loads_older_messages_and_keeps_the_place(
    browser: Browser, office: Office
) -> None:
    word = uuid4().hex[:8]
    async with anna_and_bruno(browser, office) as (anna, bruno):
        await post(bruno, 90, lambda index: f"{word} {index} " + "and so on " * (index % 12))
        await anna.reload()
        await expect(said(anna, f"{word} 89 ")).to_be_in_viewport()
        first = anna.get_by_role("article").filter(has_text=f"{word} 0 ")
        for _ in range(400):
            if await first.count():
                break
            assert abs(await anna.evaluate(_SCROLL_UP)) < 2, "what is read moved while older messages came"
        await expect(first).to_have_count(1)
        await anna.get_by_role("button", name="To the latest messages").click()
        await expect(said(anna, f"{word} 89 ")).to_be_in_viewport()


#: Scrolls half a window up and waits; the answer is by how many pixels the topmost message has moved since.
_SCROLL_UP = """async () => {
  const box = document.querySelector('[role=region][aria-label^="Messages in"]');
  box.scrollTop = Math.max(0, box.scrollTop - 300);
  const edge = box.getBoundingClientRect().top;
  const row = [...box.querySelectorAll('[data-row]')].find((e) => e.getBoundingClientRect().bottom > edge);
  const before = row.getBoundingClientRect().top;
  await new Promise((done) => setTimeout(done, 250));
  return row.getBoundingClientRect().top - before;
}"""


async def test_axe_finds_nothing_serious_in_the_chat(browser: Browser, office: Office) -> None:
    async with anna_and_bruno(browser, office) as (anna, bruno):
        await write(anna, "**for** `axe`")
        await expect(said(bruno, "for axe")).to_be_visible()
        await said(anna, "for axe").hover()
        await anna.get_by_role("button", name="Details").click()
        for page in (anna, bruno):
            await no_faults(page)


async def test_a_wrong_password_is_told(browser: Browser, office: Office) -> None:
    context = await browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = await context.new_page()
        await page.goto(office.stack.url)
        await page.get_by_label("E-mail").fill(CHIARA.email)
        await page.get_by_label("Password", exact=True).fill("not this")
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Wrong e-mail or password.")
        # The demo's logins are one tap away.
        await page.get_by_role("button", name=CHIARA.name).click()
        await expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
    finally:
        await context.close()


async def test_signing_out_beside_the_page_leads_to_the_front_door(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, CHIARA, tone_hz=700) as chiara:
        session = f"{office.stack.url}/api/v1/session"
        await chiara.page.request.delete(session, headers={"X-Unisono": "1"})
        await expect(chiara.page.get_by_label("E-mail")).to_be_visible()


async def post(page: Page, count: int, text: Callable[[int], str]) -> None:
    """Send many messages to the open room as the person of this page, without the clicks."""
    await page.evaluate(_POST, [text(index) for index in range(count)])


_POST = """async (texts) => {
  const { access_token } = JSON.parse(localStorage.getItem('unisono.session')).matrix;
  const room = location.hash.split('/')[2];
  for (const [index, body] of texts.entries()) {
    const path = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${Date.now()}.${index}`;
    const answer = await fetch(path, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${access_token}` },
      body: JSON.stringify({ msgtype: 'm.text', body }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}"""
