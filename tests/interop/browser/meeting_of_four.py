"""Three pages of Chromium and one of Firefox in a meeting; run by `test_meeting.py`, not collected here.

The tests are one story on one meeting: what dies in one of them is back before the next begins.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from playwright.async_api import Page

from bridges.media.addresses import outward_address
from tests.support.browser import chromium, firefox, listener
from tests.support.meeting_page import SMALL_CAMERA, MeetingPage
from tests.support.office import ANNA, BRUNO, CHIARA, Colleague, office_of
from tests.support.patience import PATIENCE_MS
from tests.support.stack import Stack
from tests.support.web_client import WebClient

TONES = {ANNA: 600, BRUNO: 900, CHIARA: 1300}
DARIO = replace(ANNA, name="Dario Neri", email="dario@unisono.example", password="tavola forchetta due sole")
#: Firefox's own fake microphone.
DARIO_HZ = 1800
_FAKE_DEVICES: dict[str, str | float | bool] = {
    "media.autoplay.default": 0,
    "media.navigator.audio.fake_frequency": DARIO_HZ,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
}
_MAKE = """
(people) => fetch('/api/v1/meetings', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Unisono': '1' },
  body: JSON.stringify({ title: 'All four', people, invite: [] }),
}).then((answer) => answer.json()).then((meeting) => meeting.room_id)
"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    address = outward_address()
    assert address, "this host has no address of its own"
    folder = tmp_path_factory.mktemp("four")
    with Stack.start(folder, demo=True, sip=False, sfu=True, media_host=address) as running:
        running.wait_ready()
        added = running.cli(
            "people", "add", "--name", DARIO.name, "--email", DARIO.email, "--password", DARIO.password
        )
        assert added.returncode == 0, added.stdout + added.stderr
        yield running


@dataclass
class Four:
    """The meeting, with everybody in it."""

    stack: Stack
    chromiums: dict[Colleague, WebClient]
    dario: Page

    @property
    def pages(self) -> list[MeetingPage]:
        return [MeetingPage(page) for page in (*(one.page for one in self.chromiums.values()), self.dario)]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def four(stack: Stack) -> AsyncIterator[Four]:
    async with AsyncExitStack() as opened:
        office = await opened.enter_async_context(office_of(stack))
        browser = await opened.enter_async_context(chromium())
        people: dict[Colleague, WebClient] = {}
        for who, hz in TONES.items():
            ears = await opened.enter_async_context(listener(browser, tone_hz=hz))
            await ears.context.add_init_script(SMALL_CAMERA)
            people[who] = WebClient(ears)
            await people[who].sign_in(office.stack.url, who)
        context = await (await opened.enter_async_context(firefox(_FAKE_DEVICES))).new_context(locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(SMALL_CAMERA)
        dario = await context.new_page()
        await _sign_in(dario, stack.url, DARIO)
        found = Four(stack, people, dario)
        others = [BRUNO.user_id, CHIARA.user_id, DARIO.user_id]
        room_id = await people[ANNA].page.evaluate(_MAKE, others)
        for page in found.pages:
            await page.enter(room_id)
        yield found


async def _sign_in(page: Page, url: str, who: Colleague) -> None:
    await page.goto(url)
    await page.get_by_label("E-mail").fill(who.email)
    await page.get_by_label("Password", exact=True).fill(who.password)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_test_id("dial-pad").first.wait_for()


async def all_see_and_hear_all(four: Four) -> None:
    """Pictures that move, and sound by content: each hears the tone of each other."""
    for page in four.pages:
        await page.wait_sees(3)
    for who, client in four.chromiums.items():
        for hz in {*TONES.values(), DARIO_HZ} - {TONES[who]}:
            await client.wait_hears(hz)
    wanted = set(TONES.values())
    for _ in range(10):
        heard = await MeetingPage(four.dario).recorded_tones(tuple(wanted))
        if heard == wanted:
            return
    raise AssertionError(f"Firefox hears {heard} of {wanted}")


async def test_four_people_see_and_hear_each_other(four: Four) -> None:
    await all_see_and_hear_all(four)
