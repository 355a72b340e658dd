"""A media process that dies or hangs in mid call: its stand-by goes on, and nobody is told."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridges.media.gateway import Profile
from bridges.media.music import RATE
from bridges.sip.media.ng_gateway import NgMediaGateway
from bridges.sip.media.servers import State
from tests.support.audio import pcm, tone
from tests.support.light_browser import LightBrowser
from tests.support.media_calls import hears, join, until
from tests.support.media_servers import MediaFamily, media_family
from tests.support.pacing import Pace
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone
from tests.support.stack import alive, load, wait_until

RTP = Profile.RTP
SOUND = bytes(range(0x80, 0xA0)) * 5


class Ear(RtpPhone):
    """A phone that remembers when it heard something."""

    def __init__(self, **given: object) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.at: list[float] = []

    def datagram_received(self, data: bytes, addr: object) -> None:
        before = len(self.packets)
        super().datagram_received(data, addr)
        if len(self.packets) > before:
            self.at.append(time.monotonic())

    def longest_gap(self) -> float:
        return max(later - earlier for earlier, later in itertools.pairwise(self.at))


class House:
    def __init__(self, family: MediaFamily) -> None:
        self.family = family
        self.gateway = NgMediaGateway((family.address,))
        self.gone: list[tuple[str, str]] = []
        self.gateway.on_media_timeout = lambda call, leg: self.gone.append((call, leg))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with media_family(tmp_path / "media") as family:
        made = House(family)
        await made.gateway.start()
        yield made
        await made.gateway.close()


def die(family: MediaFamily) -> int:
    os.kill(worker := family.worker, signal.SIGKILL)
    return worker


def hang(family: MediaFamily) -> int:
    os.kill(worker := family.worker, signal.SIGSTOP)
    return worker


End = Callable[[MediaFamily], int]


async def over(family: MediaFamily, ended: int) -> None:
    """Until another process carries the calls, and has a stand-by."""
    await asyncio.to_thread(wait_until, lambda: family.worker not in {0, ended}, PATIENCE, family.log)
    await asyncio.to_thread(family.wait_told)


@pytest.mark.parametrize("end", [die, hang])
@pytest.mark.parametrize("suite", [None, "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"])
async def test_telephones_hear_each_other_on(house: House, end: End, suite: str | None) -> None:
    profile = Profile.SDES if suite else RTP
    async with Ear(tone_hz=440, suite=suite) as anna, Ear(tone_hz=800) as bruno:
        offer = await house.gateway.offer("call", "anna", "bruno", anna.sdp(), profile, RTP)
        answer = await house.gateway.answer("call", "bruno", "anna", bruno.sdp())
        anna.talk_to(answer)
        bruno.talk_to(offer)
        assert await hears(anna.heard, 800)
        await over(house.family, end(house.family))
        for phone, hz in ((anna, 800), (bruno, 440)):
            await phone.wait_packets(50)
            assert await hears(phone.heard, hz)
            assert phone.longest_gap() < 1.0 * load()
            assert len({packet[8:12] for packet in phone.packets}) == 1  # one stream to its end
            numbers = [int.from_bytes(packet[2:4], "big") for packet in phone.packets]
            steps = [(later - earlier) & 0xFFFF for earlier, later in itertools.pairwise(numbers)]
            assert max(steps) < 1000 and sorted(steps)[-2] == 1
        report = await house.gateway.report("call")
        assert report is not None and report.joined == {"anna": "bruno", "bruno": "anna"}
        assert report.legs["anna"].audio_seen and report.legs["anna"].packets_in > 50
        assert house.gone == []
        await house.gateway.delete("call")
        assert await house.gateway.report("call") is None


@pytest.mark.parametrize("end", [die, hang])
@pytest.mark.parametrize("offers", ["browser", "phone"])
async def test_a_browser_shakes_no_hands_again(house: House, end: End, offers: str) -> None:
    gateway = house.gateway
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(LightBrowser())
        phone = await stack.enter_async_context(Ear(tone_hz=800))
        if offers == "browser":
            offer = await gateway.offer("c", "browser", "phone", browser.sdp(), Profile.WEBRTC, RTP)
            await browser.connect(await gateway.answer("c", "phone", "browser", phone.sdp()))
        else:
            given = await gateway.offer("c", "phone", "browser", phone.sdp(), RTP, Profile.WEBRTC)
            offer = await gateway.answer("c", "browser", "phone", browser.sdp(setup="active"))
            await browser.connect(given)
        phone.talk_to(offer)
        speaking = asyncio.create_task(speak(browser))
        await until(lambda: len(browser.packets) > 20 and len(phone.packets) > 20)
        await over(house.family, end(house.family))
        heard = len(browser.packets)
        await phone.wait_packets(50)
        await until(lambda: len(browser.packets) > heard + 50)
        assert phone.longest_gap() < 1.0 * load()
        browser.check()  # consent goes on
        await until(lambda: len(browser.rtcp) > 1)  # and reports, with numbers that were not used yet
        assert house.gone == []
        speaking.cancel()


async def speak(browser: LightBrowser) -> None:
    pace = Pace(0.02)
    while True:
        await pace.next()
        browser.send(0, SOUND)


@pytest.mark.parametrize("suite", [None, "AES_CM_128_HMAC_SHA1_80"])
async def test_a_call_that_rings_is_answered_in_the_next_process(house: House, suite: str | None) -> None:
    far = Profile.SDES if suite else RTP
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800, suite=suite) as bruno, Ear(tone_hz=1200) as clara:
        offer = await house.gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, far)
        await house.gateway.offer("call", "anna", "clara", anna.sdp(), RTP, RTP)
        await over(house.family, die(house.family))
        early = await house.gateway.answer("call", "clara", "anna", clara.sdp())
        anna.talk_to(early)
        await over(house.family, die(house.family))
        answer = await house.gateway.answer("call", "bruno", "anna", bruno.answer_to(offer))
        await house.gateway.delete("call", "clara")
        anna.talk_to(answer)
        bruno.talk_to(offer)
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)
        report = await house.gateway.report("call")
        assert report is not None and set(report.legs) == {"anna", "bruno"}
        assert house.gone == []


def a_wav(hz: float, seconds: float) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(pcm(tone(hz, seconds, RATE)))
    return held.getvalue()


@pytest.mark.parametrize("seconds", [0.5, 20.0])  # in a message, in a file
async def test_who_is_on_hold_hears_the_music_on(house: House, tmp_path: Path, seconds: float) -> None:
    music = tmp_path / "media" / "music.wav"
    music.write_bytes(a_wav(1000, seconds))
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        await house.gateway.play("call", "anna", music)
        assert await hears(anna.heard, 1000)
        for end in (die, hang):
            await over(house.family, end(house.family))
            await anna.wait_packets(50)
            assert await hears(anna.heard, 1000)
            assert await hears(bruno.heard, 440)
        assert anna.longest_gap() < 1.0 * load()
        await house.gateway.stop("call", "anna")
        assert await hears(anna.heard, 800)


async def test_music_that_is_stopped_while_nobody_is_there_does_not_begin_anew(
    house: House, tmp_path: Path
) -> None:
    music = tmp_path / "media" / "music.wav"
    music.write_bytes(a_wav(1000, 20.0))  # it takes a moment to be read
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        await house.gateway.play("call", "anna", music)
        assert await hears(anna.heard, 1000)
        hung = hang(house.family)
        await house.gateway.stop("call", "anna")
        await over(house.family, hung)
        for _ in range(2):  # a second of it
            await anna.wait_packets(50)
            assert await hears(anna.heard, 800)


async def test_what_is_asked_while_nobody_is_there_is_answered_by_the_next(house: House) -> None:
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        hung = hang(house.family)
        held = await house.gateway.offer("call", "anna", "bruno", anna.sdp("sendonly"), RTP, RTP)
        assert "a=sendonly" in held and house.family.worker != hung
        assert house.gone == []


async def test_calls_outlive_one_process_after_the_other(house: House) -> None:
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        for end in (die, hang, die):
            await anna.wait_packets(30)
            await over(house.family, end(house.family))
            await anna.wait_packets(30)
            assert await hears(anna.heard, 800)
        assert anna.longest_gap() < 1.0 * load()
        assert house.gone == []


async def test_nobody_hears_that_the_parent_was_killed(house: House) -> None:
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        carrying = house.family.worker
        house.family.parent.kill()
        house.family.parent.wait()
        await asyncio.to_thread(house.family.replace_parent)
        await asyncio.to_thread(house.family.wait_told)
        assert house.family.worker == 0  # it is another parent's child, and goes on
        os.kill(carrying, signal.SIGKILL)
        await over(house.family, carrying)
        await anna.wait_packets(50)
        assert await hears(anna.heard, 800)
        assert anna.longest_gap() < 1.0 * load()
        assert house.gone == []


async def test_calls_move_to_the_program_that_is_loaded_again(house: House) -> None:
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        before, loaded = house.family.worker, house.family.parent.pid
        house.family.parent.send_signal(signal.SIGHUP)
        await over(house.family, before)
        assert house.family.parent.poll() is None and house.family.parent.pid == loaded
        await anna.wait_packets(50)
        assert await hears(anna.heard, 800)
        assert anna.longest_gap() < 0.5 * load()
        assert "media_retired" in house.family.log()
        assert house.gone == []


async def test_a_family_that_is_stopped_takes_its_calls_with_it(house: House) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(house.gateway, anna, bruno)
        children = house.family.worker, house.family.standby
        house.family.parent.terminate()
        assert await asyncio.to_thread(house.family.parent.wait) == 0
        assert not any(map(alive, children))
        await asyncio.to_thread(house.family.replace_parent)
        await until(lambda: house.gone != [])
        await until(lambda: house.gateway.servers[0].state.state is State.UP)
        await house.gateway.delete("call")
        await join(house.gateway, anna, bruno, "next")
        assert await hears(bruno.heard, 440)


async def test_a_worker_that_is_ended_on_purpose_leaves_no_calls(house: House) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(house.gateway, anna, bruno)
        ended = house.family.worker
        os.kill(ended, signal.SIGTERM)
        await over(house.family, ended)
        await until(lambda: house.gone != [])


async def test_a_standby_that_is_killed_is_replaced(house: House) -> None:
    async with Ear(tone_hz=440) as anna, Ear(tone_hz=800) as bruno:
        await join(house.gateway, anna, bruno)
        killed = house.family.standby
        os.kill(killed, signal.SIGKILL)
        await asyncio.to_thread(wait_until, lambda: house.family.standby not in {0, killed}, PATIENCE)
        await asyncio.to_thread(house.family.wait_told)
        await over(house.family, die(house.family))
        assert await hears(anna.heard, 800)
        assert anna.longest_gap() < 1.0 * load()


async def test_a_port_that_is_taken_is_told_by_the_exit_code(house: House, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"ng": {"port": house.family.address[1], "standby": str(tmp_path / "other")}}))
    command = (sys.executable, "-m", "bridges.media", "--config", str(file))
    assert await asyncio.to_thread(subprocess.call, command, stdout=subprocess.DEVNULL) == 2
