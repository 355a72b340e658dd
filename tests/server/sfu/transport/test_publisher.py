"""What a publisher sends, from plain packets to what goes out; nothing that it says hurts others."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.sfu.forwarding import rtcp
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.packet import build, parse
from server.sfu.forwarding.rtp_header import SendParameters
from server.sfu.room.members import Settings
from server.sfu.signal.formats import Codec
from server.sfu.signal.sdp import MID, REPAIRED_RID, RID, TRANSPORT_CC, Section
from server.sfu.transport.peer import Peer
from server.sfu.transport.port import MediaPort
from tests.server.sfu.forwarding.test_downtrack import vp8_payload
from tests.server.sfu.transport.test_stream_allocator import VP8, SessionView, film, seat, watch

EXTENSIONS = {4: MID, 10: RID, 11: REPAIRED_RID, 3: TRANSPORT_CC}
VIDEO = Section("video", "1", "sendonly", (VP8,), EXTENSIONS, rids=("q", "h", "f"))


class Wire(Peer):
    """A peer that keeps what is sent."""

    def __init__(self) -> None:
        super().__init__(MediaPort(), opens_channels=False, max_message=1000)
        self.packets: list[bytes] = []
        self.said: list[rtcp.Feedback] = []

    def send_rtp(self, packet: bytes) -> None:
        self.packets.append(packet)

    def send_rtcp(self, packet: bytes) -> None:
        self.said += rtcp.parse(packet)


def element(number: int, value: bytes) -> bytes:
    return bytes([number << 4 | len(value) - 1]) + value


def block(*elements: bytes) -> bytes:
    body = b"".join(elements)
    body += bytes(-len(body) % 4)
    return b"\xbe\xde" + (len(body) // 4).to_bytes(2, "big") + body


def simulcast() -> tuple[SessionView, Wire, SessionView, Wire]:
    """Anna publishes three layers, of which the viewer gets the lowest."""
    said, sent = Wire(), Wire()
    anna, viewer = seat("anna", said), seat("viewer", sent)
    track = film(anna)
    anna.publisher.publish(track, VIDEO, VP8, "video/VP8")
    watch(viewer, anna)
    viewer.subscriber.settle(track.sid, Settings(quality=0))
    return anna, said, viewer, sent


def layer(anna: SessionView, rid: bytes, ssrc: int, transport: int = 0) -> Callable[[int, bytes], None]:
    extension = block(element(4, b"1"), element(10, rid), element(3, transport.to_bytes(2, "big")))

    def send(sequence: int, payload: bytes) -> None:
        anna.publisher._rtp(build(96, sequence, sequence * 3000, ssrc, extension, payload, marker=True), 1.0)

    return send


def test_a_retransmission_of_a_layer_takes_the_place_of_what_was_lost() -> None:
    anna, _, viewer, sent = simulcast()
    send = layer(anna, b"q", 100)
    send(1, vp8_payload(1, 1, key=True))
    send(3, vp8_payload(3, 3, key=False))
    repaired = block(element(4, b"1"), element(11, b"q"))
    payload = (2).to_bytes(2, "big") + vp8_payload(2, 2, key=False)
    anna.publisher._rtp(build(97, 50, 6000, 200, repaired, payload, marker=True), 1.1)
    numbers = [parse(packet).sequence for packet in sent.packets]
    assert numbers == [numbers[0], numbers[0] + 2, numbers[0] + 1]
    assert parse(sent.packets[2]).payload == vp8_payload(2, 2, key=False)
    assert viewer.subscriber.watching


def test_what_arrived_is_told_and_a_keyframe_is_asked_for_at_once() -> None:
    anna, said, _, _ = simulcast()
    layer(anna, b"q", 100, transport=7)(1, vp8_payload(1, 1, key=False))
    assert said.said == [rtcp.KeyframeRequest(100)]
    anna.publisher.repair(1.05)
    [feedback] = said.said[1:]
    assert isinstance(feedback, rtcp.TransportFeedback)
    assert (feedback.base, len(feedback.times)) == (7, 1)


def test_lost_packets_are_asked_for_and_reported() -> None:
    anna, said, _, _ = simulcast()
    send = layer(anna, b"q", 100)
    for number in (1, 2, 4):
        send(number, vp8_payload(number, number, key=number == 1))
    said.said.clear()
    anna.publisher.repair(1.05)
    assert rtcp.Nack(100, (3,)) in said.said
    anna.publisher.report(1.5)
    assert anna.publisher.lost == 64


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([96, 97, 63, 0]), st.integers(0, 65_535), st.sampled_from([100, 200, 300]),
            st.sampled_from([b"", block(element(4, b"1"), element(10, b"q")), block(element(11, b"q")),
                             block(element(4, b"1"), element(11, b"q")), block(element(3, b"xy"))]),
            st.binary(max_size=40),
        ),
        max_size=30,
    ),
    st.lists(st.binary(max_size=40), max_size=6),
)  # fmt: skip
def test_whatever_a_publisher_sends_is_forwarded_or_dropped(
    packets: list[tuple[int, int, int, bytes, bytes]], tails: list[bytes]
) -> None:
    anna, _, _, sent = simulcast()
    for step, (kind, sequence, ssrc, extension, payload) in enumerate(packets):
        anna.publisher._rtp(build(kind, sequence, 1, ssrc, extension, payload, marker=False), step / 10)
        anna.publisher.repair(step / 10)
    for tail in tails:
        anna.publisher._rtp(b"\x90\xe0" + tail, 9.0)
    anna.publisher.report(10.0)
    for packet in sent.packets:
        assert parse(packet).payload_type == 96


@given(st.binary(max_size=80))
def test_whatever_a_subscriber_says_is_understood_or_dropped(tail: bytes) -> None:
    _, _, viewer, _ = simulcast()
    for kind in (200, 201, 205, 206):
        for count in (0, 1, 4, 15, 31):
            body = tail + bytes(-len(tail) % 4)
            head = bytes([0x80 | count, kind]) + (len(body) // 4).to_bytes(2, "big")
            viewer.peer._receive_rtcp(head + body, 1.0)
    viewer.subscriber.allocate(1.0)
    viewer.subscriber.tick(1.0)


class Keys:
    """In place of SRTP: counts what it was asked to decrypt."""

    def __init__(self) -> None:
        self.octets = 0

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        return self.unprotect(packet)

    def unprotect(self, packet: bytes) -> bytes:
        self.octets += len(packet)
        return packet


def test_a_flood_is_refused_before_it_is_decrypted() -> None:
    peer, keys = Peer(MediaPort(), opens_channels=False, max_message=1000), Keys()
    peer.guard = Bucket(1_500_000, 1_500_000)
    peer._rx = keys  # type: ignore[assignment]
    packet = build(96, 1, 1, 1, b"", bytes(1100), marker=False)
    for step in range(50_000):  # 50 Mbit/s for nine seconds
        peer.receive_media(packet, step * len(packet) * 8 / 50e6)
    assert keys.octets < 1_500_000 * 10
    assert peer.refused > 2 * keys.octets


def test_a_flood_of_reports_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)  # however slow the machine is
    peer, heard = Peer(MediaPort(), opens_channels=False, max_message=1000), []
    peer._rx = Keys()  # type: ignore[assignment]
    peer.listen(lambda said, _now: heard.append(said))
    for step in range(50_000):
        peer.receive_media(rtcp.pli(1), step / 10_000)
    assert 1000 <= len(heard) <= 7 * 500


def test_sound_of_another_form_goes_to_each_as_it_can_take_it() -> None:
    sent = Wire()
    anna, viewer = seat("anna"), seat("viewer", sent)
    opus = Codec(111, "opus/48000/2", red=63)
    track = film(anna)
    track.info.type = 0  # type: ignore[assignment]
    anna.publisher.forget(track.sid)
    anna.publisher.publish(track, Section("audio", "0", "sendonly", (opus,), ssrcs=(5,)), opus, "audio/opus")
    publication = anna.publisher.publications[track.sid]
    viewer.subscriber.watch(publication, Settings())
    viewer.subscriber.bind(track.sid, SendParameters("0", 111))
    payloads = (111, b"plain"), (63, b"\xef\x0f\x00\x02\x6foonew"), (96, b"wrong")
    for number, (kind, payload) in enumerate(payloads):
        anna.publisher._rtp(build(kind, number, 1, 5, b"", payload, marker=False), 1.0)
    assert [(parse(packet).payload_type, parse(packet).payload) for packet in sent.packets] == [
        (111, b"plain"),
        (111, b"new"),
    ]
