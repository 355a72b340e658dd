"""People with a second factor, as their browser and their telephone see it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pyotp

from server.config import Config
from tests.support.patience import PATIENCE
from tests.support.web import Answer, Browser, Web, demo_config

SESSION = "/api/v1/session"
MOBILE = "+393331234567"


def strict(**accounts: Any) -> Config:
    """The demo, where everybody needs a second factor and a second browser is asked."""
    config = demo_config()
    chosen = {"second_factor": "required", "second_browser": "ask", **accounts}
    return replace(config, accounts=replace(config.accounts, **chosen))


class Authenticator:
    """An app on a telephone whose clock is the server's."""

    def __init__(self, web: Web, secret: str) -> None:
        self._web = web
        self._totp = pyotp.TOTP(secret)

    def code(self) -> str:
        return self._totp.at(self._web.clock.now // 1000)

    def next_code(self) -> str:
        """The code of the next half minute: each works once."""
        self._web.clock.now += 30_000
        return self.code()


async def enrol_totp(web: Web, browser: Browser, email: str) -> tuple[Authenticator, list[str]]:
    """Sign in for the first time, adding an authenticator; it and the recovery codes."""
    answer = await browser.sign_in(email)
    assert answer.body == {"step": "enrol", "methods": ["totp", "sms"]}, answer
    setup = await browser.ask("POST", f"{SESSION}/enrol", {"method": "totp"})
    app = Authenticator(web, setup.body["secret"])
    verified = await browser.ask("POST", f"{SESSION}/enrol/verify", {"code": app.code()})
    assert verified.status == 200, verified
    finished = await browser.ask("POST", f"{SESSION}/enrol/finish")
    assert "matrix" in finished.body, finished
    return app, verified.body["recovery_codes"]


async def enrol_sms(browser: Browser, email: str, number: str = MOBILE) -> list[str]:
    """Sign in for the first time, adding a mobile number; the recovery codes."""
    await browser.sign_in(email)
    setup = await browser.ask("POST", f"{SESSION}/enrol", {"method": "sms", "number": number})
    assert setup.status == 200, setup
    verified = await browser.ask("POST", f"{SESSION}/enrol/verify", {"code": await sms_code(browser)})
    assert verified.status == 200, verified
    finished = await browser.ask("POST", f"{SESSION}/enrol/finish")
    assert "matrix" in finished.body, finished
    codes: list[str] = verified.body["recovery_codes"]
    return codes


async def give_code(browser: Browser, code: str, method: str = "totp", *, trust: bool = False) -> Answer:
    return await browser.ask("POST", f"{SESSION}/code", {"code": code, "method": method, "trust": trust})


async def messages(browser: Browser, kind: str) -> list[dict[str, Any]]:
    found = (await browser.get("/api/v1/demo/outbox")).body["messages"]
    return [message for message in found if message["kind"] == kind]


async def sms_code(browser: Browser) -> str:
    """The digits of the newest text message."""
    text: str = (await messages(browser, "sms"))[0]["text"]
    return text.rpartition("#")[2]


async def newest_mail(browser: Browser) -> dict[str, Any]:
    """Once there is one."""
    for _ in range(int(PATIENCE / 0.01)):
        if mails := await messages(browser, "mail"):
            return mails[0]
        await asyncio.sleep(0.01)
    raise AssertionError("no mail")


async def mail_link(browser: Browser, to: str, than: int = 0) -> str:
    """The token of the link in the newest mail to somebody, newer than the message `than`."""
    for _ in range(int(PATIENCE / 0.01)):
        for message in await messages(browser, "mail"):
            if message["to"] == to and message["id"] > than:
                found = re.search(r"token=([\w-]+)", message["text"])
                assert found is not None, message
                return found[1]
        await asyncio.sleep(0.01)
    raise AssertionError(f"no mail to {to}")
