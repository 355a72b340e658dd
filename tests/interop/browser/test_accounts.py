"""From the mail to the first message, and one session a person: as new people do it, in real browsers."""

from __future__ import annotations

import json
import re
import struct
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.support import browser as browsers
from tests.support.axe import no_faults
from tests.support.patience import PATIENCE_MS
from tests.support.stack import ROOT, Stack, load

LOCALES = {"en": "en-GB", "it": "it-IT"}
PASSWORD = "lampada cavallo verde otto"

#: Milliseconds until the first browser is out when a second one signs in, on a quiet machine.
OUT_MS = 2_000
#: Seconds that a newcomer needs at most from the mail to the first message.
PATIENCE = 120

STRICT = """
[accounts]
second_factor = "required"
second_browser = "ask"
"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A demo organisation whose people need a second factor and have one session."""
    folder = tmp_path_factory.mktemp("strict")
    with Stack.start(folder, demo=True, sip=False, extra=STRICT) as stack:
        stack.wait_ready()
        yield stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def firefox() -> AsyncIterator[Browser]:
    async with browsers.firefox() as browser:
        yield browser


@cache
def words(language: str, feature: str) -> dict[str, str]:
    """What the client says in one of its features."""
    path = ROOT / f"clients/web/src/{feature}/locales/{language}.json"
    spoken: dict[str, str] = json.loads(path.read_text("utf-8"))
    return spoken


@dataclass
class Newcomer:
    """Somebody at a keyboard without a mouse."""

    stack: Stack
    page: Page
    language: str
    email: str

    def say(self, feature: str, key: str) -> str:
        return words(self.language, feature)[key]

    def button(self, feature: str, key: str) -> Locator:
        return self.page.get_by_role("button", name=self.say(feature, key), exact=True)

    async def go(self, address: str) -> None:
        await self.page.goto(f"{self.stack.url}/#{address}")

    async def reach(self, place: Locator) -> None:
        """Press Tab until the focus is there."""
        await expect(place).to_be_visible()
        for _ in range(80):
            if await place.evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {place}")

    async def press(self, place: Locator, key: str = "Enter") -> None:
        await self.reach(place)
        await self.page.keyboard.press(key)

    async def write(self, label: str, text: str) -> None:
        """Into the field of this name, which has the focus or is reached."""
        await self.reach(self.page.locator("input").and_(self.page.get_by_label(label, exact=True)))
        await self.page.keyboard.type(text)

    async def heading(self, feature: str, key: str) -> None:
        """Wait for a page, and hold it to axe's rules."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say(feature, key))
        await no_faults(self.page)

    def outbox(self) -> list[dict[str, Any]]:
        """What was sent to this person, newest first."""
        _, body = self.stack.get("/api/v1/demo/outbox")
        messages: list[dict[str, Any]] = body["messages"]
        return messages

    async def text_code(self, since: int) -> str:
        """The digits of the newest text message after `since`."""
        for _ in range(600):
            fresh = [m for m in self.outbox() if m["kind"] == "sms" and m["id"] > since]
            if fresh:
                found = re.search(r"\d{6}", fresh[0]["text"])
                assert found
                return found[0]
            await self.page.wait_for_timeout(100)
        raise AssertionError("no text message came")

    def newest(self) -> int:
        return max((message["id"] for message in self.outbox()), default=0)

    # The way in

    async def open_mail(self) -> None:
        """From the demonstration's post to the page behind the link."""
        await self.go("/outbox")
        mail = self.page.get_by_role("article").filter(has_text=self.email).first
        await expect(mail).to_be_visible()
        await no_faults(self.page)
        await self.press(mail.get_by_role("link"))

    async def choose_password(self, password: str = PASSWORD) -> None:
        await self.write(self.say("signup", "new_password"), password)
        await expect(self.page.get_by_text(self.say("signup", "strength_strong"))).to_be_visible()
        await no_faults(self.page)
        await self.page.keyboard.press("Enter")

    async def add_authenticator(self) -> pyotp.TOTP:
        await self.heading("session", "enrol_title")
        await self.press(self.page.get_by_role("button", name=self.say("session", "enrol_totp")))
        await expect(self.page.get_by_role("img", name=self.say("session", "qr"))).to_be_visible()
        await no_faults(self.page)
        secret = (await self.page.locator("code").inner_text()).replace(" ", "")
        authenticator = pyotp.TOTP(secret)
        await self.write(self.say("session", "enrol_code"), authenticator.now())
        return authenticator

    async def add_mobile(self, number: str) -> None:
        await self.heading("session", "enrol_title")
        await self.press(self.page.get_by_role("button", name=self.say("session", "enrol_sms")))
        await self.write(self.say("session", "mobile"), number)
        since = self.newest()
        await self.page.keyboard.press("Enter")
        await expect(self.page.get_by_label(self.say("session", "code"), exact=True)).to_be_visible()
        await no_faults(self.page)
        await self.write(self.say("session", "code"), await self.text_code(since))

    async def keep_codes(self) -> list[str]:
        await self.heading("session", "codes_title")
        codes = (
            await self.page.get_by_role("list", name=self.say("session", "codes_title"))
            .get_by_role("listitem")
            .all_inner_texts()
        )
        await self.press(self.page.get_by_role("checkbox"), "Space")
        await self.press(self.button("session", "continue"))
        return codes

    async def arrived(self) -> None:
        await expect(self.page.get_by_test_id("dial-pad").first).to_be_visible()

    async def join(self) -> list[str]:
        """From the mail to the product, with an authenticator; the recovery codes."""
        await self.open_mail()
        await self.choose_password()
        await self.add_authenticator()
        codes = await self.keep_codes()
        await self.arrived()
        return codes

    async def sign_in(self, password: str = PASSWORD) -> None:
        await self.go("/")
        await self.write(self.say("session", "email"), self.email)
        await self.write(self.say("session", "password"), password)
        await self.page.keyboard.press("Enter")

    async def give_recovery_code(self, code: str) -> None:
        await self.press(self.button("session", "use_recovery"))
        await self.write(self.say("session", "recovery_code"), code)
        await self.page.keyboard.press("Enter")

    async def first_message(self, to: str, text: str) -> None:
        chat = self.page.get_by_role("link", name=self.say("app", "section_chat"), exact=True)
        await self.press(chat)
        await self.press(self.button("chat", "new").first)
        await self.press(self.page.get_by_role("dialog").get_by_role("button", name=to))
        await self.reach(self.page.get_by_role("textbox").last)
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        sent = self.page.get_by_role("article").filter(has_text=text)
        await expect(sent).to_be_visible()


@asynccontextmanager
async def at_a_browser(
    browser: Browser, stack: Stack, email: str, language: str = "en"
) -> AsyncIterator[Newcomer]:
    context = await browser.new_context(locale=LOCALES[language])
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield Newcomer(stack, await context.new_page(), language, email)
    finally:
        await context.close()


def invite(stack: Stack, language: str = "en") -> str:
    """Invite somebody from the command line; their address."""
    word = uuid4().hex[:8]
    email = f"carla-{word}@unisono.example"
    done = stack.cli("people", "invite", "--email", email, "--name", f"Carla {word}", "--language", language)
    assert done.returncode == 0, done.stdout + done.stderr
    return email


@pytest.mark.parametrize(
    ("program", "language", "factor"),
    [("chromium", "it", "authenticator"), ("chromium", "en", "mobile"), ("firefox", "it", "mobile")],
)
async def test_from_the_mail_to_the_first_message_by_keyboard(
    browser: Browser, firefox: Browser, strict: Stack, program: str, language: str, factor: str
) -> None:
    email = invite(strict, language)
    used = browser if program == "chromium" else firefox
    async with at_a_browser(used, strict, email, language) as carla:
        began = time.monotonic()
        await carla.open_mail()
        await carla.choose_password()
        if factor == "authenticator":
            await carla.add_authenticator()
        else:
            await carla.add_mobile(f"+39333{int(uuid4().hex[:6], 16) % 10**7:07d}")
        assert len(await carla.keep_codes()) == 10
        await carla.arrived()
        await carla.first_message("Anna Rossi", f"ciao {uuid4().hex[:8]}")
        assert time.monotonic() - began < PATIENCE * load()


async def test_the_second_browser_ends_the_first_which_says_why(browser: Browser, strict: Stack) -> None:
    email = invite(strict)
    async with (
        at_a_browser(browser, strict, email) as first,
        at_a_browser(browser, strict, email) as second,
    ):
        codes = await first.join()

        # The second is told, and may leave the first alone.
        await second.sign_in()
        await second.heading("session", "code_title")
        await second.give_recovery_code(codes[0])
        await second.heading("session", "elsewhere_title")
        await expect(second.page.get_by_text(re.compile("In Chrome on Linux, since"))).to_be_visible()
        await second.press(second.button("session", "elsewhere_cancel"))
        await expect(second.page.get_by_label("Password", exact=True)).to_be_visible()
        await first.arrived()

        # A recovery code works once.
        await second.sign_in()
        await second.give_recovery_code(codes[0])
        await expect(second.page.get_by_role("alert")).to_have_text(words("en", "api")["wrong_code"])
        await second.page.get_by_label("Recovery code").fill(codes[1])
        await second.page.keyboard.press("Enter")

        # Confirmed, the first is out at once, and its page says where the session went.
        await second.heading("session", "elsewhere_title")
        await second.press(second.button("session", "elsewhere_confirm"))
        told = first.page.get_by_role("status").filter(has_text="You signed in with Chrome on Linux")
        await expect(told).to_be_visible(timeout=load() * OUT_MS)
        await no_faults(first.page)
        await second.arrived()

        # Nothing of it comes back by loading the page again.
        await first.page.reload()
        await expect(first.page.get_by_label("Password", exact=True)).to_be_visible()


async def test_a_trusted_browser_is_not_asked_again(browser: Browser, strict: Stack) -> None:
    email = invite(strict)
    async with at_a_browser(browser, strict, email) as carla:
        codes = await carla.join()
        await carla.page.get_by_role("button", name=re.compile("presence and settings")).click()
        await carla.page.get_by_role("menuitem", name="Sign out").click()
        await carla.sign_in()
        await carla.heading("session", "code_title")
        await carla.press(carla.button("session", "use_recovery"))
        await carla.press(carla.page.get_by_role("checkbox"), "Space")
        await carla.page.get_by_label("Recovery code").fill(codes[0])
        await carla.page.keyboard.press("Enter")
        await carla.arrived()
        await carla.page.get_by_role("button", name=re.compile("presence and settings")).click()
        await carla.page.get_by_role("menuitem", name="Sign out").click()
        await carla.sign_in()
        await carla.arrived()


async def test_another_program_is_connected_by_keyboard(browser: Browser, strict: Stack) -> None:
    program = {
        "application_type": "native",
        "client_name": "Element X",
        "client_uri": "https://element.io/",
        "redirect_uris": ["io.element.android:/"],
    }
    _, answer = strict.request("POST", "/oauth/register", json.dumps(program).encode())
    asked = {
        "response_type": "code",
        "client_id": json.loads(answer)["client_id"],
        "redirect_uri": "io.element.android:/",
        "scope": "urn:matrix:client:api:* urn:matrix:client:device:ELEMENTXPHONE",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    async with at_a_browser(browser, strict, invite(strict)) as carla:
        codes = await carla.join()
        await carla.page.goto(f"{strict.url}/oauth/authorize?{urlencode(asked)}")
        await carla.write(carla.say("session", "email"), carla.email)
        await carla.write(carla.say("session", "password"), PASSWORD)
        await carla.page.keyboard.press("Enter")
        await carla.give_recovery_code(codes[0])
        await expect(carla.page.get_by_role("heading", level=1)).to_have_text("Connect Element X?")
        await expect(carla.page.get_by_text("ELEMENTXPHONE")).to_be_visible()
        await no_faults(carla.page)
        await carla.press(carla.button("session", "consent_agree"))
        link = carla.page.get_by_role("link", name=carla.say("session", "leaving_again"))
        await expect(link).to_have_attribute("href", re.compile(r"^io\.element\.android:/\?code="))
        await no_faults(carla.page)


async def test_a_forgotten_password_is_replaced_and_nobody_learns_who_has_an_account(
    browser: Browser, strict: Stack
) -> None:
    email = invite(strict)
    async with at_a_browser(browser, strict, email) as carla:
        codes = await carla.join()
        page = carla.page

        async def ask(address: str) -> str:
            await page.goto("about:blank")
            await carla.go("/forgotten")
            await carla.write("E-mail", address)
            await page.keyboard.press("Enter")
            await carla.heading("signup", "forgotten_sent")
            return (await page.get_by_role("main").inner_text()).replace(address, "…")

        assert await ask("nobody@unisono.example") == await ask(email)
        mail = await first_mail(carla, "/#/new-password")
        await page.goto(mail)
        await carla.choose_password("un altro cavallo sul tetto")
        await carla.heading("session", "code_title")
        await carla.give_recovery_code(codes[0])
        await carla.arrived()

        # The link says plainly that it was used.
        await page.goto("about:blank")
        await page.goto(mail)
        await carla.heading("signup", "link_used")


async def test_links_that_do_not_work_say_why(browser: Browser, strict: Stack) -> None:
    email = invite(strict)
    async with at_a_browser(browser, strict, email) as carla:
        old = await first_mail(carla, "/#/invitation")
        done = strict.cli("people", "invite", "--email", email, "--again")
        assert done.returncode == 0, done.stdout + done.stderr
        await carla.page.goto(old)
        await carla.heading("signup", "link_revoked")
        await carla.go("/invitation?token=nonsense")
        await carla.heading("signup", "link_unknown")


async def first_mail(carla: Newcomer, page: str) -> str:
    """The address of the newest mail to this person that leads to such a page."""
    for _ in range(600):
        for message in carla.outbox():
            link = re.search(r"http://\S+", message["text"])
            if message["to"] == carla.email and link and page in link[0]:
                return link[0]
        await carla.page.wait_for_timeout(100)
    raise AssertionError("no such mail came")


def png(folder: Path) -> Path:
    """A red picture, wider than high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 300, 200, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xd0\x20\x20" * 300) * 200)
    path = folder / "portrait.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    return path


async def test_the_account_page(browser: Browser, strict: Stack, tmp_path: Path) -> None:
    email = invite(strict)
    async with at_a_browser(browser, strict, email) as carla:
        await carla.join()
        page = carla.page

        # A photo is framed, saved, and shown at the top.
        await carla.go("/settings/account")
        await page.locator("input[type=file]").set_input_files(png(tmp_path))
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Size").press("ArrowRight")
        save = dialog.get_by_role("button", name="Save photo")
        await expect(save).to_be_enabled()
        await no_faults(page)
        await save.click()
        shown = page.get_by_role("banner").locator("img")
        await expect(shown).to_be_visible()
        assert await shown.evaluate("async i => (await i.decode(), i.naturalWidth)") == 512
        await no_faults(page)
        await page.get_by_role("button", name="Remove").click()
        await expect(shown).to_have_count(0)

        # A mobile number is added beside the authenticator, and removed; the last factor cannot be.
        await carla.go("/settings/security")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Security")
        await page.get_by_role("button", name="Add a mobile number").click()
        await carla.write("Your password", PASSWORD)
        await page.keyboard.press("Enter")
        await carla.write("Mobile number", "+393331230000")
        since = carla.newest()
        await page.keyboard.press("Enter")
        await page.get_by_label("Six-digit code").press_sequentially(await carla.text_code(since))
        await expect(page.get_by_role("button", name="Change the mobile number")).to_be_visible()
        await no_faults(page)
        await page.get_by_role("button", name="Remove the mobile number").click()
        await carla.write("Your password", "not my password")
        await page.keyboard.press("Enter")
        await expect(
            page.get_by_role("dialog").get_by_text(words("en", "api")["wrong_password"])
        ).to_be_visible()
        await page.get_by_label("Your password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Add a mobile number")).to_be_visible()
        await expect(page.get_by_role("button", name="Remove the authenticator app")).to_have_count(0)

        # New recovery codes, once.
        await page.get_by_role("button", name="Make new codes").click()
        await carla.write("Your password", PASSWORD)
        await page.keyboard.press("Enter")
        await expect(
            page.get_by_role("list", name="Your recovery codes").get_by_role("listitem")
        ).to_have_count(10)
        await page.get_by_role("checkbox").click()
        await page.get_by_role("dialog").get_by_role("button", name="Continue").click()

        # Where one is signed in.
        await expect(page.get_by_text("This browser", exact=True)).to_be_visible()

        # What one dials at a desk phone.
        await carla.go("/settings/desk_phone")
        await expect(page.get_by_text("No desk phone is connected.")).to_be_visible()
        codes = page.get_by_role("term")
        await expect(codes).to_contain_text(["*68", "700–719", "** and the extension", "*3", "#26#"])
        await no_faults(page)

        # The language follows at once.
        await carla.go("/settings/language")
        await page.get_by_label("Italiano").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Lingua")
        await no_faults(page)
