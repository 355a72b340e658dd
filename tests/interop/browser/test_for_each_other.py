"""What colleagues do for each other, and for who calls them in vain, as they do it on the page."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import ANNA, BRUNO, Office
from tests.support.web_client import together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CARRIER_HZ = 700, 900, 440
MOBILE = "+393331234567"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_who_cannot_answer_replies_with_a_message(
    browser: Browser, office: Office, viewport: dict[str, int]
) -> None:
    """To a colleague in the chat, to a mobile telephone by a text message; the call is declined."""
    words = "I will call you back in ten minutes."
    async with together(
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ, viewport=viewport),
        web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
    ) as (anna, bruno):
        await bruno.dial(ANNA.extension)
        await anna.wait_ringing(BRUNO.name)
        await anna.incoming.get_by_role("button", name="Reply by message").click()
        await no_faults(anna.page)
        await anna.incoming.get_by_role("button", name=words).click()
        await anna.wait_no_call()
        await bruno.wait_words(f"{ANNA.name} declined the call")
        await bruno.page.get_by_role("navigation").get_by_role("link", name="Chat").first.click()
        await bruno.page.get_by_role("listitem").filter(has_text=ANNA.name).first.click()
        await bruno.wait_words(words)
        await office.carrier.call_in(ANNA.number, caller=MOBILE)
        await anna.wait_ringing("333 123 4567")
        await anna.incoming.get_by_role("button", name="Reply by text message").click()
        await anna.incoming.get_by_role("textbox").fill("I am on a train")
        await anna.incoming.get_by_role("button", name="Send and decline").click()
        await anna.wait_no_call()
        await office.carrier.wait_call(lambda call: call["from"] == MOBILE and call["state"] == "ended")
        sent = (await (await anna.page.request.get(f"{office.stack.url}/api/v1/demo/outbox")).json())[
            "messages"
        ]
        assert (sent[0]["kind"], sent[0]["to"]) == ("sms", MOBILE)
        assert sent[0]["text"].startswith(f"I am on a train\n{ANNA.name}, ")
