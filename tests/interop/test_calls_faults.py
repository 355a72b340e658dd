"""Calls while parts of the server die: what stands goes on or is closed, and all is well again soon."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.office import ANNA, BRUNO, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, wait_until
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_HZ, PHONE_HZ, CARRIER_HZ = 700, 1400, 440
TONE = "+390698765402"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def frail(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office of its own: other tests do not see its parts die."""
    with await asyncio.to_thread(Stack.start, tmp_path_factory.mktemp("frail"), demo=True) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with office_of(stack) as office:
            yield office


def kill(stack: Stack, part: str) -> int:
    """kill -9 of one part; its process id."""
    pid = stack.children()[part]
    os.kill(pid, signal.SIGKILL)
    return pid


async def healed(stack: Stack, part: str, dead: int) -> None:
    """Wait until another process does the part's work."""
    await asyncio.to_thread(wait_until, lambda: stack.children().get(part) not in {None, dead}, PATIENCE)
    await asyncio.to_thread(stack.wait_ready)


async def test_a_call_outlives_the_homeserver_and_is_recorded(
    frail: Office, browser: Browser, tmp_path: Path
) -> None:
    async with (
        web_client(browser, frail, ANNA, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(PHONE_HZ)
        dead = kill(frail.stack, "homeserver")
        await bruno.set_tone(PHONE_HZ + 200)  # what is heard now was said after the death
        await anna.wait_hears(PHONE_HZ + 200)
        await bruno.wait_hears(PAGE_HZ)
        await bruno.hang_up()
        await healed(frail.stack, "homeserver", dead)
        await anna.wait_no_call()
        async with frail.api(BRUNO) as api:
            call = await api.ended_call()
        assert (call["outcome"], call["peer"]["user_id"]) == ("answered", ANNA.user_id)


async def test_desk_phones_call_each_other_and_out_without_the_homeserver(
    frail: Office, tmp_path: Path
) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PAGE_HZ) as phone:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        dead = kill(frail.stack, "homeserver")
        await phone.hang_up()
        await phone.wait_closed()
        await healed(frail.stack, "homeserver", dead)
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "answered"


async def test_after_the_bridge_died_its_calls_are_closed_and_phones_ring_again(
    frail: Office, tmp_path: Path
) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        call = await frail.carrier.wait_call(lambda call: call["state"] == "answered")
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await phone.wait_closed()  # the new process says goodbye for the old one
        await frail.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")
        async with frail.api(ANNA) as api:
            record = await api.ended_call()
        assert (record["outcome"], record["peer"]["number"]) == ("interrupted", TONE)

        phone.events.forget()
        await frail.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await phone.wait_ringing()  # without having registered again
        await phone.answer()
        await phone.wait_hears(CARRIER_HZ)
        await phone.hang_up()


async def test_after_the_bridge_died_phones_that_rang_stop(frail: Office, tmp_path: Path) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        call_id = await frail.carrier.call_in(ANNA.number)
        await phone.wait_ringing()
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await phone.wait_closed()
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "interrupted"
        await frail.carrier.hang_up(call_id)


async def test_a_call_outlives_the_web_process_and_is_recorded(frail: Office, tmp_path: Path) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        dead = kill(frail.stack, "web")
        await phone.hang_up()
        await phone.wait_closed()
        await healed(frail.stack, "web", dead)
        async with frail.api(ANNA) as api:
            record = await api.ended_call()
        assert (record["outcome"], record["peer"]["number"]) == ("answered", TONE)
