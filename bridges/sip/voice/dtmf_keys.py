"""Keys pressed on a telephone, from RFC 4733 events. Pure."""

from collections import deque

KEYS = "0123456789*#ABCD"
#: Presses whose late packets are still recognised.
_REMEMBERED = 8


class KeyPresses:
    """Tells each press once: all packets of one share their timestamp (RFC 4733, Section 2.5.1.2)."""

    def __init__(self) -> None:
        self._seen: deque[int] = deque(maxlen=_REMEMBERED)

    def take(self, timestamp: int, payload: bytes) -> str | None:
        """The key of a press not heard of before; None for its further packets, and for what is no key.

        A press counts from its first packet that arrives, so that the loss of any of them is harmless.
        """
        if len(payload) < 4 or payload[0] >= len(KEYS) or timestamp in self._seen:
            return None
        self._seen.append(timestamp)
        return KEYS[payload[0]]
