"""What people do in the browser with the call on their desk phone; the phones are real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Api, Json, Office
from tests.support.patience import PATIENCE
from tests.support.recording import wait_tones, watched
from tests.support.stack import load

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CHIARA_HZ = 600, 1400, 1000


async def live(api: Api, holds: Callable[[list[Json]], bool]) -> list[Json]:
    """The person's calls in progress, once ``holds`` is true of them."""
    calls: list[Json] = []
    for _ in range(int(PATIENCE * 10)):
        _, body = await api.ask("GET", "/calls/live")
        calls = body["calls"]
        if holds(calls):
            return calls
        await asyncio.sleep(0.1)  # the state comes when the bridge has told it
    raise TimeoutError(f"the calls in progress are not as expected: {calls}")


async def live_call(api: Api, holds: Callable[[Json], bool]) -> Json:
    """The person's only call in progress, once ``holds`` is true of it.

    For a moment there may be two of them, or none: while a call of two becomes one of several, and back.
    """
    (call,) = await live(api, lambda calls: len(calls) == 1 and holds(calls[0]))
    return call


async def test_the_call_of_a_desk_phone_is_seen_and_ended_in_the_browser(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as anna_api,
        office.api(BRUNO) as bruno_api,
        office.api(CHIARA) as chiara_api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        ringing = await live_call(bruno_api, lambda call: call["state"] == "ringing")
        assert (ringing["direction"], ringing["on"]) == ("inbound", None)
        assert ringing["peer"]["user_id"] == ANNA.user_id
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        mine = await live_call(anna_api, lambda call: call["state"] == "talking")
        assert (mine["call_id"], mine["direction"], mine["on"]) == (
            ringing["call_id"],
            "outbound",
            "desk_phone",
        )
        path = f"/calls/{mine['call_id']}/commands"
        status, refused = await chiara_api.ask("POST", path, {"action": "hang_up"})
        assert (status, refused["error"]["code"]) == (403, "not_your_call")
        status, _ = await anna_api.ask("POST", path, {"action": "hang_up"})
        assert status == 200
        await anna.wait_closed()
        await bruno.wait_closed()
        assert await live(anna_api, lambda calls: not calls) == []
        status, refused = await anna_api.ask("POST", path, {"action": "hang_up"})
        assert (status, refused["error"]["code"]) == (404, "call_not_found")


async def test_a_call_that_rings_at_the_desk_phone_is_declined_in_the_browser(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(BRUNO) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        ringing = await live_call(api, lambda _call: True)
        status, _ = await api.ask("POST", f"/calls/{ringing['call_id']}/commands", {"action": "hang_up"})
        assert status == 200
        assert "603" in await anna.wait_closed()
        await bruno.wait_closed()
        assert (await api.ended_call())["outcome"] == "rejected"


async def test_a_colleague_is_added_to_an_outside_call_and_the_last_two_are_a_call_again(
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
        async with watched(bruno.heard, ANNA_HZ, share=0.05) as gap:
            command = {"action": "add", "to": CHIARA.extension}
            status, answer = await bruno_api.ask("POST", f"/calls/{talk['call_id']}/commands", command)
            assert status == 200, answer
            assert BRUNO.extension in (await chiara.wait_ringing())["peeruri"]
            seen = await live_call(bruno_api, lambda call: len(call["members"]) == 2)
            assert {one["state"] for one in seen["members"]} == {"calling", "talking"}
            await chiara.answer()
            await wait_tones(bruno.heard, [ANNA_HZ, CHIARA_HZ], "Bruno")
        assert gap.seconds < 1.0 * load()
        await wait_tones(chiara.heard, [ANNA_HZ, BRUNO_HZ], "Chiara")
        talk = await live_call(
            bruno_api, lambda call: {one["state"] for one in call["members"]} == {"talking"}
        )
        assert {one["party"]["number"] for one in talk["members"]} == {OUTSIDE, CHIARA.extension}
        hers = await live_call(chiara_api, lambda call: len(call["members"]) == 2)

        # Whoever holds is silent for the others, without music.
        path = f"/calls/{hers['call_id']}/commands"
        assert (await chiara_api.ask("POST", path, {"action": "hold"}))[0] == 200
        await office.carrier.wait_hears(call_id, BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        assert (await chiara_api.ask("POST", path, {"action": "resume"}))[0] == 200
        await wait_tones(bruno.heard, [ANNA_HZ, CHIARA_HZ], "Bruno, again")

        async with watched(chiara.heard, ANNA_HZ, share=0.05) as gap:
            await bruno.hang_up()
            hers = await live_call(chiara_api, lambda call: call["members"] == [])
            await chiara.wait_hears(ANNA_HZ)
        assert gap.seconds < 1.0 * load()
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        assert hers["peer"]["number"] == OUTSIDE
        await office.carrier.hang_up(call_id)
        await chiara.wait_closed()
        record = await chiara_api.ended_call()
        assert (record["peer"]["number"], record["outcome"], record["transferred_by"]) == (
            OUTSIDE,
            "answered",
            None,
        )
