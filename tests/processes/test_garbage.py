"""How much of what is over lies about before Python looks for it."""

import gc
from collections import deque
from collections.abc import Iterator

import pytest

from processes.garbage import settle


class _Call:
    """One that refers to itself, and is counted while it is there."""

    there = 0
    most = 0

    def __init__(self) -> None:
        self.parts = [[self] for _ in range(100)]
        _Call.there += 1
        _Call.most = max(_Call.most, _Call.there)

    def __del__(self) -> None:
        _Call.there -= 1


@pytest.fixture
def settled() -> Iterator[None]:
    before = gc.get_threshold()
    settle()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("settled")
def test_calls_that_are_over_do_not_lie_about_by_the_hundreds() -> None:
    # Long enough to have been looked at while they were there.
    standing = deque[_Call](maxlen=200)
    for _ in range(3000):
        standing.append(_Call())
    assert 200 < _Call.most < 600
