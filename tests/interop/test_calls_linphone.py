"""A desk phone of another make (linphone) in the organisation; audio is checked by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.linphone import Linphone
from tests.support.office import ANNA, BRUNO, Office

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CARRIER_HZ = 600, 1400, 440
TONE = "+390698765402"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_calls_the_other_make(office: Office, tmp_path: Path, transport: str) -> None:
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ, transport=transport) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as api,
    ):
        await anna.dial("202")
        assert "201" in (await bruno.wait_ringing())["peeruri"]
        await bruno.answer()
        await anna.wait_established()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await anna.send_dtmf("7")
        assert (await bruno.events.wait("CALL_DTMF_START"))["param"] == "7"
        await anna.hang_up()
        await bruno.wait_closed()
        call = await api.ended_call()
        assert (call["outcome"], call["audio"]) == ("answered", {"sent": True, "received": True})


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_is_called_by_the_other_make(office: Office, tmp_path: Path, transport: str) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ, transport=transport) as bruno,
    ):
        await anna.dial("202")
        assert "201" in (await bruno.wait_ringing())["peeruri"]
        await bruno.answer()
        await anna.wait_established()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await anna.send_dtmf("4")
        assert (await bruno.events.wait("DTMF"))["param"] == "4"
        await bruno.hang_up()
        await anna.wait_closed()


async def test_it_calls_out_and_is_called_from_outside(office: Office, tmp_path: Path) -> None:
    async with office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
        await anna.dial(TONE)
        await anna.wait_established()
        await anna.wait_hears(CARRIER_HZ)
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered")
        await office.carrier.wait_hears(call["id"], ANNA_HZ)
        await anna.hang_up()
        await anna.wait_closed()

        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await anna.wait_ringing()
        await anna.answer()
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await office.carrier.hang_up(call_id)
        await anna.wait_closed()


async def test_it_holds_a_call_and_comes_back(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        await anna.dial("202")
        call = await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.hold()
        await bruno.resume(call["id"])
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await bruno.wait_closed()


async def test_it_is_held_and_hears_the_other_again(office: Office, tmp_path: Path) -> None:
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.command("hold")
        await anna.events.wait("CALL_HELD")
        await bruno.command("resume")
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hang_up()
        await anna.wait_closed()


async def test_the_one_whom_it_calls_is_busy(office: Office, tmp_path: Path) -> None:
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.hang_up()
        await anna.wait_closed()
        assert (await api.ended_call())["outcome"] == "busy"


async def test_a_wrong_sip_password_is_refused(office: Office, tmp_path: Path) -> None:
    wrong = replace(office.line(ANNA), password="wrong")
    async with Linphone(tmp_path, wrong) as phone:
        with pytest.raises(RuntimeError, match="failed"):
            await phone.wait_registered()
