"""The bots' streams and descriptions: a server that is measured must take them for real ones."""

import itertools
import struct

import pytest

from server.sfu.forwarding import vp8
from server.sfu.forwarding.packet import Packet, parse
from server.sfu.signal import sdp
from tests.benchmarks.bots import clip, description
from tests.benchmarks.bots.clip import Player
from tests.benchmarks.bots.line import Line
from webrtc.dtls import Certificate, SrtpSession

OFFERED = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=ice-ufrag:theirs
a=ice-pwd:0123456789012345678901
a=fingerprint:SHA-256 AA:BB
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=setup:actpass
a=mid:0
a=sctp-port:5000
m=video 9 UDP/TLS/RTP/SAVPF 97 96
a=mid:v1
a=sendonly
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 transport-cc
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=candidate:1 1 udp 1 192.0.2.7 5000 typ host
"""


class Plain:
    """Keys that leave packets as they are."""

    def protect(self, packet: bytes) -> bytes:
        return packet

    protect_rtcp = unprotect = unprotect_rtcp = protect


KEYS: SrtpSession = Plain()


def frames(player: Player, count: int) -> list[list[Packet]]:
    return [[parse(data) for data in player.beat(KEYS)] for _ in range(count)]


def test_a_clip_goes_on_unbroken_when_it_begins_again() -> None:
    player = Player(clip.picture(), clip.VP8, "1", 90_000)
    shown = frames(player, 130)
    packets = [packet for frame in shown for packet in frame]
    steps = {b.sequence - a.sequence & 0xFFFF for a, b in itertools.pairwise(packets)}
    assert steps == {1}
    assert {b[0].timestamp - a[0].timestamp for a, b in itertools.pairwise(shown)} == {3000}
    assert all(frame[-1].marker and not any(p.marker for p in frame[:-1]) for frame in shown)
    described = [vp8.read(frame[0].payload) for frame in shown]
    assert [n for n, found in enumerate(described) if found and found.keyframe] == [0, 60, 120]
    assert [found.picture_id for found in described if found] == list(range(1, 131))
    assert packets[0].extensions == {1: b"1"}


def test_a_clip_shows_its_keyframe_when_it_is_asked_for() -> None:
    player = Player(clip.picture(), clip.VP8, "1", 90_000)
    before = frames(player, 5)[-1][0]
    player.rewind()
    after = frames(player, 1)[0][0]
    found = vp8.read(after.payload)
    assert found and found.keyframe
    assert after.timestamp - before.timestamp == 3000


def test_sound_is_fifty_packets_a_second() -> None:
    packets = [frame[0] for frame in frames(Player(clip.sound(), clip.OPUS, "0", 48_000), 120)]
    assert {b.timestamp - a.timestamp for a, b in itertools.pairwise(packets)} == {960}


async def test_what_a_bot_says_is_understood() -> None:
    line = Line(Certificate())
    read = sdp.parse(description.offer(line, (1, 2), ("sound", "picture")))
    assert [(one.kind, one.mid, one.track_id, one.ssrcs) for one in read.sections] == [
        ("audio", "0", "sound", (1,)),
        ("video", "1", "picture", (2,)),
    ]
    answered = sdp.parse(description.answer(line, OFFERED))
    assert [(one.kind, one.mid, one.direction) for one in answered.sections][1] == ("video", "v1", "recvonly")
    text = description.answer(line, OFFERED)
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" in text
    assert "transport-cc" not in text
    assert text.count("a=setup:active") == 2
    await line.close()


def test_what_a_server_says_is_understood() -> None:
    found = description.read(OFFERED.replace("\n", "\r\n"))
    assert found.fingerprint == ("sha-256", "AA:BB")
    assert (found.ufrag, found.setup, found.candidates) == ("theirs", "actpass", (("192.0.2.7", 5000),))
    with pytest.raises(ValueError, match="fingerprint"):
        description.read("v=0")


@pytest.mark.parametrize(
    "line",
    ["candidate:1 1 tcp 1 192.0.2.7 9 typ host", "candidate:1 1 udp 1 fd00::2 9 typ host", "", "candidate:"],
)
def test_candidates_that_a_bot_cannot_use_are_left_out(line: str) -> None:
    assert description.candidate(line) is None


def test_packets_have_the_form_of_rtp() -> None:
    data = Player(clip.sound(), clip.OPUS, "0", 48_000).beat(KEYS)[0]
    assert struct.unpack_from("!BB", data) == (0x90, clip.OPUS)
