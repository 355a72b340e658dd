"""The E-model against G.107's own numbers, and against what the web client computes."""

import json
from pathlib import Path

import pytest

from webrtc import emodel

CASES = json.loads(
    (Path(__file__).parents[2] / "clients/web/src/calls/quality/emodel.cases.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_web_client_has_the_same_scale(case: dict[str, float | str | None]) -> None:
    codec, loss, round_trip, jitter = (case[name] for name in ("codec", "loss", "round_trip", "jitter"))
    assert isinstance(loss, int | float) and isinstance(jitter, int | float)
    assert codec is None or isinstance(codec, str)
    assert round_trip is None or isinstance(round_trip, int | float)
    assert emodel.score(codec, loss, round_trip, jitter) == pytest.approx(case["mos"], abs=0.001)


@pytest.mark.parametrize(
    ("r", "mos"),
    [(-1, 1.0), (0, 1.0), (50, 2.58), (60, 3.1), (70, 3.6), (80, 4.03), (90, 4.34), (100, 4.5), (120, 4.5)],
)
def test_r_becomes_mos_as_in_annex_b(r: float, mos: float) -> None:
    assert emodel.mos(r) == pytest.approx(mos, abs=0.01)


def test_delay_costs_nothing_up_to_a_tenth_of_a_second() -> None:
    assert emodel.rating("PCMA", 0, 100) == emodel.BEST
    assert emodel.BEST - emodel.rating("PCMA", 0, 101) < 0.01
    assert emodel.BEST - emodel.rating("PCMA", 0, 400) == pytest.approx(24, abs=2)


def test_loss_costs_what_g_113_says() -> None:
    assert emodel.BEST - emodel.rating("PCMU", 0.251, 0) == pytest.approx(47.5)
    assert emodel.rating("PCMU", 7, 0) == emodel.rating("PCMU", 1, 0)
    assert emodel.rating("PCMU", -1, 0) == emodel.BEST
