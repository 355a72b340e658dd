"""G.711 against the tables of the recommendation."""

from __future__ import annotations

import pytest

from bridges.carrier.g711 import from_alaw, from_ulaw, to_alaw, to_ulaw

EVERY_BYTE = bytes(range(256))

#: Decoder output values of Tables 1 and 2 of G.711 (14 and 13 bits there, 16 here), and silence.
ULAW = [(0x00, -32_124), (0x80, 32_124), (0x0F, -16_764), (0x7E, -8), (0xFE, 8), (0xFF, 0)]
ALAW = [(0x2A, -32_256), (0xAA, 32_256), (0xD5, 8), (0x55, -8), (0x80, 5_504)]


@pytest.mark.parametrize(("byte", "sample"), ULAW)
def test_ulaw_expands_as_in_the_table(byte: int, sample: int) -> None:
    assert from_ulaw(bytes([byte])) == [sample]


@pytest.mark.parametrize(("byte", "sample"), ALAW)
def test_alaw_expands_as_in_the_table(byte: int, sample: int) -> None:
    assert from_alaw(bytes([byte])) == [sample]


def test_every_byte_survives_expanding_and_compressing() -> None:
    assert to_alaw(from_alaw(EVERY_BYTE)) == EVERY_BYTE
    # mu-law has two zeros; the negative one (0x7F) comes back as the positive one.
    assert to_ulaw(from_ulaw(EVERY_BYTE)) == EVERY_BYTE.replace(b"\x7f", b"\xff")


@pytest.mark.parametrize("sample", [40_000, 32_767, -32_768, -40_000])
def test_what_is_too_loud_is_clipped(sample: int) -> None:
    loudest = max if sample > 0 else min
    assert from_ulaw(to_ulaw([sample])) == [loudest(from_ulaw(EVERY_BYTE))]
    assert from_alaw(to_alaw([sample])) == [loudest(from_alaw(EVERY_BYTE))]
