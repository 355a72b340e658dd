"""The meeting's end of a call's audio: descriptions, packets, keys, hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bridges.media.dtmf import event_payloads
from bridges.media.gateway import NoCommonCodec
from bridges.media.stream import HEADER
from bridges.sdp.codecs import G722, PCMA, Codec
from bridges.sdp.errors import MalformedSdp
from bridges.sip.voice.audio_port import AudioPort
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone, target_of

FRAME = bytes(range(160))


@pytest.fixture
async def port() -> AsyncIterator[AudioPort]:
    port = await AudioPort.open("127.0.0.1")
    yield port
    port.close()


@pytest.fixture
async def gateway() -> AsyncIterator[RtpPhone]:
    async with RtpPhone() as gateway:
        yield gateway


async def arrived(condition: Callable[[], object]) -> None:
    """Datagrams of this machine are there after a few turns of the loop."""
    for _ in range(int(PATIENCE * 100)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never arrived")


async def test_what_is_sent_arrives_and_what_comes_is_held(port: AudioPort, gateway: RtpPhone) -> None:
    target = target_of(port.answer(gateway.sdp()))
    port.send(FRAME)
    port.send(FRAME)
    await gateway.wait_packets(2)
    first, second = (HEADER.unpack_from(packet) for packet in gateway.packets)
    assert (first[1], second[1]) == (0x80, 0)
    assert (second[2] - first[2]) & 0xFFFF == 1
    assert (second[3] - first[3]) & 0xFFFFFFFF == 160
    assert gateway.packets[0][12:] == FRAME
    for _ in range(3):
        gateway.send(target, 0, FRAME)
    await arrived(lambda: port.received == 3)
    assert port.playout.pop() == FRAME


async def test_case_10_who_sends_nothing_hears_on_when_reports_come(
    port: AudioPort, gateway: RtpPhone
) -> None:
    """Case 10, in meetings: the gateway's first RTCP took the place of a silent telephone's RTP."""
    target = target_of(port.answer(gateway.sdp()))
    loop = asyncio.get_running_loop()
    reports, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    reports.sendto(bytes([0x80, 200, 0, 6]) + bytes(24), target)
    gateway.send(target, 0, FRAME)
    await arrived(lambda: port.received == 1)
    port.send(FRAME)
    await gateway.wait_packets(1)
    reports.close()


async def test_keys_are_told_once(port: AudioPort, gateway: RtpPhone) -> None:
    pressed: list[str] = []
    port.on_key = pressed.append
    target = target_of(port.answer(gateway.sdp()))
    await gateway.press(target, "12*#")
    await arrived(lambda: len(pressed) >= 4)
    assert pressed == list("12*#")


async def test_the_far_end_may_call_events_as_it_likes(port: AudioPort) -> None:
    pressed: list[str] = []
    port.on_key = pressed.append
    async with RtpPhone(events=96) as gateway:
        answer = port.answer(gateway.sdp())
        assert "a=rtpmap:96 telephone-event/8000" in answer
        await gateway.press(target_of(answer), "7")
        await arrived(lambda: pressed)
    assert pressed == ["7"]


async def test_a_hold_silences_both_ways_and_is_taken_back(port: AudioPort, gateway: RtpPhone) -> None:
    port.answer(gateway.sdp())
    held = port.answer(gateway.sdp("sendonly"))
    assert "a=recvonly" in held
    assert port.held
    port.send(FRAME)
    port.answer(gateway.sdp())
    assert not port.held
    port.send(FRAME)
    await gateway.wait_packets(1)
    marked = [packet[1] for packet in gateway.packets]
    assert marked == [0x80]


async def test_strangers_are_not_heard(port: AudioPort, gateway: RtpPhone) -> None:
    pressed: list[str] = []
    port.on_key = pressed.append
    target = target_of(port.answer(gateway.sdp()))
    gateway.send(target, 0, FRAME)
    await arrived(lambda: port.received == 1)
    async with RtpPhone() as stranger:
        await stranger.press(target, "9")
        stranger.send(target, 0, FRAME)
        gateway.send(target, 0, FRAME)
        await arrived(lambda: port.received >= 2)
    assert (port.received, pressed) == (2, [])


async def test_garbage_is_dropped(port: AudioPort, gateway: RtpPhone) -> None:
    address = ("127.0.0.1", target_of(port.answer(gateway.sdp()))[1])
    source = ("127.0.0.1", gateway.port)
    for packet in (b"", b"\x80", b"\x00" * 40, b"\x80\xc8" + b"\x00" * 40, b"\x80\x65" + b"\x00" * 11):
        port.datagram_received(packet, source)
    event = next(event_payloads("1", 100))
    port.datagram_received(HEADER.pack(0x80, 101, 1, 1, 1) + b"\xff" + event[1:], source)
    assert port.received == 0
    assert address[1] != 0


async def test_a_public_address_in_the_description_is_still_this_machine(
    port: AudioPort, gateway: RtpPhone
) -> None:
    port.answer(gateway.sdp(host="203.0.113.5"))
    port.send(FRAME)
    await gateway.wait_packets(1)


@pytest.mark.parametrize("codecs", [(PCMA,), (G722,)])
async def test_only_mu_law_is_spoken(port: AudioPort, codecs: tuple[Codec, ...]) -> None:
    async with RtpPhone(codecs=codecs) as gateway:
        with pytest.raises(NoCommonCodec):
            port.answer(gateway.sdp())


async def test_what_is_no_description_is_refused(port: AudioPort) -> None:
    with pytest.raises(MalformedSdp):
        port.answer("nonsense")


async def test_our_offer_and_its_answer_work_as_well(port: AudioPort, gateway: RtpPhone) -> None:
    offer = port.offer()
    assert next(line for line in offer.split("\r\n") if line.startswith("m=")).endswith("RTP/AVP 0 101")
    port.accept(gateway.sdp())
    port.send(FRAME)
    await gateway.wait_packets(1)


@pytest.mark.parametrize(("host", "bound"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")])
async def test_a_gateway_that_listens_everywhere_is_met_on_the_loopback(host: str, bound: str) -> None:
    port = await AudioPort.open(host)
    assert f"c=IN IP4 {bound}" in port.offer()
    port.close()
