"""One continuous stream out of several sources, and counts of what arrives."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.media.stream import HEADER, IncomingStream, OutgoingStream

VOICE = b"\x55" * 160


def packet(sequence: int, timestamp: int, ssrc: int = 1, payload_type: int = 0) -> bytes:
    return pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + VOICE


class Line:
    """Feeds a stream and keeps the headers that came out."""

    def __init__(self, sequence: int = 100, timestamp: int = 5000) -> None:
        self.stream = OutgoingStream(0xABC, sequence, timestamp)
        self.headers: list[tuple[int, int, int, int, int]] = []

    def feed(self, data: bytes, now: float, payload_type: int = 0) -> None:
        self.headers.append(HEADER.unpack_from(self.stream.rewrite(data, payload_type, data[12:], now)))

    @property
    def sequences(self) -> list[int]:
        return [header[2] for header in self.headers]

    @property
    def timestamps(self) -> list[int]:
        return [header[3] for header in self.headers]


def test_one_source_keeps_its_steps_under_our_ssrc_and_payload_type() -> None:
    line = Line()
    for index in range(3):
        line.feed(packet(7 + index, 1000 + 160 * index), 1.0 + 0.02 * index, payload_type=8)
    assert line.sequences == [101, 102, 103]
    assert line.timestamps == [5000, 5160, 5320]
    assert {header[4] for header in line.headers} == {0xABC}
    assert [header[1] for header in line.headers] == [0x88, 8, 8]  # the first is marked


def test_a_gap_of_the_source_stays_a_gap() -> None:
    line = Line()
    line.feed(packet(7, 0), 1.0)
    line.feed(packet(9, 320), 1.04)
    assert line.sequences == [101, 103]


def test_an_overtaken_packet_keeps_its_place() -> None:
    line = Line()
    for sequence in (7, 9, 8, 10):
        line.feed(packet(sequence, sequence * 160), 1.0)
    assert line.sequences == [101, 103, 102, 104]


def test_another_source_goes_on_where_the_first_stopped() -> None:
    line = Line()
    line.feed(packet(7, 0, ssrc=1), 1.0)
    line.feed(packet(50000, 99, ssrc=2), 1.5)
    assert line.sequences == [101, 102]
    assert line.timestamps == [5000, 5000 + 4000]
    assert line.headers[1][1] & 0x80


def test_a_source_that_starts_over_is_taken_as_another() -> None:
    line = Line()
    line.feed(packet(7, 0), 1.0)
    line.feed(packet(40000, 4_000_000), 1.02)
    assert line.sequences == [101, 102]
    assert line.timestamps[1] - line.timestamps[0] == 160


def test_numbers_wrap() -> None:
    line = Line(sequence=0xFFFF, timestamp=0xFFFFFFFF)
    line.feed(packet(0xFFFF, 0xFFFFFFFF), 1.0)
    line.feed(packet(0, 159), 1.02)
    assert line.sequences == [0, 1]
    assert line.timestamps == [0xFFFFFFFF, 159]


def test_an_inserted_packet_is_followed_by_the_source_without_a_gap() -> None:
    line = Line()
    line.feed(packet(7, 0), 1.0)
    inserted = HEADER.unpack_from(line.stream.insert(101, b"key!", 5160, 1.02, marker=True))
    assert inserted == (0x80, 0x80 | 101, 102, 5160, 0xABC)
    line.feed(packet(20, 13 * 160), 1.26)
    assert line.sequences[-1] == 103
    assert line.timestamps[-1] == 5160 + 1920


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)), max_size=50)
)
def test_changes_of_source_never_leave_a_gap(steps: list[tuple[int, int, int]]) -> None:
    line = Line()
    former = None
    for index, (ssrc, sequence, timestamp) in enumerate(steps):
        line.feed(packet(sequence, timestamp, ssrc), float(index))
        if ssrc != former and len(line.sequences) > 1:
            newest = max(line.sequences[:-1], key=lambda n: (n - line.sequences[0] + 0x8000) & 0xFFFF)
            assert (line.sequences[-1] - newest) & 0xFFFF == 1
        former = ssrc


def test_sent_packets_are_counted_as_reports_want_it() -> None:
    line = Line()
    for index in range(4):
        line.feed(packet(index, index * 160), 1.0)
    assert (line.stream.packets, line.stream.octets, line.stream.bytes) == (4, 640, 688)


def received(*sequences: int) -> IncomingStream:
    stream = IncomingStream()
    for index, sequence in enumerate(sequences):
        stream.count(packet(sequence, sequence * 160), index * 0.02)
    return stream


@pytest.mark.parametrize(
    ("sequences", "lost"),
    [
        ((1, 2, 3), 0),
        ((1, 2, 5), 2),
        ((1, 3, 2), 0),
        ((65534, 65535, 0, 2), 1),
        ((1, 2, 2), 0),
        ((1, 3, 40000, 40002), 2),
    ],
)
def test_losses_are_counted_by_sequence_numbers(sequences: tuple[int, ...], lost: int) -> None:
    assert received(*sequences).lost == lost


def test_a_new_source_starts_over_without_loss() -> None:
    stream = received(1, 2)
    stream.count(packet(900, 0, ssrc=2), 1.0)
    assert (stream.lost, stream.packets, stream.ssrc) == (0, 3, 2)


def test_jitter_is_none_on_a_steady_line_and_grows_on_an_uneven_one() -> None:
    steady, uneven = IncomingStream(), IncomingStream()
    for index in range(100):
        steady.count(packet(index, index * 160), index * 0.02)
        uneven.count(packet(index, index * 160), index * 0.02 + (index % 2) * 0.01)
    assert steady.jitter < 1
    assert 70 < uneven.jitter < 90  # 10 ms of 8 kHz
