"""What is missing of a stream, and how well it comes."""

import pytest

from server.sfu.forwarding.packet import Packet, build, parse
from server.sfu.forwarding.stream import MAX_MISSING, REORDERING, RETRY, TRIES, Stream


def packet(sequence: int, timestamp: int = 0) -> Packet:
    return parse(build(96, sequence, timestamp, 1, b"", b"xx", marker=False))


def stream(*, repairable: bool = True) -> Stream:
    return Stream(1, 90_000, 0, repairable=repairable)


def test_missing_packets_are_asked_for_after_a_moment_and_again() -> None:
    one = stream()
    one.receive(packet(65_534), 0.0)
    one.receive(packet(1), 0.0)
    assert one.missing(0.0) == []
    assert one.missing(REORDERING) == [65_535, 0]
    assert one.missing(REORDERING + RETRY / 2) == []
    assert one.receive(packet(0), 0.05)
    assert one.missing(1.0) == [65_535]


def test_what_never_comes_is_given_up_for_a_keyframe() -> None:
    one = stream()
    one.receive(packet(1), 0.0)
    one.receive(packet(3), 0.0)
    asked = [one.missing(1.0 + step) for step in range(TRIES + 1)]
    assert asked == [[2]] * TRIES + [[]]
    assert one.hopeless


def test_a_large_hole_is_hopeless_at_once() -> None:
    one = stream()
    one.receive(packet(1), 0.0)
    one.receive(packet(MAX_MISSING + 10), 0.0)
    assert one.hopeless
    assert one.missing(1.0) == []


def test_repeated_packets_are_known() -> None:
    one = stream()
    assert one.receive(packet(1), 0.0)
    assert not one.receive(packet(1), 0.0)


def test_losses_are_reported_as_a_share_of_the_last_interval() -> None:
    one = stream(repairable=False)
    for number in (1, 2, 3, 5):
        one.receive(packet(number), 0.0)
    block = one.block(1.0)
    assert (block.lost, block.total_lost, block.highest) == (256 // 5, 1, 5)
    one.receive(packet(6), 1.0)
    assert one.block(2.0).lost == 0


def test_what_was_repaired_was_lost_all_the_same() -> None:
    one = stream()
    for number in (1, 2, 4):
        one.receive(packet(number), 0.0)
    assert one.receive(packet(3), 0.1, repeated=True)
    assert not one.receive(packet(3), 0.2, repeated=True)
    block = one.block(1.0)
    assert (block.lost, block.total_lost) == (64, 1)


def test_highest_counts_the_rounds() -> None:
    one = stream()
    one.receive(packet(65_535), 0.0)
    one.receive(packet(0), 0.0)
    assert one.block(0.0).highest == 65_536


def test_requests_are_repeated_no_sooner_than_a_repair_takes() -> None:
    one = stream()
    one.receive(packet(1), 0.0)
    for number in range(3, 41, 2):
        one.receive(packet(number), float(number))
        assert one.missing(number + 0.02) == [number - 1]
        one.receive(packet(number - 1), number + 0.22, repeated=True)
    one.receive(packet(60), 60.0)
    one.missing(60.02)
    assert one.missing(60.2) == []
    assert one.missing(60.02 + 0.27) != []


def test_the_bit_rate_is_that_of_the_last_moments() -> None:
    one = stream()
    for number in range(300):
        one.receive(packet(number), number / 100)
    assert one.rate == pytest.approx(14 * 8 * 100, rel=0.05)
    one.receive(packet(300), 60.0)
    assert one.rate == pytest.approx(14 * 8 * 100, rel=0.05)
