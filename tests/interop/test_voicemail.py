"""Calls that nobody takes go to the mailbox: checked by the tones that are in the messages."""

from __future__ import annotations

import asyncio
import io
import wave
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from bridges.sip.voice.prompts import Language, Prompt
from server.secrets import load_or_create
from tests.support.attendant import COMPANY, attendant
from tests.support.audio import pcm, tone, tone_share
from tests.support.baresip import Baresip
from tests.support.office import ANNA, CHIARA, OUTSIDE, Api, Office
from tests.support.patience import PATIENCE
from tests.support.prompts import heard_words
from tests.support.stack import VOICE_MESSAGES
from wire.route import Party
from wire.voicemail import Note, VoiceMessage

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA_HZ, OUTSIDE_HZ, OWN_HZ, TONE_HZ = 600, 1400, 1000, 880
GREETING_HZ, BUSY_HZ = 500, 1200
#: What a mailbox says in place of a greeting.
FAREWELLS = (Prompt.VOICEMAIL_FULL, Prompt.VOICEMAIL_FAILED, Prompt.VOICEMAIL_GREETING)


@asynccontextmanager
async def mailbox(office: Office, layout: str = "phone") -> AsyncIterator[Api]:
    """Chiara has one, and no telephone that is on."""
    async with office.api(CHIARA, layout) as api:
        await office.wait_offline(CHIARA)
        await office.wait_unregistered(CHIARA, api=api)
        status, _ = await api.ask("PUT", "/voicemail/settings", {"on": True})
        assert status == 200
        try:
            yield api
            await delivered(office)
        finally:
            _, found = await api.ask("GET", "/voicemail")
            for left in found["messages"]:
                await api.ask("DELETE", f"/voicemail/{left['id']}")
            await api.ask("PUT", "/voicemail/settings", {"on": False})


@pytest_asyncio.fixture(loop_scope="session")
async def chiara(office: Office) -> AsyncIterator[Api]:
    async with mailbox(office) as api:
        yield api


async def message(
    api: Api, wanted: Callable[[dict[str, Any]], bool] = lambda _message: True
) -> dict[str, Any]:
    """The one that comes."""
    for _ in range(int(PATIENCE * 10)):
        _, found = await api.ask("GET", "/voicemail")
        kept: list[dict[str, Any]] = [one for one in found["messages"] if wanted(one)]
        if kept:
            return kept[0]
        await asyncio.sleep(0.1)  # it comes when the bridge has delivered it
    raise TimeoutError("no message comes")


async def delivered(office: Office) -> None:
    """Wait until the bridge has no message left: a later one would be in another test's mailbox."""
    folder = office.stack.data / "sip" / "voicemail"
    for _ in range(int(PATIENCE * 10)):
        if not [*folder.glob("*.ulaw"), *folder.glob("*.whole")]:
            return
        await asyncio.sleep(0.1)  # a folder changes without telling anybody
    raise TimeoutError("a message is never delivered")


def being_recorded(office: Office) -> float:
    """Seconds of the longest recording that lies there unfinished."""
    folder = office.stack.data / "sip" / "voicemail"
    return max((path.stat().st_size / 8000 for path in folder.glob("*.ulaw")), default=0.0)


async def recorded(office: Office, seconds: float) -> None:
    """Wait until a recording is so long."""
    for _ in range(int(PATIENCE * 10)):
        if being_recorded(office) >= seconds:
            return
        await asyncio.sleep(0.1)  # a file grows without telling anybody
    raise TimeoutError("nothing is recorded")


async def samples(api: Api, message_id: str) -> list[int]:
    content = await api.file(f"/voicemail/{message_id}/sound")
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        return array("h", file.readframes(file.getnframes())).tolist()


def holds_tone(sound: list[int], rate: int, hz: float, share: float = 0.9) -> bool:
    """Whether a fifth of a second of it is that tone, or has more than this share of it."""
    step = rate // 5
    windows = (sound[at : at + step] for at in range(0, len(sound) - step, step // 4))
    return any(max(map(abs, each)) > 1000 and tone_share(each, rate, hz) > share for each in windows)


async def heard_tone(phone: Baresip, hz: float) -> None:
    """Wait until it has heard a tone, however short."""
    for _ in range(int(PATIENCE * 4)):
        heard = phone.heard()
        if holds_tone(list(heard.samples), heard.rate, hz):
            return
        await asyncio.sleep(0.25)  # a file grows without telling anybody
    raise TimeoutError(f"{hz} Hz is never heard")


async def lamp(phone: Baresip, *shown: str) -> None:
    """Wait until the phone is told so."""
    told = ""
    while not all(line in told for line in shown):
        told = str((await phone.events.wait("MWI_NOTIFY")).get("param"))


async def test_a_telephone_leaves_a_message(office: Office, chiara: Api, tmp_path: Path) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna, office.api(ANNA) as anna_api:
        await anna.dial("203")
        await anna.wait_established()
        await anna.wait_loud()
        await recorded(office, 2.0)
        await anna.hang_up()
        left = await message(chiara)
        assert (left["caller"]["user_id"], left["caller"]["number"]) == (ANNA.user_id, "201")
        assert not left["seen"]
        heard = anna.heard()
        assert holds_tone(list(heard.samples), heard.rate, TONE_HZ)
        sound = await samples(chiara, left["id"])
        assert left["duration_ms"] == len(sound) // 8
        assert tone_share(sound[4000:12000], 8000, ANNA_HZ) > 0.9
        missed = await chiara.latest_call(lambda call: call["outcome"] == "missed")
        assert (missed["answered_on"], missed["answered_at"]) == ("voicemail", None)
        made = await anna_api.latest_call(lambda call: call["answered_on"] == "voicemail")
        assert made["answered_at"] is not None


async def greet(api: Api, occasion: str, hz: int) -> None:
    """With a tone."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(pcm(tone(hz, 4.0)))
    status, found = await api.send("PUT", f"/greetings/{occasion}", made.getvalue(), "audio/wav")
    assert status == 200, found


async def test_callers_hear_the_greeting_that_is_for_how_their_call_ended(
    office: Office, chiara: Api, tmp_path: Path
) -> None:
    await greet(chiara, "always", GREETING_HZ)
    await greet(chiara, "busy", BUSY_HZ)
    try:
        async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
            await anna.dial("203")
            await anna.wait_hears(GREETING_HZ)
            await anna.hang_up()
            await anna.wait_closed()
            async with office.desk_phone(CHIARA, tmp_path, tone_hz=OWN_HZ) as phone:
                await office.wait_offline(CHIARA)  # else a client of an earlier test rings on
                await anna.dial("203")
                await phone.wait_ringing()
                await phone.hang_up()  # busy
                await anna.wait_hears(BUSY_HZ)
                await heard_tone(anna, TONE_HZ)
                await anna.hang_up()
                await anna.wait_closed()
    finally:
        for occasion in ("always", "busy"):
            assert (await chiara.ask("DELETE", f"/greetings/{occasion}"))[0] == 200


async def test_a_full_mailbox_says_so_and_keeps_nothing_more(
    office: Office, chiara: Api, tmp_path: Path
) -> None:
    secret = load_or_create(office.stack.data / "secrets").internal_secret
    for number in range(VOICE_MESSAGES):
        note = Note(
            id=f"{number:032x}",
            call_id="full",
            user_id=CHIARA.user_id,
            caller=Party(ANNA.user_id, "Anna", "201"),
            started_at=1_800_000_000_000 + number,
        )
        body = msgspec.msgpack.encode(VoiceMessage(note=note, sound=bytes(8000)))
        path = f"/internal/v1/voicemail/{note.id}"
        status, _ = await asyncio.to_thread(office.stack.request, "PUT", path, body, token=secret)
        assert status == 204
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
        await anna.dial("203")
        await anna.wait_closed()  # it is said to its end, and then we hang up
        assert heard_words(anna.heard(), Language.IT, FAREWELLS) is Prompt.VOICEMAIL_FULL
        _, found = await chiara.ask("GET", "/voicemail")
        assert len(found["messages"]) == VOICE_MESSAGES
        await chiara.ask("DELETE", f"/voicemail/{0:032x}")
        await anna.dial("203")
        await recorded(office, 1.0)
        await anna.hang_up()
        assert (await message(chiara, lambda left: left["call_id"] != "full"))["caller"]["number"] == "201"


async def test_the_owner_hears_the_mailbox_from_outside_with_a_pin(
    office: Office, chiara: Api, tmp_path: Path
) -> None:
    status, _ = await chiara.ask("PUT", "/voicemail/pin", {"pin": "482915"})
    assert status == 200
    try:
        async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
            await anna.dial("203")
            await recorded(office, 4.0)
            await anna.hang_up()
        left = await message(chiara)
        call_id = await office.carrier.call_in(CHIARA.number)
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["heard"]["packets"] > 50)
        await office.carrier.press(call_id, "*")
        await office.carrier.press(call_id, "482915#")
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await office.carrier.press(call_id, "3")
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")
        _, found = await chiara.ask("GET", "/voicemail")
        assert left["id"] not in {each["id"] for each in found["messages"]}
    finally:
        await chiara.ask("DELETE", "/voicemail/pin")


async def test_who_calls_an_access_number_hears_the_mailbox_of_an_extension_and_its_pin(
    office: Office, chiara: Api, tmp_path: Path
) -> None:
    status, _ = await chiara.ask("PUT", "/voicemail/pin", {"pin": "482915"})
    assert status == 200
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
        await anna.dial("203")
        await recorded(office, 4.0)
        await anna.hang_up()
    left = await message(chiara)
    async with office.api(ANNA) as api, attendant(api, open={"kind": "mailbox_access"}):
        call_id = await office.carrier.call_in(COMPANY)
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["heard"]["packets"] > 50)
        await office.carrier.press(call_id, "203#482916#")  # a wrong one first
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["heard"]["packets"] > 300)
        await office.carrier.press(call_id, "203#")
        await office.carrier.press(call_id, "482915#")
        await office.carrier.wait_hears(call_id, ANNA_HZ)
        await office.carrier.press(call_id, "3")
        await office.carrier.wait_call(lambda call: call["id"] == call_id and call["state"] == "ended")
    _, found = await chiara.ask("GET", "/voicemail")
    assert left["id"] not in {each["id"] for each in found["messages"]}
    await chiara.ask("DELETE", "/voicemail/pin")


async def test_a_greeting_is_recorded_at_ones_own_desk_phone(office: Office, tmp_path: Path) -> None:
    async with mailbox(office) as chiara:
        async with office.desk_phone(CHIARA, tmp_path, tone_hz=OWN_HZ) as phone:
            await phone.dial("*97")
            await phone.wait_established()
            await phone.wait_loud()
            await phone.send_dtmf("5")
            await heard_tone(phone, TONE_HZ)
            await phone.hears_further(2.0)  # that long it is recorded
            await phone.send_dtmf("#")
            await phone.wait_hears(OWN_HZ)  # it is played back
            await phone.send_dtmf("1")
            await phone.wait_closed()
        await office.wait_unregistered(CHIARA, api=chiara)
        call_id = await office.carrier.call_in(CHIARA.number)
        await office.carrier.wait_hears(call_id, OWN_HZ)
        await office.carrier.hang_up(call_id)
        assert (await chiara.ask("DELETE", "/greetings/always"))[1]["greetings"] == []


async def test_who_hangs_up_in_the_greeting_has_only_called(office: Office, chiara: Api) -> None:
    call_id = await office.carrier.call_in(CHIARA.number, tone_hz=OUTSIDE_HZ)
    await office.carrier.wait_call(lambda call: call["id"] == call_id and call["heard"]["packets"] > 20)
    await office.carrier.hang_up(call_id)
    await chiara.latest_call(lambda call: call["outcome"] == "missed" and call["answered_on"] == "voicemail")
    _, found = await chiara.ask("GET", "/voicemail")
    assert found["messages"] == []


async def test_an_outside_caller_leaves_a_message_that_is_deleted_and_brought_back(
    office: Office, chiara: Api
) -> None:
    call_id = await office.carrier.call_in(CHIARA.number, tone_hz=OUTSIDE_HZ)
    await recorded(office, 2.0)
    await office.carrier.press(call_id, "#")
    left = await message(chiara)
    assert left["caller"]["number"] == OUTSIDE
    assert tone_share((await samples(chiara, left["id"]))[4000:12000], 8000, OUTSIDE_HZ) > 0.9
    path = f"/voicemail/{left['id']}"
    assert (await chiara.ask("PUT", f"{path}/seen", {"seen": True}))[0] == 204
    assert (await chiara.ask("DELETE", path))[0] == 204
    assert (await chiara.ask("GET", "/voicemail"))[1]["messages"] == []
    assert (await chiara.ask("POST", f"{path}/restore"))[0] == 204
    assert (await message(chiara))["seen"]
    # The farewell is said to its end, and then we hang up.
    ended = await chiara.latest_call(lambda call: call["ended_at"] is not None)
    assert (ended["outcome"], ended["answered_on"]) == ("missed", "voicemail")


async def test_the_lamp_of_a_telephone_shows_that_a_message_waits(
    office: Office, chiara: Api, tmp_path: Path
) -> None:
    async with office.desk_phone(CHIARA, tmp_path, tone_hz=ANNA_HZ, mailbox=True) as phone:
        await lamp(phone, "Messages-Waiting: no", "Voice-Message: 0/0")
        await office.wait_offline(CHIARA)  # else a client of an earlier test rings on
        call_id = await office.carrier.call_in(CHIARA.number, tone_hz=OUTSIDE_HZ)
        await phone.wait_ringing()
        await phone.hang_up()  # busy
        await recorded(office, 1.0)
        await office.carrier.hang_up(call_id)
        await lamp(phone, "Messages-Waiting: yes", "Voice-Message: 1/0")
        left = await message(chiara)
        await chiara.ask("PUT", f"/voicemail/{left['id']}/seen", {"seen": True})
        await lamp(phone, "Messages-Waiting: no", "Voice-Message: 0/1")


async def test_messages_are_heard_deleted_and_answered_at_a_desk_phone(
    office: Office, chiara: Api, tmp_path: Path
) -> None:
    async with office.desk_phone(ANNA, tmp_path, tone_hz=ANNA_HZ) as anna:
        call_id = await office.carrier.call_in(CHIARA.number, tone_hz=OUTSIDE_HZ)
        await recorded(office, 4.0)
        await office.carrier.hang_up(call_id)
        first = await message(chiara)
        await anna.dial("203")
        await recorded(office, 4.0)
        await anna.hang_up()
        async with office.desk_phone(CHIARA, tmp_path, tone_hz=OWN_HZ) as phone:
            await phone.dial("*97")
            await phone.wait_established()
            await phone.wait_hears(ANNA_HZ)  # the newest first
            await phone.send_dtmf("2")
            await phone.wait_hears(OUTSIDE_HZ)
            await phone.send_dtmf("3")
            await phone.wait_closed()  # there are no others
            left = await message(chiara)
            assert left["id"] != first["id"]
            assert (await chiara.ask("GET", "/voicemail"))[1]["messages"] == [left]
            await phone.dial("*97")
            await phone.wait_established()
            await phone.wait_hears(ANNA_HZ)
            await phone.send_dtmf("4")
            await anna.wait_ringing()
            await anna.answer()
            await anna.wait_hears(OWN_HZ)
            await phone.wait_hears(ANNA_HZ)
            await anna.hang_up()
            await phone.wait_closed()
