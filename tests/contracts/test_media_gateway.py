"""What every `MediaGateway` owes call control, whatever it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from bridges.sip.media.gateway import (
    DtmfNotNegotiated,
    MediaError,
    MediaGateway,
    NoCommonCodec,
    NoPortsLeft,
    Profile,
    UnknownLeg,
)
from bridges.sip.media.in_process import InProcessMediaGateway, MediaSettings
from bridges.sip.sdp.audio import RemoteAudio, read_plain, read_webrtc
from bridges.sip.sdp.codecs import G722, PCMA, PCMU, TELEPHONE_EVENT, Codec
from bridges.sip.sdp.description import parse
from bridges.sip.sdp.errors import MalformedSdp
from tests.support.audio import tone_share
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone, target_of

RTP, WEBRTC = Profile.RTP, Profile.WEBRTC
RATE = 8000

#: Ports of a gateway under test: five legs.
PORTS = 10


async def in_process(first_port: int) -> InProcessMediaGateway:
    last = first_port + PORTS - 1
    made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=first_port, rtp_port_max=last))
    await made.start()
    return made


@pytest.fixture(params=[in_process])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[MediaGateway]:
    made: MediaGateway = await request.param(free_block(PORTS))
    yield made
    await made.close()


def plain(sdp: str) -> RemoteAudio:
    found = read_plain(parse(sdp))
    assert found is not None, sdp
    return found


async def join(gateway: MediaGateway, anna: RtpPhone, bruno: RtpPhone, call: str = "call") -> tuple[str, str]:
    """Anna calls Bruno; returns the offer to Bruno and the answer to Anna, and both talk."""
    offer = await gateway.offer(call, "anna", "bruno", anna.sdp(), RTP, RTP)
    answer = await gateway.answer(call, "bruno", "anna", bruno.sdp())
    anna.talk_to(answer)
    bruno.talk_to(offer)
    return offer, answer


async def hears(heard: Callable[[], Sequence[int]], hz: float) -> bool:
    """Whether its latest quarter of a second becomes this tone."""
    for _ in range(int(PATIENCE * 20)):
        samples = heard()[-RATE // 4 :]
        if len(samples) == RATE // 4 and tone_share(samples, RATE, hz) > 0.9:
            return True
        await asyncio.sleep(0.05)
    return False


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE * 50)):
        if condition():
            return
        await asyncio.sleep(0.02)
    assert condition()


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
        report = gateway.report("call")
        assert report is not None
        assert report.joined == {"anna": "bruno", "bruno": "anna"}
        for name, law in zip(("anna", "bruno"), laws, strict=True):
            leg = report.legs[name]
            assert leg.codec == law.name
            assert leg.audio_seen and leg.connected
            assert leg.packets_in > 10 and leg.packets_out > 10
            assert leg.bytes_in >= leg.packets_in * 172
            assert leg.last_packet_at is not None
            assert leg.lost == 0 and leg.jitter < 0.5


async def test_silence_is_no_sound(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        _, answer = await join(gateway, anna, bruno)
        assert anna._talking is not None
        anna._talking.cancel()
        for _ in range(50):
            anna.send(target_of(answer), 0, b"\xff" * 160)
        await until(lambda: len(bruno.packets) >= 50)
        report = gateway.report("call")
        assert report is not None
        assert not report.legs["anna"].audio_seen


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
        report = gateway.report("call")
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
        final = await gateway.answer("call", "carla", "anna", carla.sdp())
        assert target_of(final) == target_of(early)
        assert await hears(anna.heard, 1200)
        # One stream for Anna, whoever speaks: the same source, numbers without a gap.
        numbers = [int.from_bytes(packet[2:4], "big") for packet in anna.packets]
        assert {packet[8:12] for packet in anna.packets} == {anna.packets[0][8:12]}
        assert all((after - before) & 0xFFFF == 1 for before, after in pairwise(numbers))


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


async def test_who_holds_is_not_heard_and_is_heard_again_after(gateway: MediaGateway) -> None:
    async def agree(direction: str) -> None:
        await gateway.offer("call", "anna", "bruno", anna.sdp(direction), RTP, RTP)
        await gateway.answer("call", "bruno", "anna", bruno.sdp(direction))

    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        await join(gateway, anna, bruno)
        assert await hears(bruno.heard, 440)
        await agree("inactive")
        before, goal = len(bruno.packets), dropped(gateway, "anna") + 10
        await until(lambda: dropped(gateway, "anna") > goal)
        assert len(bruno.packets) - before <= 1  # one may have been on its way
        await agree("sendrecv")
        bruno.packets.clear()
        assert await hears(bruno.heard, 440)


def dropped(gateway: MediaGateway, leg: str) -> int:
    report = gateway.report("call")
    assert report is not None
    return report.legs[leg].dropped


async def test_the_old_hold_is_told_in_the_new_way(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        again = plain(await gateway.offer("call", "anna", "bruno", anna.sdp(host="0.0.0.0"), RTP, RTP))
        assert again.direction.value == "sendonly"
        assert again.target and again.target[0] == "127.0.0.1"


async def test_a_phone_that_moves_is_followed(gateway: MediaGateway) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone() as bruno, RtpPhone(tone_hz=1200) as elsewhere:
        offer, _ = await join(gateway, anna, bruno)
        assert await hears(bruno.heard, 440)
        await gateway.offer("call", "anna", "bruno", elsewhere.sdp(), RTP, RTP)
        elsewhere.talk_to(await gateway.answer("call", "bruno", "anna", bruno.sdp()))
        assert await hears(bruno.heard, 1200)
        bruno.talk_to(offer)
        await elsewhere.wait_packets(5)


async def test_keys_pass_by_each_legs_own_payload_type(gateway: MediaGateway) -> None:
    async with RtpPhone(events=96) as anna, RtpPhone(events=101) as bruno:
        offer = await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        answer = await gateway.answer("call", "bruno", "anna", bruno.sdp())
        assert [codec.payload_type for codec in plain(answer).codecs] == [0, 96]
        for payload in (bytes([5, 10, 0, 160]), bytes([5, 0x8A, 1, 64])):
            anna.send(target_of(answer), 96, payload)
            bruno.send(target_of(offer), 101, payload)
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


async def test_a_key_for_a_phone_without_events_is_refused(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone(events=None) as bruno:
        await join(gateway, anna, bruno)
        with pytest.raises(DtmfNotNegotiated):
            await gateway.send_dtmf("call", "bruno", "1", 100)
        with pytest.raises(ValueError, match="not a key"):
            await gateway.send_dtmf("call", "anna", "no", 100)
        with pytest.raises(UnknownLeg):
            await gateway.send_dtmf("call", "carla", "1", 100)


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


async def test_strangers_are_neither_heard_nor_counted_in(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno, RtpPhone() as stranger:
        offer, answer = await join(gateway, anna, bruno)
        await until(lambda: bool(bruno.packets and anna.packets))
        bruno.packets.clear()
        for _ in range(20):
            stranger.send(target_of(answer), 0, b"\x00" * 160)
            stranger.send(target_of(offer), 0, b"\x00" * 160)
        await bruno.wait_packets(20)
        assert not any(packet[12:] == b"\x00" * 160 for packet in bruno.packets + anna.packets)
        report = gateway.report("call")
        assert report is not None
        assert report.legs["anna"].dropped >= 20


async def test_the_offer_to_a_browser_has_all_that_it_needs(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna:
        sdp = await gateway.offer("call", "anna", "browser", anna.sdp(), RTP, WEBRTC)
        found = read_webrtc(parse(sdp))
        assert found is not None and found.security is not None
        assert found.security.setup == "actpass"
        assert found.codecs == (PCMU, PCMA, TELEPHONE_EVENT)
        assert found.layout.bundle


async def test_g722_passes_only_where_both_sides_know_it(gateway: MediaGateway) -> None:
    async with RtpPhone(codecs=(G722, PCMU)) as anna, RtpPhone(codecs=(G722, PCMU)) as bruno:
        offer = await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        assert [codec.name for codec in plain(offer).codecs] == ["G722", "PCMU", "PCMA", "telephone-event"]
        answer = await gateway.answer("call", "bruno", "anna", bruno.sdp())
        assert [codec.name for codec in plain(answer).codecs] == ["G722", "telephone-event"]
    async with RtpPhone(codecs=(G722,)) as anna, RtpPhone(codecs=(PCMU,)) as bruno:
        await gateway.offer("other", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises(NoCommonCodec):
            await gateway.answer("other", "bruno", "anna", bruno.sdp())


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
    assert gateway.report("call") is None


async def test_a_phone_of_another_address_family_is_refused(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna:
        sdp = anna.sdp().replace("c=IN IP4 127.0.0.1", "c=IN IP6 2001:db8::7")
        with pytest.raises(NoCommonCodec):
            await gateway.offer("call", "anna", "bruno", sdp, RTP, RTP)


async def test_a_refused_answer_joins_nothing(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises(NoCommonCodec):
            await gateway.answer("call", "bruno", "anna", bruno.sdp(port=0))
        report = gateway.report("call")
        assert report is not None
        assert not report.joined


async def test_what_cannot_be_read_is_the_peers_fault(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna:
        with pytest.raises((MalformedSdp, NoCommonCodec)):
            await gateway.offer("call", "anna", "bruno", "v=0\r\nnonsense", RTP, RTP)
        with pytest.raises(MalformedSdp):
            await gateway.offer("call", "anna", "bruno", "", RTP, RTP)
        assert gateway.report("call") is None
        await gateway.offer("call", "anna", "bruno", anna.sdp(), RTP, RTP)
        with pytest.raises(MalformedSdp):
            await gateway.answer("call", "bruno", "anna", "x")
        assert gateway.report("call") is not None


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
        assert gateway.report("other") is None


async def test_ports_are_bounded_and_come_back(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna:
        made = 0
        with pytest.raises(NoPortsLeft):
            while made < 100:
                await gateway.offer(f"call{made}", "anna", "bruno", anna.sdp(), RTP, RTP)
                made += 1
        assert 2 <= made <= PORTS // 2
        assert gateway.report(f"call{made}") is None  # the half that was made is taken back
        for index in range(made):
            await gateway.delete(f"call{index}")
        for index in range(made):
            await gateway.offer(f"again{index}", "anna", "bruno", anna.sdp(), RTP, RTP)


async def test_a_deleted_call_is_silent_and_forgotten(gateway: MediaGateway) -> None:
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await join(gateway, anna, bruno)
        await until(lambda: bool(anna.packets and bruno.packets))
        await gateway.delete("call")
        assert gateway.report("call") is None
        with pytest.raises(UnknownLeg):
            await gateway.answer("call", "bruno", "anna", bruno.sdp())


async def test_a_leg_that_leaves_can_be_replaced_by_another(gateway: MediaGateway) -> None:
    """A transfer: Bruno goes, Carla comes, Anna keeps her leg."""
    async with RtpPhone(tone_hz=440) as anna, RtpPhone() as bruno, RtpPhone(tone_hz=1200) as carla:
        _, answer = await join(gateway, anna, bruno)
        await until(lambda: bool(anna.packets))
        carla_offer = await gateway.offer("call", "anna", "carla", anna.sdp(), RTP, RTP)
        final = await gateway.answer("call", "carla", "anna", carla.sdp())
        await gateway.delete("call", "bruno")
        carla.talk_to(carla_offer)
        assert target_of(final) == target_of(answer)
        assert await hears(anna.heard, 1200)
        assert await hears(carla.heard, 440)


async def test_a_leg_keeps_the_payload_types_it_knows(gateway: MediaGateway) -> None:
    async with RtpPhone(events=96) as anna, RtpPhone(codecs=(PCMU, replace(PCMA))) as bruno:
        await join(gateway, anna, bruno)
        again = plain(await gateway.offer("call", "bruno", "anna", bruno.sdp(), RTP, RTP))
        events = [codec for codec in again.codecs if codec.key == TELEPHONE_EVENT.key]
        assert [codec.payload_type for codec in events] == [96]
