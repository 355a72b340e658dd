"""What was sent over one connection, by its transport-wide number (draft-holmer-rmcat-transport-wide-cc)."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Packets remembered; a power of two. At 2000 packets a second, two seconds.
SIZE = 4096


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one packet.

    Attributes:
        sent_at: seconds, our clock.
        received_at: seconds, the other side's clock; None for a packet that was lost.
        size: bytes on the wire.
        cluster: number of the probe that it belongs to; 0 for ordinary packets.
    """

    sent_at: float
    received_at: float | None
    size: int
    cluster: int = 0


class SendHistory:
    """Gives numbers to packets and finds them again when feedback comes.

    Attributes:
        cluster: of the packets that are sent from now on.
        octets: bytes sent so far.
    """

    def __init__(self) -> None:
        self.cluster = 0
        self.octets = 0
        self._next = 0
        self._sent: list[tuple[int, float, int, int] | None] = [None] * SIZE

    def next_sequence(self, size: int, now: float) -> int:
        """The number of the packet that is about to be sent."""
        number = self._next
        self._next = number + 1 & 0xFFFF
        self._sent[number % SIZE] = number, now, size, self.cluster
        self.octets += size
        return number

    def on_feedback(self, base: int, times: Sequence[float | None]) -> list[Arrival]:
        """What a feedback says of packets that were not yet heard of; each is told once.

        Args:
            base: number of the first.
            times: when each was received, None for not at all.
        """
        found = []
        for step, received_at in enumerate(times):
            number = base + step & 0xFFFF
            entry = self._sent[number % SIZE]
            if entry is not None and entry[0] == number:
                self._sent[number % SIZE] = None
                found.append(Arrival(entry[1], received_at, entry[2], entry[3]))
        return found
