"""Two real desk phones of the organisation call each other; audio is checked by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.baresip import Baresip
from tests.support.office import ANNA, BRUNO, CHIARA, Office

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ = 600, 1400
OUTSIDE = "+390698765402"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_two_desk_phones_hear_each_other(office: Office, tmp_path: Path, transport: str) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ, transport=transport) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as anna_api,
        office.api(BRUNO) as bruno_api,
    ):
        await anna.dial("202")
        ringing = await bruno.wait_ringing()
        assert "201" in ringing["peeruri"]
        await bruno.answer()
        await anna.wait_established()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await anna.send_dtmf("7")
        assert (await bruno.events.wait("CALL_DTMF_START"))["param"] == "7"
        await anna.hang_up()
        await bruno.wait_closed()

        made, received = await anna_api.ended_call(), await bruno_api.ended_call()
        assert made["id"] == received["id"]
        assert (made["direction"], received["direction"]) == ("outbound", "inbound")
        assert made["outcome"] == received["outcome"] == "answered"
        assert made["answered_on"] == "desk_phone"
        assert (made["peer"]["user_id"], received["peer"]["user_id"]) == (BRUNO.user_id, ANNA.user_id)
        assert made["audio"] == {"sent": True, "received": True}
        assert made["started_at"] <= made["answered_at"] <= made["ended_at"]


async def test_a_delegate_calls_in_the_name_of_who_lets_them(office: Office, tmp_path: Path) -> None:
    """Outside sees the principal's number, a colleague's telephone both names; both have it in their log."""
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(CHIARA, tmp_path, tone_hz=BRUNO_HZ) as chiara,
        office.api(ANNA) as anna_api,
        office.api(BRUNO) as api,
    ):
        await anna.dial(f"*29*{BRUNO.extension}*{OUTSIDE}")
        assert "403" in await anna.wait_closed()
        named = {"user_id": ANNA.user_id, "rings": "never", "calls": True}
        await api.ask("PUT", "/delegates", {"delegates": [named]})
        try:
            await anna.dial(f"*29*{BRUNO.extension}*{OUTSIDE}")
            await anna.wait_established()
            seen = await office.carrier.wait_call(
                lambda call: call["to"] == OUTSIDE and call["state"] == "answered"
            )
            assert seen["from"] == BRUNO.number
            await anna.hang_up()
            await anna.wait_closed()
            made = await anna_api.ended_call()
            theirs = await api.latest_call(lambda call: call["id"] == made["id"])
            assert made["on_behalf_of"]["user_id"] == BRUNO.user_id
            assert theirs["made_by"]["user_id"] == ANNA.user_id
            await anna.dial(f"*29*{BRUNO.extension}*{CHIARA.extension}")
            ringing = await chiara.wait_ringing()
            assert BRUNO.extension in ringing["peeruri"]
            names = ringing["peerdisplayname"]
            assert ANNA.name in names and BRUNO.name in names
            await anna.hang_up()
            await chiara.wait_closed()
        finally:
            await api.ask("PUT", "/delegates", {"delegates": []})


async def test_the_called_party_hangs_up(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ, codecs="pcma") as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ, codecs="pcma") as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hang_up()
        await anna.wait_closed()


async def test_phones_with_different_laws_of_g711_hear_each_other(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ, codecs="pcma") as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ, codecs="pcmu") as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await anna.hang_up()
        await bruno.wait_closed()


async def test_the_caller_gives_up_while_it_rings(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(BRUNO) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await anna.hang_up()
        await bruno.wait_closed()
        call = await api.ended_call()
        assert (call["direction"], call["outcome"], call["answered_at"]) == ("inbound", "cancelled", None)


async def test_a_busy_colleague_is_told_and_recorded(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.hang_up()  # baresip refuses with 486
        assert "486" in await anna.wait_closed()
        assert (await api.ended_call())["outcome"] == "busy"


async def test_an_unknown_extension_is_not_found(office: Office, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna, office.api(ANNA) as api:
        await anna.dial("299")
        assert "404" in await anna.wait_closed()
        assert (await api.ended_call())["outcome"] == "failed"


async def test_somebody_without_any_device_is_unavailable_and_has_a_record(
    office: Office, tmp_path: Path
) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna, office.api(CHIARA) as api:
        await office.wait_offline(CHIARA)
        await office.wait_unregistered(CHIARA, api=api)
        await anna.dial("203")
        assert "480" in await anna.wait_closed()
        call = await api.ended_call()
        assert (call["direction"], call["outcome"], call["peer"]["user_id"]) == (
            "inbound",
            "unreachable",
            ANNA.user_id,
        )


async def test_a_wrong_sip_password_is_refused(office: Office, tmp_path: Path) -> None:
    line = office.line(ANNA)
    wrong = type(line)(line.username, "wrong", line.registrar)
    async with Baresip(tmp_path, wrong) as phone:
        with pytest.raises(RuntimeError, match=r"40[13]"):
            await phone.wait_registered()
    await office.wait_unregistered(ANNA)
