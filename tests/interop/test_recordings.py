"""Calls are recorded: what both said is there by its tones, whatever dies meanwhile, and a pause is not."""

from __future__ import annotations

import asyncio
import io
import wave
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridges.sip.voice.prompts import Language, Prompt
from tests.interop.test_call_commands import live_call
from tests.interop.test_calls_faults import files_end_where_they_are, healed, kill
from tests.interop.test_voicemail import heard_tone, holds_tone
from tests.support.audio import tone, write_wav
from tests.support.office import ANNA, BRUNO, CHIARA, OUTSIDE, Api, Json, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.prompts import wait_words
from tests.support.recording import wait_tones
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, OUTSIDE_HZ, SECRET_HZ = 600, 1400, 1000, 2700
OWN_HZ, CHIARA_HZ = 1900, 2200


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def frail(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office of its own: other tests do not see its parts die, nor are they recorded."""
    with await asyncio.to_thread(Stack.start, tmp_path_factory.mktemp("recorded"), demo=True) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with office_of(stack) as office:
            yield office


@pytest_asyncio.fixture(loop_scope="session")
async def admin(frail: Office) -> AsyncIterator[Api]:
    """Anna, who lets everybody record and hear."""
    async with frail.api(ANNA) as api:
        chosen = {"on_demand": "everybody", "people_hear": True, "people_delete": False}
        status, _ = await api.ask("PUT", "/recording-rules/settings", chosen)
        assert status == 200
        yield api


async def record(api: Api, what: str) -> int:
    """Press the button for the person's only call."""
    call = await live_call(api, lambda _call: True)
    path = f"/calls/{call['call_id']}/commands"
    status, _ = await api.ask("POST", path, {"action": "record", "what": what})
    return status


async def shown(api: Api, state: str | None) -> None:
    """Wait until the person's page says so."""
    await live_call(api, lambda call: (call.get("recording") or {}).get("state") == state)


async def grows(office: Office, seconds: float) -> None:
    """Wait until so much more is in the file."""

    def size() -> int:
        folder = office.stack.data / "sip" / "recordings"
        return sum(path.stat().st_size for path in folder.glob("*.ulaw"))

    until = size() + seconds * 16_000
    for _ in range(int(PATIENCE * 10)):
        if size() >= until:
            return
        await asyncio.sleep(0.1)  # a file grows without telling anybody
    raise TimeoutError("nothing more is recorded")


async def kept(api: Api, count: int = 1, path: str = "/recordings") -> list[Json]:
    """The newest recordings, once there are so many."""
    found: list[Json] = []
    for _ in range(int(PATIENCE * 10)):
        _, body = await api.ask("GET", path)
        found = [one for one in body["recordings"] if one["started_at"] >= Api.since]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.1)  # it comes when the bridge has delivered it
    raise TimeoutError(f"not so many recordings: {found}")


async def channels(api: Api, recording: Json) -> tuple[list[int], list[int]]:
    """Samples of the caller and of the callee."""
    content = await api.file(f"/recordings/{recording['id']}/file")
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 2)
        both = array("h", file.readframes(file.getnframes())).tolist()
    assert abs(len(both) / 16 - recording["duration_ms"]) < 1
    return both[::2], both[1::2]


async def test_a_recording_outlives_media_and_bridge_and_leaves_out_what_is_said_in_a_pause(
    frail: Office, admin: Api, tmp_path: Path
) -> None:
    async with (
        frail.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        frail.api(BRUNO) as api,
    ):
        came = await frail.carrier.call_in(BRUNO.number, tone_hz=OUTSIDE_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(OUTSIDE_HZ)
        await frail.carrier.wait_hears(came, BRUNO_HZ)
        assert await record(api, "pause") == 409
        assert await record(api, "start") == 200
        await shown(api, "runs")
        await grows(frail, 1.5)
        dead = kill(frail.stack, "media")
        await healed(frail.stack, "media", dead)
        await bruno.set_tone(BRUNO_HZ + 200)
        await frail.carrier.wait_hears(came, BRUNO_HZ + 200)
        await grows(frail, 1.5)
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await shown(api, "runs")
        await bruno.set_tone(BRUNO_HZ + 400)
        await frail.carrier.wait_hears(came, BRUNO_HZ + 400)
        await grows(frail, 1.5)
        assert await record(api, "pause") == 200
        await shown(api, "paused")
        await bruno.set_tone(SECRET_HZ)
        await frail.carrier.wait_hears(came, SECRET_HZ)
        await bruno.set_tone(BRUNO_HZ + 600)
        await frail.carrier.wait_hears(came, BRUNO_HZ + 600)
        assert await record(api, "resume") == 200
        await grows(frail, 1.5)
        await frail.carrier.hang_up(came)
        await bruno.wait_closed()
        (found,) = await kept(api)
        caller, callee = await channels(api, found)
        assert holds_tone(caller, 8000, OUTSIDE_HZ)
        for hz in (BRUNO_HZ, BRUNO_HZ + 200, BRUNO_HZ + 400, BRUNO_HZ + 600):
            assert holds_tone(callee, 8000, hz), hz
        for hz, side in ((SECRET_HZ, callee), (SECRET_HZ, caller), (BRUNO_HZ, caller), (OUTSIDE_HZ, callee)):
            assert not holds_tone(side, 8000, hz), hz
        assert (found["caller"]["number"], found["callee"]["user_id"]) == (OUTSIDE, BRUNO.user_id)
        assert (found["why"], found["by"], found["whole"]) == ("demand", BRUNO.user_id, True)
        (mark,) = found["pauses"]
        assert 0 < mark["at_ms"] < found["duration_ms"] and mark["for_ms"] > 0
        call = await api.ended_call()
        assert call["recorded"] and call["recordings"] == [found["id"]]
        assert not list((frail.stack.data / "sip" / "recordings").glob("*.ulaw"))
        # What lies there is sealed: not even silence is found in it.
        (sealed,) = (frail.stack.data / "recordings" / found["id"]).iterdir()
        assert b"\xff" * 16 not in sealed.read_bytes()
        _, log = await admin.ask("GET", "/admin/audit")
        heard = [entry for entry in log["entries"] if entry["action"] == "recording.downloaded"]
        assert [(entry["actor"], entry["subject"]) for entry in heard] == [(BRUNO.user_id, found["id"])]
        assert (await api.ask("DELETE", f"/recordings/{found['id']}"))[0] == 403
        assert (await admin.ask("DELETE", f"/recordings/{found['id']}"))[0] == 204
        assert not (frail.stack.data / "recordings" / found["id"]).exists()


async def test_a_desk_phone_has_its_call_recorded_by_a_code_and_pauses_it(
    frail: Office, admin: Api, tmp_path: Path
) -> None:
    async with (
        frail.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        frail.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        frail.api(ANNA) as api,
    ):
        made = await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(BRUNO_HZ)
        for said, state in (
            (Prompt.RECORDING_ON, "runs"),
            (Prompt.RECORDING_PAUSED, "paused"),
            (Prompt.RECORDING_ON, "runs"),
        ):
            await anna.hold()
            await anna.dial("*1")
            await wait_words(anna.heard, said, Language.IT, (said, Prompt.NOT_SET))
            await anna.wait_closed()
            await anna.resume(made)
            await shown(api, state)
        await grows(frail, 1.0)
        await bruno.hang_up()
        (found,) = await kept(api)
        assert found["by"] == ANNA.user_id and len(found["pauses"]) == 1
        caller, callee = await channels(api, found)
        assert holds_tone(caller, 8000, ANNA_HZ) and holds_tone(callee, 8000, BRUNO_HZ)


async def test_a_call_of_several_is_recorded_as_all_hear_it_and_all_see_and_pause_it(
    frail: Office, admin: Api, tmp_path: Path
) -> None:
    write_wav(tmp_path / "own.wav", tone(OWN_HZ, 2.0), 8000)
    own = (tmp_path / "own.wav").read_bytes()
    status, _ = await admin.send("PUT", "/recording-announcements/it/sound", own, "audio/wav")
    assert status == 200
    async with (
        frail.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        frail.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        frail.api(BRUNO) as api,
        frail.api(CHIARA) as theirs,
    ):
        came = await frail.carrier.call_in(BRUNO.number, tone_hz=OUTSIDE_HZ)
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(OUTSIDE_HZ)
        talk = await live_call(api, lambda call: call["state"] == "talking")
        command = {"action": "add", "to": CHIARA.extension}
        assert (await api.ask("POST", f"/calls/{talk['call_id']}/commands", command))[0] == 200
        await chiara.wait_ringing()
        await chiara.answer()
        await wait_tones(chiara.heard, [OUTSIDE_HZ, BRUNO_HZ], "Chiara")
        await live_call(api, lambda call: {one["state"] for one in call["members"]} == {"talking"})
        assert await record(theirs, "start") == 200
        await heard_tone(bruno, OWN_HZ)
        await shown(theirs, "runs")
        await shown(api, "runs")
        await grows(frail, 1.5)
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await wait_tones(chiara.heard, [OUTSIDE_HZ, BRUNO_HZ], "Chiara, afterwards")
        await grows(frail, 1.5)
        # Whoever is in it pauses it.
        assert await record(api, "pause") == 200
        await shown(theirs, "paused")
        await bruno.set_tone(SECRET_HZ)
        await wait_tones(chiara.heard, [OUTSIDE_HZ, SECRET_HZ], "Chiara, in the pause")
        await bruno.set_tone(BRUNO_HZ)
        await wait_tones(chiara.heard, [OUTSIDE_HZ, BRUNO_HZ], "Chiara, before it goes on")
        assert await record(api, "resume") == 200
        await shown(api, "runs")
        await grows(frail, 1.5)
        await chiara.hang_up()
        (found,) = await kept(api)
        both = [sum(pair) // 2 for pair in zip(*await channels(api, found), strict=True)]
        for hz in (OUTSIDE_HZ, BRUNO_HZ, CHIARA_HZ):
            assert holds_tone(both, 8000, hz, share=0.05), hz
        assert not holds_tone(both, 8000, SECRET_HZ, share=0.05)
        people = {one["user_id"] for one in (found["caller"], found["callee"], *found["others"])}
        assert people >= {BRUNO.user_id, CHIARA.user_id}
        assert (found["by"], found["why"]) == (CHIARA.user_id, "demand")
        # The two who are left are not recorded: nobody wanted that.
        await shown(api, None)
        await frail.carrier.hang_up(came)
        await bruno.wait_closed()
    assert (await admin.ask("PUT", "/recording-announcements/it", {"text": ""}))[0] == 200


async def test_by_rule_all_calls_of_somebody_are_recorded_and_announced(
    frail: Office, admin: Api, tmp_path: Path
) -> None:
    rule = f"/recording-rules/person/{BRUNO.user_id}"
    assert (await admin.ask("PUT", rule))[0] == 200
    # A sound of the organisation's own is played in place of our words.
    write_wav(tmp_path / "own.wav", tone(OWN_HZ, 2.0), 8000)
    own = (tmp_path / "own.wav").read_bytes()
    status, found = await admin.send("PUT", "/recording-announcements/it/sound", own, "audio/wav")
    assert (status, round(found["settings"]["announcements"]["it"]["seconds"])) == (200, 2)
    none = await admin.send("PUT", "/recording-announcements/it/sound", b"no sound", "audio/wav")
    assert (none[0], none[1]["error"]["code"]) == (400, "not_a_sound")
    async with (
        frail.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        frail.api(BRUNO) as api,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await heard_tone(anna, OWN_HZ)
        await shown(api, "runs")
        await shown(admin, "runs")
        assert await record(api, "stop") == 403
        await grows(frail, 2.0)
        media = frail.stack.children()["media"]
        with files_end_where_they_are(media):
            await shown(api, "failed")
        await anna.set_tone(ANNA_HZ + 200)
        await bruno.wait_hears(ANNA_HZ + 200)  # the call goes on
        await anna.hang_up()
        await bruno.wait_closed()
        (found,) = await kept(api)
        caller, callee = await channels(api, found)
        assert holds_tone(caller, 8000, ANNA_HZ) and holds_tone(callee, 8000, BRUNO_HZ)
        assert (found["why"], found["whole"]) == ("rule", False)
    assert (await admin.ask("DELETE", rule))[0] == 200
    # Words are spoken where the machine has a voice; else that is said.
    status, spoken = await admin.ask("PUT", "/recording-announcements/it", {"text": "Vi registriamo."})
    assert status == 200 or spoken["error"]["code"] == "no_voice"
    status, ours = await admin.ask("PUT", "/recording-announcements/it", {"text": ""})
    assert (status, ours["settings"]["announcements"]) == (200, {})
