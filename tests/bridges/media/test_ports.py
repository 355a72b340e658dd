"""The bounded range of RTP ports."""

import socket

import pytest

from bridges.media.gateway import MediaError, NoPortsLeft
from bridges.media.ports import RtpPorts
from tests.support.ports import free_block


def take(ports: RtpPorts) -> tuple[int, list[socket.socket]]:
    pair = ports.open_pair()
    return pair[0].getsockname()[1], list(pair)


def test_pairs_are_even_and_neighbours_and_the_range_is_kept() -> None:
    low = free_block(6)
    ports = RtpPorts("127.0.0.1", low, low + 5)
    taken: list[socket.socket] = []
    for expected in (low, low + 2, low + 4):
        port, pair = take(ports)
        taken += pair
        assert port == expected
        assert pair[1].getsockname()[1] == port + 1
    with pytest.raises(NoPortsLeft):
        ports.open_pair()
    for each in taken:
        each.close()


def test_a_released_pair_rests_before_it_is_used_again() -> None:
    low = free_block(4)
    ports = RtpPorts("127.0.0.1", low, low + 3)
    for expected in (low, low + 2, low):
        port, pair = take(ports)
        assert port == expected
        for each in pair:
            each.close()
        ports.release(port)
    assert ports.free == 2


def test_the_last_pairs_are_kept_for_emergency_calls() -> None:
    low = free_block(16)
    ports = RtpPorts("127.0.0.1", low, low + 15, kept=2)
    taken = [each for _ in range(6) for each in take(ports)[1]]
    with pytest.raises(NoPortsLeft):
        ports.open_pair()
    taken += [each for _ in range(2) for each in ports.open_pair(emergency=True)]
    with pytest.raises(NoPortsLeft):
        ports.open_pair(emergency=True)
    for each in taken:
        each.close()
    ports.release(low)
    ports.release(low + 2)
    with pytest.raises(NoPortsLeft):
        ports.open_pair()


def test_a_small_range_keeps_no_more_than_a_quarter() -> None:
    low = free_block(4)
    for each in take(ports := RtpPorts("127.0.0.1", low, low + 3, kept=2))[1] + list(ports.open_pair()):
        each.close()


def test_pairs_of_other_programs_are_passed_over() -> None:
    low = free_block(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", low + 1))
        port, pair = take(RtpPorts("127.0.0.1", low, low + 3))
        assert port == low + 2
        for each in pair:
            each.close()


def test_an_odd_range_begins_at_the_next_even_port() -> None:
    assert RtpPorts("127.0.0.1", 5201, 5204).free == 1


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(MediaError):
        RtpPorts("192.0.2.200", 5200, 5203).open_pair()
