"""Whose connection is closed when there are too many. Pure: no socket, no clock.

An address that opens connections and says nothing must not keep anybody else out: newcomers take the place
of connections that are waited for (no whole head of a request yet) or kept alive between two requests, the
oldest first, and are turned away themselves only when all others are at work.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class Phase(Enum):
    """What a connection is at."""

    #: Nothing, or not the whole head of its next request, has come.
    HEAD = "head"
    #: A request's body or answer is under way, or it is a WebSocket.
    BUSY = "busy"
    #: Kept alive after an answer.
    IDLE = "idle"


@dataclass(frozen=True)
class Limits:
    """Bounds of one listener. Seconds, bytes a second, numbers of connections.

    `by_address` does not hold for this machine, nor for anybody where `proxies` stand in front: all
    connections are theirs, and they count people's addresses themselves.
    """

    total: int = 8000
    by_address: int = 500
    #: That are waited for, of one address.
    waiting: int = 100
    proxies: bool = False
    #: In which a new connection counts as at work (hundreds come at once after a restart).
    young_seconds: float = 1.0
    #: For the whole head of a request, however slowly it drips.
    head_seconds: float = 10.0
    #: A body has to bring `body_rate` on average, looked at every `body_seconds`.
    body_seconds: float = 30.0
    body_rate: float = 500.0
    #: In which a client has to take some of an answer that waits for it.
    write_seconds: float = 60.0


class Connection(Protocol):
    @property
    def address(self) -> str:
        """What `origin_of` gives."""

    @property
    def phase(self) -> Phase: ...


@dataclass
class Connections:
    """The open connections of a listener, the oldest first."""

    limits: Limits = Limits()
    _all: dict[Connection, None] = field(default_factory=dict)
    _by_address: defaultdict[str, dict[Connection, None]] = field(default_factory=lambda: defaultdict(dict))

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, new: Connection) -> Connection | None:
        """Count a new connection; returns which to close for it, `new` itself when none can be spared."""
        same = self._by_address[new.address]
        goes = self._too_many(same, new)
        self._all[new] = same[new] = None
        return goes

    def forget(self, gone: Connection) -> None:
        """The connection is closed."""
        self._all.pop(gone, None)
        same = self._by_address.get(gone.address, {})
        same.pop(gone, None)
        if not same:
            self._by_address.pop(gone.address, None)

    def _too_many(self, same: dict[Connection, None], new: Connection) -> Connection | None:
        limits = self.limits
        if len(same) >= limits.waiting:
            waiting = [one for one in same if one.phase is Phase.HEAD]
            if len(waiting) >= limits.waiting:
                return waiting[0]
        if len(same) >= limits.by_address and not (limits.proxies or _is_here(new.address)):
            return _to_spare(same) or new
        if len(self._all) >= limits.total:
            return _to_spare(self._all) or new
        return None


def _is_here(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def _to_spare(connections: dict[Connection, None]) -> Connection | None:
    """The oldest that is waited for, else the oldest that is kept alive."""
    kept = None
    for one in connections:
        phase = one.phase
        if phase is Phase.HEAD:
            return one
        if phase is Phase.IDLE and kept is None:
            kept = one
    return kept
