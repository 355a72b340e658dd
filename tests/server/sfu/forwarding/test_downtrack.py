"""One unbroken stream to a subscriber, whatever happens upstream."""

import itertools
from dataclasses import dataclass, field

from server.sfu.forwarding import vp8
from server.sfu.forwarding.downtrack import REPEATS, DownTrack
from server.sfu.forwarding.packet import Packet, build, parse
from server.sfu.forwarding.rtcp import SenderReport
from server.sfu.forwarding.stream import Stream


def vp8_payload(picture: int, tl0: int, *, key: bool, body: bytes = b"x") -> bytes:
    """X, I (15 bits), L, T and K present; S bit set."""
    descriptor = bytes([0x90, 0xF0, 0x80 | picture >> 8, picture & 0xFF, tl0, 0x20 | tl0 & 0x1F])
    return descriptor + bytes([0 if key else 1]) + body


@dataclass
class Layer:
    """A publisher's layer, counting by itself."""

    ssrc: int
    sequence: int
    timestamp: int
    picture: int
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = Stream(self.ssrc, 90_000, 0, repairable=True)

    def next(self, *, key: bool = False) -> Packet:
        self.sequence += 1
        self.timestamp += 3000
        self.picture += 1
        payload = vp8_payload(self.picture, self.picture & 0xFF, key=key)
        return parse(build(96, self.sequence, self.timestamp, self.ssrc, b"", payload, marker=True))


def bound(mime: str = "video/VP8") -> DownTrack:
    down = DownTrack(mime, 4242, 100, 96)
    down.bind("2")
    return down


def send(down: DownTrack, layer: Layer, packet: Packet, now: float = 0.0) -> Packet | None:
    raw = down.forward(layer.stream, packet, packet.payload, now)
    return parse(raw) if raw else None


def test_nothing_is_sent_before_a_keyframe() -> None:
    down, layer = bound(), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    assert send(down, layer, layer.next()) is None
    assert down.waiting
    first = send(down, layer, layer.next(key=True))
    assert first is not None
    assert (first.ssrc, first.sequence, first.extensions) == (4242, 101, {1: b"2"})
    assert not down.waiting


def test_nothing_is_sent_before_the_section_is_agreed_upon() -> None:
    down, layer = DownTrack("video/VP8", 1, 1, 96), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    assert send(down, layer, layer.next(key=True)) is None


def test_a_change_of_layer_is_seamless() -> None:
    down, low, high = bound(), Layer(1, 65_530, 2**32 - 5000, 32_765), Layer(2, 500, 777_000, 9)
    down.want(low.stream)
    sent = [send(down, low, low.next(key=index == 0), index / 30) for index in range(8)]
    down.want(high.stream)
    assert send(down, high, high.next(), 0.26) is None
    sent.append(send(down, low, low.next(), 8 / 30))
    sent.append(send(down, high, high.next(key=True), 9 / 30))
    sent.append(send(down, high, high.next(), 10 / 30))
    assert send(down, low, low.next(), 0.4) is None
    packets = [packet for packet in sent if packet]
    assert len(packets) == 11
    pairs = list(itertools.pairwise(packets))
    assert all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in pairs)
    assert all(2000 < (b.timestamp - a.timestamp) & 0xFFFFFFFF < 4000 for a, b in pairs)
    numbers = [vp8.read(packet.payload) for packet in packets]
    for former, latter in itertools.pairwise(numbers):
        assert former is not None
        assert latter is not None
        assert ((latter.picture_id or 0) - (former.picture_id or 0)) & 0x7FFF == 1
        assert ((latter.tl0 or 0) - (former.tl0 or 0)) & 0xFF == 1


def test_layers_are_lined_up_by_their_sender_reports() -> None:
    down, low, high = bound(), Layer(1, 10, 90_000, 1), Layer(2, 10, 500_000, 1)
    low.stream.take_report(SenderReport(1, 10 << 32, 90_000, 0, 0), 0.0)
    high.stream.take_report(SenderReport(2, 11 << 32, 500_000, 0, 0), 0.0)
    down.want(low.stream)
    first = send(down, low, low.next(key=True))
    down.want(high.stream)
    second = send(down, high, high.next(key=True), 99.0)
    assert first is not None
    assert second is not None
    assert second.timestamp - first.timestamp == 90_000


def test_packets_from_before_the_keyframe_come_too_late() -> None:
    down, layer = bound(), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    early, key = layer.next(), layer.next(key=True)
    assert send(down, layer, key) is not None
    assert send(down, layer, early) is None


def test_reordered_packets_keep_their_place() -> None:
    down, layer = bound(), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    send(down, layer, layer.next(key=True))
    one, two = layer.next(), layer.next()
    late, early = send(down, layer, two), send(down, layer, one)
    assert late is not None
    assert early is not None
    assert (early.sequence, late.sequence) == (102, 103)


def test_lost_packets_are_sent_again_a_few_times() -> None:
    down, layer = bound(), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    packet = layer.next(key=True)
    original = down.forward(layer.stream, packet, packet.payload, 0.0)
    assert down.repeat((101, 555), 0.1) == [original]
    assert down.repeat((101,), 0.11) == []
    again = sum(len(down.repeat((101,), 1.0 + step)) for step in range(10))
    assert again == REPEATS - 1


def test_reports_are_translated_for_the_layer_that_is_sent() -> None:
    down, low, high = bound(), Layer(1, 10, 1000, 1), Layer(2, 10, 9000, 1)
    report = SenderReport(1, 1 << 32, 4000, 5, 5)
    assert down.report(low.stream, report) is None
    down.want(low.stream)
    send(down, low, low.next(key=True))
    translated = down.report(low.stream, report)
    assert translated is not None
    assert (translated.ssrc, translated.timestamp, translated.packets) == (4242, 4000, 1)
    assert down.report(high.stream, report) is None


def test_sound_needs_no_keyframe() -> None:
    down, layer = bound("audio/opus"), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    assert send(down, layer, layer.next()) is not None
    down.want(None)
    assert send(down, layer, layer.next()) is None
    assert down.repeat((101,), 1.0) == []
