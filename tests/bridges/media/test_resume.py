"""An engine goes on with the calls of another: whose packets it takes, and the numbers of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest

from bridges.media.call_state import CallState, Counters
from bridges.media.gateway import Peer, Profile
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.latch import Latch, Trust
from bridges.media.leg import Leg
from bridges.media.settings import MediaSettings
from bridges.media.stream import OutgoingStream
from bridges.sdp.direction import Direction
from tests.support.audio import tone_share
from tests.support.media_calls import hears, until
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone
from webrtc.dtls import Certificate

RTP, SDES = Profile.RTP, Profile.SDES


@pytest.fixture
async def engines() -> AsyncIterator[tuple[InProcessMediaGateway, InProcessMediaGateway]]:
    low = free_block(20)
    settings = MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19)
    made = InProcessMediaGateway(settings), InProcessMediaGateway(settings)
    for each in made:
        await each.start()
    yield made
    for each in made:
        await each.close()


def legs(engine: InProcessMediaGateway) -> dict[str, Leg]:
    return {leg.name: leg for leg in engine.all_legs()}


async def moved(one: InProcessMediaGateway, other: InProcessMediaGateway) -> CallState:
    """The only call goes from one engine to the other, as from a process to its stand-by."""
    state = one.state("c")
    assert state is not None
    counters = {leg.number: leg.counters() for leg in one.all_legs()}
    sockets = {
        number: (socket.socket(fileno=os.dup(rtp)), socket.socket(fileno=os.dup(rtcp)))
        for number, (rtp, rtcp) in one.filenos("c").items()
    }
    await one.delete("c")
    await other.resume(state, counters, sockets)
    return state


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"])
async def test_numbers_that_have_rolled_over_go_on(
    engines: tuple[InProcessMediaGateway, InProcessMediaGateway], suite: str
) -> None:
    one, other = engines
    async with RtpPhone(tone_hz=440, suite=suite) as anna, RtpPhone(tone_hz=800) as bruno:
        anna.sequence = 0xFFF0
        offer = await one.offer("c", "anna", "bruno", anna.sdp(), SDES, RTP)
        answer = await one.answer("c", "bruno", "anna", bruno.sdp())
        legs(one)["anna"].outgoing._sequence = 0xFFF0
        legs(one)["anna"].counters()  # as several times a second
        anna.talk_to(answer)
        bruno.talk_to(offer)
        await asyncio.gather(anna.wait_packets(60), bruno.wait_packets(60))
        assert legs(one)["anna"].counters().index > 0x10000
        before = len(anna.packets), len(bruno.packets)
        await moved(one, other)
        await until(lambda: len(anna.packets) > before[0] + 60 and len(bruno.packets) > before[1] + 60)
        assert await hears(anna.heard, 800) and await hears(bruno.heard, 440)
        assert legs(other)["anna"].counters().index > 0x10000


async def test_what_is_negotiated_later_goes_on_from_there(
    engines: tuple[InProcessMediaGateway, InProcessMediaGateway],
) -> None:
    one, other = engines
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        offer = await one.offer("c", "anna", "bruno", anna.sdp(), RTP, RTP)
        answer = await one.answer("c", "bruno", "anna", bruno.sdp())
        state = await moved(one, other)
        assert other.state("c") == state
        assert (
            await other.offer("c", "anna", "bruno", anna.sdp(), RTP, RTP) == offer
        )  # a refresh changes nothing
        held = await other.offer("c", "anna", "bruno", anna.sdp("sendonly"), RTP, RTP)
        assert "a=sendonly" in held
        assert [line for line in held.split("\r\n") if line.startswith("m=")] == [
            line for line in offer.split("\r\n") if line.startswith("m=")
        ]
        final = await other.answer("c", "bruno", "anna", bruno.sdp("recvonly"))
        assert final.split("\r\n")[1].split()[1] == answer.split("\r\n")[1].split()[1]  # the session's name
        await other.delete("c")
        assert other._ports.free == one._ports.free


async def test_who_listens_is_heard_by_those_alone_who_heard_them_before(
    engines: tuple[InProcessMediaGateway, InProcessMediaGateway],
) -> None:
    one, other = engines
    async with (
        RtpPhone(tone_hz=440) as agent,
        RtpPhone() as caller,
        RtpPhone(tone_hz=1400) as whispers,
        RtpPhone(tone_hz=800) as listens,
    ):
        await one.offer("c", "agent", "caller", agent.sdp(), RTP, RTP)
        agent.talk_to(await one.answer("c", "caller", "agent", caller.sdp()))
        for name, phone, told in (("w", whispers, Direction.SENDRECV), ("l", listens, None)):
            tap = await one.subscribe("c", "agent", name, RTP, told=told)
            # It says that it speaks; whether it is heard was said to the one who asked.
            await one.subscriber_answers("c", name, phone.sdp())
            phone.talk_to(tap)
        assert await hears(agent.heard, 1400)
        await moved(one, other)
        agent.packets.clear()
        assert await hears(agent.heard, 1400)
        for phone in (caller, whispers, listens):
            phone.packets.clear()
            assert await hears(phone.heard, 440)
        assert tone_share(caller.heard(), 8000, 1400) < 0.02


async def test_a_call_whose_sockets_did_not_come_is_not_half_resumed(
    engines: tuple[InProcessMediaGateway, InProcessMediaGateway],
) -> None:
    one, other = engines
    async with RtpPhone() as anna:
        await one.offer("c", "anna", "bruno", anna.sdp(), RTP, RTP)
        state = one.state("c")
        assert state is not None
        with pytest.raises(KeyError):
            await other.resume(state, {}, {})
        assert other.calls == ()


def test_a_stream_is_further_by_what_may_have_been_sent_meanwhile() -> None:
    stream = OutgoingStream(1, 2, 3)
    stream.resume(9, Counters(1, index=0x1FFFE, timestamp=500, sent_at=7.0, packets_out=4), 5)
    assert (stream.ssrc, stream.sequence, stream.packets) == (9, 3, 4)
    assert stream.timestamp_at(8.0) == 500 + 8000


def test_who_was_latched_stays_latched_and_nobody_else() -> None:
    latch = Latch(Trust.SDP)
    latch.expect(("192.0.2.7", 4000), Peer("192.0.2.7", authenticated=True))
    assert latch.accepts(("192.0.2.7", 61_000))
    resumed = Latch(Trust.SDP)
    resumed.resume(latch.state())
    assert resumed.destination == ("192.0.2.7", 61_000)
    assert resumed.accepts(("192.0.2.7", 61_000))
    assert not resumed.accepts(("192.0.2.7", 62_000))
    assert resumed.state() == latch.state()


def test_a_certificate_comes_back_as_itself() -> None:
    certificate = Certificate()
    assert Certificate.load(certificate.dump()).fingerprint == certificate.fingerprint
    with pytest.raises(ValueError):
        Certificate.load(b"nothing")
