"""Desk phones and the outside world, played by the simulated carrier; audio is checked by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.office import ANNA, BRUNO, OUTSIDE, Office

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, CARRIER_HZ = 600, 440
TONE, BUSY, SILENT, UNALLOTTED, NO_CODEC = (f"+39069876540{digit}" for digit in (2, 3, 4, 8, 7))


async def test_a_desk_phone_calls_out_and_both_hear_each_other(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone, office.api(ANNA) as api:
        await phone.dial("0698765402")  # as people here dial it
        await phone.wait_established()
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered")
        assert (call["to"], call["from"]) == (TONE, ANNA.number)
        await phone.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call["id"], ANNA_HZ)
        await phone.send_dtmf("42")
        await office.carrier.wait_call(lambda call: call["heard"]["digits"] == "42")
        await phone.hang_up()
        await office.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")

        record = await api.ended_call()
        assert (record["direction"], record["outcome"]) == ("outbound", "answered")
        assert record["peer"]["number"] == TONE
        assert record["answered_on"] == "outside"
        assert record["audio"] == {"sent": True, "received": True}


async def test_the_outside_party_hangs_up(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone, office.api(ANNA) as api:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        call = await office.carrier.wait_call(lambda call: call["state"] == "answered")
        await office.carrier.hang_up(call["id"])
        await phone.wait_closed()
        assert (await api.ended_call())["outcome"] == "answered"


async def test_a_call_from_outside_reaches_the_desk_phone(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone, office.api(ANNA) as api:
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        ringing = await phone.wait_ringing()
        assert OUTSIDE in ringing["peeruri"] or "0698765432" in ringing["peeruri"]
        await phone.answer()
        await phone.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await phone.hang_up()
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")

        record = await api.ended_call()
        assert (record["direction"], record["outcome"]) == ("inbound", "answered")
        assert record["peer"]["number"] == OUTSIDE
        assert record["answered_on"] == "desk_phone"


async def test_the_echo_after_the_announcement_is_heard(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone:
        await phone.dial("+390698765401")
        await phone.wait_established()
        await phone.wait_hears(ANNA_HZ)  # its own voice, back from outside
        await phone.hang_up()


async def test_an_outside_caller_gives_up_while_it_rings(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone, office.api(ANNA) as api:
        call_id = await office.carrier.call_in(ANNA.number)
        await phone.wait_ringing()
        await office.carrier.hang_up(call_id)
        await phone.wait_closed()
        record = await api.ended_call()
        assert (record["outcome"], record["peer"]["number"]) == ("cancelled", OUTSIDE)


async def test_a_caller_without_a_number_is_anonymous(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone, office.api(ANNA) as api:
        call_id = await office.carrier.call_in(ANNA.number, caller="anonymous")
        ringing = await phone.wait_ringing()
        assert "anonymous" in ringing["peeruri"]
        await office.carrier.hang_up(call_id)
        assert (await api.ended_call())["peer"]["number"] is None


@pytest.mark.parametrize(
    ("number", "status", "outcome"),
    [(BUSY, "486", "busy"), (UNALLOTTED, "404", "failed"), (NO_CODEC, "488", "failed")],
)
async def test_what_the_carrier_refuses_is_told_to_the_phone(
    office: Office, tmp_path: Path, number: str, status: str, outcome: str
) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone, office.api(ANNA) as api:
        await phone.dial(number)
        assert status in await phone.wait_closed()
        record = await api.ended_call()
        assert (record["outcome"], record["peer"]["number"]) == (outcome, number)


async def test_giving_up_on_an_outside_number_stops_its_ringing(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone:
        await phone.dial(SILENT)
        await phone.events.wait("CALL_RINGING", "CALL_PROGRESS")
        await phone.hang_up()
        call = await office.carrier.wait_call(lambda call: call["to"] == SILENT and call["state"] == "ended")
        assert call["status"] == 487


async def test_a_number_that_nobody_has_is_not_found(office: Office) -> None:
    call_id = await office.carrier.call_in("+390612345299")
    call = await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")
    assert call["status"] == 404


async def test_a_colleague_without_any_device_is_unavailable_from_outside(office: Office) -> None:
    async with office.api(BRUNO) as api:
        await office.wait_offline(BRUNO)
        await office.wait_unregistered(BRUNO, api=api)
        call_id = await office.carrier.call_in(BRUNO.number)
        call = await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")
        assert call["status"] == 480
        assert (await api.ended_call())["outcome"] == "unreachable"
