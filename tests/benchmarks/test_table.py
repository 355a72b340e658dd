"""The benchmarks' own arithmetic; their figures are nobody's test."""

from __future__ import annotations

import os

from tests.benchmarks.measure import cpu_seconds, interleaved, memory_bytes, tree
from tests.benchmarks.table import Row, markdown


def test_a_row_compares_ours_with_the_peer() -> None:
    text = markdown([Row("Latency", 3.0, 2.0, "ms", "them"), Row("Start", 1234.5, None, "s")])
    assert text.splitlines() == [
        "| Measurement | Unisono | Unit | Peer | Which peer | Ratio |",
        "| ----------- | ------: | ---- | ---: | ---------- | ----: |",
        "| Latency     |       3 | ms   |    2 | them       |  1.50 |",
        "| Start       |   1,234 | s    |      |            |       |",
    ]


def test_a_process_has_used_time_and_memory() -> None:
    assert os.getpid() in tree(os.getpid())
    assert cpu_seconds(os.getpid()) > 0
    assert memory_bytes(os.getpid()) > 1_000_000
    assert cpu_seconds(2**30) == memory_bytes(2**30) == 0


async def test_medians_are_of_measurements_in_turns() -> None:
    order: list[str] = []
    ours, theirs = iter([1.0, 9.0, 2.0]), iter([5.0, 4.0, 6.0])

    async def one() -> float:
        order.append("ours")
        return next(ours)

    async def other() -> float:
        order.append("theirs")
        return next(theirs)

    assert await interleaved(one, other, 3) == (2.0, 5.0)
    assert order == ["ours", "theirs"] * 3
