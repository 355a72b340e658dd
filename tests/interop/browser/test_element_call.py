"""Element Call, unchanged, in the meetings of our client: they hear and see each other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.element_call import (
    Caller,
    build_host,
    caller,
    served,
    session_of,
    wait_reaction,
    watch_reactions,
)
from tests.support.meeting_page import MeetingPage
from tests.support.office import ANNA, BRUNO, Office
from tests.support.stack import Stack
from tests.support.web_client import WebClient, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ = 600, 1000
TITLE = "With Element Call"
#: Element Call's configuration for memberships as sticky events, and hashed names in the SFU.
STICKY = {"matrix_rtc_mode": "matrix_2_0"}
_MAKE = """
([title, people, encrypted]) => fetch('/api/v1/meetings', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Unisono': '1' },
  body: JSON.stringify({ title, people, invite: [], encrypted }),
}).then((answer) => answer.json()).then(({ room_id }) => room_id)
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("host")
    build_host(folder)
    return folder


def bruno_signed_in(stack: Stack, *, encrypted: bool) -> dict[str, Any]:
    body = {"email": BRUNO.email, "password": BRUNO.password, "layout": "desktop"}
    headers = {"Content-Type": "application/json", "X-Unisono": "1"}
    status, answer = stack.request("POST", "/api/v1/session", json.dumps(body).encode(), headers=headers)
    assert status == 200, answer
    return session_of(stack.url, json.loads(answer)["matrix"], encrypted=encrypted)


@asynccontextmanager
async def called(
    browser: Browser,
    house: Office,
    host: Path,
    *,
    encrypted: bool = False,
    config: Mapping[str, Any] | None = None,
    intent: str = "start_call",
) -> AsyncIterator[tuple[MeetingPage, WebClient, Caller]]:
    """Bruno has begun a meeting with Element Call, and Anna's client rings."""
    async with web_client(browser, house, ANNA, tone_hz=ANNA_HZ) as anna, served(host, config) as url:
        room_id = await anna.page.evaluate(_MAKE, [TITLE, [BRUNO.user_id], encrypted])
        session = bruno_signed_in(house.stack, encrypted=encrypted)
        asked = {"intent": intent, "sendNotificationType": "ring"}
        async with caller(browser, url, session, room_id, tone_hz=BRUNO_HZ, **asked) as bruno:
            await bruno.wait_joined()
            yield MeetingPage(anna.page), anna, bruno


def ringing(meeting: MeetingPage) -> Locator:
    return meeting.page.get_by_test_id("incoming-meeting").filter(has_text=TITLE)


async def they_raise_hands(page: Page, bruno: Caller) -> None:
    raised = page.get_by_role("group", name=f"{BRUNO.name}, hand raised")
    await bruno.raise_hand()
    await expect(raised).to_be_visible()
    await page.get_by_role("button", name="Raise hand", exact=True).click()
    await bruno.wait_hand(ANNA.name, up=True)
    await bruno.lower_hand()
    await expect(raised).to_have_count(0)
    await page.get_by_role("button", name="Lower hand", exact=True).click()
    await bruno.wait_hand(ANNA.name, up=False)


async def they_react(page: Page, bruno: Caller) -> None:
    await watch_reactions(page, "[role=log] > *")
    await bruno.react("clapping")
    await wait_reaction(page, "👏")
    await watch_reactions(bruno.frame, "[role=img][aria-label=Reaction]")
    await page.get_by_role("button", name="Send a reaction", exact=True).click()
    await page.get_by_role("button", name="🎉", exact=True).click()
    await wait_reaction(bruno.frame, "🎉")


@pytest.mark.parametrize(
    ("encrypted", "config"),
    [(False, None), (True, None), (False, STICKY)],
    ids=["clear", "end to end", "sticky events"],
)
async def test_element_call_rings_our_client_and_they_hear_and_see_each_other(
    browser: Browser, house: Office, host: Path, *, encrypted: bool, config: dict[str, Any] | None
) -> None:
    async with called(browser, house, host, encrypted=encrypted, config=config) as (meeting, anna, bruno):
        await expect(ringing(meeting)).to_contain_text(BRUNO.name)
        await ringing(meeting).get_by_role("button", name="Join with video").click()
        await meeting.wait_inside()
        await meeting.wait_sees(1)
        await bruno.wait_sees()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await expect(meeting.page.get_by_role("group", name=BRUNO.name)).to_be_visible()
        await bruno.wait_name(ANNA.name)
        assert await bruno.is_sticky() is (config is STICKY)
        await expect(meeting.page.get_by_text("End-to-end encrypted")).to_have_count(int(encrypted))
        if not encrypted and config is None:
            await they_raise_hands(meeting.page, bruno)
            await they_react(meeting.page, bruno)
        await bruno.leave()
        await expect(meeting.page.get_by_test_id("camera-tile")).to_have_count(1)


async def test_element_call_ends_when_our_client_declines(
    browser: Browser, house: Office, host: Path
) -> None:
    async with called(browser, house, host, intent="start_call_dm") as (meeting, _, bruno):
        await ringing(meeting).get_by_role("button", name="Decline").click()
        await bruno.wait_closed()
