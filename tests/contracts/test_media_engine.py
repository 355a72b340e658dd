"""What our own engine owes beyond that, in the bridge's process and in one of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from bridges.media.gateway import (
    DtmfNotNegotiated,
    MediaGateway,
    NoCommonCodec,
    NoPortsLeft,
    Profile,
    UnknownLeg,
)
from bridges.sdp.audio import read_webrtc
from bridges.sdp.codecs import G722, PCMA, PCMU, TELEPHONE_EVENT
from bridges.sdp.description import parse
from tests.contracts.conftest import PORTS
from tests.support.media_calls import hears, join, plain, until
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone, target_of

RTP, WEBRTC = Profile.RTP, Profile.WEBRTC


async def test_silence_is_no_sound(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        _, answer = await join(engine, anna, bruno)
        assert anna._talking is not None
        anna._talking.cancel()
        for _ in range(50):
            anna.send(target_of(answer), 0, b"\xff" * 160)
        await until(lambda: len(bruno.packets) >= 50)
        report = await engine.report("call")
        assert report is not None
        assert not report.legs["anna"].audio_seen


async def test_who_holds_is_not_heard_and_is_heard_again_after(engine: MediaGateway) -> None:
    async def agree(direction: str) -> None:
        await engine.offer("call", "anna", "bruno", anna.sdp(direction), RTP, RTP)
        await engine.answer("call", "bruno", "anna", bruno.sdp(direction))

    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        await join(engine, anna, bruno)
        assert await hears(bruno.heard, 440)
        await agree("inactive")
        await drops_more(engine, "anna")  # what was on its way has come meanwhile
        before = len(bruno.packets)
        await drops_more(engine, "anna")
        assert len(bruno.packets) == before
        await agree("sendrecv")
        bruno.packets.clear()
        assert await hears(bruno.heard, 440)


async def drops_more(engine: MediaGateway, leg: str) -> None:
    goal = await dropped(engine, leg) + 10
    for _ in range(int(PATIENCE * 50)):
        if await dropped(engine, leg) > goal:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("nothing is dropped")


async def dropped(engine: MediaGateway, leg: str) -> int:
    report = await engine.report("call")
    assert report is not None
    return report.legs[leg].dropped


async def test_a_key_that_is_none_or_for_nobody_is_refused(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises((DtmfNotNegotiated, UnknownLeg)):  # nobody is joined yet
            await engine.send_dtmf("call", "bruno", "1", 100)
        await engine.answer("call", "bruno", "anna", bruno.sdp())
        with pytest.raises(ValueError, match="not a key"):
            await engine.send_dtmf("call", "anna", "no", 100)
        with pytest.raises(UnknownLeg):
            await engine.send_dtmf("call", "carla", "1", 100)


async def test_strangers_are_neither_heard_nor_counted_in(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno, RtpPhone() as stranger:
        offer, answer = await join(engine, anna, bruno)
        await until(lambda: bool(bruno.packets and anna.packets))
        bruno.packets.clear()
        for _ in range(20):
            stranger.send(target_of(answer), 0, b"\x00" * 160)
            stranger.send(target_of(offer), 0, b"\x00" * 160)
        await bruno.wait_packets(20)
        assert not any(packet[12:] == b"\x00" * 160 for packet in bruno.packets + anna.packets)
        report = await engine.report("call")
        assert report is not None
        assert report.legs["anna"].dropped >= 20


async def test_the_offer_to_a_browser_has_all_that_it_needs(engine: MediaGateway) -> None:
    async with RtpPhone() as anna:
        sdp = await engine.offer("call", "anna", "browser", anna.sdp(), RTP, WEBRTC)
        found = read_webrtc(parse(sdp))
        assert found is not None and found.security is not None
        assert found.security.setup == "actpass"
        assert found.codecs == (PCMU, PCMA, TELEPHONE_EVENT)
        assert found.layout.bundle


async def test_g722_passes_where_both_sides_know_it(engine: MediaGateway) -> None:
    async with RtpPhone(codecs=(G722, PCMU)) as anna, RtpPhone(codecs=(G722, PCMU)) as bruno:
        offer = await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        assert [codec.name for codec in plain(offer).codecs] == ["G722", "PCMU", "PCMA", "telephone-event"]
        answer = await engine.answer("call", "bruno", "anna", bruno.sdp())
        assert [codec.name for codec in plain(answer).codecs] == ["G722", "telephone-event"]


async def test_a_phone_of_another_address_family_is_refused(engine: MediaGateway) -> None:
    async with RtpPhone() as anna:
        sdp = anna.sdp().replace("c=IN IP4 127.0.0.1", "c=IN IP6 2001:db8::7")
        with pytest.raises(NoCommonCodec):
            await engine.offer("call", "anna", "bruno", sdp, RTP, RTP)


async def test_ports_are_bounded_and_come_back(engine: MediaGateway) -> None:
    async with RtpPhone() as anna:
        made = 0
        with pytest.raises(NoPortsLeft):
            while made < 100:
                await engine.offer(f"call{made}", "anna", "bruno", anna.sdp(), RTP, RTP)
                made += 1
        assert 2 <= made <= PORTS // 2
        assert await engine.report(f"call{made}") is None  # the half that was made is taken back
        for index in range(made):
            await engine.delete(f"call{index}")
        for index in range(made):
            await engine.offer(f"again{index}", "anna", "bruno", anna.sdp(), RTP, RTP)


async def test_a_leg_keeps_the_payload_types_it_knows(engine: MediaGateway) -> None:
    async with RtpPhone(events=96) as anna, RtpPhone(codecs=(PCMU, replace(PCMA))) as bruno:
        await join(engine, anna, bruno)
        again = plain(await engine.offer("call", "bruno", "anna", bruno.sdp(), RTP, RTP))
        events = [codec for codec in again.codecs if codec.key == TELEPHONE_EVENT.key]
        assert [codec.payload_type for codec in events] == [96]


async def test_who_calls_forks_keeps_one_address_and_hears_one_stream(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno, RtpPhone(tone_hz=1200) as carla:
        for leg, phone in (("bruno", bruno), ("carla", carla)):
            phone.talk_to(await engine.offer("call", "anna", leg, anna.sdp(), RTP, RTP))
        early = await engine.answer("call", "bruno", "anna", bruno.sdp())
        assert await hears(anna.heard, 800)
        final = await engine.answer("call", "carla", "anna", carla.sdp())
        assert target_of(final) == target_of(early)
        assert await hears(anna.heard, 1200)
        # One stream for Anna, whoever speaks: the same source, numbers without a gap.
        numbers = [int.from_bytes(packet[2:4], "big") for packet in anna.packets]
        assert {packet[8:12] for packet in anna.packets} == {anna.packets[0][8:12]}
        assert all((after - before) & 0xFFFF == 1 for before, after in pairwise(numbers))


async def test_the_old_hold_keeps_the_address(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(engine, anna, bruno)
        again = plain(await engine.offer("call", "anna", "bruno", anna.sdp(host="0.0.0.0"), RTP, RTP))
        assert again.target and again.target[0] == "127.0.0.1"


async def test_who_stays_in_a_transfer_keeps_the_address(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno, RtpPhone(tone_hz=1200) as carla:
        _, answer = await join(engine, anna, bruno)
        carla.talk_to(await engine.offer("call", "anna", "carla", anna.sdp(), RTP, RTP))
        assert target_of(await engine.answer("call", "carla", "anna", carla.sdp())) == target_of(answer)
        assert await hears(anna.heard, 1200)


async def test_keys_pass_by_each_legs_own_payload_type(engine: MediaGateway) -> None:
    async with RtpPhone(events=96) as anna, RtpPhone(events=101) as bruno:
        offer = await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        answer = await engine.answer("call", "bruno", "anna", bruno.sdp())
        assert [codec.payload_type for codec in plain(answer).codecs] == [0, 96]
        for payload in (bytes([5, 10, 0, 160]), bytes([5, 0x8A, 1, 64])):
            anna.send(target_of(answer), 96, payload)
            bruno.send(target_of(offer), 101, payload)
        await until(lambda: bruno.keys() == [5] and anna.keys() == [5])


async def test_a_phone_that_moves_is_followed_whoever_still_sends_from_before(engine: MediaGateway) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone() as bruno, RtpPhone(tone_hz=1200) as elsewhere:
        offer, _ = await join(engine, anna, bruno)
        assert await hears(bruno.heard, 440)
        await engine.offer("call", "anna", "bruno", elsewhere.sdp(), RTP, RTP)
        elsewhere.talk_to(await engine.answer("call", "bruno", "anna", bruno.sdp()))
        assert await hears(bruno.heard, 1200)
        bruno.talk_to(offer)
        await elsewhere.wait_packets(5)


async def test_a_new_description_of_an_encrypted_phone_changes_no_key_and_nothing_is_lost(
    engine: MediaGateway,
) -> None:
    async with RtpPhone(suite="AEAD_AES_128_GCM", tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        offer = await engine.offer("call", "anna", "bruno", anna.sdp(), Profile.SDES, RTP)
        answer = await engine.answer("call", "bruno", "anna", bruno.sdp())
        anna.talk_to(answer)
        bruno.talk_to(offer)
        assert await hears(anna.heard, 800)
        again = await engine.offer("call", "bruno", "anna", bruno.sdp(), RTP, Profile.SDES)
        assert anna.crypto and str(anna.crypto).split()[2] not in answer  # each side names its own
        keys = [line for line in answer.split("\r\n") if line.startswith("a=crypto")]
        assert keys[0].split()[2] in again
        await engine.answer("call", "anna", "bruno", anna.answer_to(again))
        bruno.packets.clear()
        assert await hears(bruno.heard, 440)


async def test_what_comes_in_clear_to_an_encrypted_leg_is_dropped(engine: MediaGateway) -> None:
    async with RtpPhone(suite="AES_CM_128_HMAC_SHA1_80") as anna, RtpPhone() as bruno:
        await engine.offer("call", "anna", "bruno", anna.sdp(), Profile.SDES, RTP)
        answer = await engine.answer("call", "bruno", "anna", bruno.sdp())
        for _ in range(20):
            anna.send(target_of(answer), 0, b"\x00" * 160)  # before it took the keys: in clear
        for _ in range(int(PATIENCE * 50)):
            if await dropped(engine, "anna") >= 20:
                break
            await asyncio.sleep(0.02)
        assert not bruno.packets


async def test_an_answer_that_takes_no_suite_of_the_offer_is_refused(engine: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone(suite="AES_CM_128_HMAC_SHA1_80") as bruno:
        await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, Profile.SDES)
        assert bruno.crypto
        bruno.crypto = replace(bruno.crypto, tag=7)
        with pytest.raises(NoCommonCodec):
            await engine.answer("call", "bruno", "anna", bruno.sdp())
