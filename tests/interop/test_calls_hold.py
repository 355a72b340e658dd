"""Hold and resume between real telephones: the music, who is told what, and what is heard after.

What baresip hears after a re-INVITE is in none of its recordings: linphone listens, on both sides where both
count.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.audio import tone, write_wav
from tests.support.hold import wait_music, wait_no_music
from tests.support.linphone import Linphone
from tests.support.office import ANNA, BRUNO, Api, Json, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, BRUNO_HZ, CARRIER_HZ, OWN_HZ = 600, 1400, 1000, 523


async def talking(anna: Linphone, bruno: Linphone) -> tuple[str, str]:
    """Anna calls Bruno; how each calls the call."""
    made = await anna.dial("202")
    received = await bruno.wait_ringing()
    await bruno.answer()
    await anna.wait_hears(BRUNO_HZ)
    await bruno.wait_hears(ANNA_HZ)
    return made, str(received["id"])


async def wait_live(api: Api, state: str, held_by: str | None) -> Json:
    """The person's only call in progress, once it is in this state."""
    calls: list[Json] = []
    for _ in range(int(PATIENCE * 10)):
        _, body = await api.ask("GET", "/calls/live")
        calls = body["calls"]
        if [(call["state"], call.get("held_by")) for call in calls] == [(state, held_by)]:
            return calls[0]
        await asyncio.sleep(0.1)  # the state is told by the bridge when it has it
    raise TimeoutError(f"not {state} by {held_by}: {calls}")


@pytest.mark.parametrize("codec", ["pcmu", "pcma"])
async def test_the_held_one_hears_music_and_everybody_sees_who_holds(
    office: Office, tmp_path: Path, codec: str
) -> None:
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ, codecs=codec) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as anna_api,
        office.api(BRUNO) as bruno_api,
    ):
        _, received = await talking(anna, bruno)
        await bruno.hold()
        await wait_music(anna.heard)
        await wait_live(anna_api, "held", "peer")
        await wait_live(bruno_api, "held", "me")
        await bruno.resume(received)
        await anna.wait_hears(BRUNO_HZ)
        await wait_no_music(anna.heard)
        await bruno.wait_hears(ANNA_HZ)
        await wait_live(anna_api, "talking", None)
        await anna.hang_up()
        await bruno.wait_closed()
        (wait,) = (await anna_api.ended_call())["waits"]
        assert wait["by"] == "peer" and wait["since"] < wait["until"]
        (wait,) = (await bruno_api.ended_call())["waits"]
        assert wait["by"] == "me"


async def test_the_caller_holds_with_a_phone_of_another_make(office: Office, tmp_path: Path) -> None:
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await bruno.wait_hears(ANNA_HZ)
        for _ in range(2):
            await anna.command("hold")
            await wait_music(bruno.heard)
            await anna.command("resume")
            await bruno.wait_hears(ANNA_HZ)
        await bruno.hang_up()
        await anna.wait_closed()


async def test_both_hold_and_come_back_one_after_the_other(office: Office, tmp_path: Path) -> None:
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as api,
    ):
        made, received = await talking(anna, bruno)
        await bruno.hold()
        await wait_music(anna.heard)
        await anna.hold()
        await wait_live(api, "held", "both")
        anna.command(f"resume {made}")
        await wait_live(api, "held", "peer")
        await wait_music(anna.heard)
        bruno.command(f"resume {received}")
        await wait_live(api, "talking", None)
        await anna.wait_hears(BRUNO_HZ)
        await bruno.wait_hears(ANNA_HZ)
        await bruno.hang_up()
        await anna.wait_closed()


async def test_who_hangs_up_on_hold_ends_the_call_and_its_wait(office: Office, tmp_path: Path) -> None:
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
        office.api(ANNA) as api,
    ):
        await talking(anna, bruno)
        await anna.hold()
        await wait_music(bruno.heard)
        await bruno.hang_up()
        await anna.wait_closed()
        call = await api.ended_call()
        assert call["waits"][0]["until"] == call["ended_at"]


async def test_the_second_call_is_answered_while_the_first_waits(office: Office, tmp_path: Path) -> None:
    """A desk phone takes a second call by itself: the first hears music until it is taken up again."""
    async with (
        office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna,
        office.linphone(BRUNO, tmp_path, tone_hz=BRUNO_HZ) as bruno,
    ):
        made, _ = await talking(anna, bruno)
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        second = await anna.wait_ringing()
        anna.command(f"answer {second['id']}")  # which holds the other one
        await wait_music(bruno.heard)
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.hang_up(call_id)
        await anna.wait_closed()
        anna.command(f"resume {made}")
        await bruno.wait_hears(ANNA_HZ)
        await anna.wait_hears(BRUNO_HZ)
        await bruno.hang_up()
        await anna.wait_closed()


@pytest_asyncio.fixture(loop_scope="session")
async def house_with_music(tmp_path: Path) -> AsyncIterator[Office]:
    """A demo with music of its own, which is a tone."""
    music = tmp_path / "own.wav"
    write_wav(music, tone(OWN_HZ, 2.0, 44_100, 20_000), 44_100)
    extra = f'[telephony]\nmusic_on_hold = "{music}"\n'
    with Stack.start(tmp_path, demo=True, extra=extra) as stack:
        stack.wait_ready()
        async with office_of(stack) as office:
            yield office


async def test_somebody_outside_hears_the_organisations_own_music(
    house_with_music: Office, tmp_path: Path
) -> None:
    office = house_with_music
    async with office.linphone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
        call_id = await office.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        ringing = await anna.wait_ringing()
        await anna.answer()
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await anna.hold()
        await office.carrier.wait_hears(call_id, OWN_HZ)
        await anna.resume(ringing["id"])
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await anna.wait_hears(CARRIER_HZ)
        await office.carrier.hang_up(call_id)
        await anna.wait_closed()
