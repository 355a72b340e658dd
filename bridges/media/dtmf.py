"""Key presses as RTP events (RFC 4733). Pure."""

from collections.abc import Iterator
from struct import pack

from bridges.media.stream import CLOCK_RATE

KEYS = "0123456789*#ABCD"

#: Time between two packets of an event, in seconds, and how often its end is told (Section 2.5.1.4).
INTERVAL = 0.02
_END_PACKETS = 3
_VOLUME = 10  # -10 dBm0, what most phones send


def check_key(digit: str) -> int:
    """The number of a key's event. Raises ValueError: it is not a key."""
    event = KEYS.find(digit.upper()) if len(digit) == 1 else -1
    if event < 0:
        raise ValueError(f"not a key of a telephone: {digit!r}")
    return event


def event_payloads(digit: str, duration_ms: int) -> Iterator[bytes]:
    """The payloads of one key press, to be sent `INTERVAL` apart with one and the same timestamp.

    Args:
        digit: one of `0-9*#A-D` (either case).
        duration_ms: kept between 40 and 8000.

    Raises:
        ValueError: it is not a key.
    """
    event = check_key(digit)
    total = min(max(duration_ms, 40), 8000) * CLOCK_RATE // 1000
    step = int(INTERVAL * CLOCK_RATE)
    for duration in range(step, total, step):
        yield pack("!BBH", event, _VOLUME, duration)
    for _ in range(_END_PACKETS):
        yield pack("!BBH", event, 0x80 | _VOLUME, total)
