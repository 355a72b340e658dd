"""Sound, keys and packets that have to be made anew on their way, by content."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bridges.media.gateway import MediaGateway, Profile
from bridges.sdp.codecs import G722, OPUS, PCMA, PCMU, Codec
from tests.support.audio import tone_share
from tests.support.media_calls import hears, join, plain, until
from tests.support.rtp_phone import RtpPhone, target_of

RTP = Profile.RTP


@pytest.mark.parametrize("codecs", [(G722, PCMU), (OPUS, PCMA)])
async def test_two_that_share_no_codec_hear_each_other(
    gateway: MediaGateway, codecs: tuple[Codec, Codec]
) -> None:
    async with (
        RtpPhone(tone_hz=440, codecs=codecs[:1]) as anna,
        RtpPhone(tone_hz=800, codecs=codecs[1:]) as bruno,
    ):
        _, answer = await join(gateway, anna, bruno)
        assert plain(answer).codecs[0].key == codecs[0].key
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)


async def test_opus_becomes_g722_where_it_can(engine: MediaGateway) -> None:
    async with (
        RtpPhone(tone_hz=440, codecs=(OPUS,)) as anna,
        RtpPhone(tone_hz=800, codecs=(G722, PCMU)) as bruno,
    ):
        await join(engine, anna, bruno)
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)


async def test_what_is_made_anew_has_numbers_and_times_without_a_gap(engine: MediaGateway) -> None:
    async with RtpPhone(codecs=(G722,)) as anna, RtpPhone(codecs=(PCMU,)) as bruno:
        await join(engine, anna, bruno)
        await bruno.wait_packets(20)
        heads = [(int.from_bytes(p[2:4], "big"), int.from_bytes(p[4:8], "big")) for p in bruno.packets]
        for (number, time), (next_number, next_time) in pairwise(heads):
            assert (next_number - number) & 0xFFFF == 1
            assert (next_time - time) & 0xFFFFFFFF == 160
        assert {packet[8:12] for packet in bruno.packets} == {bruno.packets[0][8:12]}
        assert {len(packet) for packet in bruno.packets} == {172}


async def test_what_was_lost_on_the_way_is_silence_of_the_same_length(engine: MediaGateway) -> None:
    async with RtpPhone(codecs=(G722,)) as anna, RtpPhone(codecs=(PCMU,)) as bruno:
        _, answer = await join(engine, anna, bruno)
        await until(lambda: bool(bruno.packets))
        anna.hush()
        target = target_of(answer)
        before = len(bruno.packets)
        anna.sequence += 5
        anna.timestamp += 5 * 160
        anna.send(target, 9, bytes(160))
        await until(lambda: len(bruno.packets) >= before + 6)


@pytest.mark.parametrize(("near", "far"), [(30, 20), (20, 40), (10, 60)])
async def test_each_gets_packets_of_the_length_that_it_asks_for(
    engine: MediaGateway, near: int, far: int
) -> None:
    async with RtpPhone(tone_hz=440, ptime=near) as anna, RtpPhone(tone_hz=800, ptime=far) as bruno:
        await join(engine, anna, bruno)
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)
        if near != 20:
            assert {len(packet) for packet in anna.packets} == {12 + 8 * near}
        if far != 20:
            assert {len(packet) for packet in bruno.packets} == {12 + 8 * far}


def has_tones(phone: RtpPhone, *hz: int) -> bool:
    samples = phone.heard()[-1600:]
    return len(samples) == 1600 and all(tone_share(samples, 8000, each) > 0.3 for each in hz)


@pytest.mark.parametrize("codec", [PCMU, G722])
async def test_a_key_is_heard_as_its_tones_by_who_takes_no_events(engine: MediaGateway, codec: Codec) -> None:
    async with (
        RtpPhone(tone_hz=300, codecs=(codec,)) as anna,
        RtpPhone(events=None, codecs=(codec,)) as bruno,
    ):
        await join(engine, anna, bruno)
        await until(lambda: bool(bruno.packets))
        anna.hush()
        await engine.send_dtmf("call", "bruno", "5", 400)
        await until(lambda: has_tones(bruno, 770, 1336))


async def test_an_event_becomes_its_tones_once_where_the_other_side_takes_none(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone(events=None) as bruno:
        await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        answer = await engine.answer("call", "bruno", "anna", bruno.sdp())
        for end in (False, False, True, True):
            anna.send(target_of(answer), 101, bytes([9, 0x8A if end else 10, 1, 64]), ticks=0)
        await until(lambda: len(bruno.packets) >= 8)
        await until(lambda: has_tones_of_nine(bruno))
        assert len(bruno.packets) == 8  # 160 ms, and not again for the packets that repeat it


def has_tones_of_nine(phone: RtpPhone) -> bool:
    samples = phone.heard()[:1200]
    return len(samples) == 1200 and all(tone_share(samples, 8000, each) > 0.3 for each in (852, 1477))
