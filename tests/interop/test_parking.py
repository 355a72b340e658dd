"""Real desk phones park calls, fetch them and take ringing ones; checked by the tones that they hear."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.test_call_commands import live, live_call
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Office

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ = 600, 1400, 1000


async def test_an_outside_call_is_parked_in_the_browser_and_fetched_at_another_phone(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(BRUNO) as bruno_api,
    ):
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=ANNA_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        talk = await live_call(bruno_api, lambda call: call["state"] == "talking")
        status, parked = await bruno_api.ask("POST", f"/calls/{talk['call_id']}/commands", {"action": "park"})
        assert (status, parked.get("slot")) == (200, "700"), parked
        await bruno.wait_closed()
        waiting = await live_call(bruno_api, lambda call: call["state"] == "parked")
        assert (waiting["slot"], waiting["peer"]["number"]) == ("700", OUTSIDE)
        before = await office.carrier.wait_call(lambda call: call["id"] == call_id)
        heard = before["heard"]["packets"]
        # A slot sends nothing: what comes is the music.
        await office.carrier.wait_call(
            lambda call: call["id"] == call_id and call["heard"]["packets"] > heard + 50
        )
        await chiara.dial("700")
        await chiara.wait_established()
        await chiara.wait_hears(ANNA_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        assert await live(bruno_api, lambda calls: not calls) == []
        await office.carrier.hang_up(call_id)
        await chiara.wait_closed()


async def test_a_ringing_call_is_taken_at_another_phone(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(CHIARA) as api,
    ):
        for code in ("**202", "*8202", "*8"):
            await anna.dial("202")
            await bruno.wait_ringing()
            await chiara.dial(code)
            await chiara.wait_established()
            await bruno.wait_closed()
            await chiara.wait_hears(ANNA_HZ)
            await anna.wait_hears(CHIARA_HZ)
            await chiara.hang_up()
            await anna.wait_closed()
        await chiara.dial("**202")
        assert "404" in await chiara.wait_closed()
        await live(api, lambda calls: not calls)


async def test_a_parked_call_is_asked_for_in_the_browser_and_rings_there(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(BRUNO) as bruno_api,
        office.api(CHIARA) as chiara_api,
    ):
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=ANNA_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        talk = await live_call(bruno_api, lambda call: call["state"] == "talking")
        await bruno_api.ask("POST", f"/calls/{talk['call_id']}/commands", {"action": "park", "slot": "702"})
        await bruno.wait_closed()
        status, refused = await chiara_api.ask("POST", "/calls/pick-up", {"slot": "703"})
        assert (status, refused["error"]["code"]) == (404, "call_not_found")
        status, answer = await chiara_api.ask("POST", "/calls/pick-up", {"slot": "702"})
        assert status == 200, answer
        await chiara.wait_ringing()
        await chiara.answer()
        await chiara.wait_hears(ANNA_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        await office.carrier.hang_up(call_id)
        await chiara.wait_closed()


async def test_a_desk_phone_goes_on_with_ones_own_call_on_another_one(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(BRUNO, tmp_path / "second", tone_hz=CHIARA_HZ) as second,
    ):
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=ANNA_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        await second.dial("*99")
        await second.wait_established()
        await bruno.wait_closed()
        await second.wait_hears(ANNA_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        await office.carrier.hang_up(call_id)
        await second.wait_closed()
