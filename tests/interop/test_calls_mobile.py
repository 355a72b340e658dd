"""A mobile phone among somebody's devices, which the carrier plays; checked by the tones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.interop.test_call_commands import live_call
from tests.support.office import ANNA, BRUNO, Api, Office
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, MOBILE_HZ = 600, 1400, 440
#: A number of the carrier that answers with a tone, and keys only where a test presses them.
MOBILE = "+390698765402"
#: Bruno's desk phone: a client of an earlier test may still count as there, and would ring on.
PHONE_ONLY = {"desk_phone": True, "clients": False}


@asynccontextmanager
async def mobile_phone(office: Office) -> AsyncIterator[Api]:
    """Bruno's, until the test is over."""
    path = f"/services/mobiles/{quote(MOBILE, safe='')}"
    async with office.api(BRUNO) as api:
        assert (await api.ask("PATCH", "/services", {"rings": PHONE_ONLY}))[0] == 200
        assert (await api.ask("POST", "/services/mobiles", {"number": MOBILE}))[0] == 200
        try:
            yield api
        finally:
            assert (await api.ask("DELETE", path))[0] == 200
            both = {"desk_phone": True, "clients": True}
            assert (await api.ask("PATCH", "/services", {"rings": both}))[0] == 200


async def picked_up(office: Office) -> str:
    """The carrier's id of the call to the mobile phone, which has answered and hears the voice."""

    def hears(call: dict[str, Any]) -> bool:
        return bool(call["to"] == MOBILE and call["state"] == "answered" and call["heard"]["packets"] > 50)

    return str((await office.carrier.wait_call(hears))["id"])


async def has_ended(office: Office, call_id: str) -> None:
    await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")


async def shown(api: Api, call_id: str, devices: set[tuple[str, str]]) -> None:
    """Wait until who rings themselves sees these devices, each with what it does."""
    seen: set[tuple[str, str]] = set()
    for _ in range(int(PATIENCE * 10)):
        _, rung = await api.ask("GET", f"/services/ring-me/{call_id}")
        seen = {(one["kind"], one["state"]) for one in rung["devices"]}
        if seen == devices:
            return
        await asyncio.sleep(0.1)  # the bridge is asked each time, and hears of a device after the device does
    raise TimeoutError(f"the devices are {seen}")


async def test_a_mailbox_that_answers_at_once_does_not_win(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        mobile_phone(office) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        mobile = await picked_up(office)
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await has_ended(office, mobile)
        await anna.hang_up()
        await bruno.wait_closed()
        assert (await api.ended_call())["answered_on"] == "desk_phone"


async def test_who_presses_the_key_has_the_call_and_takes_it_to_the_desk_and_back(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        mobile_phone(office) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        mobile = await picked_up(office)
        await office.carrier.press(mobile, "1")
        await anna.wait_hears(MOBILE_HZ)
        await office.carrier.wait_hears(mobile, ANNA_HZ)
        await bruno.wait_closed()
        # He comes to his desk.
        await bruno.dial("*99")
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await has_ended(office, mobile)
        # And leaves it again.
        talk = await live_call(api, lambda call: call["on"] == "desk_phone" and call["state"] == "talking")
        moved = await api.ask(
            "POST", f"/calls/{talk['call_id']}/commands", {"action": "move", "to": "mobile"}
        )
        assert moved[0] == 200, moved
        again = await picked_up(office)
        await bruno.wait_hears(ANNA_HZ)
        await office.carrier.press(again, "1")
        await anna.wait_hears(MOBILE_HZ)
        await bruno.wait_closed()
        await office.carrier.wait_hears(again, ANNA_HZ)
        await anna.hang_up()
        await has_ended(office, again)
        assert (await api.ended_call())["answered_on"] == "mobile"


async def test_one_rings_oneself_and_sees_what_rings_and_who_answered(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        mobile_phone(office) as api,
    ):
        status, begun = await api.ask("POST", "/services/ring-me")
        assert status == 200, begun
        await bruno.wait_ringing()
        mobile = await picked_up(office)
        await shown(api, begun["call_id"], {("desk_phone", "rings"), ("mobile", "asks")})
        await bruno.answer()
        await bruno.wait_loud()
        await has_ended(office, mobile)
        await bruno.wait_closed()
        await shown(api, begun["call_id"], {("desk_phone", "answered"), ("mobile", "ended")})
        # Nobody called.
        assert await api.calls() == []
        assert (await api.ask("PATCH", "/services", {"do_not_disturb": True}))[0] == 200
        try:
            silent = (await api.ask("POST", "/services/ring-me"))[1]
            await shown(api, silent["call_id"], set())
        finally:
            assert (await api.ask("PATCH", "/services", {"do_not_disturb": False}))[0] == 200
