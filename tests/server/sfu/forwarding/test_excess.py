"""Who is put out for sending too much, and who is not."""

import pytest

from server.sfu.forwarding.excess import Excess

ALLOWED, PATIENCE = 1000, 10.0


def put_out_after(refused: list[int]) -> float | None:
    """When, given the bytes refused in each second."""
    excess, total = Excess(ALLOWED, PATIENCE), 0
    assert not excess.look(0, 100.0)
    for second, more in enumerate(refused, 1):
        total += more
        if excess.look(total, 100.0 + second):
            return float(second)
    return None


@pytest.mark.parametrize(
    ("refused", "after"),
    [
        pytest.param([0] * 60, None, id="nothing refused"),
        pytest.param([5000] * 60, 10.0, id="a flood"),
        pytest.param([5000] * 9 + [0] * 60, None, id="a burst"),
        pytest.param([900] * 600, None, id="a little too much, for ever"),
        pytest.param([5000, 0] * 300, None, id="as often calm as not"),
        pytest.param([5000, 5000, 0] * 30, 26.0, id="short pauses"),
        pytest.param([0] * 300 + [5000] * 20, 310.0, id="after long calm"),
    ],
)
def test_who_floods_for_long_is_put_out(refused: list[int], after: float | None) -> None:
    assert put_out_after(refused) == after


def test_a_late_look_counts_the_time_that_passed() -> None:
    excess = Excess(ALLOWED, PATIENCE)
    excess.look(0, 0.0)
    assert not excess.look(5000, 8.0)
    assert not excess.look(20_000, 16.0)
    assert excess.look(30_000, 18.0)


def test_two_looks_at_once_are_one() -> None:
    excess = Excess(ALLOWED, PATIENCE)
    assert not excess.look(0, 1.0)
    assert not excess.look(10**9, 1.0)
