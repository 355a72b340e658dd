"""A conversation that is encrypted from end to end: its messages, its keys, and who gets none."""

from __future__ import annotations

from urllib.parse import unquote
from uuid import uuid4

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.interop.browser.test_chat import composer, said, write
from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.device_keys import UnsignedDevice
from tests.support.office import BRUNO, CHIARA, Office
from tests.support.stack import homeserver_client
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def create_group(page: Page, name: str, other: str) -> None:
    """A group that is encrypted from the beginning."""
    await page.get_by_role("link", name="Chat").first.click()
    await page.get_by_role("button", name="New conversation").first.click()
    await page.get_by_role("button", name="New group").click()
    await page.get_by_label("Name of the group").fill(name)
    await page.get_by_label("Encrypt from end to end").check()
    await expect(page.get_by_text("Only the devices of those who are in it")).to_be_visible()
    await no_faults(page)
    await page.get_by_role("checkbox", name=other).click()
    await page.get_by_role("button", name="Create group").click()
    await expect(composer(page)).to_be_visible()


async def join(page: Page, name: str) -> None:
    await page.get_by_role("link", name="Chat").first.click()
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="Join").click()
    await expect(composer(page)).to_be_visible()


def keep_key(page: Page) -> Locator:
    """Asks for a recovery key: this device has keys, and its account an identity."""
    return page.get_by_role("button", name="Keep a recovery key")


async def keep_recovery_key(page: Page) -> str:
    """The key, which is in force once it was entered again."""
    await keep_key(page).click()
    dialog = page.get_by_role("dialog")
    shown = dialog.get_by_test_id("recovery-key")
    await expect(shown).not_to_be_empty()
    await no_faults(page)
    key = await shown.inner_text()
    await dialog.get_by_role("button", name="I have kept it").click()
    field = dialog.get_by_label("Recovery key")
    await field.fill("EsTx something else")
    await dialog.get_by_role("button", name="Finish").click()
    await expect(dialog.get_by_text("This is not the key that was shown")).to_be_visible()
    await field.fill(key.replace(" ", "  "))
    await dialog.get_by_role("button", name="Finish").click()
    await expect(page.get_by_text("Your recovery key is set up.")).to_be_visible()
    return key


async def test_two_chat_and_a_new_device_reads_it_by_the_recovery_key(
    browser: Browser, office: Office
) -> None:
    word, name = uuid4().hex[:8], f"Secret {uuid4().hex[:8]}"
    async with web_client(browser, office, CHIARA, tone_hz=700) as chiara_client:
        chiara = chiara_client.page
        async with web_client(browser, office, BRUNO, tone_hz=900, viewport=PHONE) as bruno_client:
            bruno = bruno_client.page
            await create_group(chiara, name, BRUNO.name)
            await join(bruno, name)
            await expect(keep_key(chiara)).to_be_visible()
            await expect(keep_key(bruno)).to_be_visible()
            await write(chiara, f"hello {word}")
            await expect(said(bruno, f"hello {word}")).to_be_visible()
            await write(bruno, f"answer {word}")
            await expect(said(chiara, f"answer {word}")).to_be_visible()
            await expect(chiara.get_by_role("heading", name=name)).to_contain_text(name)
            await expect(chiara.get_by_role("img", name="Encrypted from end to end")).to_be_visible()
            key = await keep_recovery_key(chiara)
        await reads_by_recovery_key(browser, office, name, word, key)
        await verifies_by_emoji(browser, office, chiara, name, word)
        await leaves_out_who_is_not_signed(chiara, office)
        await all_leave(chiara, office)


async def reads_by_recovery_key(browser: Browser, office: Office, name: str, word: str, key: str) -> None:
    async with web_client(browser, office, CHIARA, tone_hz=900, viewport=PHONE) as client:
        page = client.page
        await page.get_by_role("link", name="Chat").first.click()
        await page.get_by_role("link", name=name).click()
        await expect(page.get_by_text("enter your recovery key to read it").first).to_be_visible()
        await page.get_by_role("button", name="Enter recovery key").click()
        dialog = page.get_by_role("dialog")
        await no_faults(page)
        await dialog.get_by_label("Recovery key").fill("not the key")
        await dialog.get_by_role("button", name="Continue").click()
        await expect(dialog.get_by_text("This is not your recovery key")).to_be_visible()
        await dialog.get_by_label("Recovery key").fill(key)
        await dialog.get_by_role("button", name="Continue").click()
        await expect(said(page, f"hello {word}")).to_be_visible()
        await expect(said(page, f"answer {word}")).to_be_visible()
        await expect(page.get_by_text("enter your recovery key to read it")).to_have_count(0)


async def verifies_by_emoji(browser: Browser, office: Office, desk: Page, name: str, word: str) -> None:
    """Another device of Chiara's, which her desk vouches for: without the recovery key."""
    async with web_client(browser, office, CHIARA, tone_hz=900, viewport=PHONE) as client:
        page = client.page
        await page.goto(f"{office.stack.url}/#/settings/encryption")
        await page.get_by_role("button", name="Verify with another device").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Accept on your other device.")
        await desk.get_by_role("dialog").get_by_role("button", name="Begin").click()
        signs = [each.get_by_test_id("sas").get_by_role("listitem") for each in (desk, page)]
        for seven in signs:
            await expect(seven).to_have_count(7)
        assert await signs[0].all_inner_texts() == await signs[1].all_inner_texts()
        await no_faults(page)
        for each in (desk, page):
            await each.get_by_role("button", name="They match").click()
        for each in (desk, page):
            dialog = each.get_by_role("dialog")
            await expect(dialog).to_contain_text("Both devices know each other now.")
            await dialog.get_by_role("button", name="Close").last.click()
        await expect(page.get_by_text("This device is verified")).to_be_visible()
        await page.goto(f"{office.stack.url}/#/chat")
        await page.get_by_role("link", name=name).click()
        await expect(said(page, f"hello {word}")).to_be_visible()


async def leaves_out_who_is_not_signed(page: Page, office: Office) -> None:
    """A device that the server opens for Bruno gets no key from Chiara, who has verified, until she says."""
    name = f"SERVER{uuid4().hex[:6]}"
    async with homeserver_client(office.stack) as homeserver, aiohttp.ClientSession() as http:
        opened = await homeserver.login(BRUNO.user_id, name, "opened by the server")
        device = UnsignedDevice(http, office.stack.url, BRUNO.user_id, name, opened.access_token)
        try:
            await device.publish()
            await device.keys_sent()
            words = "uses a device that they have not verified. It cannot read what you write."
            await expect(page.get_by_text(words)).to_be_visible()
            await write(page, "not for the server")
            await expect(said(page, "not for the server").get_by_label("Sending")).to_have_count(0)
            assert await device.keys_sent() == 0
            await take_in(page)
            await write(page, "for everybody")
            await expect(said(page, "for everybody").get_by_label("Sending")).to_have_count(0)
            assert await device.keys_sent() > 0
        finally:
            await homeserver.delete_device(BRUNO.user_id, name)


async def take_in(page: Page) -> None:
    """Also devices that nobody has verified; the page of settings is as it should be."""
    where = page.url
    await page.goto(where.partition("#")[0] + "#/settings/encryption")
    await expect(page.get_by_text("This device is verified")).to_be_visible()
    await no_faults(page)
    await (
        page.get_by_role("switch", name="Verified devices only")
        .or_(page.get_by_role("checkbox", name="Verified devices only"))
        .click()
    )
    await page.goto(where)
    await expect(page.get_by_text("It can read what you write.")).to_be_visible()


async def all_leave(page: Page, office: Office) -> None:
    """Who is in no encrypted room needs no keys when their pages start again, as other tests have them do."""
    room_id = unquote(page.url.partition("#/chat/")[2])
    async with homeserver_client(office.stack) as homeserver:
        for who in (BRUNO, CHIARA):
            await homeserver.rooms_of_meetings.leave(room_id, who.user_id)
            assert room_id not in await homeserver.rooms_of_meetings.joined(who.user_id)
