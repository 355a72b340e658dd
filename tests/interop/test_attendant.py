"""Automatic attendants, with real phones and the carrier: what is heard is told by its tones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridges.sip.voice.prompts import Language, Prompt
from tests.support.attendant import COMPANY, EXTENSION, attendant, menu
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Api, Office
from tests.support.patience import PATIENCE
from tests.support.prompts import wait_words

pytestmark = pytest.mark.asyncio(loop_scope="session")

WELCOME_HZ, CLOSED_HZ, BELOW_HZ, PROMPT_HZ = 500, 1200, 900, 700
BRUNO_HZ, CHIARA_HZ, CALLER_HZ = 1400, 1000, 800
TO_BRUNO = {"kind": "colleague", "user_id": BRUNO.user_id}
TO_CHIARA = {"kind": "colleague", "user_id": CHIARA.user_id}


def of(wanted: Prompt) -> tuple[Prompt, Language, tuple[Prompt, ...]]:
    """What to wait for; the other words were heard before."""
    return wanted, Language.EN, (wanted,)


async def test_a_caller_hears_the_menu_and_reaches_the_phone_of_the_key_and_another_when_closed(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(ANNA) as api,
        office.api(BRUNO) as bruno_api,
    ):
        hours: dict[str, Any] = {
            "name": "Office",
            "timezone": "Europe/Rome",
            "week": [{"day": day, "opens": "00:00", "closes": "00:00"} for day in range(7)],
        }
        _, made = await api.ask("POST", "/hours", hours)
        at = f"/hours/{made['hours']['id']}"
        below = await menu(api, BELOW_HZ, {"1": TO_BRUNO})
        open_ = await menu(api, WELCOME_HZ, {"1": TO_BRUNO, "2": below})
        closed = await menu(api, CLOSED_HZ, {}, otherwise=TO_CHIARA)
        async with attendant(api, hours=made["hours"]["id"], open=open_, closed=closed):
            # A press that comes before the words are over; then one in the menu below.
            call_id = await office.carrier.call_in(COMPANY, tone_hz=CALLER_HZ)
            await office.carrier.wait_hears(call_id, WELCOME_HZ)
            await office.carrier.press(call_id, "2")
            await office.carrier.wait_hears(call_id, BELOW_HZ)
            await office.carrier.press(call_id, "1")
            assert OUTSIDE in (await bruno.wait_ringing())["peeruri"]
            await bruno.answer()
            await office.carrier.wait_hears(call_id, BRUNO_HZ)
            await bruno.wait_hears(CALLER_HZ)
            await office.carrier.hang_up(call_id)
            await bruno.wait_closed()
            seen = await bruno_api.latest_call(lambda call: bool(call["answered_at"] and call["ended_at"]))
            assert (seen["peer"]["number"], seen["outcome"]) == (OUTSIDE, "answered")
            # The exception begins at once: nothing remembers that it was open.
            always = {"begins": "2000-01-01T00:00", "ends": "2100-01-01T00:00", "state": "closed"}
            assert (await api.ask("PUT", at, hours | {"exceptions": [always]}))[0] == 200
            call_id = await office.carrier.call_in(COMPANY, tone_hz=CALLER_HZ)
            await office.carrier.wait_hears(call_id, CLOSED_HZ)
            await chiara.wait_ringing()
            await chiara.answer()
            await office.carrier.wait_hears(call_id, CHIARA_HZ)
            await office.carrier.hang_up(call_id)
            await chiara.wait_closed()
        assert (await api.ask("DELETE", at))[0] == 204


async def test_a_colleague_dials_an_extension_and_a_name_and_is_told_when_nobody_answers(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(ANNA) as api,
    ):
        keys = {"8": {"kind": "name"}, "9": {"kind": "extension"}}
        async with attendant(api, open=await menu(api, WELCOME_HZ, keys), language="en"):
            await chiara.dial(EXTENSION)
            await chiara.wait_hears(WELCOME_HZ)
            await chiara.send_dtmf("9202#")
            await bruno.wait_ringing()
            await bruno.hang_up()
            await wait_words(chiara.heard, *of(Prompt.ATTENDANT_NOT_REACHED))
            await chiara.wait_hears(WELCOME_HZ)
            await chiara.send_dtmf("8")
            await wait_words(chiara.heard, *of(Prompt.ATTENDANT_NAME))
            await chiara.send_dtmf("27866#")
            await chiara.wait_quiet()
            await chiara.wait_loud()  # the name of whoever was found
            await chiara.send_dtmf("1")
            await bruno.wait_ringing()
            await bruno.answer()
            await chiara.wait_hears(BRUNO_HZ)
            await bruno.wait_hears(CHIARA_HZ)
            await chiara.hang_up()
            await bruno.wait_closed()


async def recorded(api: Api, recording_id: str, *steps: str) -> dict[str, Any]:
    """Wait until a recording by telephone is so far."""
    found: dict[str, Any] = {}
    for _ in range(int(PATIENCE * 10)):
        status, found = await api.ask("GET", f"/prompt-recordings/{recording_id}")
        assert status == 200, found
        if found["step"] in steps:
            return found
        await asyncio.sleep(0.1)  # as the page asks again and again
    raise TimeoutError(f"it never came to {steps}: {found}")


async def test_a_prompt_is_said_into_a_telephone_and_is_what_callers_hear(
    office: Office, tmp_path: Path
) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=PROMPT_HZ) as anna, office.api(ANNA) as api:
        _, begun = await api.ask("POST", "/prompt-recordings")
        await anna.wait_ringing()
        await anna.answer()
        await recorded(api, begun["id"], "recording")
        await anna.hears_further(2.0)
        await anna.send_dtmf("#")
        await recorded(api, begun["id"], "reviewed")
        await anna.wait_hears(PROMPT_HZ)  # it is played back
        await anna.send_dtmf("1")
        kept = await recorded(api, begun["id"], "kept")
        await anna.wait_closed()
        assert (kept["sound"], kept["seconds"] > 1.5) == (begun["id"], True)
        said = {"text": "", "sound": kept["sound"], "own": True}
        menu_ = {"kind": "menu", "prompt": said, "keys": {"1": TO_BRUNO}}
        async with attendant(api, open=menu_):
            call_id = await office.carrier.call_in(COMPANY, tone_hz=CALLER_HZ)
            await office.carrier.wait_hears(call_id, PROMPT_HZ)
            await office.carrier.hang_up(call_id)


async def test_who_hangs_up_while_a_prompt_is_recorded_finds_what_was_said(
    office: Office, tmp_path: Path
) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=PROMPT_HZ) as anna, office.api(ANNA) as api:
        _, begun = await api.ask("POST", "/prompt-recordings")
        await anna.wait_ringing()
        await anna.answer()
        await recorded(api, begun["id"], "recording")
        await anna.hears_further(2.0)
        await anna.hang_up()
        kept = await recorded(api, begun["id"], "unconfirmed")
        assert (kept["sound"], kept["seconds"] > 1.5) == (begun["id"], True)
