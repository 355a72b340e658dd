"""Lamps of desk phones: sipp watches a colleague as phones do, while real phones call each other."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.support.office import ANNA, BRUNO, CHIARA, Office
from tests.support.patience import PATIENCE
from tests.support.rtp import RtpPeer
from tests.support.sipp import Sipp, SippError

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def told(watcher: Sipp, state: str, times: int = 1) -> None:
    """Wait until the lamp has been told a state so many times."""
    for _ in range(int(PATIENCE * 50)):
        if watcher.transcript().count(f"<state>{state}</state>") >= times:
            return
        await asyncio.sleep(0.02)  # a file grows without telling anybody
    raise TimeoutError(f"the lamp was never told {state}")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_lamp_shows_a_colleagues_call_from_its_ringing_to_its_end(
    office: Office, tmp_path: Path, transport: str
) -> None:
    watcher = Sipp(
        tmp_path / "watcher",
        "watches_a_colleague",
        office.registrar,
        service=CHIARA.extension,
        transport=transport,
        credentials=(CHIARA.extension, CHIARA.sip_password),
        digest_uri=f"sip:{BRUNO.extension}@{office.registrar}",
        keys={"watched": BRUNO.extension},
    )
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
        watcher,
    ):
        await told(watcher, "terminated")
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing()
        await told(watcher, "early")
        await bruno.answer()
        await told(watcher, "confirmed")
        await bruno.wait_hears(600)
        await bruno.hang_up()
        await watcher.wait()


async def test_the_key_of_a_lamp_takes_the_call_that_it_shows(office: Office, tmp_path: Path) -> None:
    """What keys with a lamp send (RFC 4235, RFC 3891): an INVITE in the place of the dialog that it named."""
    watcher = Sipp(
        tmp_path / "watcher",
        "watches_a_colleague",
        office.registrar,
        service=CHIARA.extension,
        credentials=(CHIARA.extension, CHIARA.sip_password),
        digest_uri=f"sip:{BRUNO.extension}@{office.registrar}",
        keys={"watched": BRUNO.extension},
    )
    async with (
        office.desk_phone(ANNA, tmp_path, tone_hz=600) as anna,
        office.desk_phone(BRUNO, tmp_path, tone_hz=1400) as bruno,
        office.api(BRUNO) as bruno_api,
        watcher,
        RtpPeer(tone_hz=1000) as chiara,
    ):
        await told(watcher, "terminated")
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing()
        await told(watcher, "early")
        named = replaces_of(watcher.transcript())
        refused = key_pressed(office, tmp_path / "late", named.replace("to-tag=", "to-tag=x"), chiara)
        async with refused:
            with pytest.raises(SippError, match="481"):
                await refused.wait()
        key = key_pressed(office, tmp_path / "key", f"{named};early-only", chiara)
        async with key:
            chiara.send_to("127.0.0.1", await key.remote_media_port())
            await anna.wait_hears(1000)
            await chiara.wait_hears(600)
            await bruno.wait_closed()
            await anna.hang_up()
        his = await bruno_api.latest_call(lambda call: call["picked_up_by"] is not None)
        assert (his["peer"]["user_id"], his["picked_up_by"]["user_id"]) == (ANNA.user_id, CHIARA.user_id)


def replaces_of(transcript: str) -> str:
    """The Replaces that a phone makes of the last document about a dialog that can be picked up."""
    call_id, local, remote = re.findall(
        r'call-id="([^"]+)" local-tag="([^"]+)" remote-tag="([^"]+)"', transcript
    )[-1]
    return f"{call_id};to-tag={local};from-tag={remote}"


def key_pressed(office: Office, folder: Path, replaces: str, voice: RtpPeer) -> Sipp:
    """Chiara presses the key; what she says and hears is `voice`'s."""
    return Sipp(
        folder,
        "phone_replaces",
        office.registrar,
        service=BRUNO.extension,
        credentials=(CHIARA.extension, CHIARA.sip_password),
        digest_uri=f"sip:{BRUNO.extension}@{office.registrar}",
        keys={"caller": CHIARA.extension, "replaces": replaces, "rtp_port": voice.port},
        hold=60,
    )
