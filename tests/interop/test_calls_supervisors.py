"""A supervisor of a queue in an agent's call, with real phones: who hears whom in each mode, by the tones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_calls_queues import ANNA_HZ, BRUNO_HZ, CHIARA_HZ, duty, hotline, shows, state
from tests.support.baresip import Baresip
from tests.support.office import ANNA, BRUNO, CHIARA, Api, Office
from tests.support.patience import PATIENCE
from tests.support.recording import share_of_tone, watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL = (ANNA_HZ, BRUNO_HZ, CHIARA_HZ)
#: Of what a phone hears, the part that a voice has at the least that is heard, and at the most that is not.
HEARD, UNHEARD = 0.2, 0.02
LISTENED = {"listening": True, "listening_told": False, "supervisors": [CHIARA.user_id]}


def voices(phone: Baresip) -> set[int]:
    """Whose tones are in the last half second that it heard."""
    end = phone.heard().last(0.5)
    shares = {hz: share_of_tone(end, hz) for hz in ALL}
    return {hz for hz, share in shares.items() if share > (UNHEARD if share < HEARD else HEARD)}


async def wait_voices(phone: Baresip, *wanted: int) -> None:
    for _ in range(int(PATIENCE * 10)):
        if voices(phone) == set(wanted):
            return
        await asyncio.sleep(0.1)  # a file grows without telling anybody
    raise TimeoutError(f"{phone.line.username} hears {voices(phone)}, not {wanted}")


async def live(api: Api, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """My call in progress, once `holds` is true of it."""
    seen: list[dict[str, Any]] = []
    for _ in range(int(PATIENCE * 10)):
        seen = (await api.ask("GET", "/calls/live"))[1]["calls"]
        if found := next((one for one in seen if holds(one)), None):
            return found
        await asyncio.sleep(0.1)  # the bridge tells the house when it is its turn
    raise TimeoutError(f"my calls are {seen}")


async def test_a_supervisor_listens_whispers_and_joins(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.desk_phone(CHIARA, tmp_path, tone_hz=CHIARA_HZ) as chiara,
        hotline(office, LISTENED, members=[{"user_id": ANNA.user_id}]) as agent,
        office.api(CHIARA) as supervisor,
    ):
        await duty(agent, "on")
        await bruno.dial("310")
        await anna.wait_ringing()
        await anna.answer()
        await wait_voices(anna, BRUNO_HZ)
        row = await shows(supervisor, lambda row: state(row, ANNA.name) == "talking")
        listen = f"/queues/{row['id']}/agents/{ANNA.user_id}/listen"
        assert [one["may_be_heard"] for one in row["agents"]] == [True]
        async with (
            watched(bruno.heard, ANNA_HZ, share=HEARD) as caller_gap,
            watched(anna.heard, BRUNO_HZ, share=HEARD) as agent_gap,
        ):
            status, made = await supervisor.ask("POST", listen, {})
            assert status == 200, made
            await chiara.wait_ringing()
            await chiara.answer()
            await wait_voices(chiara, ANNA_HZ, BRUNO_HZ)
            mine = await live(agent, lambda call: bool(call["listeners"]))
            assert [(one["party"]["name"], one["mode"]) for one in mine["listeners"]] == [
                (CHIARA.name, "listen")
            ]
            assert (voices(anna), voices(bruno)) == ({BRUNO_HZ}, {ANNA_HZ})
            change = f"/queues/listenings/{made['call_id']}"
            assert (await supervisor.ask("PUT", change, {"mode": "whisper"}))[0] == 204
            await wait_voices(anna, BRUNO_HZ, CHIARA_HZ)
            await live(agent, lambda call: [one["mode"] for one in call["listeners"]] == ["whisper"])
            assert (voices(bruno), voices(chiara)) == ({ANNA_HZ}, {ANNA_HZ, BRUNO_HZ})
            await chiara.send_dtmf("6")
            await wait_voices(bruno, ANNA_HZ, CHIARA_HZ)
            await wait_voices(anna, BRUNO_HZ, CHIARA_HZ)
            # The caller is a colleague, and learns nothing of it.
            async with office.api(BRUNO) as caller:
                assert (await live(caller, lambda call: True))["listeners"] == []
            await chiara.send_dtmf("4")
            await wait_voices(bruno, ANNA_HZ)
            await wait_voices(anna, BRUNO_HZ)
            await chiara.hang_up()
            await live(agent, lambda call: not call["listeners"])
            await wait_voices(bruno, ANNA_HZ)
        assert max(caller_gap.seconds, agent_gap.seconds) < 1
        # Who may not any more hears no more, and the two talk on.
        status, made = await supervisor.ask("POST", listen, {"mode": "whisper"})
        assert status == 200, made
        await chiara.wait_ringing()
        await chiara.answer()
        await wait_voices(anna, BRUNO_HZ, CHIARA_HZ)
        group = (await agent.ask("GET", "/groups"))[1]["groups"][0]
        body = {key: group[key] for key in ("name", "extension", "strategy", "members", "otherwise")}
        body["members"] = [{"user_id": ANNA.user_id}]
        waiting = group["waiting"] | {"listening": False}
        assert (await agent.ask("PUT", f"/groups/{group['id']}", body | {"waiting": waiting}))[0] == 200
        await chiara.wait_closed()
        await wait_voices(anna, BRUNO_HZ)
        assert (await supervisor.ask("POST", listen, {}))[1]["error"]["code"] == "cannot_listen"
        audit = (await agent.ask("GET", "/admin/audit"))[1]["entries"]
        told = [one["action"] for one in audit if one["actor"] == CHIARA.user_id]
        assert {"queue.listening_asked", "queue.call_listen", "queue.call_whisper", "queue.call_join"} <= set(
            told
        )
        await bruno.hang_up()
