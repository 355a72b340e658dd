"""Which way audio flows, from the point of view of whoever wrote the description (RFC 3264, Section 5.1)."""

from enum import Enum


class Direction(Enum):
    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        return self in {Direction.SENDRECV, Direction.RECVONLY}

    @property
    def reverse(self) -> "Direction":
        """The same flow, seen from the other side."""
        return direction(sends=self.receives, receives=self.sends)

    def limited_to(self, other: "Direction") -> "Direction":
        """What is left of this one when `other` has to agree (both from the same point of view)."""
        return direction(sends=self.sends and other.sends, receives=self.receives and other.receives)


def direction(*, sends: bool, receives: bool) -> Direction:
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE
