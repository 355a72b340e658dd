"""Who listens to a party of a call, beside the other one, on our engine and on rtpengine, by content."""

from __future__ import annotations

import pytest

from bridges.media.gateway import MediaError, MediaGateway, Profile, UnknownLeg
from bridges.sdp.codecs import G722, OPUS, PCMA, PCMU
from bridges.sdp.direction import Direction
from tests.support.media_calls import hears, join, plain
from tests.support.rtp_phone import RtpPhone

RTP = Profile.RTP


async def test_a_listener_hears_one_party_and_is_heard_by_nobody(gateway: MediaGateway) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno, RtpPhone(tone_hz=1200) as carla:
        await join(gateway, anna, bruno)
        assert await hears(anna.heard, 800)
        offer = await gateway.subscribe("call", "anna", "carla", RTP)
        assert plain(offer).direction is Direction.SENDONLY
        await gateway.subscriber_answers("call", "carla", carla.sdp("recvonly"))
        carla.talk_to(offer)
        assert await hears(carla.heard, 440)
        for phone, hz in ((anna, 800), (bruno, 440)):
            phone.packets.clear()
            assert await hears(phone.heard, hz)
        await gateway.unsubscribe("call", "carla")
        bruno.packets.clear()
        assert await hears(bruno.heard, 440)  # what was on its way comes meanwhile
        carla.packets.clear()
        bruno.packets.clear()
        assert await hears(bruno.heard, 440)
        assert not carla.packets


async def test_nobody_listens_to_who_is_not_there(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        with pytest.raises(UnknownLeg):
            await gateway.subscribe("call", "anna", "carla", RTP)
        await join(gateway, anna, bruno)
        with pytest.raises(UnknownLeg):
            await gateway.subscribe("call", "dora", "carla", RTP)


async def test_who_listens_needs_not_know_the_codec(engine: MediaGateway) -> None:
    async with (
        RtpPhone(tone_hz=440, codecs=(G722, PCMU)) as anna,
        RtpPhone(codecs=(G722, PCMU)) as bruno,
        RtpPhone(codecs=(PCMA,)) as carla,
    ):
        await join(engine, anna, bruno)
        offer = await engine.subscribe("call", "anna", "carla", RTP)
        assert OPUS not in plain(offer).codecs
        await engine.subscriber_answers("call", "carla", carla.sdp("recvonly"))
        assert await hears(carla.heard, 440)


async def test_several_listen_to_both_and_follow_a_hold(engine: MediaGateway) -> None:
    async with (
        RtpPhone(tone_hz=440) as anna,
        RtpPhone(tone_hz=800) as bruno,
        RtpPhone() as carla,
        RtpPhone() as dora,
    ):
        await join(engine, anna, bruno)
        for party, name, listener in (("anna", "carla", carla), ("bruno", "dora", dora)):
            await engine.subscribe("call", party, name, RTP)
            await engine.subscriber_answers("call", name, listener.sdp("recvonly"))
        assert await hears(carla.heard, 440)
        assert await hears(dora.heard, 800)
        report = await engine.report("call")
        assert report is not None
        assert set(report.legs) == {"anna", "bruno"}, "who listens is none of the call"
        await engine.offer("call", "anna", "bruno", anna.sdp("inactive"), RTP, RTP)
        await engine.answer("call", "bruno", "anna", bruno.sdp("inactive"))
        carla.packets.clear()
        dora.packets.clear()
        await engine.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        await engine.answer("call", "bruno", "anna", bruno.sdp())
        assert await hears(carla.heard, 440)
        assert await hears(dora.heard, 800)
        with pytest.raises(MediaError):
            await engine.subscribe("call", "anna", "bruno", RTP)
        with pytest.raises(UnknownLeg):
            await engine.unsubscribe("call", "bruno")
        await engine.delete("call", "anna")
        await engine.delete("call", "bruno")
        assert await engine.report("call") is None
