"""What every `MediaGateway` owes call control: the engine in-process, ours over ng, and rtpengine."""

from __future__ import annotations

import asyncio
import os
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from bridges.media.gateway import (
    MediaError,
    MediaGateway,
    MediaUnavailable,
    NoCommonCodec,
    Profile,
    UnknownLeg,
)
from bridges.sdp.codecs import PCMA, PCMU, Codec
from bridges.sdp.errors import MalformedSdp
from bridges.sip.media.ng_gateway import NgMediaGateway
from tests.support.media_calls import hears, join, plain, until
from tests.support.media_servers import MediaServer, own_media
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone, target_of

RTP, WEBRTC = Profile.RTP, Profile.WEBRTC


@pytest.mark.parametrize("laws", [(PCMU, PCMU), (PCMA, PCMA), (PCMU, PCMA), (PCMA, PCMU)])
async def test_two_phones_hear_each_other_also_across_laws(
    gateway: MediaGateway, laws: tuple[Codec, Codec]
) -> None:
    async with (
        RtpPhone(tone_hz=440, codecs=laws[:1]) as anna,
        RtpPhone(tone_hz=800, codecs=laws[1:]) as bruno,
    ):
        await join(gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)
        report = await gateway.report("call")
        assert report is not None
        assert report.joined == {"anna": "bruno", "bruno": "anna"}
        for name, law in zip(("anna", "bruno"), laws, strict=True):
            leg = report.legs[name]
            assert leg.codec == law.name
            assert leg.audio_seen and leg.connected
            assert leg.packets_in > 10 and leg.packets_out > 10
            assert leg.bytes_in >= leg.packets_in * 160
            assert leg.last_packet_at is not None
            assert leg.lost == 0 and leg.jitter < 0.5


async def test_one_offer_for_several_legs_and_the_first_answer_joins(gateway: MediaGateway) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno, RtpPhone() as carla:
        offers = [
            await gateway.offer("call", "anna", leg, anna.sdp(), RTP, RTP) for leg in ("bruno", "carla")
        ]
        assert target_of(offers[0]) != target_of(offers[1])
        carla.talk_to(offers[1])  # early, never answered
        anna.talk_to(await gateway.answer("call", "bruno", "anna", bruno.sdp()))
        bruno.talk_to(offers[0])
        await gateway.delete("call", "carla")
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)
        assert not carla.packets
        report = await gateway.report("call")
        assert report is not None
        assert set(report.legs) == {"anna", "bruno"}


async def test_the_answer_of_another_fork_takes_over(gateway: MediaGateway) -> None:
    """Early media of one fork (183), then another one picks up."""
    async with RtpPhone() as anna, RtpPhone(tone_hz=800) as bruno, RtpPhone(tone_hz=1200) as carla:
        for leg, phone in (("bruno", bruno), ("carla", carla)):
            phone.talk_to(await gateway.offer("call", "anna", leg, anna.sdp(), RTP, RTP))
        early = await gateway.answer("call", "bruno", "anna", bruno.sdp())
        anna.talk_to(early)
        assert await hears(anna.heard, 800)
        anna.talk_to(await gateway.answer("call", "carla", "anna", carla.sdp()))
        assert await hears(anna.heard, 1200)


async def test_an_answer_given_again_is_the_same(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        first = await gateway.answer("call", "bruno", "anna", bruno.sdp())
        assert await gateway.answer("call", "bruno", "anna", bruno.sdp()) == first


@pytest.mark.parametrize(
    ("asked", "answered", "told"),
    [("sendonly", "recvonly", "recvonly"), ("inactive", "inactive", "inactive"),
     ("sendonly", "inactive", "inactive"), ("sendrecv", "sendrecv", "sendrecv")],
)  # fmt: skip
async def test_hold_is_passed_on_and_keeps_the_ports(
    gateway: MediaGateway, asked: str, answered: str, told: str
) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        offer, answer = await join(gateway, anna, bruno)
        again = await gateway.offer("call", "bruno", "anna", bruno.sdp(asked), RTP, RTP)
        assert plain(again).direction.value == asked
        assert target_of(again) == target_of(answer)
        final = await gateway.answer("call", "anna", "bruno", anna.sdp(answered))
        assert plain(final).direction.value == told
        assert target_of(final) == target_of(offer)


async def test_the_old_hold_is_told_in_the_new_way(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        again = plain(await gateway.offer("call", "anna", "bruno", anna.sdp(host="0.0.0.0"), RTP, RTP))
        assert again.direction.value == "sendonly"


async def test_a_phone_that_moves_is_followed(gateway: MediaGateway) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone() as bruno, RtpPhone(tone_hz=1200) as elsewhere:
        offer, _ = await join(gateway, anna, bruno)
        assert await hears(bruno.heard, 440)
        anna.hush()
        await gateway.offer("call", "anna", "bruno", elsewhere.sdp(), RTP, RTP)
        elsewhere.talk_to(await gateway.answer("call", "bruno", "anna", bruno.sdp()))
        assert await hears(bruno.heard, 1200)
        bruno.talk_to(offer)
        await elsewhere.wait_packets(5)


async def test_keys_pass(gateway: MediaGateway) -> None:
    async with RtpPhone(events=96) as anna, RtpPhone(events=96) as bruno:
        offer = await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        answer = await gateway.answer("call", "bruno", "anna", bruno.sdp())
        assert [codec.payload_type for codec in plain(answer).codecs] == [0, 96]
        for payload in (bytes([5, 10, 0, 160]), bytes([5, 0x8A, 1, 64])):
            anna.send(target_of(answer), 96, payload)
            bruno.send(target_of(offer), 96, payload)
        await until(lambda: bruno.keys() == [5] and anna.keys() == [5])


async def test_a_key_that_came_by_signalling_is_played(gateway: MediaGateway) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        assert await hears(bruno.heard, 440)
        await asyncio.gather(
            gateway.send_dtmf("call", "bruno", "1", 100), gateway.send_dtmf("call", "bruno", "#", 100)
        )
        await until(lambda: bruno.keys() == [1, 11])
        bruno.packets.clear()
        assert await hears(bruno.heard, 440)


async def test_reports_of_rtcp_reach_a_phone(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        await until(lambda: bool(anna.rtcp and bruno.rtcp))
        assert anna.rtcp[-1][1] in {200, 201}


async def test_a_phone_that_wants_it_gets_rtcp_on_the_same_port(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        offer = await gateway.offer("call", "anna", "bruno", anna.sdp() + "a=rtcp-mux\r\n", RTP, RTP)
        assert not plain(offer).rtcp_mux  # Bruno is not asked for what old phones do not know
        answer = await gateway.answer("call", "bruno", "anna", bruno.sdp())
        assert plain(answer).rtcp_mux
        anna.talk_to(answer)
        bruno.talk_to(offer)
        await until(lambda: any(packet[1] in {200, 201} for packet in anna.packets))
        assert not anna.rtcp


@pytest.mark.parametrize(
    "media",
    [
        "m=audio 4000 RTP/AVP 3 18",
        "m=audio 0 RTP/AVP 0",
        "m=audio 4000 RTP/SAVP 0",
        "m=video 4000 RTP/AVP 31",
        "m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000",
    ],
)
async def test_an_offer_that_cannot_be_carried_is_refused_and_leaves_nothing(
    gateway: MediaGateway, media: str
) -> None:
    sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n{media}\r\n"
    with pytest.raises(NoCommonCodec):
        await gateway.offer("call", "anna", "bruno", sdp, RTP, RTP)
    assert await gateway.report("call") is None


async def test_a_refused_answer_joins_nothing(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises(NoCommonCodec):
            await gateway.answer("call", "bruno", "anna", bruno.sdp(port=0))
        report = await gateway.report("call")
        assert report is not None
        assert not report.joined


async def test_what_cannot_be_read_is_the_peers_fault(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna:
        with pytest.raises((MalformedSdp, NoCommonCodec)):
            await gateway.offer("call", "anna", "bruno", "v=0\r\nnonsense", RTP, RTP)
        with pytest.raises(MalformedSdp):
            await gateway.offer("call", "anna", "bruno", "", RTP, RTP)
        assert await gateway.report("call") is None
        await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises(MalformedSdp):
            await gateway.answer("call", "bruno", "anna", "x")
        assert await gateway.report("call") is not None


async def test_what_is_not_known_is_told_so_or_ignored(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        with pytest.raises(UnknownLeg):
            await gateway.answer("call", "bruno", "anna", bruno.sdp())
        await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises(UnknownLeg):
            await gateway.answer("call", "carla", "anna", bruno.sdp())
        with pytest.raises(UnknownLeg):
            await gateway.answer("call", "anna", "bruno", anna.sdp())
        with pytest.raises(MediaError):
            await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, WEBRTC)
        await gateway.delete("call", "carla")
        await gateway.delete("other")
        for candidate in ("candidate:1 1 udp 1 192.0.2.1 9 typ host", "", "nonsense"):
            await gateway.candidate("other", "x", candidate, None)
            await gateway.candidate("call", "anna", candidate, "0")
        assert await gateway.report("other") is None


async def test_a_deleted_call_is_silent_and_forgotten(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        await until(lambda: bool(anna.packets and bruno.packets))
        last = await gateway.delete("call")
        assert last is not None
        assert last.joined == {"anna": "bruno", "bruno": "anna"}
        assert all(leg.packets_in and leg.packets_out and leg.codec for leg in last.legs.values())
        assert await gateway.report("call") is None
        assert await gateway.delete("call") is None
        with pytest.raises(UnknownLeg):
            await gateway.answer("call", "bruno", "anna", bruno.sdp())


async def test_a_leg_that_leaves_can_be_replaced_by_another(gateway: MediaGateway) -> None:
    """A transfer: Bruno goes, Carla comes, Anna keeps her leg."""
    async with RtpPhone(tone_hz=440) as anna, RtpPhone() as bruno, RtpPhone(tone_hz=1200) as carla:
        await join(gateway, anna, bruno)
        await until(lambda: bool(anna.packets))
        carla_offer = await gateway.offer("call", "anna", "carla", anna.sdp(), RTP, RTP)
        final = await gateway.answer("call", "carla", "anna", carla.sdp())
        await gateway.delete("call", "bruno")
        carla.talk_to(carla_offer)
        anna.talk_to(final)
        assert await hears(anna.heard, 1200)
        assert await hears(carla.heard, 440)


async def test_a_call_goes_on_without_its_bridge_and_the_next_one_takes_it_over(
    media_process: MediaServer,
) -> None:
    """Nobody hears that the bridge was killed: not a packet is missing, and the next one can end the call."""
    before = NgMediaGateway((media_process.address,))
    await before.start()
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        await join(before, anna, bruno)
        assert await hears(anna.heard, 800)
        await before.close()  # as a kill: nothing is said to the process
        await bruno.wait_packets(50)
        after = NgMediaGateway((media_process.address,))
        await after.start()
        report = await after.report("call")
        assert report is not None and report.joined == {"anna": "bruno", "bruno": "anna"}
        await after.send_dtmf("call", "bruno", "7", 100)
        await until(lambda: bruno.keys() == [7])
        for phone in (anna, bruno):
            numbers = [int.from_bytes(packet[2:4], "big") for packet in phone.packets]
            assert all((later - earlier) & 0xFFFF == 1 for earlier, later in pairwise(numbers))
        assert await hears(bruno.heard, 440)
        await after.delete("call")
        assert await after.report("call") is None
        await after.close()


async def test_the_calls_of_a_process_that_died_are_told_and_the_next_go_to_another(tmp_path: Path) -> None:
    with own_media(tmp_path) as first, own_media(tmp_path) as second:
        gateway = NgMediaGateway((first.address,), (second.address,))
        gone: list[str] = []
        gateway.on_media_timeout = lambda call, _leg: gone.append(call)
        await gateway.start()
        async with RtpPhone() as anna, RtpPhone() as bruno:
            await join(gateway, anna, bruno, "lost")
            os.kill(first.pid, signal.SIGKILL)
            await until(lambda: gone == ["lost"])
            await gateway.delete("lost")
            await join(gateway, anna, bruno, "next")
            assert await hears(bruno.heard, 440)
        await gateway.close()


async def test_without_any_media_server_an_offer_is_refused_as_unavailable() -> None:
    gateway = NgMediaGateway((("127.0.0.1", free_block(1)),))
    await gateway.start()
    async with RtpPhone() as anna:
        with pytest.raises(MediaUnavailable):
            await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
    await gateway.close()


@pytest.mark.parametrize("far_suite", [None, "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"])
async def test_an_encrypted_phone_talks_to_any_other(gateway: MediaGateway, far_suite: str | None) -> None:
    async with (
        RtpPhone(tone_hz=440, suite="AES_CM_128_HMAC_SHA1_80") as anna,
        RtpPhone(tone_hz=800, suite=far_suite) as bruno,
    ):
        far = Profile.SDES if far_suite else RTP
        offer = await gateway.offer("call", "anna", "bruno", anna.sdp(), Profile.SDES, far)
        assert ("RTP/SAVP" in offer) is bool(far_suite)
        answer = await gateway.answer("call", "bruno", "anna", bruno.answer_to(offer))
        anna.talk_to(answer)
        bruno.talk_to(offer)
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)


async def test_a_leg_of_another_call_is_joined_and_told_nothing(gateway: MediaGateway) -> None:
    """Two calls become one; rtpengine cannot, and says so."""
    async with (
        RtpPhone(tone_hz=440) as anna,
        RtpPhone(tone_hz=800) as bruno,
        RtpPhone(tone_hz=1600) as carla,
        RtpPhone(tone_hz=2400) as dario,
    ):
        await join(gateway, anna, bruno, "one")
        await join(gateway, carla, dario, "two")
        assert await hears(dario.heard, 1600)
        try:
            await gateway.connect("one", "anna", "two", "bruno", "joined")
        except MediaUnavailable:
            assert isinstance(gateway, NgMediaGateway) and not gateway.servers[0].state.own
            return
        assert await hears(anna.heard, 2400)
        assert await hears(dario.heard, 440)
        report = await gateway.report("one")
        assert report is not None and report.joined == {"anna": "joined", "joined": "anna"}
        await gateway.delete("two")
        await gateway.delete("one", "bruno")
        assert await hears(anna.heard, 2400)
        with pytest.raises(UnknownLeg):
            await gateway.connect("one", "anna", "two", "carla", "again")
        # It is negotiated with by its new name.
        offer = await gateway.offer("one", "anna", "joined", anna.sdp(), RTP, RTP)
        assert plain(offer).codecs
        await gateway.answer("one", "joined", "anna", dario.sdp())
        assert await hears(dario.heard, 440)
