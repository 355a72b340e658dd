"""Calls while parts of the server die: what stands goes on or is closed, and all is well again soon."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bridges.sip.voice.prompts import Language, Prompt
from tests.interop.test_call_commands import live_call
from tests.interop.test_calls_mobile import has_ended, mobile_phone, picked_up
from tests.interop.test_calls_queues import HOTLINE, duty, hotline, shows, state
from tests.interop.test_presence import shows as colleagues_see
from tests.interop.test_voicemail import (
    FAREWELLS,
    being_recorded,
    holds_tone,
    mailbox,
    message,
    recorded,
    samples,
)
from tests.support.attendant import COMPANY, attendant, menu
from tests.support.hold import wait_music
from tests.support.media_servers import told
from tests.support.office import ANNA, BRUNO, CHIARA, Json, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.prompts import wait_words
from tests.support.recording import wait_tones, watched
from tests.support.stack import Stack, load, run_unisono, wait_until
from tests.support.web_client import web_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_HZ, PHONE_HZ, CARRIER_HZ, MENU_HZ = 700, 1400, 440, 900
ECHO, TONE = "+390698765401", "+390698765402"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def frail(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office of its own: other tests do not see its parts die."""
    with await asyncio.to_thread(Stack.start, tmp_path_factory.mktemp("frail"), demo=True) as stack:
        await asyncio.to_thread(stack.wait_ready)
        async with office_of(stack) as office:
            yield office


def kill(stack: Stack, part: str) -> int:
    """kill -9 of one part; its process id."""
    pid = stack.children()[part]
    os.kill(pid, signal.SIGKILL)
    return pid


async def healed(stack: Stack, part: str, dead: int) -> None:
    """Wait until another process does the part's work."""
    await asyncio.to_thread(wait_until, lambda: stack.children().get(part) not in {None, dead}, PATIENCE)
    await asyncio.to_thread(stack.wait_ready)


@contextmanager
def files_end_where_they_are(pid: int) -> Iterator[None]:
    """As on a full disk, the process can write no more to any file."""
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


async def test_a_call_outlives_the_homeserver_and_is_recorded(
    frail: Office, browser: Browser, tmp_path: Path
) -> None:
    async with (
        web_client(browser, frail, ANNA, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(PHONE_HZ)
        dead = kill(frail.stack, "homeserver")
        await bruno.set_tone(PHONE_HZ + 200)  # what is heard now was said after the death
        await anna.wait_hears(PHONE_HZ + 200)
        await bruno.wait_hears(PAGE_HZ)
        await bruno.hang_up()
        await healed(frail.stack, "homeserver", dead)
        await anna.wait_no_call()
        async with frail.api(BRUNO) as api:
            call = await api.ended_call()
        assert (call["outcome"], call["peer"]["user_id"]) == ("answered", ANNA.user_id)


async def test_desk_phones_call_each_other_and_out_without_the_homeserver(
    frail: Office, tmp_path: Path
) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PAGE_HZ) as phone:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        dead = kill(frail.stack, "homeserver")
        await phone.hang_up()
        await phone.wait_closed()
        await healed(frail.stack, "homeserver", dead)
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "answered"


@pytest.mark.parametrize("phone_hangs_up", [True, False])
async def test_a_call_outlives_the_bridge_and_is_ended_by_either_side(
    frail: Office, tmp_path: Path, phone_hangs_up: bool
) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(ECHO)
        await phone.wait_hears(PHONE_HZ)
        call = await frail.carrier.wait_call(lambda call: call["state"] == "answered")
        dead = kill(frail.stack, "sip")
        await phone.set_tone(PHONE_HZ + 200)  # what is heard now was said after the death
        await phone.wait_hears(PHONE_HZ + 200)
        await healed(frail.stack, "sip", dead)
        if phone_hangs_up:
            await phone.hang_up()
        else:
            await frail.carrier.hang_up(call["id"])
        await phone.wait_closed()
        await frail.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")
        async with frail.api(ANNA) as api:
            record = await api.ended_call()
        assert (record["outcome"], record["peer"]["number"]) == ("answered", ECHO)


async def test_a_call_on_hold_outlives_the_bridge_and_is_resumed(frail: Office, tmp_path: Path) -> None:
    async with (
        frail.linphone(ANNA, tmp_path, tone_hz=PAGE_HZ) as anna,
        frail.linphone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        frail.api(ANNA) as api,
    ):
        await anna.dial("202")
        ringing = await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(PHONE_HZ)
        await bruno.hold()
        await wait_music(anna.heard)
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await wait_music(anna.heard)
        await bruno.resume(ringing["id"])
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await anna.hang_up()
        await bruno.wait_closed()
        (wait,) = (await api.ended_call())["waits"]
        assert wait["by"] == "peer" and wait["since"] < wait["until"]


async def test_a_browsers_call_with_a_desk_phone_outlives_the_bridge(
    frail: Office, browser: Browser, tmp_path: Path
) -> None:
    async with (
        web_client(browser, frail, ANNA, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await bruno.answer()  # it rang on
        await anna.wait_hears(PHONE_HZ)
        dead = kill(frail.stack, "sip")
        await bruno.set_tone(PHONE_HZ + 200)
        await anna.wait_hears(PHONE_HZ + 200)
        await healed(frail.stack, "sip", dead)
        await bruno.wait_hears(PAGE_HZ)
        await bruno.hang_up()
        await anna.wait_no_call()
        async with frail.api(BRUNO) as api:
            call = await api.ended_call()
        assert (call["outcome"], call["peer"]["user_id"]) == ("answered", ANNA.user_id)


async def test_a_browser_that_rings_outlives_the_bridge(
    frail: Office, browser: Browser, tmp_path: Path
) -> None:
    async with (
        web_client(browser, frail, ANNA, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        await bruno.dial("201")
        await anna.wait_ringing(BRUNO.name)
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await anna.answer()
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await anna.hang_up()
        await bruno.wait_closed()


async def test_an_upgrade_of_the_bridge_is_heard_by_nobody(frail: Office, tmp_path: Path) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(ECHO)
        await phone.wait_hears(PHONE_HZ)
        before = frail.stack.children()["sip"]
        os.kill(before, signal.SIGTERM)
        await healed(frail.stack, "sip", before)
        await phone.set_tone(PHONE_HZ + 200)
        await phone.wait_hears(PHONE_HZ + 200)
        await phone.hang_up()
        await phone.wait_closed()
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "answered"


async def test_a_call_that_rings_outlives_the_bridge_and_is_answered(frail: Office, tmp_path: Path) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        call_id = await frail.carrier.call_in(ANNA.number, tone_hz=CARRIER_HZ)
        await phone.wait_ringing()
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await phone.answer()
        await phone.wait_hears(CARRIER_HZ)
        await frail.carrier.hang_up(call_id)
        await phone.wait_closed()
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "answered"


def _became(outcome: str, call: Json) -> bool:
    return bool(call["ended_at"]) and call["outcome"] == outcome


async def test_whoever_is_asked_on_a_mobile_phone_is_asked_again_after_the_bridge(
    frail: Office, tmp_path: Path
) -> None:
    async with (
        frail.desk_phone(ANNA, tmp_path, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        mobile_phone(frail) as api,
    ):
        for answers in (True, False):
            await anna.dial("202")
            await bruno.wait_ringing()
            mobile = await picked_up(frail)
            dead = kill(frail.stack, "sip")
            await healed(frail.stack, "sip", dead)
            if answers:
                await frail.carrier.press(mobile, "1")
                await anna.wait_hears(CARRIER_HZ)
                await frail.carrier.wait_hears(mobile, PAGE_HZ)
            await anna.hang_up()
            await has_ended(frail, mobile)
            await bruno.wait_closed()
            # Until the second call's record has come, the newest is the first one's.
            await api.latest_call(partial(_became, "answered" if answers else "cancelled"))


async def test_a_call_outlives_the_web_process_and_is_recorded(frail: Office, tmp_path: Path) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        dead = kill(frail.stack, "web")
        await phone.hang_up()
        await phone.wait_closed()
        await healed(frail.stack, "web", dead)
        async with frail.api(ANNA) as api:
            record = await api.ended_call()
        assert (record["outcome"], record["peer"]["number"]) == ("answered", TONE)


@pytest.mark.parametrize("meanwhile", [False, True], ids=["goes on", "hangs up meanwhile"])
async def test_a_message_that_is_being_left_outlives_the_bridge(frail: Office, meanwhile: bool) -> None:
    async with mailbox(frail) as chiara:
        call_id = await frail.carrier.call_in(CHIARA.number, tone_hz=CARRIER_HZ)
        await recorded(frail, 2.0)
        dead = kill(frail.stack, "sip")
        if meanwhile:
            await frail.carrier.hang_up(call_id)
        await healed(frail.stack, "sip", dead)
        if not meanwhile:
            await recorded(frail, 4.0)
            await frail.carrier.hang_up(call_id)
        left = await message(chiara)
        sound = await samples(chiara, left["id"])
        assert len(sound) / 8000 >= (1.8 if meanwhile else 3.8)
        for part in (sound[:12000], sound[-16000:]):
            assert holds_tone(part, 8000, CARRIER_HZ)


async def test_a_message_that_is_being_left_outlives_the_media_process(frail: Office) -> None:
    async with mailbox(frail) as chiara:
        call_id = await frail.carrier.call_in(CHIARA.number, tone_hz=CARRIER_HZ)
        await recorded(frail, 2.0)
        await ready_to_go_on(frail.stack)
        before = being_recorded(frail)
        await end_of_media(frail.stack, signal.SIGKILL)
        await recorded(frail, before + 4.0)
        await frail.carrier.hang_up(call_id)
        left = await message(chiara)
        sound = await samples(chiara, left["id"])
        assert len(sound) / 8000 >= before + 3.8
        for part in (sound[:12000], sound[-16000:]):
            assert holds_tone(part, 8000, CARRIER_HZ)


async def test_a_caller_in_a_menu_outlives_the_bridge_the_media_process_and_the_web(
    frail: Office, tmp_path: Path
) -> None:
    to_bruno, again = {"kind": "colleague", "user_id": BRUNO.user_id}, {"kind": "repeat"}
    async with (
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        frail.api(ANNA) as api,
    ):
        open_ = await menu(api, MENU_HZ, {"1": to_bruno, "*": again}, seconds=30, tries=5)
        async with attendant(api, open=open_):
            call_id = await frail.carrier.call_in(COMPANY, tone_hz=CARRIER_HZ)
            await frail.carrier.wait_hears(call_id, MENU_HZ)
            dead = kill(frail.stack, "sip")
            await healed(frail.stack, "sip", dead)
            await frail.carrier.wait_hears(call_id, MENU_HZ)
            await ready_to_go_on(frail.stack)
            await end_of_media(frail.stack, signal.SIGKILL)
            await frail.carrier.press(call_id, "*")
            await frail.carrier.wait_hears(call_id, MENU_HZ)
            dead = kill(frail.stack, "web")
            await healed(frail.stack, "web", dead)
            await frail.carrier.press(call_id, "1")
            await bruno.wait_ringing()
            await bruno.answer()
            await frail.carrier.wait_hears(call_id, PHONE_HZ)
            await bruno.wait_hears(CARRIER_HZ)
            await frail.carrier.hang_up(call_id)
            await bruno.wait_closed()


async def test_a_disk_that_is_full_is_told_to_the_caller_and_what_was_heard_is_kept(
    frail: Office, tmp_path: Path
) -> None:
    async with (
        mailbox(frail) as chiara,
        frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as anna,
    ):
        await anna.dial(CHIARA.extension)
        await recorded(frail, 2.0)
        with files_end_where_they_are(frail.stack.children()["sip"]):
            await wait_words(anna.heard, Prompt.VOICEMAIL_FAILED, Language.IT, FAREWELLS[:2])
        await anna.wait_closed()
        left = await message(chiara)
        sound = await samples(chiara, left["id"])
        assert holds_tone(sound[:16000], 8000, PHONE_HZ)


async def test_calls_begin_and_end_while_the_bridges_disk_is_full_and_their_records_wait(
    frail: Office, tmp_path: Path
) -> None:
    async with (
        frail.api(ANNA) as api,
        frail.desk_phone(ANNA, tmp_path, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        before = {call["id"] for call in await api.calls()}
        with files_end_where_they_are(frail.stack.children()["sip"]):
            await anna.dial(BRUNO.extension)
            await bruno.wait_ringing()
            await bruno.answer()
            await anna.wait_hears(PHONE_HZ)
            await bruno.wait_hears(PAGE_HZ)
            await bruno.hang_up()
            await anna.wait_closed()
            assert {call["id"] for call in await api.calls()} == before
        call = await api.latest_call(lambda call: call["id"] not in before and call["ended_at"] is not None)
        assert (call["outcome"], call["peer"]["user_id"]) == ("answered", BRUNO.user_id)


async def test_sound_passes_while_the_bridge_does_nothing(frail: Office, tmp_path: Path) -> None:
    """The process that carries calls is another: what is said while the bridge stands still is heard."""
    bridge = frail.stack.children()["sip"]
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(ECHO)
        await phone.wait_hears(PHONE_HZ)
        os.kill(bridge, signal.SIGSTOP)
        try:
            await phone.set_tone(PHONE_HZ + 200)
            await phone.wait_hears(PHONE_HZ + 200)
        finally:
            os.kill(bridge, signal.SIGCONT)
        await phone.hang_up()
        await phone.wait_closed()
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "answered"


async def ready_to_go_on(stack: Stack) -> tuple[int, int]:
    """Wait until a stand-by has been told of all calls; the process that carries them, and the stand-by."""
    await asyncio.to_thread(wait_until, lambda: told(stack.log("media"), stack.standby("media")), PATIENCE)
    standby = stack.standby("media")
    assert standby is not None
    return stack.children()["media"], standby


async def end_of_media(stack: Stack, how: signal.Signals) -> None:
    """Kill the process that carries calls, or make it hang, and wait until another does its work."""
    pid = stack.children()["media"]
    os.kill(pid, how)
    await asyncio.to_thread(wait_until, lambda: stack.children().get("media") not in {None, pid}, PATIENCE)


async def test_a_call_of_several_outlives_the_bridge_and_is_a_call_again(
    frail: Office, tmp_path: Path
) -> None:
    """Its sound is mixed in the bridge: it is back with the next one."""
    async with (
        frail.desk_phone(ANNA, tmp_path, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        frail.api(ANNA) as api,
    ):
        await anna.dial(BRUNO.extension)
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(PHONE_HZ)
        talk = await live_call(api, lambda call: call["state"] == "talking")
        command = {"action": "add", "to": TONE}
        status, answer = await api.ask("POST", f"/calls/{talk['call_id']}/commands", command)
        assert status == 200, answer
        await wait_tones(anna.heard, [PHONE_HZ, CARRIER_HZ], "Anna")
        await wait_tones(bruno.heard, [PAGE_HZ, CARRIER_HZ], "Bruno")
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await wait_tones(anna.heard, [PHONE_HZ, CARRIER_HZ], "Anna, afterwards")
        await anna.hang_up()
        await bruno.wait_hears(CARRIER_HZ)
        call = await frail.carrier.wait_call(lambda call: call["to"] == TONE and call["state"] == "answered")
        await frail.carrier.wait_hears(call["id"], PHONE_HZ)
        await bruno.hang_up()
        await frail.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")


async def test_who_waits_in_a_queue_outlives_each_process_in_their_place(
    frail: Office, tmp_path: Path
) -> None:
    async with (
        frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as anna,
        hotline(frail) as api,
    ):
        await duty(api, "on")
        first = await frail.carrier.call_in(HOTLINE, tone_hz=CARRIER_HZ)
        await anna.wait_ringing()
        second = await frail.carrier.call_in(HOTLINE, "+390698765433", tone_hz=PAGE_HZ)
        before = await shows(api, lambda row: len(row["waiting"]) == 2)
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        dead = kill(frail.stack, "web")
        await healed(frail.stack, "web", dead)
        after = await shows(api, lambda row: len(row["waiting"]) == 2)
        assert after["waiting"] == before["waiting"]
        await ready_to_go_on(frail.stack)
        await end_of_media(frail.stack, signal.SIGKILL)
        await anna.answer()
        await frail.carrier.wait_hears(first, PHONE_HZ)
        await anna.wait_hears(CARRIER_HZ)
        dead = kill(frail.stack, "sip")
        await healed(frail.stack, "sip", dead)
        await frail.carrier.hang_up(first)
        await anna.wait_ringing()
        await anna.answer()
        await frail.carrier.wait_hears(second, PHONE_HZ)
        await anna.hang_up()
        row = await shows(api, lambda row: state(row, ANNA.name) == "ready")
        assert (row["waiting"], row["today"]["answered"]) == ([], 2)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_call_to_the_outside_outlives_its_media_process(
    frail: Office, tmp_path: Path, how: signal.Signals
) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(ECHO)
        await phone.wait_hears(PHONE_HZ)
        call = await frail.carrier.wait_call(lambda call: call["state"] == "answered")
        await ready_to_go_on(frail.stack)
        async with watched(phone.heard, PHONE_HZ) as gap:
            await end_of_media(frail.stack, how)
            await phone.wait_hears(PHONE_HZ)
        assert gap.seconds < 1.0 * load()
        await phone.set_tone(PHONE_HZ + 200)  # there and back: what is heard now was said after the death
        await phone.wait_hears(PHONE_HZ + 200)
        await phone.hang_up()
        await frail.carrier.wait_call(lambda ended: ended["id"] == call["id"] and ended["state"] == "ended")
        async with frail.api(ANNA) as api:
            record = await api.ended_call()
        assert (record["outcome"], record["audio"]) == ("answered", {"sent": True, "received": True})


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_call_with_a_browser_outlives_its_media_process(
    frail: Office, browser: Browser, tmp_path: Path, how: signal.Signals
) -> None:
    async with (
        web_client(browser, frail, ANNA, tone_hz=PAGE_HZ) as anna,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
    ):
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(PHONE_HZ)
        await bruno.wait_hears(PAGE_HZ)
        await ready_to_go_on(frail.stack)
        async with anna.ears.longest_gap(PHONE_HZ) as at_page, watched(bruno.heard, PAGE_HZ) as at_phone:
            await end_of_media(frail.stack, how)
            await anna.wait_hears(PHONE_HZ)
            await bruno.wait_hears(PAGE_HZ)
        assert max(at_page.seconds, at_phone.seconds) < 1.0 * load()
        await bruno.set_tone(PHONE_HZ + 200)
        await anna.wait_hears(PHONE_HZ + 200)
        await anna.hang_up()
        await bruno.wait_closed()
        async with frail.api(BRUNO) as api:
            call = await api.ended_call()
        assert (call["outcome"], call["peer"]["user_id"]) == ("answered", ANNA.user_id)
        assert call["audio"] == {"sent": True, "received": True}


async def test_a_call_moves_to_another_program_without_a_gap(frail: Office, tmp_path: Path) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(ECHO)
        await phone.wait_hears(PHONE_HZ)
        before, _ = await ready_to_go_on(frail.stack)
        async with watched(phone.heard, PHONE_HZ) as gap:
            drained = await asyncio.to_thread(run_unisono, "drain", "media", "--data", str(frail.stack.data))
            await phone.wait_hears(PHONE_HZ)
        assert (drained.returncode, drained.stdout) == (0, "media: a new process carries all calls.\n")
        assert gap.seconds < 0.5 * load()
        assert (await ready_to_go_on(frail.stack))[0] != before
        await phone.hang_up()
        await phone.wait_closed()
        async with frail.api(ANNA) as api:
            assert (await api.ended_call())["outcome"] == "answered"


async def test_without_a_stand_by_calls_end_with_their_media_process_and_the_next_are_heard(
    frail: Office, tmp_path: Path
) -> None:
    async with frail.desk_phone(ANNA, tmp_path, tone_hz=PHONE_HZ) as phone:
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        for pid in await ready_to_go_on(frail.stack):
            os.kill(pid, signal.SIGKILL)
        await phone.wait_closed()
        await ready_to_go_on(frail.stack)
        await phone.dial(TONE)
        await phone.wait_hears(CARRIER_HZ)
        await phone.hang_up()
        await phone.wait_closed()


async def test_whichever_process_dies_colleagues_see_who_is_on_the_phone_and_who_no_more(
    frail: Office, tmp_path: Path
) -> None:
    async with (
        frail.api(ANNA) as anna_api,
        frail.desk_phone(BRUNO, tmp_path, tone_hz=PHONE_HZ) as bruno,
        frail.desk_phone(CHIARA, tmp_path, tone_hz=600, watches=(BRUNO.extension,)) as chiara,
    ):
        await chiara.wait_shows(BRUNO.extension, "Online")
        for part in ("web", "homeserver", "sip"):
            await bruno.dial(CHIARA.extension)
            await chiara.wait_ringing()
            await chiara.answer()
            await colleagues_see(anna_api, BRUNO, "on_the_phone")
            await healed(frail.stack, part, kill(frail.stack, part))
            await colleagues_see(anna_api, BRUNO, "on_the_phone")
            await chiara.wait_shows(BRUNO.extension, "Busy")
            dead = kill(frail.stack, part)
            await bruno.hang_up()
            await healed(frail.stack, part, dead)
            await colleagues_see(anna_api, BRUNO, "available")
            await chiara.wait_shows(BRUNO.extension, "Online")
