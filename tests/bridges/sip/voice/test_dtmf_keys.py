"""Keys from RFC 4733 events."""

from __future__ import annotations

import pytest

from bridges.media.dtmf import event_payloads
from bridges.sip.voice.dtmf_keys import KEYS, KeyPresses


@pytest.mark.parametrize("key", KEYS)
def test_each_press_is_told_once(key: str) -> None:
    presses = KeyPresses()
    payloads = list(event_payloads(key, 160))
    assert [presses.take(4000, payload) for payload in payloads] == [key] + [None] * (len(payloads) - 1)
    assert presses.take(8000, payloads[0]) == key


def test_lost_and_late_packets_neither_hide_nor_double_a_press() -> None:
    presses = KeyPresses()
    five, six = list(event_payloads("5", 160)), list(event_payloads("6", 160))
    told = [presses.take(*packet) for packet in ((1, five[-1]), (2, six[0]), (1, five[-1]), (2, six[-1]))]
    assert told == ["5", "6", None, None]


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x05\x0a\x00", b"\x10\x0a\x00\x50", b"\xff" * 4])
def test_what_is_no_key_is_nothing(payload: bytes) -> None:
    assert KeyPresses().take(1, payload) is None
