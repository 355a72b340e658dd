"""What a gateway plays to a party in place of the other one, and what both are told then, by content."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from bridges.media.gateway import MediaError, MediaGateway, Profile, UnknownLeg
from bridges.sdp.codecs import G722, OPUS, PCMA, PCMU, Codec
from bridges.sdp.direction import Direction
from bridges.sip.media.ng_gateway import NgMediaGateway
from bridges.sip.voice.sounds import BUILT_IN
from tests.support.audio import tone, tone_share, write_wav
from tests.support.media_calls import hears, join, plain
from tests.support.media_servers import MediaServer, own_media
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone

RTP, SENDONLY = Profile.RTP, Direction.SENDONLY
#: Sounds throughout our music on hold, in Hz.
SIGNATURE = 392


async def hears_music(heard: Callable[[], Sequence[int]]) -> bool:
    """Whether its latest half second becomes our music on hold."""
    for _ in range(int(PATIENCE * 20)):
        samples = heard()[-4000:]
        if len(samples) == 4000 and tone_share(samples, 8000, SIGNATURE) > 0.3:
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("codec", [PCMU, PCMA, G722, OPUS], ids=lambda codec: codec.name)
async def test_the_music_on_hold_is_heard_in_every_codec_and_is_gone_after(
    gateway: MediaGateway, codec: Codec
) -> None:
    async with (
        RtpPhone(tone_hz=440, codecs=(codec,)) as anna,
        RtpPhone(tone_hz=800, codecs=(PCMU if codec is OPUS else codec,)) as bruno,
    ):
        await join(gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        await gateway.play("call", "anna", BUILT_IN)
        assert await hears_music(anna.heard)
        await gateway.stop("call", "anna")
        assert await hears(anna.heard, 800)
        await anna.wait_packets(25)
        assert tone_share(anna.heard()[-4000:], 8000, SIGNATURE) < 0.01
        assert await hears(bruno.heard, 440)


async def test_the_stream_goes_on_without_a_gap_when_music_begins_and_ends(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno:
        await join(engine, anna, bruno)
        assert await hears(anna.heard, 800)
        await engine.play("call", "anna", BUILT_IN)
        assert await hears_music(anna.heard)
        await engine.stop("call", "anna")
        assert await hears(anna.heard, 800)
        numbers = [int.from_bytes(packet[2:4], "big") for packet in anna.packets]
        times = [int.from_bytes(packet[4:8], "big") for packet in anna.packets]
        assert all((later - earlier) & 0xFFFF == 1 for earlier, later in pairwise(numbers))
        assert all(0 < (later - earlier) & 0xFFFFFFFF < 2400 for earlier, later in pairwise(times))
        assert {packet[8:12] for packet in anna.packets} == {anna.packets[0][8:12]}


async def test_a_codec_that_changes_in_the_middle_is_followed(engine: MediaGateway) -> None:
    async with RtpPhone(codecs=(PCMU, G722)) as anna, RtpPhone(codecs=(PCMU, G722)) as bruno:
        await join(engine, anna, bruno)
        await engine.play("call", "anna", BUILT_IN)
        assert await hears_music(anna.heard)
        anna.codecs = bruno.codecs = (G722, PCMU)
        await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        await engine.answer("call", "bruno", "anna", bruno.sdp())
        assert await hears_music(lambda: anna.heard(G722.key))


def music_file(folder: Path, hz: float, seconds: float = 1.0) -> Path:
    """A WAV file, 16 kHz; it holds whole waves, so that it repeats without a seam."""
    made = folder / f"{hz}.wav"
    write_wav(made, tone(hz, seconds, 16_000), 16_000)
    return made


async def test_music_takes_the_place_of_the_other_party_until_it_is_stopped(
    gateway: MediaGateway, tmp_path: Path
) -> None:
    """Who holds is still heard by nobody, and hears what the held party says."""
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        await join(gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        await gateway.play("call", "anna", music_file(tmp_path, 600))
        assert await hears(anna.heard, 600)
        anna.packets.clear()
        await anna.wait_packets(150)  # three times the file
        assert tone_share(anna.heard(), 8000, 600) > 0.98
        assert await hears(bruno.heard, 440)
        await gateway.stop("call", "anna")
        assert await hears(anna.heard, 800)
        anna.packets.clear()
        await anna.wait_packets(50)
        assert tone_share(anna.heard(), 8000, 600) < 0.01


async def test_what_is_played_once_ends_by_itself(engine: MediaGateway, tmp_path: Path) -> None:
    async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno:
        await join(engine, anna, bruno)
        await engine.play("call", "anna", music_file(tmp_path, 600, 0.4), times=1)
        assert await hears(anna.heard, 600)
        assert await hears(anna.heard, 800)


async def test_another_sound_takes_the_place_of_the_one_before(gateway: MediaGateway, tmp_path: Path) -> None:
    async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno:
        await join(gateway, anna, bruno)
        await gateway.play("call", "anna", music_file(tmp_path, 600))
        assert await hears(anna.heard, 600)
        await gateway.play("call", "anna", music_file(tmp_path, 1000))
        assert await hears(anna.heard, 1000)


@pytest.mark.parametrize("asked", ["sendonly", "inactive"])
async def test_who_is_held_with_music_is_told_that_it_may_listen_and_the_holder_what_it_asked(
    gateway: MediaGateway, tmp_path: Path, asked: str
) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        await join(gateway, anna, bruno)
        held = await gateway.offer("call", "bruno", "anna", bruno.sdp(asked), RTP, RTP, told=SENDONLY)
        assert plain(held).direction is SENDONLY
        final = await gateway.answer("call", "anna", "bruno", anna.sdp("recvonly"))
        assert plain(final).direction.value == {"sendonly": "recvonly", "inactive": "inactive"}[asked]
        await gateway.play("call", "anna", music_file(tmp_path, 600))
        assert await hears(anna.heard, 600)
        again = await gateway.offer("call", "bruno", "anna", bruno.sdp(), RTP, RTP)
        assert plain(again).direction is Direction.SENDRECV
        await gateway.stop("call", "anna")
        bruno.talk_to(await gateway.answer("call", "anna", "bruno", anna.sdp()))
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)


async def test_who_resumes_while_the_other_holds_is_told_to_listen(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        await gateway.offer("call", "bruno", "anna", bruno.sdp(), RTP, RTP)
        final = await gateway.answer("call", "anna", "bruno", anna.sdp("inactive"), told=SENDONLY)
        assert plain(final).direction is SENDONLY


async def test_music_for_nobody_and_without_a_sound_is_refused(gateway: MediaGateway, tmp_path: Path) -> None:
    sound, silent = music_file(tmp_path, 600), tmp_path / "words.txt"
    silent.write_text("no sound")
    with pytest.raises(UnknownLeg):
        await gateway.play("call", "anna", sound)
    await gateway.stop("call", "anna")
    async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno:
        await join(gateway, anna, bruno)
        with pytest.raises(UnknownLeg):
            await gateway.play("call", "carla", sound)
        for wrong in (silent, tmp_path / "none.wav"):
            with pytest.raises(MediaError):
                await gateway.play("call", "anna", wrong)
        await gateway.stop("call", "carla")
        assert await hears(anna.heard, 800)


async def test_a_file_that_no_datagram_holds_is_read_by_the_server_itself(
    media_rtpengine: MediaServer, tmp_path: Path
) -> None:
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    long = music_file(sounds, 600, 5.0)
    assert long.stat().st_size > 65_536
    with own_media(tmp_path, files=sounds) as own:
        for server in (own, media_rtpengine):
            gateway = NgMediaGateway((server.address,))
            await gateway.start()
            async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno:
                await join(gateway, anna, bruno)
                await gateway.play("call", "anna", long)
                assert await hears(anna.heard, 600)
                if server is own:  # which plays nothing from elsewhere
                    with pytest.raises(MediaError):
                        await gateway.play("call", "anna", music_file(tmp_path, 700, 5.0))
                await gateway.delete("call")
            await gateway.close()
