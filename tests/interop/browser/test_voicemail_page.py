"""What callers left is heard in the browser, deleted and brought back."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.interop.test_voicemail import GREETING_HZ, OUTSIDE_HZ, mailbox, message, recorded
from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import CHIARA, Office
from tests.support.patience import PATIENCE_MS
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_message_is_heard_deleted_and_brought_back_on_the_page(
    browser: Browser, office: Office, viewport: dict[str, int]
) -> None:
    # One session of each layout at a time.
    async with mailbox(office, "phone" if viewport is DESKTOP else "desktop") as chiara:
        call_id = await office.carrier.call_in(CHIARA.number, tone_hz=OUTSIDE_HZ)
        await recorded(office, 2.0)
        await office.carrier.hang_up(call_id)
        await message(chiara)
        async with web_client(browser, office, CHIARA, tone_hz=700, viewport=viewport) as client:
            page = client.page
            today = page.get_by_test_id("today")
            await expect(today).to_contain_text("1 new voice message")
            await no_faults(page)
            if viewport is DESKTOP:
                await today.get_by_role("button", name="Listen").click()
            else:
                await page.get_by_role("navigation").get_by_role("link", name="Calls").first.click()
                await expect(page.get_by_text("left a voice message")).to_be_visible()
                await page.get_by_role("button", name="Voicemail (1)").click()
            row = page.get_by_test_id("voice-message")
            await expect(row).to_contain_text("06 9876 5432")
            await expect(row).to_contain_text("New")
            await no_faults(page)
            await row.get_by_role("button", name="Speed: 1×").click()
            await row.get_by_role("button", name="Speed: 1.5×").click()
            await row.get_by_role("button", name="Play the message").click()
            position = row.get_by_role("slider", name="Position in the message")
            await expect(position).not_to_have_value("0", timeout=PATIENCE_MS)
            # To its end, which is heard once and for all.
            await expect(row.get_by_role("button", name="Play the message")).to_be_visible(
                timeout=PATIENCE_MS
            )
            await expect(row).not_to_contain_text("New")
            async with page.expect_download() as download:
                await row.get_by_role("link", name="Download the message").click()
            assert (await download.value).suggested_filename.endswith(".wav")
            await row.get_by_role("button", name="Delete the message").click()
            await expect(page.get_by_text("No voice messages")).to_be_visible()
            await page.get_by_role("button", name="Undo").click()
            await expect(row).to_be_visible()
            await expect(page.get_by_role("switch")).to_be_checked()


async def test_a_greeting_is_recorded_on_the_page_and_heard_by_who_calls(
    browser: Browser, office: Office
) -> None:
    async with mailbox(office) as chiara:
        async with web_client(browser, office, CHIARA, tone_hz=GREETING_HZ) as client:
            page = client.page
            await page.evaluate("location.hash = '/calls/voicemail'")
            await page.get_by_text("Greeting", exact=True).click()
            row = page.get_by_test_id("greeting-always")
            await expect(row).to_contain_text("Our greeting")
            await row.get_by_role("button", name="Record: For all calls").click()
            await expect(row).to_contain_text("Speak now: 0:02 of 1:00", timeout=PATIENCE_MS)
            await row.get_by_role("button", name="End the recording").click()
            await expect(row).to_contain_text("Your greeting", timeout=PATIENCE_MS)
            await no_faults(page)
            await row.get_by_role("button", name="Play: For all calls").click()
            await expect(row.get_by_role("button", name="Pause")).to_be_visible()
            refused = page.get_by_test_id("greeting-busy").locator("input[type=file]")
            await refused.set_input_files(
                {"name": "words.wav", "mimeType": "audio/wav", "buffer": b"no sound"}
            )
            await expect(page.get_by_text("This file holds no sound")).to_be_visible(timeout=PATIENCE_MS)
            await page.get_by_text("Listen from other telephones").click()
            await page.get_by_label("PIN", exact=True).fill("123456")
            await page.get_by_role("button", name="Save").click()
            await expect(page.get_by_text("This PIN is easy to guess")).to_be_visible()
            await page.get_by_label("PIN", exact=True).fill("482915")
            await page.get_by_role("button", name="Save").click()
            await page.get_by_role("button", name="Remove the PIN").click()
            await expect(page.get_by_label("PIN", exact=True)).to_be_visible()
            by_mail = page.get_by_label("When a message arrives, send me a mail")
            await by_mail.select_option("With a notice")
            await expect(by_mail).to_have_value("notice")
            await by_mail.select_option("No")
            await no_faults(page)
        await office.wait_offline(CHIARA)
        call_id = await office.carrier.call_in(CHIARA.number, tone_hz=OUTSIDE_HZ)
        await office.carrier.wait_hears(call_id, GREETING_HZ)
        await office.carrier.hang_up(call_id)
        assert (await chiara.ask("DELETE", "/greetings/always"))[1]["greetings"] == []
