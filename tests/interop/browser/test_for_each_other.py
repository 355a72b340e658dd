"""What colleagues do for each other, and for who calls them in vain, as they do it on the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.axe import no_faults
from tests.support.browser import DESKTOP, PHONE
from tests.support.office import ANNA, BRUNO, Api, Colleague, Office
from tests.support.patience import PATIENCE
from tests.support.web_client import house_takes, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, PHONE_HZ, CARRIER_HZ = 700, 900, 1200, 440
MOBILE = "+393331234567"


@asynccontextmanager
async def undisturbed(office: Office, who: Colleague) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """They are not to be disturbed, until what is answered is called."""

    async def let_in() -> None:
        await api.ask("PATCH", "/services", {"do_not_disturb": False})

    async with office.api(who) as api:
        await api.ask("PATCH", "/services", {"do_not_disturb": True})
        try:
            yield let_in
        finally:
            await let_in()


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


async def test_both_are_called_when_both_are_free(browser: Browser, office: Office, tmp_path: Path) -> None:
    """Bruno, who has a browser alone, is not to be disturbed for a while; Anna waits for him, on the page and
    by a code at her desk phone."""
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        ) as (anna, bruno),
        undisturbed(office, BRUNO) as let_in,
        office.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone,
    ):
        await anna.dial(BRUNO.extension)
        await anna.wait_words(f"{BRUNO.name} is busy")
        await anna.page.get_by_role("button", name="Call back when free").click()
        waiting = anna.page.get_by_test_id("call-backs")
        await expect(waiting).to_contain_text(f"Waiting until {BRUNO.name} is free")
        await no_faults(anna.page)
        async with house_takes(anna.page, "/call-backs"):
            await waiting.get_by_role("button", name=f"Cancel waiting for {BRUNO.name}").click()
        await expect(waiting).to_have_count(0)
        await phone.dial("*37#")
        await expect(waiting).to_contain_text(BRUNO.name)
        await phone.wait_closed()
        await bruno.watch_ringing()
        await let_in()
        await anna.wait_ringing("Free now")
        assert not await bruno.rang()
        await phone.wait_ringing()
        await phone.answer()
        await anna.wait_not_ringing()
        await bruno.wait_ringing(ANNA.name)
        await bruno.answer()
        await phone.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(PHONE_HZ)
        await expect(waiting).to_have_count(0)
        await bruno.hang_up()
        await bruno.wait_no_call()
        row = anna.page.get_by_test_id("call-log").get_by_role("listitem").first
        await expect(row).to_have_attribute("data-direction", "outbound")
        await expect(row).to_have_attribute("data-outcome", "answered")


async def test_a_delegate_answers_for_who_has_named_them(browser: Browser, office: Office) -> None:
    """Anna names Bruno on the page; a call for her rings at both, says for whom, and Bruno takes it."""
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        ) as (anna, bruno),
        office.api(ANNA) as api,
    ):
        try:
            await anna.page.evaluate("location.hash = '#/settings/services'")
            place = anna.page.get_by_test_id("delegates")
            await place.get_by_role("searchbox").fill(BRUNO.name)
            await place.get_by_role("button", name=f"Add: {BRUNO.name}").click()
            await place.get_by_label("Their devices ring").select_option("together with mine")
            await no_faults(anna.page)
            await expect(place.get_by_role("combobox", name="Their devices ring")).to_have_value("with")
            await wait_saved(api)
            call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
            await anna.wait_ringing("06 9876 5432")
            await bruno.wait_ringing(f"For {ANNA.name}")
            await bruno.answer()
            await anna.wait_not_ringing()
            await bruno.wait_hears(CARRIER_HZ)
            await office.carrier.wait_hears(call_id, BRUNO_HZ)
            await bruno.hang_up()
            await bruno.wait_no_call()
            await anna.page.evaluate("location.hash = '#/'")
            row = anna.page.get_by_test_id("call-log").get_by_role("listitem").first
            await expect(row).to_contain_text(f"Answered by {BRUNO.name}")
            # Nobody has to: Bruno takes himself off, which her page shows at once.
            await anna.page.evaluate("location.hash = '#/settings/services'")
            await expect(place.get_by_role("combobox", name="Their devices ring")).to_have_value("with")
            await bruno.page.evaluate("location.hash = '#/settings/services'")
            mine = bruno.page.get_by_test_id("delegates")
            await expect(mine).to_contain_text(f"You help {ANNA.name}")
            await no_faults(bruno.page)
            await mine.get_by_role("button", name=f"Step down from helping {ANNA.name}").click()
            await expect(mine).not_to_contain_text(ANNA.name)
            await expect(place.get_by_role("combobox")).to_have_count(0)
        finally:
            await api.ask("PUT", "/delegates", {"delegates": []})


async def wait_saved(api: Api) -> None:
    """What was chosen on the page is in the house."""
    for _ in range(int(PATIENCE * 10)):
        _, body = await api.ask("GET", "/delegates")
        if [one["rings"] for one in body["delegates"]] == ["with"]:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("it was not saved")
