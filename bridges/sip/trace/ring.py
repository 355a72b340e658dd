"""The messages of one call, bounded: how it began and how it ended are kept, the middle goes first. Pure."""

from collections import deque

from wire.trace import TracedMessage

#: Characters kept of a call, and of a dialog that no call has claimed yet.
OF_CALL, OF_STRANGER = 120_000, 20_000
#: What a message costs beside its text.
_OVERHEAD = 200


class MessageRing:
    """At most `size` characters: half of them for the first messages, half for the last."""

    def __init__(self, size: int) -> None:
        self._half = size // 2
        self._first: list[TracedMessage] = []
        self._last: deque[TracedMessage] = deque()
        self._used_first = self._used_last = 0
        self.left_out = 0

    def add(self, message: TracedMessage) -> None:
        """Keep it, whatever has to go for it."""
        cost = len(message.text) + _OVERHEAD
        if not self._last and self._used_first + cost <= self._half:
            self._first.append(message)
            self._used_first += cost
            return
        self._last.append(message)
        self._used_last += cost
        while self._used_last > self._half and len(self._last) > 1:
            self._used_last -= len(self._last.popleft().text) + _OVERHEAD
            self.left_out += 1

    def messages(self) -> list[TracedMessage]:
        """What is kept, in the order in which it was added."""
        return [*self._first, *self._last]
