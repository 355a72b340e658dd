"""Meetings are recorded: what members and telephones said is there by its tones, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridges.sip.voice.prompts import Language, Prompt
from tests.interop.test_calls_faults import healed, kill
from tests.interop.test_recordings import channels, kept
from tests.support.audio import tone_share
from tests.support.meeting_phones import Meeting, bruno_speaks, enter
from tests.support.office import ANNA, BRUNO, CHIARA, DIAL_IN_NUMBER, Api, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.prompts import wait_words
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRUNO_HZ, ANNA_HZ, AFTER_HZ, SECRET_HZ, LAST_HZ = 1000, 600, 1700, 2700, 2200


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def frail(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office of its own: other tests do not see its parts die."""
    extra = f'[meetings]\ndial_in_numbers = ["{DIAL_IN_NUMBER}"]\n'
    folder = tmp_path_factory.mktemp("recorded")
    with await asyncio.to_thread(Stack.start, folder, demo=True, sfu=True, extra=extra) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with office_of(stack) as office:
            yield office


async def record(meeting: Meeting, what: str, api: Api | None = None) -> tuple[int, str | None]:
    """Press the button; the status, and the code of a refusal."""
    status, body = await (api or meeting.api).ask("POST", f"/meetings/{meeting.id}/recording", {"what": what})
    return status, body["error"]["code"] if "error" in body else None


async def shown(meeting: Meeting, state: str) -> None:
    """Wait until everybody in the meeting is told so."""

    def told() -> bool:
        everybody = meeting.bruno.room.remote_participants.values()
        return any(
            one.attributes.get("kind") == "recorder" and one.attributes.get("recording") == state
            for one in everybody
        )

    await meeting.until(told, f"the recording {state}")


async def eventually(holds: Callable[[], Any], what: str) -> None:
    for _ in range(int(PATIENCE * 10)):
        if holds():
            return
        await asyncio.sleep(0.1)  # nothing tells of it
    raise TimeoutError(what)


async def grows(office: Office, seconds: float) -> None:
    """Wait until so much more is in the file."""

    def size() -> int:
        folder = office.stack.data / "sip" / "meeting-recordings"
        return sum(path.stat().st_size for path in folder.glob("*.ulaw"))

    until = size() + seconds * 16_000
    await eventually(lambda: size() >= until, "nothing more is recorded")


def strength(samples: list[int], hz: float) -> float:
    """The highest share of a tone in any half of a second."""
    pieces = [samples[at : at + 4000] for at in range(0, len(samples) - 4000, 2000)]
    loud = [piece for piece in pieces if max(map(abs, piece)) > 300]
    return max((tone_share(piece, 8000, hz) for piece in loud), default=0.0)


async def test_a_meeting_is_recorded_with_all_who_are_in_it_and_its_pauses_are_not(
    frail: Office, tmp_path: Path
) -> None:
    async with frail.api(ANNA) as admin, bruno_speaks(frail, BRUNO_HZ) as meeting:
        assert await record(meeting, "start") == (403, "recording_not_allowed")
        chosen = {"on_demand": "everybody", "people_hear": True}
        assert (await admin.ask("PUT", "/recording-rules/settings", chosen))[0] == 200
        assert await record(meeting, "start", admin) == (403, "moderators_only")
        assert await record(meeting, "pause") == (409, "meeting_not_recorded_now")
        async with frail.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as phone:
            await enter(phone, meeting.pin)
            await meeting.bruno_hears(ANNA_HZ)
            assert [await record(meeting, "start"), await record(meeting, "start")] == [(204, None)] * 2
            await wait_words(phone.heard, Prompt.CALL_RECORDED, Language.IT, (Prompt.CALL_RECORDED,))
            await shown(meeting, "runs")
            assert meeting.bruno.room.is_recording
            _, view = await admin.ask("GET", f"/meetings/{meeting.id}")
            assert view["recording"] == "runs"
            await grows(frail, 2.0)
            dead = kill(frail.stack, "sip")
            await healed(frail.stack, "sip", dead)
            await shown(meeting, "runs")
            await phone.set_tone(AFTER_HZ)
            await meeting.bruno_hears(AFTER_HZ)
            await grows(frail, 2.0)
            assert await record(meeting, "pause") == (204, None)
            await shown(meeting, "paused")
            assert meeting.bruno.room.is_recording
            await phone.set_tone(SECRET_HZ)
            await meeting.bruno_hears(SECRET_HZ)
            await phone.set_tone(LAST_HZ)
            await meeting.bruno_hears(LAST_HZ)
            assert await record(meeting, "resume") == (204, None)
            await grows(frail, 2.0)
            await phone.hang_up()
        assert await record(meeting, "stop") == (204, None)
        await meeting.until(lambda: not meeting.bruno.room.is_recording, "nothing is recorded")
        (found,) = await kept(meeting.api)
        left, right = await channels(meeting.api, found)
        assert left == right
        heard = {hz: strength(left, hz) for hz in (BRUNO_HZ, ANNA_HZ, AFTER_HZ, LAST_HZ, SECRET_HZ)}
        assert all(heard[hz] > 0.2 for hz in (BRUNO_HZ, ANNA_HZ, AFTER_HZ, LAST_HZ)), heard
        assert heard[SECRET_HZ] < 0.05, heard
        assert (found["title"], found["call_id"]) == ("Weekly", meeting.id)
        assert found["caller"]["user_id"] == found["by"] == BRUNO.user_id
        assert ANNA.name in [one["name"] for one in found["others"]]
        (mark,) = found["pauses"]
        assert mark["for_ms"] > 0 and found["whole"]
        # What lies there is sealed: not even silence is found in it.
        (sealed,) = (frail.stack.data / "recordings" / found["id"]).iterdir()
        assert b"\xff" * 16 not in sealed.read_bytes()
        _, log = await admin.ask("GET", "/admin/audit")
        assert [
            (entry["actor"], entry["details"]["title"])
            for entry in log["entries"]
            if entry["action"] == "recording.downloaded"
        ] == [(BRUNO.user_id, "Weekly")]
        async with frail.api(CHIARA) as stranger:
            assert (await stranger.ask("DELETE", f"/recordings/{found['id']}"))[0] == 404


async def test_an_encrypted_meeting_is_not_recorded(frail: Office) -> None:
    async with frail.api(ANNA) as admin, bruno_speaks(frail, BRUNO_HZ, encrypted=True) as meeting:
        chosen = {"on_demand": "everybody", "people_hear": True}
        assert (await admin.ask("PUT", "/recording-rules/settings", chosen))[0] == 200
        assert await record(meeting, "start") == (409, "encrypted_not_recorded")
