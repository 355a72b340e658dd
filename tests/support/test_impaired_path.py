"""The bad network itself: its arithmetic with a stepped clock, its sockets with real packets."""

from __future__ import annotations

import socket

import pytest

from tests.support.impaired_path import CLEAR, DARK, Conditions, Line, impaired_path
from tests.support.patience import PATIENCE
from tests.support.ports import free_block


def carried(line: Line, count: int, size: int = 1000, every: float = 0.01) -> list[float | None]:
    """When packets come out that enter one after the other."""
    return [line.carry(size, step * every) for step in range(count)]


def test_a_clear_line_delays_nothing() -> None:
    assert carried(Line(CLEAR, 1), 3) == [0.0, 0.01, 0.02]


def test_a_dark_line_carries_nothing_until_it_is_changed() -> None:
    line = Line(DARK, 1)
    assert carried(line, 3) == [None, None, None]
    line.conditions = CLEAR
    assert carried(line, 1) == [0.0]
    assert (line.passed, line.dropped) == (1, 3)


def test_losses_are_a_share_and_the_same_each_time() -> None:
    first, second = (carried(Line(Conditions(loss=0.05), 7), 2000) for _ in range(2))
    assert first == second
    assert 60 < first.count(None) < 140


def test_jitter_keeps_the_order() -> None:
    out = carried(Line(Conditions(delay=0.1, jitter=0.05), 3), 200)
    times = [time for time in out if time is not None]
    assert times == sorted(times)
    assert all(0.1 <= time - step * 0.01 <= 0.15 + 1e-9 for step, time in enumerate(times))
    assert max(times[step] - step * 0.01 for step in range(200)) > 0.13


def test_a_narrow_line_lets_packets_wait_and_then_drops_them() -> None:
    # 1000 bytes each 10 ms are 800 kbit/s; the line carries half of it.
    line = Line(Conditions(rate=400_000, queue=5000), 1)
    out = carried(line, 200)
    assert out[0] == pytest.approx(0.02)
    assert out[1] == pytest.approx(0.04)
    assert line.octets * 8 / 2.0 == pytest.approx(400_000, rel=0.05)
    assert all(time - step * 0.01 <= 0.1 + 1e-9 for step, time in enumerate(out) if time is not None)


def test_packets_pass_both_ways_and_each_client_is_a_flow() -> None:
    front = free_block(2)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        impaired_path(front, front + 1) as path,
    ):
        server.bind(("127.0.0.1", front + 1))
        for end in (server, one, other):
            end.settimeout(PATIENCE)
        path.down = Conditions(delay=0.02)
        for client, said in ((one, b"anna"), (other, b"bruno")):
            client.sendto(said, ("127.0.0.1", front))
            heard, source = server.recvfrom(100)
            assert heard == said
            server.sendto(b"hello " + said, source)
            assert client.recv(100) == b"hello " + said
        assert len(path.flows) == 2
        path.change(flows=path.flows[:1], up=DARK)
        one.sendto(b"lost", ("127.0.0.1", front))
        other.sendto(b"kept", ("127.0.0.1", front))
        assert server.recv(100) == b"kept"
