"""G.711 as tables: A-law and mu-law, one made of the other, and whether a packet holds sound. Pure."""

from bridges.sdp.codecs import PCMA, PCMU, Key

#: Samples below this (of 32768; -54 dBFS) count as silence: comfort noise and an open line stay below.
_SILENCE = 64


def _decode_ulaw(code: int) -> int:
    """ITU-T G.711, table 2a/2b: inverted bits, biased by 132."""
    bits = ~code & 0xFF
    magnitude = ((((bits & 0x0F) << 3) + 132) << ((bits & 0x70) >> 4)) - 132
    return -magnitude if bits & 0x80 else magnitude


def _decode_alaw(code: int) -> int:
    """ITU-T G.711, table 1a/1b: every other bit inverted."""
    bits = code ^ 0x55
    segment, mantissa = (bits & 0x70) >> 4, bits & 0x0F
    magnitude = (mantissa << 4) + 8
    if segment:
        magnitude = (magnitude + 256) << (segment - 1)
    return magnitude if bits & 0x80 else -magnitude


#: Linear value (16 bits) of each code.
DECODE: dict[Key, tuple[int, ...]] = {
    PCMU.key: tuple(_decode_ulaw(code) for code in range(256)),
    PCMA.key: tuple(_decode_alaw(code) for code in range(256)),
}


def encode(samples: list[int], key: Key) -> bytes:
    """The codes nearest to 16-bit samples. For tables and tones, not for the path of packets."""
    decoded = DECODE[key]
    # Between codes of equal value (+0 and -0 of mu-law) the positive one: it is what idle lines carry.
    ordered = sorted(range(256), key=lambda code: (decoded[code], code >= 0x80))
    cache: dict[int, int] = {}
    for sample in set(samples):
        cache[sample] = min(reversed(ordered), key=lambda code: abs(decoded[code] - sample))
    return bytes(cache[sample] for sample in samples)


def _translation(source: Key, target: Key) -> bytes:
    return encode(list(DECODE[source]), target)


#: `payload.translate(TRANSLATION[source, target])` turns one law into the other.
TRANSLATION: dict[tuple[Key, Key], bytes] = {
    (PCMU.key, PCMA.key): _translation(PCMU.key, PCMA.key),
    (PCMA.key, PCMU.key): _translation(PCMA.key, PCMU.key),
}

_LOUD = {key: bytes(abs(value) >= _SILENCE for value in values) for key, values in DECODE.items()}


def is_sound(payload: bytes, key: Key) -> bool:
    """Whether at least an eighth of a packet's samples is above silence. A few microseconds."""
    return payload.translate(_LOUD[key]).count(1) * 8 >= max(len(payload), 1)
