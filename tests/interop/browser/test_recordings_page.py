"""A call between two browsers is recorded by a press, seen by both, heard afterwards, and deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.interop.test_recordings import channels, grows, kept
from tests.interop.test_voicemail import holds_tone
from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.patience import PATIENCE_MS
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRUNO_HZ, CHIARA_HZ = 700, 1200


async def go(page: Page, place: str) -> None:
    await page.evaluate(f"location.hash = '{place}'")


async def test_a_call_of_two_browsers_is_recorded_by_a_press(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    rule = f"/recording-rules/person/{CHIARA.user_id}"
    async with (
        web_client(browser, office, ANNA, tone_hz=500) as anna,
        office.api(ANNA) as api,
    ):
        try:
            page = anna.page
            await go(page, "/administration/recordings")
            await page.get_by_label("Recording a call by hand").select_option(
                "Everybody may, with their own calls"
            )
            await page.get_by_label("The colleagues in a call may hear").check()
            await expect(page.get_by_label("They may delete it, too")).to_be_enabled()
            await no_faults(page)
            async with (
                web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ) as bruno,
                web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ, viewport=PHONE) as chiara,
            ):
                await bruno.dial(CHIARA.extension)
                await chiara.wait_ringing("Bruno")
                await chiara.answer()
                await bruno.wait_hears(CHIARA_HZ)
                await bruno.page.get_by_role("button", name="Record this call").click()
                for each in (bruno, chiara):
                    badge = each.page.get_by_test_id("recording-badge").first
                    await expect(badge).to_have_text("Recording", timeout=PATIENCE_MS)
                await grows(office, 2.0)
                await bruno.page.get_by_role("button", name="Pause the recording").click()
                badge = chiara.page.get_by_test_id("recording-badge").first
                await expect(badge).to_have_text("Recording paused", timeout=PATIENCE_MS)
                await no_faults(bruno.page)
                await bruno.page.get_by_role("button", name="Go on recording").click()
                await expect(badge).to_have_text("Recording", timeout=PATIENCE_MS)
                await bruno.hang_up()
                await chiara.wait_no_call()
                (found,) = await kept(api, path="/recordings?everybody=true")
                caller, callee = await channels(api, found)
                assert holds_tone(caller, 8000, BRUNO_HZ) and holds_tone(callee, 8000, CHIARA_HZ)
                page = chiara.page
                await go(page, "/calls/recordings")
                row = page.get_by_test_id("recording")
                await expect(row).to_contain_text("Bruno Bianchi")
                await expect(row).to_contain_text("left out at")
                await no_faults(page)
                await row.get_by_role("button", name="Play the recording").click()
                position = row.get_by_role("slider", name="Position in the recording")
                await expect(position).not_to_have_value("0", timeout=PATIENCE_MS)
                async with page.expect_download() as download:
                    await row.get_by_role("link", name="Download the recording").click()
                assert (await download.value).suggested_filename.endswith(".wav")
                await expect(row.get_by_role("button", name="Delete the recording")).to_have_count(0)
                await go(bruno.page, "/calls")
                await expect(bruno.page.get_by_text("· recorded").first).to_be_visible()
                # By rule nobody presses anything: the call comes into the house by itself.
                assert (await api.ask("PUT", rule))[0] == 200
                await go(bruno.page, "/")
                await bruno.dial(CHIARA.extension)
                await chiara.wait_ringing("Bruno")
                await chiara.answer()
                badge = bruno.page.get_by_test_id("recording-badge").first
                await expect(badge).to_have_text("Recording", timeout=PATIENCE_MS)
                await bruno.hang_up()
                assert (await api.ask("DELETE", rule))[0] == 200
                (second, _) = await kept(api, 2, path="/recordings?everybody=true")
                assert second["why"] == "rule"
                assert (await api.ask("DELETE", f"/recordings/{second['id']}"))[0] == 204
            page = anna.page
            await page.reload()
            row = page.get_by_test_id("recording")
            await expect(row).to_contain_text("Bruno Bianchi → Chiara Conti")
            await row.get_by_role("button", name="Delete the recording").click()
            await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
            await expect(page.get_by_text("Nothing has been recorded yet")).to_be_visible()
            await go(page, "/administration/activity")
            for words in ("Recording deleted", "Recording downloaded", "Recording heard"):
                await expect(page.get_by_text(words).first).to_be_visible()
        finally:
            settings = {"on_demand": "nobody", "people_hear": False}
            await api.ask("PUT", "/recording-rules/settings", settings)
