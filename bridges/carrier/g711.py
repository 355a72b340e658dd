"""G.711 companding: 16-bit linear samples to and from A-law and mu-law bytes (ITU-T G.711, 11/88).

The carrier makes and stores its sounds as linear samples and sends what the call negotiated. Python's own
``audioop`` did this until 3.12 and left the standard library with 3.13. The bridge has tables of its own:
were they shared, a fault in them would sound right in every test against this carrier.
"""

from __future__ import annotations

from collections.abc import Iterable

_BIAS = 0x84
_CLIP = 32_635


def _expand_ulaw(byte: int) -> int:
    """One mu-law byte as a linear sample of 16 bits (Table 2a/G.711, all bits inverted on the line)."""
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + _BIAS << ((byte & 0x70) >> 4)) - _BIAS
    return -magnitude if byte & 0x80 else magnitude


def _expand_alaw(byte: int) -> int:
    """One A-law byte as a linear sample of 16 bits (Table 1a/G.711, even bits inverted on the line)."""
    byte ^= 0x55
    exponent = (byte & 0x70) >> 4
    magnitude = ((byte & 0x0F) << 4) + 8
    if exponent:
        magnitude = magnitude + 0x100 << exponent - 1
    return magnitude if byte & 0x80 else -magnitude


_FROM_ULAW = tuple(_expand_ulaw(byte) for byte in range(256))
_FROM_ALAW = tuple(_expand_alaw(byte) for byte in range(256))


def _compress_ulaw(sample: int) -> int:
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = magnitude >> exponent + 3 & 0x0F
    sign = 0x80 if sample < 0 else 0
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _compress_alaw(sample: int) -> int:
    magnitude = min(abs(sample) - (sample < 0), _CLIP + 132)
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = magnitude >> max(exponent + 3, 4) & 0x0F
    sign = 0 if sample < 0 else 0x80
    return (sign | exponent << 4 | mantissa) ^ 0x55


def to_ulaw(samples: Iterable[int]) -> bytes:
    """Linear samples (clipped to 16 bits) as mu-law bytes, one each."""
    return bytes(_compress_ulaw(sample) for sample in samples)


def to_alaw(samples: Iterable[int]) -> bytes:
    """Linear samples (clipped to 16 bits) as A-law bytes, one each."""
    return bytes(_compress_alaw(sample) for sample in samples)


def from_ulaw(data: bytes) -> list[int]:
    """Mu-law bytes as linear samples of 16 bits."""
    return [_FROM_ULAW[byte] for byte in data]


def from_alaw(data: bytes) -> list[int]:
    """A-law bytes as linear samples of 16 bits."""
    return [_FROM_ALAW[byte] for byte in data]
