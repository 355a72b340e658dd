"""RTP packets of the carrier, without a call."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from bridges.carrier.media import NoFreePort, Packets, RtpStream, payload_of
from bridges.carrier.sound import Echo, Tone
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone


def test_packets_are_numbered_and_the_first_is_marked() -> None:
    packets = Packets()
    heads = [struct.unpack("!BBHII", packets.pack(8, b"x" * 160)[:12]) for _ in range(2)]
    assert [head[:2] for head in heads] == [(0x80, 0x88), (0x80, 0x08)]
    assert (heads[1][2] - heads[0][2]) & 0xFFFF == 1
    assert (heads[1][3] - heads[0][3]) & 0xFFFFFFFF == 160
    assert heads[0][4] == heads[1][4]


@pytest.mark.parametrize(
    ("packet", "found"),
    [
        (b"\x80\x00" + bytes(10) + b"sound", (0, b"sound")),
        (b"\x81\x08" + bytes(10) + b"CSRC" + b"sound", (8, b"sound")),
        (b"\x90\x00" + bytes(10) + b"\0\0\0\x01" + b"more" + b"sound", (0, b"sound")),
        (b"\xa0\x00" + bytes(10) + b"sound\0\0\x03", (0, b"sound")),
        (b"\x80\xc8" + bytes(26), None),  # RTCP
        (b"\x00\x00" + bytes(20), None),  # STUN, or noise
        (b"\x90\x00" + bytes(10), None),  # an extension that is not there
        (b"\xa0\x00" + bytes(10) + b"\xff", None),  # more padding than packet
        (b"", None),
    ],
)
def test_the_payload_is_found_or_the_packet_is_none(packet: bytes, found: tuple[int, bytes] | None) -> None:
    assert payload_of(packet) == found


async def test_only_the_other_end_of_the_call_is_heard() -> None:
    stream = RtpStream()
    port = free_block(1)
    await stream.open("127.0.0.1", iter([port]))
    async with RtpPhone() as phone, RtpPhone() as stranger:
        stream.connect("127.0.0.1", phone.port, 0, 101)
        stream.play(Tone(440), Echo())
        stranger.send(("127.0.0.1", port), 0, b"x" * 160)
        phone.send(("127.0.0.1", port), 0, b"y" * 160)
        await phone.wait_packets(3)
        assert stream.received == 1
        assert not stranger.packets
    stream.close()


async def test_a_digit_is_counted_once_whatever_its_packets() -> None:
    stream = RtpStream()
    port = free_block(1)
    await stream.open("127.0.0.1", iter([port]))
    async with RtpPhone() as phone:
        stream.connect("127.0.0.1", phone.port, 0, 101)
        stream.play(Tone(440))
        for event in (5, 11):
            phone.timestamp += 1600
            for _ in range(3):
                phone.send(("127.0.0.1", port), 101, bytes([event, 10, 0, 160]))
                phone.timestamp -= 160  # one press, one timestamp
        await phone.wait_packets(3)
        assert stream.digits == "5#"
    stream.close()


async def test_keys_are_pressed_so_that_others_understand_them() -> None:
    stream = RtpStream()
    port = free_block(1)
    await stream.open("127.0.0.1", iter([port]))
    async with RtpPhone() as phone:
        stream.connect("127.0.0.1", phone.port, 0, 101)
        stream.play(Tone(440))
        stream.press("15*#")
        while len(phone.keys()) < 4:
            await phone.wait_packets(1)
        assert phone.keys() == [1, 5, 10, 11]
        heads = [struct.unpack("!BBHII", packet[:12]) for packet in phone.packets]
        assert all((after[2] - before[2]) & 0xFFFF == 1 for before, after in pairwise(heads))
        while phone.packets[-1][1] != 0:  # the sound goes on
            await phone.wait_packets(1)
    stream.close()


async def test_what_is_no_key_and_an_end_without_events_are_refused() -> None:
    stream = RtpStream()
    stream.connect("127.0.0.1", 9, 0, 101)
    with pytest.raises(ValueError, match="substring not found"):
        stream.press("x")
    stream.connect("127.0.0.1", 9, 0, None)
    with pytest.raises(ValueError, match="no telephone events"):
        stream.press("1")


async def test_a_range_in_use_is_told() -> None:
    first, second = RtpStream(), RtpStream()
    port = free_block(1)
    await first.open("127.0.0.1", iter([port]))
    with pytest.raises(NoFreePort):
        await second.open("127.0.0.1", iter([port]))
    first.close()
