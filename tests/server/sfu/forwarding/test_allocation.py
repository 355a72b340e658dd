"""Who gets what of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding.allocation import Demand, allocate

LAYERS = {0: 100.0, 1: 400.0, 2: 1500.0}


@pytest.mark.parametrize(
    ("budget", "anna", "bruno"),
    [
        (0, None, None),
        (99, None, None),
        (111, 0, None),
        (200, 0, 0),
        (539, 0, 0),
        (541, 1, 0),
        (881, 1, 1),
        (2092, 2, 1),
        (3301, 2, 2),
    ],
)
def test_everybody_has_a_picture_before_anybody_has_a_better_one(
    budget: float, anna: int | None, bruno: int | None
) -> None:
    demands = [Demand("bruno", LAYERS, (1,)), Demand("anna", LAYERS, (2,))]
    assert allocate(demands, budget) == {"anna": anna, "bruno": bruno}


@pytest.mark.parametrize(("current", "chosen"), [(1, 1), (0, 0), (2, 1)])
def test_what_is_there_is_kept_and_what_is_better_must_fit_well(current: int, chosen: int) -> None:
    assert allocate([Demand("anna", LAYERS, (1,), current)], 420) == {"anna": chosen}


@pytest.mark.parametrize(("current", "budget", "chosen"), [(None, 90, None), (0, 90, 0), (0, 70, None)])
def test_the_last_picture_of_somebody_is_not_given_up_for_little(
    current: int | None, budget: float, chosen: int | None
) -> None:
    assert allocate([Demand("anna", LAYERS, (1,), current)], budget) == {"anna": chosen}


def test_a_track_of_one_layer_is_sent_or_paused() -> None:
    demands = [Demand("screen", {2: 900.0}, (3,)), Demand("anna", LAYERS, (1,))]
    assert allocate(demands, 1101) == {"screen": 2, "anna": 0}
    assert allocate(demands, 500) == {"screen": None, "anna": 1}


def test_a_track_of_which_nothing_has_come_takes_no_part() -> None:
    assert allocate([Demand("anna", {})], 500) == {}


@given(
    st.lists(st.dictionaries(st.integers(0, 2), st.floats(1, 1e6), min_size=1), max_size=8),
    st.floats(0, 3e6),
)
def test_never_more_than_the_budget_is_given(costs: list[dict[int, float]], budget: float) -> None:
    demands = [Demand(str(index), one) for index, one in enumerate(costs)]
    given_ = allocate(demands, budget)
    spent = sum(costs[int(key)][quality] for key, quality in given_.items() if quality is not None)
    rising = all(list(dict(sorted(one.items())).values()) == sorted(one.values()) for one in costs)
    assert spent <= budget + 1 or not rising
