"""The web client as a person uses it: by the words and roles on the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import TypeVar
from weakref import WeakKeyDictionary

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.support.browser import DESKTOP, PHONE, Listener, new_context, new_listener
from tests.support.meeting_page import SMALL_CAMERA
from tests.support.office import Colleague, Office
from tests.support.patience import PATIENCE_MS

T = TypeVar("T")
_TRIES = 10

#: The page's Matrix client has heard from the homeserver, which therefore knows that it is there.
_SYNCED = """() => performance.getEntriesByType('resource').some(
  ({ name, responseEnd }) => name.includes('/_matrix/client/v3/sync') && responseEnd > 0
)"""


#: Notes every moment at which the page rings.
_WATCH_RINGING = """() => {
  window.rang = 0;
  const look = () => { window.rang += document.querySelectorAll('[data-testid=incoming-call]').length };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


class WebClient:
    """Somebody signed in, in English.

    :ivar ears: what the page hears.
    """

    def __init__(self, ears: Listener) -> None:
        self.ears = ears

    @property
    def page(self) -> Page:
        return self.ears.page

    @property
    def incoming(self) -> Locator:
        """The card of a call that rings here."""
        return self.page.get_by_test_id("incoming-call")

    @property
    def timer(self) -> Locator:
        """The clock of a call that stands."""
        return self.page.get_by_test_id("call-timer")

    async def sign_in(self, base_url: str, who: Colleague) -> None:
        """From the front door to the first page."""
        await self.page.goto(base_url)
        await self.page.get_by_label("E-mail").fill(who.email)
        await self.page.get_by_label("Password", exact=True).fill(who.password)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(self.page.get_by_test_id("dial-pad").first).to_be_visible()

    async def open(self, base_url: str) -> None:
        """The first page, for somebody who is signed in."""
        await self.page.goto(base_url)
        await expect(self.page.get_by_test_id("dial-pad").first).to_be_visible()

    async def wait_synced(self) -> None:
        """Wait until the page's own Matrix client is there: its person may seem online from a page before."""
        await self.page.wait_for_function(_SYNCED, polling=100)

    async def dial(self, number: str) -> None:
        """Type a number into the dial pad and call it."""
        pad = self.page.get_by_test_id("dial-pad").first
        await pad.get_by_role("textbox").fill(number)
        await pad.get_by_role("button", name="Call", exact=True).click()

    async def wait_ringing(self, words: str) -> None:
        """Wait for an incoming call whose card says ``words``."""
        await expect(self.incoming).to_contain_text(words)

    async def answer(self) -> None:
        """Take the call that rings, and wait until it stands."""
        await self.incoming.get_by_role("button", name="Answer", exact=True).click()
        await self.wait_in_call()

    async def decline(self) -> None:
        await self.incoming.get_by_role("button", name="Decline", exact=True).click()

    async def wait_in_call(self) -> None:
        """Wait until a call stands."""
        await expect(self.timer.first).to_be_visible()

    async def wait_not_ringing(self) -> None:
        await expect(self.incoming).to_have_count(0)

    async def watch_ringing(self) -> None:
        """From now on `rang` knows whether the page has rung."""
        await self.page.evaluate(_WATCH_RINGING)

    async def rang(self) -> bool:
        """Whether it has rung, be it for a moment, since `watch_ringing`."""
        return bool(await self.page.evaluate("window.rang"))

    async def wait_no_call(self) -> None:
        """Wait until no call stands or rings."""
        await self.wait_not_ringing()
        await expect(self.timer).to_have_count(0)

    async def wait_words(self, words: str) -> None:
        """Wait until the page says this."""
        await expect(self.page.get_by_text(words).first).to_be_visible()

    async def hang_up(self) -> None:
        await self.page.get_by_role("button", name="Hang up", exact=True).first.click()

    async def press(self, digits: str) -> None:
        """Press keys of the keypad of the call that stands."""
        await self.page.get_by_role("button", name="Keypad", exact=True).first.click()
        sent = self.page.get_by_test_id("sent-tones")
        for digit in digits:
            await sent.locator("..").get_by_role("button", name=digit, exact=True).click()
        await expect(sent).to_contain_text(digits)

    async def wait_hears(self, hz: int) -> None:
        await self.ears.wait_hears(hz)


#: Who is signed in already, by the house, the person, and whether at a phone: signing in anew costs more than
#: most of what is tested afterwards. One test at a time has a context; one that fails leaves none.
_kept: WeakKeyDictionary[Browser, dict[tuple[str, str, bool], BrowserContext]] = WeakKeyDictionary()

#: Forgets what this browser has been told, but for who is signed in. A device that has keys by now is not as
#: it began: others send to them what a page that knows of none does not read.
_FORGET = """() => {
  const encrypts = localStorage.getItem('unisono.encryption') !== null;
  for (const key of Object.keys(localStorage)) if (key !== 'unisono.session') localStorage.removeItem(key);
  return !encrypts && localStorage.length === 1;
}"""


async def _still_signed_in(context: BrowserContext | None, url: str) -> BrowserContext | None:
    """The context, unless its session has ended meanwhile: then it is closed."""
    if context is None:
        return None
    answer = await context.request.get(f"{url}/api/v1/session")
    if answer.ok:
        return context
    await context.close()
    return None


async def _as_it_began(context: BrowserContext, page: Page, url: str) -> bool:
    """Whether the context is as after signing in, once its pages and what the test has set there are gone.

    A page on which nothing runs stays, and keeps warm for the next what the client's page has loaded.
    """
    if page.is_closed():
        return False
    resting = await context.new_page()
    await resting.goto(f"{url}/api/v1/config")
    for each in context.pages:
        if each is not resting:
            await each.close()
    return bool(await resting.evaluate(_FORGET))


@asynccontextmanager
async def web_client(
    browser: Browser,
    office: Office,
    who: Colleague,
    *,
    tone_hz: int,
    viewport: dict[str, int] = DESKTOP,
    small_camera: bool = False,
) -> AsyncIterator[WebClient]:
    """``who`` signed in and ready to be rung, on a page of their own whose microphone is a tone.

    With a `small_camera` pictures cost little where they are not what the test is about.
    """
    url = office.stack.url
    kept = _kept.setdefault(browser, {})
    key = (url, who.email, viewport is PHONE)
    context = await _still_signed_in(kept.pop(key, None), url)
    known = context is not None
    context = context or await new_context(browser, viewport=viewport)
    try:
        client = WebClient(await new_listener(context, tone_hz=tone_hz))
        if small_camera:
            await client.page.add_init_script(SMALL_CAMERA)
        await (client.open(url) if known else client.sign_in(url, who))
        for page in context.pages:
            if page is not client.page:
                await page.close()
        await client.wait_synced()
        await office.wait_online(who)
        yield client
        if await _as_it_began(context, client.page, url):
            kept[key], context = context, None
    finally:
        if context is not None:
            await context.close()


async def press_over(place: Locator, button: Locator) -> None:
    """Press a button that is there while the pointer is on a place, which may move meanwhile."""
    for _ in range(_TRIES - 1):
        await place.hover()
        with suppress(PlaywrightTimeout):
            await button.click(timeout=PATIENCE_MS / _TRIES)
            return
    await place.hover()
    await button.click()


@asynccontextmanager
async def house_takes(page: Page, path: str) -> AsyncIterator[None]:
    """What is changed within it, at this path of the API, the house has at its end: pages show it before."""
    async with page.expect_response(
        lambda answer: f"/api/v1{path}" in answer.url and answer.request.method != "GET" and answer.ok
    ):
        yield


@asynccontextmanager
async def together(*people: AbstractAsyncContextManager[T]) -> AsyncIterator[list[T]]:
    """Several who come at the same time, which takes little longer than one; they go one after the other."""
    async with AsyncExitStack() as stack:
        come = await asyncio.gather(*(one.__aenter__() for one in people), return_exceptions=True)
        for one, result in zip(people, come, strict=True):
            if not isinstance(result, BaseException):
                stack.push_async_exit(one)
        there = [result for result in come if not isinstance(result, BaseException)]
        if len(there) < len(come):
            raise next(result for result in come if isinstance(result, BaseException))
        yield there
