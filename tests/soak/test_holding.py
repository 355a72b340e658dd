"""What counts as left behind, at both sides of each limit."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.holding import Holding, holding, leaks, slope

IDLE = Holding(files=1, ports=4, connections=6, threads=3, memory=100.0, names=("/data/one.db",))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"files": 2, "names": ("/data/one.db", "pipe:[7]")}, ["files: 1 -> 2 (pipe)"]),
        ({"files": 2, "names": ("/data/one.db", "/data/one.db")}, []),
        ({"ports": 5}, ["ports: 4 -> 5"]),
        ({"files": 0, "ports": 3, "memory": 90.0}, []),
        ({"connections": 60, "threads": 9}, []),
        ({"memory": 104.0}, []),
        ({"memory": 104.1}, ["memory: 100.0 -> 104.1 MB"]),
    ],
)
def test_an_idle_process_may_hold_what_it_held(change: dict[str, object], found: list[str]) -> None:
    assert leaks(IDLE, replace(IDLE, **change)) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "each"),
    [
        ([(0, 5), (2, 5), (4, 5)], 0),
        ([(0, 5), (2, 9), (4, 13)], 2),
        ([(0, 5), (2, 9), (4, 12)], None),
        ([(0, 5), (2, 8), (4, 11)], None),
        ([(0, 5), (2, 7), (4, 9), (0, 5)][:3], 1),
    ],
)
def test_each_call_holds_the_same(held: list[tuple[int, int]], each: int | None) -> None:
    assert slope(held) == each


def test_handles_and_ports_of_a_process_are_counted_apart() -> None:
    before = holding(os.getpid())
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
        Path(__file__).open(),
    ):
        datagrams.bind(("127.0.0.1", 0))
        now = holding(os.getpid())
    assert (now.files, now.ports, now.connections) == (
        before.files + 1,
        before.ports + 2,
        before.connections + 1,
    )
