"""What search works with. Pure."""

from dataclasses import dataclass

#: The number of a message is its time in milliseconds and a counter, so that the newest are found first.
COUNTER = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """A message that the index found; `n` grows with its time. `restricted`: not every member may read it."""

    n: int
    room_id: str
    restricted: bool
    event_id: str
    sender: str
    is_file: bool
    body: str
    folded: str

    @property
    def sent_at(self) -> int:
        """Milliseconds since 1970."""
        return self.n // COUNTER


@dataclass(frozen=True, slots=True)
class Unread:
    """A message whose text only the homeserver knows."""

    room_id: str
    event_id: str
    sender: str
