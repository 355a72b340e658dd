"""Key presses as RFC 4733 payloads."""

from struct import unpack

import pytest

from bridges.media.dtmf import event_payloads


def test_a_press_grows_and_its_end_is_told_three_times() -> None:
    payloads = [unpack("!BBH", payload) for payload in event_payloads("#", 100)]
    assert {event for event, _, _ in payloads} == {11}
    assert [duration for _, _, duration in payloads] == [160, 320, 480, 640, 800, 800, 800]
    assert [bool(flags & 0x80) for _, flags, _ in payloads] == [False] * 4 + [True] * 3


@pytest.mark.parametrize(("digit", "event"), [("0", 0), ("9", 9), ("*", 10), ("a", 12), ("D", 15)])
def test_keys_have_their_numbers(digit: str, event: int) -> None:
    assert {payload[0] for payload in event_payloads(digit, 100)} == {event}


@pytest.mark.parametrize(("asked", "units"), [(0, 320), (-5, 320), (10**9, 64000)])
def test_durations_are_kept_within_bounds(asked: int, units: int) -> None:
    assert unpack("!BBH", list(event_payloads("1", asked))[-1])[2] == units


@pytest.mark.parametrize("digit", ["", "12", "x", " ", "é"])
def test_what_is_no_key_is_refused(digit: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        list(event_payloads(digit, 100))
