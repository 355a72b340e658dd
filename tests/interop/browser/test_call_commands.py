"""What the house does with a call that a page has, at a press there; checked by what is heard."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.axe import no_faults
from tests.support.browser import PHONE
from tests.support.office import ANNA, BRUNO, CHIARA, Colleague, Office
from tests.support.recording import wait_tones, watched
from tests.support.web_client import WebClient, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ, OWN_HZ, CARRIER_HZ = 700, 1400, 1000, 1700, 440
TONE = "+390698765402"
TONE_AS_SHOWN = "06 9876 5402"
OUTSIDE_AS_SHOWN = "06 9876 5432"


def named(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


async def in_a_call_outside(anna: WebClient, office: Office) -> str:
    """Anna talks with somebody outside; the call's id at the carrier."""
    await anna.dial(TONE)
    await anna.wait_hears(CARRIER_HZ)
    call = await office.carrier.wait_call(lambda call: call["state"] == "answered" and call["to"] == TONE)
    await office.carrier.wait_hears(call["id"], ANNA_HZ)
    return str(call["id"])


async def give(anna: WebClient, to: Colleague, how: str) -> None:
    """Find somebody in the search of the call's transfer, and press `how` beside them."""
    await named(anna.page.get_by_test_id("call-bar").first, "Transfer").click()
    panel = anna.page.get_by_test_id("call-panel")
    await panel.get_by_role("searchbox").fill(to.name)
    row = panel.get_by_role("listitem").filter(has_text=to.name)
    await row.get_by_role("button", name=how).click()


async def test_a_call_is_transferred_at_once_or_stays_when_it_is_refused(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        call_id = await in_a_call_outside(anna, office)
        # It rings, and is refused: that is told, and the call is what it was.
        await give(anna, BRUNO, "Transfer")
        await bruno.wait_ringing()
        busy = anna.wait_words(f"{BRUNO.name} is busy: the call has stayed with you.")
        await asyncio.gather(bruno.hang_up(), busy)
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await anna.wait_hears(CARRIER_HZ)
        await give(anna, BRUNO, "Transfer")
        await bruno.wait_ringing()
        await expect(anna.page.get_by_test_id("call-bar")).to_contain_text(f"Transferring to {BRUNO.name}")
        receipt = anna.page.get_by_test_id("call-receipt")
        told = expect(receipt).to_contain_text(f"Transferred to {BRUNO.name}")
        await asyncio.gather(bruno.answer(), told)  # it is told for some seconds only
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await bruno.wait_hears(CARRIER_HZ)
        await anna.wait_no_call()
        await bruno.hang_up()


async def test_a_transfer_to_nobody_leaves_the_call_and_says_so(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        call_id = await in_a_call_outside(anna, office)
        await office.wait_offline(CHIARA)
        await give(anna, CHIARA, "Transfer")
        await anna.wait_words("Nobody answered: the call has stayed with you.")
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await expect(named(anna.page.get_by_test_id("call-bar"), "More")).to_be_enabled()
        await anna.hang_up()
        await anna.wait_no_call()


async def test_a_call_is_transferred_after_talking_first(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        call_id = await in_a_call_outside(anna, office)
        await give(anna, BRUNO, "Talk first")
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await anna.wait_hears(BRUNO_HZ)
        consult = anna.page.get_by_test_id("consult")
        await named(consult, f"Put {TONE_AS_SHOWN} through to {BRUNO.name}").click()
        await bruno.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await anna.wait_no_call()
        await bruno.hang_up()


async def test_a_call_is_parked_and_told_where(browser: Browser, office: Office, tmp_path: Path) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
    ):
        call_id = await in_a_call_outside(anna, office)
        await named(anna.page.get_by_test_id("call-bar"), "More").click()
        await anna.page.get_by_role("menuitem", name="Park").click()
        await expect(anna.page.get_by_test_id("call-receipt")).to_contain_text("Parked at 700")
        waiting = anna.page.get_by_test_id("elsewhere-bar")
        await expect(waiting).to_contain_text("Parked at 700")
        await expect(waiting).to_contain_text(TONE_AS_SHOWN)
        await no_faults(anna.page)
        await chiara.dial("700")
        await chiara.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        await expect(waiting).to_have_count(0)
        await chiara.hang_up()


async def test_a_call_goes_from_the_desk_phone_to_the_page_and_back_by_one_press_each(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ, viewport=PHONE),
        ) as (anna, telephone),
        office.desk_phone(ANNA, tmp_path, tone_hz=OWN_HZ) as own,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        for page in (anna, telephone):
            await page.watch_ringing()
        await own.dial(BRUNO.extension)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(OWN_HZ)
        own.events.forget()
        bar = anna.page.get_by_test_id("elsewhere-bar")
        await expect(bar).to_contain_text("On your desk phone")
        async with watched(bruno.heard, OWN_HZ, ANNA_HZ) as to_page:
            await named(bar, "Continue here").click()
            await anna.wait_hears(BRUNO_HZ)
            await bruno.wait_hears(ANNA_HZ)
        await own.wait_closed()
        await expect(bar).to_have_count(0)
        assert not await anna.rang()
        assert not await telephone.rang()
        await named(anna.page.get_by_test_id("call-bar"), "Continue on my desk phone").click()
        await own.wait_ringing()
        async with watched(bruno.heard, OWN_HZ, ANNA_HZ) as to_phone:
            await own.answer()
            await own.wait_hears(BRUNO_HZ)
            await bruno.wait_hears(OWN_HZ)
        sys.stdout.write(
            f"\nno voice at the far end: to the page {to_page.seconds:.2f} s, back {to_phone.seconds:.2f} s\n"
        )
        await anna.wait_no_call()
        assert not await telephone.rang()
        await bruno.hang_up()


async def test_a_parked_call_is_picked_up_by_one_press(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna:
        call_id = await in_a_call_outside(anna, office)
        await named(anna.page.get_by_test_id("call-bar"), "More").click()
        await anna.page.get_by_role("menuitem", name="Park").click()
        waiting = anna.page.get_by_test_id("elsewhere-bar")
        await expect(waiting).to_contain_text("Parked at 700")
        await anna.watch_ringing()
        await named(waiting, "Pick up").click()
        await anna.wait_hears(CARRIER_HZ)
        assert not await anna.rang()
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await expect(waiting).to_have_count(0)
        await anna.hang_up()
        await anna.wait_no_call()


async def hears_all(anna: WebClient, *tones: int) -> None:
    """Wait until the page hears all of them in one."""
    for hz in tones:
        await anna.page.wait_for_function("hz => unisonoTest.hears(hz, 0.15)", arg=hz, polling=100)


async def test_a_colleague_is_added_to_a_call_outside(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        call_id = await in_a_call_outside(anna, office)
        bar = anna.page.get_by_test_id("call-bar")
        for taken in (False, True):
            await named(bar, "More").click()
            await anna.page.get_by_role("menuitem", name="Add somebody").click()
            panel = anna.page.get_by_role("region", name=f"Add to the call with {TONE_AS_SHOWN}")
            await no_faults(anna.page)
            row = panel.get_by_role("listitem").filter(has_text=BRUNO.name)
            await row.get_by_role("button", name="Add").click()
            await bruno.wait_ringing()
            await expect(bar).to_contain_text(f"Calling {BRUNO.name}")
            if taken:
                await bruno.answer()
            else:
                await bruno.hang_up()
                await anna.wait_words(f"{BRUNO.name} is busy: the call goes on as it was.")
                await anna.wait_hears(CARRIER_HZ)
        await anna.wait_words(f"{BRUNO.name} is in the call.")
        await expect(bar).to_contain_text(TONE_AS_SHOWN)
        await expect(bar).to_contain_text(BRUNO.name)
        await hears_all(anna, CARRIER_HZ, BRUNO_HZ)
        await wait_tones(bruno.heard, [CARRIER_HZ, ANNA_HZ], "Bruno")
        await no_faults(anna.page)
        await anna.hang_up()
        await anna.wait_no_call()
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await bruno.wait_hears(CARRIER_HZ)
        await bruno.hang_up()


async def test_two_calls_become_one_after_talking_first(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        call_id = await in_a_call_outside(anna, office)
        await give(anna, BRUNO, "Talk first")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await named(anna.page.get_by_test_id("consult"), "Talk all together").click()
        await hears_all(anna, CARRIER_HZ, BRUNO_HZ)
        await wait_tones(bruno.heard, [CARRIER_HZ, ANNA_HZ], "Bruno")
        bar = anna.page.get_by_test_id("call-bar")
        await expect(bar).to_have_count(1)
        await expect(bar).to_contain_text(TONE_AS_SHOWN)
        await expect(bar).to_contain_text(BRUNO.name)
        await office.carrier.hang_up(call_id)
        await bruno.wait_hears(ANNA_HZ)
        await expect(bar).not_to_contain_text(TONE_AS_SHOWN)
        await anna.hang_up()
        await anna.wait_no_call()


@asynccontextmanager
async def department(office: Office, *people: Colleague) -> AsyncIterator[None]:
    """These people are of one department."""
    async with office.api(ANNA) as api:

        async def are_of(name: str) -> None:
            for one in people:
                _, found = await api.ask("GET", f"/admin/people?q={one.extension}")
                path = f"/admin/people/{found['people'][0]['id']}"
                status, answer = await api.ask("PATCH", path, {"department": name})
                assert status == 200, answer

        await are_of("Sales")
        try:
            yield
        finally:
            await are_of("")


async def test_what_rings_for_a_colleague_in_browsers_alone_is_taken_by_one_press(
    browser: Browser, office: Office
) -> None:
    async with (
        department(office, BRUNO, CHIARA),
        together(
            web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
            web_client(browser, office, CHIARA, tone_hz=CHIARA_HZ),
        ) as (bruno, chiara),
        office.api(BRUNO) as bruno_api,
    ):
        await chiara.watch_ringing()
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=CARRIER_HZ)
        await bruno.wait_ringing(OUTSIDE_AS_SHOWN)
        bar = chiara.page.get_by_test_id("nearby-bar")
        await expect(bar).to_contain_text(f"Rings for {BRUNO.name}")
        await expect(bar).to_contain_text(OUTSIDE_AS_SHOWN)
        await no_faults(chiara.page)
        await named(bar, "Take").click()
        await chiara.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        assert not await chiara.rang()
        await bruno.wait_not_ringing()
        await expect(bar).to_have_count(0)
        await chiara.hang_up()
        his = await bruno_api.latest_call(lambda call: call["picked_up_by"] is not None)
        assert (his["outcome"], his["picked_up_by"]["user_id"]) == ("answered", CHIARA.user_id)
        hers = chiara.page.get_by_role("link", name="Calls")
        await hers.first.click()
        await expect(chiara.page.get_by_text(f"Answered for {BRUNO.name}").first).to_be_visible()


async def test_a_desk_phone_takes_a_call_between_two_browsers_that_rings(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=ANNA_HZ),
            web_client(browser, office, BRUNO, tone_hz=BRUNO_HZ),
        ) as (anna, bruno),
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
    ):
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing(ANNA.name)
        await chiara.dial(f"**{BRUNO.extension}")
        await chiara.wait_hears(ANNA_HZ)
        await anna.wait_hears(CHIARA_HZ)
        await bruno.wait_not_ringing()
        await expect(anna.page.get_by_test_id("call-bar")).to_contain_text(CHIARA.name)
        await chiara.hang_up()
        await anna.wait_no_call()
