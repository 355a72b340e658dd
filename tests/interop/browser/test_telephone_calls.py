"""The web client in a real browser, with real desk phones and the outside; audio is checked by content."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.baresip import Baresip
from tests.support.browser import DESKTOP, PHONE
from tests.support.matrix_client import signed_in
from tests.support.office import ANNA, BRUNO, OUTSIDE, Colleague, Office
from tests.support.web_client import WebClient, together, web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_HZ, OTHER_PAGE_HZ, PHONE_HZ, CARRIER_HZ = 700, 900, 1400, 440
TONE, BUSY, UNALLOTTED = (f"+39069876540{digit}" for digit in (2, 3, 8))
NO_SOUND = "+390698765411"
OUTSIDE_AS_SHOWN = "06 9876 5432"


@asynccontextmanager
async def page_and_phone(
    browser: Browser, office: Office, who: Colleague, folder: Path
) -> AsyncIterator[tuple[WebClient, Baresip]]:
    """Both devices of one person."""
    async with (
        web_client(browser, office, who, tone_hz=PAGE_HZ) as page,
        office.desk_phone(who, folder, tone_hz=PHONE_HZ) as phone,
    ):
        yield page, phone


async def test_a_page_calls_a_desk_phone(browser: Browser, office: Office, tmp_path: Path) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        office.api(ANNA) as api,
    ):
        await anna.dial("202")
        ringing = await bruno.wait_ringing()
        assert "201" in ringing["peeruri"]
        await bruno.answer()
        await anna.wait_in_call()
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await bruno.hang_up()
        await anna.wait_no_call()

        call = await api.ended_call()
        assert (call["outcome"], call["answered_on"]) == ("answered", "desk_phone")
        assert call["audio"] == {"sent": True, "received": True}


async def test_a_desk_phone_calls_a_page(browser: Browser, office: Office, tmp_path: Path) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        office.api(BRUNO) as api,
    ):
        await bruno.dial("201")
        await anna.wait_ringing("Bruno Bianchi")
        await anna.answer()
        await bruno.wait_established()
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await anna.hang_up()
        await bruno.wait_closed()

        call = await api.ended_call()
        assert (call["outcome"], call["answered_on"]) == ("answered", "matrix")


async def test_a_page_calls_out(browser: Browser, office: Office) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna,
        office.api(ANNA) as api,
    ):
        await anna.dial("06 9876 5402")
        await anna.wait_in_call()
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered")
        assert (call["to"], call["from"]) == (TONE, ANNA.number)
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call["id"], PAGE_HZ)
        await anna.hang_up()
        await office.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")

        record = await api.ended_call()
        assert (record["direction"], record["outcome"], record["peer"]["number"]) == (
            "outbound",
            "answered",
            TONE,
        )


async def test_a_call_from_outside_reaches_the_phone_layout(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=PAGE_HZ, viewport=PHONE) as anna:
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await anna.wait_ringing(OUTSIDE_AS_SHOWN)
        await anna.answer()
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, PAGE_HZ)
        await office.carrier.hang_up(call_id)
        await anna.wait_no_call()


async def test_two_pages_hear_each_other(browser: Browser, office: Office) -> None:
    async with (
        together(
            web_client(browser, office, ANNA, tone_hz=PAGE_HZ),
            web_client(browser, office, BRUNO, tone_hz=OTHER_PAGE_HZ),
        ) as (anna, bruno),
        office.api(BRUNO) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing("Anna Rossi")
        await bruno.answer()
        await anna.wait_in_call()
        await anna.wait_hears(OTHER_PAGE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await anna.hang_up()
        await bruno.wait_no_call()
        call = await api.ended_call()
        assert (call["outcome"], call["answered_on"], call["peer"]["user_id"]) == (
            "answered",
            "matrix",
            ANNA.user_id,
        )


async def test_answered_on_the_desk_phone_the_page_stops_and_says_so(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with page_and_phone(browser, office, ANNA, tmp_path) as (page, phone):
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await asyncio.gather(page.wait_ringing(OUTSIDE_AS_SHOWN), phone.wait_ringing())
        # The word is gone again after six seconds: answering may take longer on a busy machine.
        await asyncio.gather(phone.answer(), page.wait_words("Answered on your desk phone"))
        await page.wait_not_ringing()
        await phone.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, PHONE_HZ)
        await phone.hang_up()


async def test_answered_on_the_page_the_desk_phone_stops(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with page_and_phone(browser, office, ANNA, tmp_path) as (page, phone):
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await asyncio.gather(page.wait_ringing(OUTSIDE_AS_SHOWN), phone.wait_ringing())
        await page.answer()
        await phone.wait_closed()
        await page.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, PAGE_HZ)
        await page.hang_up()
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")


async def test_a_colleagues_call_rings_page_and_phone_and_the_page_answers(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    """Between two pages the audio goes directly; the desk phone still stops."""
    async with (
        page_and_phone(browser, office, ANNA, tmp_path) as (page, phone),
        web_client(browser, office, BRUNO, tone_hz=OTHER_PAGE_HZ) as bruno,
    ):
        await bruno.dial("201")
        await asyncio.gather(page.wait_ringing("Bruno Bianchi"), phone.wait_ringing())
        await page.answer()
        await phone.wait_closed()
        await bruno.wait_hears(PAGE_HZ)
        await page.wait_hears(OTHER_PAGE_HZ)
        await bruno.hang_up()
        await page.wait_no_call()


async def test_a_colleagues_call_is_answered_on_the_desk_phone(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with (
        page_and_phone(browser, office, ANNA, tmp_path) as (page, phone),
        web_client(browser, office, BRUNO, tone_hz=OTHER_PAGE_HZ) as bruno,
    ):
        await bruno.dial("201")
        await asyncio.gather(page.wait_ringing("Bruno Bianchi"), phone.wait_ringing())
        await phone.answer()
        await page.wait_not_ringing()
        await bruno.wait_hears(PHONE_HZ)
        await phone.wait_hears(OTHER_PAGE_HZ)
        await bruno.hang_up()
        await phone.wait_closed()


async def test_the_outside_caller_gives_up_and_all_devices_stop(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with page_and_phone(browser, office, ANNA, tmp_path) as (page, phone), office.api(ANNA) as api:
        call_id = await office.carrier.call_in(ANNA.number)
        await asyncio.gather(page.wait_ringing(OUTSIDE_AS_SHOWN), phone.wait_ringing())
        await office.carrier.hang_up(call_id)
        await asyncio.gather(page.wait_not_ringing(), phone.wait_closed())
        call = await api.ended_call()
        assert (call["outcome"], call["peer"]["number"]) == ("cancelled", OUTSIDE)


@pytest.mark.parametrize(("number", "words"), [(BUSY, "is busy"), (UNALLOTTED, "does not exist")])
async def test_the_page_says_why_a_call_out_failed(
    browser: Browser, office: Office, number: str, words: str
) -> None:
    async with web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna:
        await anna.dial(number)
        await anna.wait_words(words)


async def test_digits_of_the_page_reach_the_outside(browser: Browser, office: Office) -> None:
    async with web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna:
        await anna.dial(TONE)
        await anna.wait_hears(CARRIER_HZ)
        await anna.press("42")
        await office.carrier.wait_call(lambda call: call["heard"]["digits"] == "42" and call["to"] == TONE)
        await anna.hang_up()
        await anna.wait_no_call()


async def test_a_foreign_matrix_client_beside_the_page_follows_the_call(
    browser: Browser, office: Office
) -> None:
    async with (
        web_client(browser, office, ANNA, tone_hz=PAGE_HZ) as anna,
        signed_in(office.stack.url, ANNA.email, ANNA.password) as beside,
        signed_in(office.stack.url, BRUNO.email, BRUNO.password) as bruno,
    ):
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await anna.wait_ringing(OUTSIDE_AS_SHOWN)
        invite = await beside.events.wait("m.call.invite")
        await anna.answer()
        answer = await beside.events.wait("m.call.answer")
        assert answer["sender"] == ANNA.user_id
        chosen = await beside.events.wait("m.call.select_answer")
        assert chosen["content"]["selected_party_id"] == answer["content"]["party_id"]
        await bruno.wait_presence(ANNA.user_id, "busy")
        await office.carrier.hang_up(call_id)
        hangup = await beside.events.wait("m.call.hangup")
        assert hangup["content"]["call_id"] == invite["content"]["call_id"]
        await bruno.wait_presence(ANNA.user_id, "online")


async def test_demo_call_in_rings_page_and_desk_phone_at_once(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    async with page_and_phone(browser, office, ANNA, tmp_path) as (page, phone):
        command = await asyncio.to_thread(office.stack.cli, "demo", "call-in", "--to", "anna")
        assert command.returncode == 0, command.stderr
        await asyncio.gather(page.wait_ringing(OUTSIDE_AS_SHOWN), phone.wait_ringing())
        await page.decline()
        await asyncio.gather(page.wait_not_ringing(), phone.wait_closed())


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_page_is_told_whose_sound_does_not_arrive(
    browser: Browser, office: Office, viewport: dict[str, int]
) -> None:
    async with web_client(browser, office, ANNA, tone_hz=PAGE_HZ, viewport=viewport) as anna:
        await anna.dial(NO_SOUND)
        await anna.wait_in_call()
        note = anna.page.get_by_test_id("sound-note")
        await expect(note).to_contain_text("You do not hear 06 9876 5411.")
        await anna.hang_up()
        await anna.wait_no_call()
