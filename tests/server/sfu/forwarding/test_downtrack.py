"""One unbroken stream to a subscriber, whatever happens upstream."""

import itertools
from dataclasses import dataclass, field
from functools import partial

from server.sfu.forwarding import vp8
from server.sfu.forwarding.downtrack import DownTrack
from server.sfu.forwarding.history import KEPT, REPEATS
from server.sfu.forwarding.keyframes import inspect
from server.sfu.forwarding.packet import Packet, build, parse
from server.sfu.forwarding.rtcp import Remb, SenderReport
from server.sfu.forwarding.rtp_header import SendParameters
from server.sfu.forwarding.send_history import SendHistory
from server.sfu.forwarding.send_side_bwe import SendSideBwe
from server.sfu.forwarding.stream import Stream
from tests.server.sfu.forwarding import recorded


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


PLAIN = SendParameters("2", 96)


def bound(mime: str = "video/VP8", terms: SendParameters = PLAIN) -> DownTrack:
    down = unbound(mime)
    down.bind(terms)
    return down


def unbound(mime: str = "video/VP8") -> DownTrack:
    return DownTrack(mime, 4242, 4243, 100, SendHistory())


def send(down: DownTrack, layer: Layer, packet: Packet, now: float = 0.0) -> Packet | None:
    inspect("video/VP8", packet)
    raw = down.forward(layer.stream, packet, now)
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
    down, layer = unbound(), Layer(1, 10, 10, 10)
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
    inspect("video/VP8", packet)
    original = down.forward(layer.stream, packet, 0.0)
    assert down.repeat((101, 555), 0.1) == [original]
    assert down.repeat((101,), 0.11) == []
    again = sum(len(down.repeat((101,), 1.0 + step / 20)) for step in range(10))
    assert again == REPEATS - 1


def test_packets_are_not_repeated_when_they_are_too_old_or_the_picture_was_paused() -> None:
    down, layer = bound(), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    send(down, layer, layer.next(key=True))
    assert down.repeat((101,), KEPT + 0.1) == []
    down.want(None)
    assert down.repeat((101,), 0.1) == []


def test_lost_packets_are_repeated_on_the_stream_for_it() -> None:
    down, layer = bound(terms=SendParameters("2", 96, 1, 3, rtx=97)), Layer(1, 10, 10, 10)
    down.want(layer.stream)
    original = send(down, layer, layer.next(key=True))
    assert original is not None
    first, second = (parse(down.repeat((101,), 0.1 + step)[0]) for step in (0, 1))
    assert (first.ssrc, first.payload_type, second.sequence) == (4243, 97, first.sequence + 1)
    assert first.payload == b"\0\x65" + original.payload
    assert first.timestamp == original.timestamp
    numbers = [packet.extensions[3] for packet in (original, first, second)]
    assert numbers == [b"\0\0", b"\0\1", b"\0\2"]


def test_a_line_is_tried_with_the_last_packet_or_with_padding() -> None:
    down, layer = bound(terms=SendParameters("2", 96, 1, 3, rtx=97)), Layer(1, 10, 10, 10)
    padding = down.probe(0.0)
    assert padding is not None
    assert parse(padding).payload == b""
    down.want(layer.stream)
    send(down, layer, layer.next(key=True))
    again = down.probe(0.1)
    assert again is not None
    assert parse(again).payload[:2] == b"\0\x65"
    assert bound().probe(0.0) is None


def test_redundant_sound_goes_whole_to_whom_it_is_known_and_bare_to_others() -> None:
    # One block of 2 bytes, 960 before, and the primary encoding.
    payload = bytes([0x80 | 111, 960 >> 6, (960 & 0x3F) << 2, 2, 111]) + b"oonew"
    for terms, kind, expected in (
        (SendParameters("1", 111), 111, b"new"),
        (SendParameters("1", 111, red=63), 63, payload),
        (SendParameters("1", 120, red=63), 63, bytes([0x80 | 120, *payload[1:4], 120]) + b"oonew"),
    ):
        down, stream = bound("audio/opus", terms), Stream(1, 48_000, 2, repairable=False)
        down.want(stream)
        packet = parse(build(63, 1, 1, 1, b"", payload, marker=False))
        packet.redundant = True
        sent = down.forward(stream, packet, 0.0)
        assert sent is not None
        assert (parse(sent).payload_type, parse(sent).payload) == (kind, expected)


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


def test_padding_among_redundant_sound_leaves_no_hole() -> None:
    down, stream = (
        bound("audio/opus", SendParameters("1", 111, red=63)),
        Stream(1, 48_000, 2, repairable=False),
    )
    down.want(stream)
    sequences = []
    for text in (recorded.RED_FIRST, recorded.PADDING, recorded.RED):
        packet = recorded.packet(text)
        packet.redundant = True
        packet.payload += bytes(101) if text is recorded.RED else b""
        sent = down.forward(stream, packet, 0.0)
        assert sent is not None
        sequences.append(parse(sent).sequence)
    assert sequences == [101, 102, 103]


def test_repairs_end_where_the_line_is_full() -> None:
    down, layer, bwe = bound(), Layer(1, 10, 10, 10), SendSideBwe()
    down.want(layer.stream)
    for number in range(200):
        send(down, layer, layer.next(key=number == 0))
    numbers = tuple(range(101, 301))
    assert len(down.repeat(numbers, 0.1, partial(bwe.may_repeat, now=0.1))) == 200
    bwe.told(Remb(100_000), 0.2)
    assert down.repeat(numbers, 0.2, lambda size: bwe.may_repeat(size * 1000, now=0.2)) == []


def test_what_came_before_a_keyframe_of_another_layer_is_not_repeated() -> None:
    down, low, high = bound(), Layer(1, 10, 10, 10), Layer(2, 10, 10, 10)
    down.want(low.stream)
    send(down, low, low.next(key=True))
    down.want(high.stream)
    send(down, high, high.next(key=True))
    assert [parse(packet).sequence for packet in down.repeat((101, 102), 0.1)] == [102]
