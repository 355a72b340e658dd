"""Transport-wide feedback, written and read; and what is sent, found again by it."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding import rtcp
from server.sfu.forwarding.packet import BadPacket
from server.sfu.forwarding.send_history import SIZE, Arrival, SendHistory
from server.sfu.forwarding.twcc import MAX_STATUSES, TICK, Arrivals, read
from tests.server.sfu.forwarding import recorded

#: Laid out by hand after Section 3.1: numbers 1 to 3 and 5, the fourth lost.
BY_HAND = bytes.fromhex("00010005000f2a00" + "d510" + "04" + "28" + "08" + "2c" + "0000")


def told(arrivals: Arrivals) -> rtcp.TransportFeedback:
    body = arrivals.take()
    assert body is not None
    [found] = rtcp.parse(rtcp.transport_feedback(7, body))
    assert isinstance(found, rtcp.TransportFeedback)
    return found


def test_a_feedback_as_the_draft_lays_it_out() -> None:
    base, times = read(BY_HAND)
    start = 0x0F2A * 0.064
    assert base == 1
    assert [time and round(time - start, 6) for time in times] == [0.001, 0.011, 0.013, None, 0.024]


def test_feedback_as_it_was_recorded() -> None:
    [one], [six] = (
        rtcp.parse(bytes.fromhex(text)) for text in (recorded.FEEDBACK_ONE, recorded.FEEDBACK_SIX)
    )
    assert isinstance(one, rtcp.TransportFeedback)
    assert isinstance(six, rtcp.TransportFeedback)
    assert (one.base, len(one.times), six.base, len(six.times)) == (0, 1, 1, 6)
    times = [time for time in (*one.times, *six.times) if time is not None]
    assert len(times) == 7
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(0.0935)


@pytest.mark.parametrize(
    ("chunk", "statuses"),
    [
        (b"\x20\x03", 3),
        (b"\xa4\x00", 3),
        (b"\xd0\x00", 2),
    ],
    ids=["run", "one bit", "two bits"],
)
def test_all_forms_of_chunks_are_read(chunk: bytes, statuses: int) -> None:
    body = struct.pack("!HHI", 7, statuses, 1 << 8) + chunk + b"\4\4\4\4"
    assert len(read(body)[1]) == statuses
    assert read(body)[1][0] == pytest.approx(0.065)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.floats(0, 2.0)), min_size=1, max_size=200),
    st.integers(0, 65_535),
)
def test_what_is_told_is_understood(steps: list[tuple[int, float]], first: int) -> None:
    arrivals, number, now, expected = Arrivals(), first, 1000.0, {}
    for step, pause in steps:
        if now + pause - 1000.0 > 8:
            break
        now += pause
        arrivals.note(number & 0xFFFF, now)
        expected[number & 0xFFFF] = now
        number += step
    found: dict[int, float] = {}
    while arrivals.waiting:
        feedback = told(arrivals)
        found |= {feedback.base + step & 0xFFFF: time for step, time in enumerate(feedback.times) if time}
    assert found == pytest.approx(expected, abs=TICK)


def test_what_was_lost_between_two_feedbacks_is_told() -> None:
    arrivals = Arrivals()
    arrivals.note(10, 5.0)
    assert told(arrivals).base == 10
    arrivals.note(13, 5.1)
    feedback = told(arrivals)
    assert (feedback.base, [time is not None for time in feedback.times]) == (11, [False, False, True])


def test_a_late_packet_is_told_late() -> None:
    arrivals = Arrivals()
    for number in (10, 12):
        arrivals.note(number, 5.0)
    told(arrivals)
    arrivals.note(11, 5.1)
    assert told(arrivals).base == 11


def test_numbers_from_nowhere_cost_no_memory() -> None:
    arrivals = Arrivals()
    for number in range(100_000):
        arrivals.note(number * 7919 & 0xFFFF, number / 1000)
    assert arrivals.waiting <= MAX_STATUSES
    while arrivals.waiting:
        assert len(told(arrivals).times) <= MAX_STATUSES


@given(st.binary(max_size=40))
def test_any_feedback_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(BadPacket):
        for one in rtcp.parse(rtcp.transport_feedback(7, body + bytes(-len(body) % 4))):
            assert isinstance(one, rtcp.TransportFeedback)
            assert len(one.times) <= MAX_STATUSES


def test_sent_packets_are_found_once() -> None:
    send_history = SendHistory()
    numbers = []
    for step in range(3):
        send_history.cluster = step % 2
        numbers.append(send_history.next_sequence(100 + step, float(step)))
    assert numbers == [0, 1, 2]
    assert send_history.on_feedback(0, (5.0, None)) == [Arrival(0.0, 5.0, 100, 0), Arrival(1.0, None, 101, 1)]
    assert send_history.on_feedback(1, (5.0, 6.0)) == [Arrival(2.0, 6.0, 102, 0)]
    assert send_history.on_feedback(65_535, (1.0, 1.0, 1.0)) == []


def test_packets_too_long_ago_are_forgotten() -> None:
    send_history = SendHistory()
    for _ in range(SIZE + 1):
        send_history.next_sequence(1, 0.0)
    assert send_history.on_feedback(0, (1.0,)) == []
    assert len(send_history.on_feedback(1, (1.0,) * SIZE)) == SIZE
