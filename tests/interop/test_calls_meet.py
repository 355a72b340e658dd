"""A call of several goes on as a meeting: real phones, a line outside, the SFU, and an SDK member."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.interop.test_call_commands import live_call
from tests.support.meeting_phones import Meeting, ticket
from tests.support.office import BRUNO, CHIARA, OUTSIDE, Office, office_of
from tests.support.recording import wait_tones, watched
from tests.support.sfu import connected
from tests.support.stack import Stack, load

pytestmark = pytest.mark.asyncio(loop_scope="module")

OUTSIDE_HZ, BRUNO_HZ, CHIARA_HZ, PICTURE_HZ = 600, 1400, 1000, 2000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(dial_in_stack: Stack) -> AsyncIterator[Office]:
    async with office_of(dial_in_stack) as office:
        yield office


async def test_a_call_of_several_goes_on_as_a_meeting_and_no_telephone_hangs_up(
    office: Office, tmp_path: Path
) -> None:
    async with (
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        office.api(BRUNO) as api,
        office.api(CHIARA) as chiara_api,
    ):
        call_id = await office.carrier.call_in(BRUNO.number, tone_hz=OUTSIDE_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(OUTSIDE_HZ)
        talk = await live_call(api, lambda call: call["state"] == "talking")
        path = f"/calls/{talk['call_id']}/commands"
        # Two are no call of several.
        status, refused = await api.ask("POST", path, {"action": "meet"})
        assert (status, refused["error"]["code"]) == (409, "not_possible_now")
        status, answer = await api.ask("POST", path, {"action": "add", "to": CHIARA.extension})
        assert status == 200, answer
        await chiara.wait_ringing()
        await chiara.answer()
        talk = await live_call(api, lambda call: [one["state"] for one in call["members"]] == ["talking"] * 2)
        await wait_tones(chiara.heard, [OUTSIDE_HZ, BRUNO_HZ], "Chiara")

        async with watched(chiara.heard, OUTSIDE_HZ, share=0.05) as gap:
            status, answer = await api.ask("POST", f"/calls/{talk['call_id']}/commands", {"action": "meet"})
            assert status == 200, answer
            mine = await live_call(api, lambda call: call["meeting"] is not None)
            await wait_tones(chiara.heard, [OUTSIDE_HZ, BRUNO_HZ], "Chiara, in the meeting")
        assert gap.seconds < 1.0 * load()
        room_id = answer["meeting"]["room_id"]
        assert mine["meeting"] == answer["meeting"]
        await wait_tones(bruno.heard, [OUTSIDE_HZ, CHIARA_HZ], "Bruno, in the meeting")

        # Bruno goes over to it, and his telephone hangs up.
        status, view = await api.ask("GET", f"/meetings/{answer['meeting']['id']}")
        assert status == 200, view
        url, jwt = await ticket(office.stack, BRUNO, room_id)
        async with connected(url, jwt) as person:
            meeting = Meeting(api, view, person)
            await meeting.telephone(CHIARA.name)
            await meeting.bruno_hears(OUTSIDE_HZ)
            await meeting.bruno_hears(CHIARA_HZ)
            await person.speak(PICTURE_HZ)
            await bruno.hang_up()
            await meeting.until(lambda: not meeting.called(BRUNO.name), "Bruno's telephone has gone")
            await wait_tones(chiara.heard, [OUTSIDE_HZ, PICTURE_HZ], "Chiara, who hears Bruno there")
        # Who have not gone over talk on, whoever else has gone.
        await chiara.wait_hears(OUTSIDE_HZ)
        await office.carrier.wait_hears(call_id, CHIARA_HZ)
        hers = await live_call(chiara_api, lambda call: call["meeting"] is not None)
        assert (hers["meeting"]["room_id"], hers["on"]) == (room_id, "desk_phone")
        await office.carrier.hang_up(call_id)
        await chiara.hang_up()
        record = await chiara_api.ended_call()
        assert (record["answered_on"], record["outcome"]) == ("meeting", "answered")
        assert OUTSIDE not in str(record)
