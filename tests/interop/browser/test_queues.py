"""A queue is made on a page, an agent goes on duty, takes who waits, and sees how the day goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, Office
from tests.support.patience import PATIENCE_MS
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, CALLER_HZ, SECOND_HZ = 600, 800, 1800
SUPPORT = "+390612345320"


async def test_an_agent_works_with_the_page(browser: Browser, office: Office, tmp_path: Path) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        web_client(browser, office, BRUNO, tone_hz=700, viewport=PHONE) as bruno,
    ):
        page = anna.page
        body = {
            "name": "Support",
            "extension": "320",
            "numbers": [SUPPORT],
            "members": [{"user_id": ANNA.user_id}, {"user_id": BRUNO.user_id}],
        }
        async with office.api(ANNA) as api:
            status, made = await api.ask("POST", "/groups", body)
            assert status == 201, made
            try:
                await page.evaluate("location.hash = '/administration/groups'")
                await page.get_by_role("button", name="Edit Support").click()
                await page.get_by_label("It is a queue").check()
                await page.get_by_label("Seconds free after each call").fill("60")
                await no_faults(page)
                await page.screenshot(path=tmp_path / "editor.png")
                await page.get_by_role("button", name="Save").click()
                await page.evaluate("location.hash = '/calls'")
                await page.get_by_text("Queues", exact=True).click()
                await page.get_by_role("button", name="Go on duty").click()
                board = page.get_by_test_id("queue-board")
                await expect(board.get_by_text("free", exact=True)).to_be_visible(timeout=PATIENCE_MS)
                first = await office.carrier.call_in(SUPPORT, tone_hz=CALLER_HZ)
                await anna.wait_ringing("06 9876 54")
                second = await office.carrier.call_in(SUPPORT, "+390698765433", tone_hz=SECOND_HZ)
                await expect(board.get_by_text("06 9876 5433")).to_be_visible(timeout=PATIENCE_MS)
                await anna.answer()
                await office.carrier.wait_hears(first, ANNA_HZ)
                await expect(board.get_by_text("in a call", exact=True)).to_be_visible(timeout=PATIENCE_MS)
                await office.carrier.hang_up(first)
                await expect(page.get_by_text("Time after the call")).to_be_visible(timeout=PATIENCE_MS)
                await no_faults(page)
                await page.screenshot(path=tmp_path / "board.png")
                await page.get_by_role("button", name="I am ready").click()
                await anna.wait_ringing("06 9876 54")
                await office.carrier.hang_up(second)
                await board.get_by_role("button", name="Days and calls").click()
                await expect(page.get_by_role("cell", name="abandoned")).to_be_visible(timeout=PATIENCE_MS)
                await no_faults(page)
                await page.screenshot(path=tmp_path / "history.png", full_page=True)
                await bruno.page.evaluate("location.hash = '/calls/queues'")
                await expect(bruno.page.get_by_role("button", name="Go on duty")).to_be_visible()
                await no_faults(bruno.page)
                await bruno.page.screenshot(path=tmp_path / "phone.png")
                await page.get_by_role("button", name="Go off duty").click()
                await expect(page.get_by_role("button", name="Go on duty")).to_be_visible()
            finally:
                await api.ask("DELETE", f"/groups/{made['group']['id']}")
